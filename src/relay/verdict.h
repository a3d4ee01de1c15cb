/*
 * verdict: from answers to class, reason, flags, severity and deletion rule.
 *
 * The decision table is verdict.c and listed.c, its vocabulary verdict.def.  Pure: the
 * same site and answer always give the same verdict.  Nothing here knows of
 * time; what an ORPHAN may lead to is relay/timeline's.
 */
#ifndef RELAY_VERDICT_H
#define RELAY_VERDICT_H

#include <stddef.h>
#include <stdint.h>

struct answer;
struct site;
struct str;

enum class {
	CLASS_NONE, /* never looked at */
	CLASS_OK,
	CLASS_MOVED,
	CLASS_BROKEN,
	CLASS_ORPHAN,
	CLASS_UNKNOWN,
	CLASS_NA,
	N_CLASSES
};

enum reason {
	REASON_NONE,
#define REASON(code, class, words) code,
#include "relay/verdict.def"
#undef REASON
	N_REASONS
};

enum flag_bit {
#define FLAG(code, words) code##_BIT,
#include "relay/verdict.def"
#undef FLAG
	N_FLAGS
};

enum flag {
#define FLAG(code, words) code = 1 << code##_BIT,
#include "relay/verdict.def"
#undef FLAG
};

enum deletion { DELETE_NEVER, DELETE_HOLD, DELETE_C1, DELETE_C2 };

struct verdict {
	uint8_t class;	  /* enum class */
	uint8_t reason;	  /* enum reason */
	uint8_t severity; /* 0 ok, 1 info, 2 warn, 3 mail is failing now */
	uint8_t deletion; /* enum deletion */
	uint32_t flags;	  /* enum flag, ORed */
};

/* The least severity at which mail bounces or is lost now. */
enum { SEVERITY_FAILING = 3 };

/* What one resolver's answer says.  pinned makes class NA, reason NA_PINNED, and the verdict
 * it would have been stays to be had with pinned 0. */
struct verdict verdict_of(const struct site *site, const struct answer *a);

/* For entries that DNS is not asked about: NA_SYNTAX, NA_SPECIAL.  CLASS_NONE when it must be asked. */
struct verdict verdict_of_name(const char *entry);

/* For pinned entries: class NA, reason NA_PINNED. */
struct verdict verdict_pinned(void);

/* Several resolvers: ORPHAN needs all of them.  Any listed answer beside an ORPHAN is
 * UNK_INCONSISTENT; an UNKNOWN beside an ORPHAN is that UNKNOWN; of two orphans the stricter
 * deletion rule counts, flags are joined.  The first definite answer of another kind stands. */
struct verdict verdict_combine(const struct verdict *v, size_t n);

/* True while senders are sent to us: OK, MOVED or BROKEN. */
int verdict_is_listed(struct verdict v);

/* Whether target i of the answer is one of our relay hosts: 1, 0, or -1 for unknown. */
int verdict_target_is_ours(const struct site *site, const struct answer *a, size_t mx_index);

const char *class_name(enum class c);	/* "OK"; "" for none */
const char *class_words(enum class c);	/* "fine", "moved", "broken", "orphan", "no answer", "not judged", "not looked at" */
const char *reason_name(enum reason r);
const char *reason_words(enum reason r);
enum class reason_class(enum reason r);
const char *flag_name(unsigned bit);
const char *flag_words(unsigned bit);
const char *deletion_name(enum deletion d); /* "never" "hold" "C1" "C2" */
enum reason reason_from_name(const char *name); /* any case; REASON_NONE when unknown */

/* "W_MX_CNAME,W_SELF_BY_ALIAS": sorted by name, joined by separator. */
void flags_add(struct str *out, uint32_t flags, const char *separator);

/* A JSON array of the flags' names, sorted. */
void flags_add_json(struct str *out, uint32_t flags);

#endif
