/*
 * batches: committed bulk changes with all that is needed to bring the entries back exactly as
 * they were.
 *
 * A batch is named b<seq> after the audit record that opened it.
 */
#ifndef DB_BATCHES_H
#define DB_BATCHES_H

#include <stdint.h>

#include "relay/entry.h"

struct arena;
struct db_txn;
struct err;

struct batch {
	uint64_t seq; /* of its first audit record */
	int64_t time;
	uint8_t action; /* enum audit_action: AUDIT_DELETE, AUDIT_IMPORT, AUDIT_RESTORE */
	uint64_t count, restored; /* entries in it, and how many were brought back since */
	const char *who, *reason, *ticket;
};

int batch_put(struct db_txn *t, const struct batch *b, struct err *e);
int batch_get(struct db_txn *t, uint64_t seq, struct arena *a, struct batch *out,
	      struct err *e); /* 1, 0, -1 */

/* The n newest batches, newest first, in the arena. */
int batch_list(struct db_txn *t, struct arena *a, struct batch **out, size_t *n, size_t max,
	       struct err *e);

/* The deleted entries of a batch, whole (struct entry with note, pin, table value).
 * batch_entries() gives those that were not restored since, in key order. */
int batch_add_entry(struct db_txn *t, uint64_t seq, const struct entry *entry, struct err *e);
int batch_entries(struct db_txn *t, uint64_t seq, struct arena *a, struct entry **out,
		  size_t *n, struct err *e);

/* The newest batch that deleted name and from which it was not restored; 1, 0, -1. */
int batch_find_deleted(struct db_txn *t, const char *name, uint64_t *seq, struct err *e);
/* Counts it in the batch, once. */
int batch_mark_restored(struct db_txn *t, uint64_t seq, const char *name, struct err *e);

#endif
