/*
 * records: those records of the audit log that a limit picks, for `audit list` and the console's audit view.
 *
 * Name, customer, days and action are the record's own; all else in a limit looks at the record's entry as it stands
 * now, and fits no record whose entry is gone.  A finder goes through the log bit by bit, newest first, so that a
 * long log holds up nobody; the log is never in memory, only the numbers of what was found.
 */
#ifndef OPS_RECORDS_H
#define OPS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"
#include "base/mem.h"
#include "ops/standing.h"

struct audit_row;
struct config;
struct db;
struct db_txn;
struct err;
struct limit;

/* Refuses a limit on an action that no record can have: nothing found would read as nothing happened. */
int records_check_limit(const struct limit *l, struct err *e);

/* Within one transaction. */
struct records_pick {
	const struct limit *limit; /* NULL: all */
	struct standing standing;
	struct arena arena;
};
void records_pick_begin(struct records_pick *p, const struct config *c, const struct limit *l, struct db_txn *txn);
int records_pick_matches(struct records_pick *p, const struct audit_row *r, struct err *e); /* 1, 0, -1 */
void records_pick_end(struct records_pick *p);

/* Where the limit names chains, by a customer or a part of a name: the records of these, oldest first, so that nothing
 * else needs a look.  1, and *seq is the caller's to free; 0 the limit names none; -1. */
int records_of_chains(struct db_txn *txn, const struct limit *l, uint64_t **seq, size_t *n, struct err *e);

struct records_finder {
	const struct config *config;
	const struct limit *limit; /* the caller's; NULL: all */
	uint64_t *seq;		   /* found, newest first */
	size_t n, room;
	uint64_t next;		   /* so many are still to be looked at, from there downwards */
	uint64_t size;		   /* of the log when it began */
};

/* Begins with the log as it is now; a new begin takes in what was appended since. */
int records_finder_begin(struct records_finder *f, const struct config *c, struct db *db, const struct limit *l,
			 struct err *e);

/* Looks through so many more: 1 there are more, 0 that was all, -1. */
int records_finder_go_on(struct records_finder *f, struct db *db, size_t at_most, struct err *e);
void records_finder_clear(struct records_finder *f);

/* An action as screens name it, nine letters at most: "delete" of "relay.delete", "changed" of "observe.change". */
const char *records_action_word(enum audit_action a);

/* Why it was done, in the operator's words if there are any, and the ticket; of what was observed, what that was. */
void records_describe(char *out, size_t size, const struct audit_row *r);

#endif
