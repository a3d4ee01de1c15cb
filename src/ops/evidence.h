/*
 * evidence: from what a lookup brought to what is stored, shown and put into the audit log.
 */
#ifndef OPS_EVIDENCE_H
#define OPS_EVIDENCE_H

#include <stdint.h>

struct arena;
struct audit_evidence;
struct lookup_result;
struct observed;
struct site;
struct timeline_rules;

/* What was observed just now, as it will be stored: since = time, count and days 1, scan 0. */
void evidence_observe(struct observed *out, struct arena *a, const struct site *site,
		      const struct lookup_result *r, uint64_t sets);

/* True when it says nothing of the entry: no usable answer, also to what is asked in the name of a suffix. */
int evidence_is_failure(const struct observed *o);

/* A failure among which a resolver heard us listed, where what is stored knows of no listing: that counts against a deletion,
 * as nothing else of a failure does. */
int evidence_contradicts(const struct observed *fresh, const struct observed *stored);

/* True when no resolver said anything at all in its time: that is no word about the name's own servers. */
int evidence_is_silence(const struct observed *o);

/* The same as a line of evidence for the audit log. */
void evidence_line(struct audit_evidence *out, struct arena *a, const char *name, const struct observed *o);

/* Of an observation: whether its scan closed trusted, and whether its canaries were good. */
struct evidence_scan {
	int counts, canaries;
	int month; /* of the observation, for observed_month */
};

/* What is stored after a new observation: it takes over what was counted, old included where its scan counts,
 * and is compared with that.  The run goes on when class, reason and MX set are the same; *changed is 1 when
 * they are not and old, which is made ready for it, belongs into the history.  old may be NULL. */
void evidence_follow(struct observed *fresh, struct observed *old, struct evidence_scan of_old,
		     const struct timeline_rules *r, int *changed);


/* True when the one target shown is the entry itself, which has no MX (RFC 5321 5.1). */
int evidence_is_implicit(const struct observed *o);

/* The keys class reason flags severity deletion mx resolver; o may be NULL: never observed. */
struct json_line;
void evidence_add_json(struct json_line *j, const struct observed *o);

/* What one of several resolvers said, step by step through observed.each: 1, or 0 at the end. */
struct evidence_said {
	char resolver[64], reason[32];
};
int evidence_next_said(const char **at, struct evidence_said *out);

#endif
