/*
 * standing: how entries stand by the time rules, with what the database knows of their scans.
 *
 * Lives within one transaction: which scans are trusted is asked once each.
 */
#ifndef OPS_STANDING_H
#define OPS_STANDING_H

#include "db/scans.h"
#include "relay/timeline.h"
#include "relay/verdict.h"

struct config;
struct db_txn;

struct standing {
	struct timeline_rules rules;
	struct scan_trust trust;
	struct db_txn *txn;
	int64_t now;
};

void standing_begin(struct standing *s, const struct timeline_rules *r, struct db_txn *txn);
void standing_begin_from(struct standing *s, const struct config *c, struct db_txn *txn);

/* o may be NULL or empty: never observed.  Where the scan cannot be read its observation does not count. */
void standing_judge(struct timeline *out, struct standing *s, const struct entry *e, const struct observed *o);
enum state standing_state(struct standing *s, const struct entry *e, const struct observed *o);

/* What is said of an entry: NA_PINNED while it is pinned, whatever DNS says, else the observed verdict (all
 * zero when there is none); verdicts.md section 1, step 2. */
struct verdict standing_verdict(const struct entry *e, const struct observed *o, int64_t now);

#endif
