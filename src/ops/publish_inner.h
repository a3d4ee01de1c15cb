/*
 * publish_inner: what the parts of publishing share; for publish*.c only.
 */
#ifndef OPS_PUBLISH_INNER_H
#define OPS_PUBLISH_INNER_H

#include "ops/publish.h"
#include "ops/publish_plan.h"

struct publish_run {
	struct ward *ward;
	const struct publish_options *o;
	struct publish_result *result;
};

void publish_tell(const struct publish_run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* publish_flush.c: the mail server forgets what it remembered of the table.  Puts into how, in words, how that was
 * done or how long it may take. */
void publish_flush(const struct publish_run *r, struct publish_plan *p, char *how, size_t size);

/* publish_drift.c: a line for each difference that is not ours, and for what makes the table less than the truth. */
void publish_tell_drift(const struct publish_run *r, const struct publish_plan *p);

/* Takes what others changed in the table into the database, in one commit; the table is not touched. */
int publish_adopt(const struct publish_run *r, struct publish_plan *p, struct err *e);

/* Refuses what would take away more than was agreed to. */
int publish_check_agreed(const struct publish_run *r, size_t go, const char *from, struct err *e);

/* publish_standing.c: publish_is_behind() of one target. */
int publish_target_is_behind(struct ward *w, const char *where, char *note, size_t size);

/* publish_brownout.c: the plan for brownout-table. */
int publish_brownout_plan(const struct publish_run *r, struct publish_plan *p, const char *where, struct err *e);

/* publish_facts.c: what Postfix's configuration says that the table alone does not show. */
void publish_tell_facts(const struct publish_run *r, const struct publish_plan *p);

#endif
