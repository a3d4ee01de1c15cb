/*
 * auditlog: the audit log in LMDB: records, tree nodes, annex, evidence, chains and their index, appended in the
 * caller's transaction.
 */
#ifndef DB_AUDITLOG_H
#define DB_AUDITLOG_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"

struct arena;
struct db_txn;
struct err;

struct audit_what {
	enum audit_action action;
	const char *customer, *domain; /* the chain */
	const char *before, *after;
	const struct audit_evidence *evidence; /* may be NULL */
	size_t n_evidence;
	const char *batch; /* "" or "b<seq>"; auditlog_batch() gives the one that begins now */
};

/* One writer for a series of records of one transaction by one operator for one reason. */
struct audit_writer {
	struct db_txn *txn;
	const struct audit_operator *operator;
	struct audit_note note;
	int64_t time_ms; /* of all records of the series */
	struct audit_writer_state *state;
};

/* -1 from begin and append: what the format refuses, or the database; the transaction can then
 * only be dropped. */
int auditlog_begin(struct audit_writer *w, struct db_txn *t, const struct audit_operator *o,
		   struct audit_note note, struct err *e);
/* Another note for the records from here on. */
int auditlog_change_note(struct audit_writer *w, struct audit_note note, struct err *e);
/* The seq the next record will have: "b<this>" names a batch that begins with it. */
uint64_t auditlog_next(const struct audit_writer *w);
int auditlog_append(struct audit_writer *w, const struct audit_what *what, struct err *e);
void auditlog_end(struct audit_writer *w);

/* One record with what is opened of it. */
struct audit_row {
	struct audit_record record;
	int is_erased; /* the body is gone: of record only seq is set, its texts are "" */
	int has_note, has_operator;
	struct audit_note note;
	struct audit_operator operator;
};

int auditlog_size(struct db_txn *t, uint64_t *size, struct err *e);
int auditlog_get(struct db_txn *t, uint64_t seq, struct arena *a, struct audit_row *out,
		 struct err *e); /* 1, 0, -1 */

/* All record numbers (seq) of one domain, oldest first, whatever the customer was.  Records of
 * the transaction in hand are not among them before its commit. */
int auditlog_of_domain(struct db_txn *t, const char *domain, struct arena *a, uint64_t **seq,
		       size_t *n, struct err *e);
int auditlog_root(struct db_txn *t, uint64_t size, uint8_t root[AUDIT_HASH], struct err *e);

#endif
