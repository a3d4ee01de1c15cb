/*
 * queues: what each relay held in its queue when that was last told, summed up by entry.
 *
 * A relay's rows are replaced as a whole; figures of a mail log's relays (traffic.h) lie in the same database.
 */
#ifndef DB_QUEUES_H
#define DB_QUEUES_H

#include <stddef.h>
#include <stdint.h>

struct db_txn;
struct err;

struct queue_figures {
	int64_t msgs, bytes, oldest; /* oldest: when it came, 0 for none */
};

struct queue_row { /* of one entry */
	const char *name;
	struct queue_figures figures;
};

/* A relay as it was told: when, and all that it holds, also of no entry. */
struct queue_told {
	const char *relay; /* lives until the transaction ends */
	int64_t time;
	struct queue_figures all;
};

/* relay at most MAILLOG_RELAY_MAX bytes. */
int queues_replace(struct db_txn *t, const struct queue_told *told, const struct queue_row *row, size_t n, struct err *e);

/* fn returning non-zero ends it. */
int queues_each(struct db_txn *t, int (*fn)(void *ctx, const struct queue_told *told), void *ctx, struct err *e);

/* 1, 0 (nothing for that entry), -1. */
int queues_get(struct db_txn *t, const char *relay, const char *name, struct queue_figures *out, struct err *e);

#endif
