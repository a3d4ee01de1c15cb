/*
 * history: a row per change of what DNS said of a name, kept beyond the entry's deletion.
 *
 * Key: the name's key, 0x00, since (8 bytes, big-endian).  The present row is db/entries'
 * observed; when class, reason or MX set change, the old one comes here.
 */
#ifndef DB_HISTORY_H
#define DB_HISTORY_H

#include <stddef.h>

#include "relay/entry.h"

struct arena;
struct db_txn;
struct err;

int history_put(struct db_txn *t, const char *name, const struct observed *o, struct err *e);

/* All rows of a name, oldest first, in the arena. */
int history_get(struct db_txn *t, const char *name, struct arena *a, struct observed **rows,
		size_t *n, struct err *e);

#endif
