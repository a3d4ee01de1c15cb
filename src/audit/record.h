/*
 * record: one line of the audit log, format version 1: canonical JSON (RFC 8785).
 *
 * Pure: values in, canonical bytes out.  The stored bytes are what is hashed;
 * nothing is ever serialised again.  Whatever the format refuses is refused
 * here, never repaired.
 */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct str;

enum {
	AUDIT_HASH = 32,
	AUDIT_SALT = 16,
	AUDIT_RECORD_MAX = 8192,
	AUDIT_LINE_MAX = 8192,	    /* note and operator lines */
	AUDIT_EVIDENCE_MAX = 65536, /* evidence line */
	AUDIT_CUSTOMER_MAX = 64
};

enum audit_action {
	AUDIT_IMPORT,
	AUDIT_ADD,
	AUDIT_EDIT,
	AUDIT_PIN,
	AUDIT_UNPIN,
	AUDIT_DELETE,
	AUDIT_RESTORE,
	AUDIT_TRANSFER,
	AUDIT_PUBLISH_INTENT,
	AUDIT_PUBLISH_DONE,
	AUDIT_PUBLISH_DRIFT,
	AUDIT_OBSERVE_CHANGE,
	AUDIT_OBSERVE_MONTH,
	AUDIT_SCAN_DISTRUSTED,
	AUDIT_CONFIG_CHANGE,
	AUDIT_EXPORT,
	AUDIT_KEY,
	AUDIT_EPOCH,
	N_AUDIT_ACTIONS
};

const char *audit_action_name(enum audit_action a); /* "relay.import" ... */
int audit_action_from_name(const char *name);	    /* -1 when unknown */

/* All fifteen keys of a record. */
struct audit_record {
	enum audit_action action;
	const char *before, *after;
	const char *batch; /* "" or "b<seq>" */
	const char *clock; /* "ok" "unsync" "back" */
	const char *customer, *domain;
	const uint8_t (*evidence)[AUDIT_HASH];
	size_t n_evidence;
	uint8_t note[AUDIT_HASH], operator[AUDIT_HASH]; /* commitments */
	uint64_t number, seq;
	uint8_t previous[AUDIT_HASH]; /* leaf hash of the record before in its chain */
	int64_t time_ms;
};

/* Why it was done; a NULL counts as "", here and in every other text of this header. */
struct audit_note {
	const char *reason, *text, *ticket;
};

/* Who it was, each field with its source; audit/operator.h fills it.  session is the audit
 * session's number in decimal digits, "" when unset (the line says 4294967295 then). */
struct audit_operator {
	char login[256], session[32], boot[64], tty[64], from[256], claim[256], host[256],
		program[64];
	char trust[8];			  /* "kernel" "same" "none" */
	uint32_t loginuid, uid, sudo_uid; /* 4294967295 when unset */
	char shown[288];		  /* what operator_name() gives; no part of the line */
	unsigned char is_unit;		  /* the control group is that of --as-system; likewise */
};

/* One answer of DNS as evidence. */
struct audit_evidence {
	const char *question; /* "example.org. MX" */
	const char *rcode;    /* "NOERROR" "NXDOMAIN" "TIMEOUT" ... */
	const char **records; /* presentation form, pure ASCII */
	size_t n_records;
	const char *resolver;
	int authenticated;
	uint32_t ttl;
	int64_t time_ms;
	const char *verdict, *reason; /* class and reason code */
	const char **flags;
	size_t n_flags;
	const uint8_t *wire; /* the answer as received; NULL when it was not kept */
	size_t wire_len;
};

/* Each appends its canonical line without LF to out, or refuses (-1, ERR_DATA) and leaves out
 * alone. */
int audit_record_line(struct str *out, const struct audit_record *r, struct err *e);
int audit_note_line(struct str *out, const struct audit_note *n, const uint8_t salt[AUDIT_SALT],
		    struct err *e);
int audit_operator_line(struct str *out, const struct audit_operator *o,
			const uint8_t salt[AUDIT_SALT], struct err *e);
int audit_evidence_line(struct str *out, const struct audit_evidence *v, struct err *e);

/* SHA-256 of an annex or evidence line (the commitment), of 0x00 | record line (the leaf). */
void audit_commit(uint8_t hash[AUDIT_HASH], const char *line, size_t len);
void audit_leaf(uint8_t hash[AUDIT_HASH], const char *line, size_t len);
void audit_hex(char out[2 * AUDIT_HASH + 1], const uint8_t hash[AUDIT_HASH]);

/* Text that the format lets in: UTF-8, no control or bidi characters; note text may
 * hold LF and TAB.  On -1 *e names what it is, e.g. "the note". */
int audit_check_text(const char *text, int is_note_text, const char *what, struct err *e);

/* Billing id: 0 to 64 bytes 0x21-0x7e without " / \. */
int audit_check_customer(const char *customer, struct err *e);

/* Name of a record: 0 to 254 bytes 0x21-0x7e without " \ and capitals. */
int audit_check_domain(const char *domain, struct err *e);

/* Reads a stored line back: the canonical spelling only, and only what the functions above
 * would have written.  Strings live in the arena. */
struct arena;
int audit_record_read(struct audit_record *r, struct arena *a, const char *line, size_t len,
		      struct err *e);
int audit_note_read(struct audit_note *n, struct arena *a, const char *line, size_t len,
		    struct err *e);
int audit_operator_read(struct audit_operator *o, const char *line, size_t len, struct err *e);
int audit_evidence_read(struct audit_evidence *v, struct arena *a, const char *line, size_t len,
			struct err *e);

#endif
