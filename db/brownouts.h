/*
 * brownouts: which entries are in a brownout, without a walk over all of them.
 *
 * An index that entry_put() and entry_delete() keep; what a brownout is stands in the entry itself.
 */
#ifndef DB_BROWNOUTS_H
#define DB_BROWNOUTS_H

#include <stddef.h>

struct arena;
struct db_txn;
struct err;

/* Their names in key order, in the arena. */
int brownouts_get(struct db_txn *t, struct arena *a, const char ***name, size_t *n, struct err *e);

/* For entries.c alone: that the entry is in one, or is not. */
int brownouts_note(struct db_txn *t, const char *name, int is, struct err *e);

#endif
