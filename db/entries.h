/*
 * entries: what the operators keep of each name, and what was observed of it.
 *
 * Two databases under the same keys (relay/name.h: name_to_key), so that scan and edit never
 * write over one another.  Strings of what is read point into the map and live until the
 * transaction ends or writes, unless an arena is given, into which they are then copied.
 * Without one, the MX targets of observed_get() live until the next observed_get() of the same
 * transaction.
 *
 * A put of a name that is none is refused, and then the transaction cannot be committed any
 * more.
 */
#ifndef DB_ENTRIES_H
#define DB_ENTRIES_H

#include <stdint.h>

#include "relay/entry.h"

struct arena;
struct db_txn;
struct err;

/* 1 found, 0 not there, -1 damaged (*e names the entry and the backup to restore). */
int entry_get(struct db_txn *t, const char *name, struct arena *a, struct entry *out,
	      struct err *e);
int entry_put(struct db_txn *t, const struct entry *entry, struct err *e);
int entry_delete(struct db_txn *t, const char *name,
		 struct err *e); /* 1 deleted, 0 not there */
/* 0 when every entry and every observation can be reached, -1 when damage hides some.  Goes through all, once after
 * each commit: for who asked for one that is not there. */
int entries_are_whole(struct db_txn *t, struct err *e);
int entry_count(struct db_txn *t, uint64_t *n, struct err *e);

int observed_get(struct db_txn *t, const char *name, struct arena *a, struct observed *out,
		 struct err *e);
int observed_put(struct db_txn *t, const char *name, const struct observed *o, struct err *e);
int observed_delete(struct db_txn *t, const char *name, struct err *e);

/* Walks entries in key order beside their observations (out.o.time 0 when there is none).
 * after: the name behind which to begin, NULL for the first; it need not exist (any more).
 * with_mx 0 leaves out the MX targets, which is faster.  What a step gives lives until the next
 * step (texts: until the transaction ends).  No puts and deletes between steps.  struct
 * entry_walk is the caller's; walk_end() closes it. */
struct entry_walk {
	struct entry e;
	struct observed o;
	struct entry_walk_state *state;
};
int walk_begin(struct entry_walk *w, struct db_txn *t, const char *after, int with_mx,
	       struct err *e);
int walk_next(struct entry_walk *w, struct err *e); /* 1 there is one, 0 end, -1 damaged */
void walk_end(struct entry_walk *w);

/* Loading a sorted import: puts by MDB_APPEND where the key allows.  1 added, 0 was there
 * already. */
int entry_add_sorted(struct db_txn *t, const struct entry *entry, struct err *e);

#endif
