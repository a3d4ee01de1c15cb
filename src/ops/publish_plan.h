/*
 * publish_plan: what one target's table has, what the database wishes, and what of the difference is ours to mend.
 *
 * Made without any lock of the table's and without a write transaction; part of publish.h.
 */
#ifndef OPS_PUBLISH_PLAN_H
#define OPS_PUBLISH_PLAN_H

#include "base/mem.h"
#include "db/publish.h"
#include "mta/target.h"

struct err;
struct ward;

struct publish_plan {
	const char *where;
	const struct target_engine *engine;
	struct publish_state state;
	uint64_t upto;		   /* the audit log's size when the wishes were read */
	size_t touched;		   /* names that the database changed since the table was in line */
	struct target_wish *wish;  /* sorted */
	size_t n_wishes, wishes_room;
	struct target_diff diff;
	struct target_version at;  /* what was read */
	int is_new;		   /* there is no table yet */
	int is_first;		   /* nothing was ever published there, so that all of the list is still to be done */
	int is_whole;		   /* every entry was looked at */
	int is_edition;		   /* the table is as we left it, or was never ours: nobody else wrote */
	int is_brownout;	   /* publish_brownout.c made it: the table answers 450 */
	struct arena arena;
};

/* The i-th target of the configuration: the tables of this host, those of others, the brownout-table; NULL behind the
 * last. */
const char *publish_target(const struct ward *w, size_t i);

/* The engine that keeps a target, NULL when it is not built in. */
const struct target_engine *publish_engine(const char *where);

/* is_whole: every entry is looked at, and so drift is seen; else those that were changed.  A table that is not there is
 * wished as a whole. */
int publish_plan_make(struct publish_plan *p, struct ward *w, const char *where, int is_whole, int overrule,
		      struct err *e);
void publish_plan_clear(struct publish_plan *p);

/* For whoever fills in the wishes by himself: a new one with its key, until the next is added. */
struct target_wish *publish_plan_wish(struct publish_plan *p, const char *key);

/* The wishes being sorted: reads the table and makes the difference. */
int publish_plan_compare(struct publish_plan *p, int overrule, struct err *e);

#endif
