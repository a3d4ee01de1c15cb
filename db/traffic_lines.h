/*
 * traffic_lines: which lines of logs were counted, by relay and minute, so that none counts
 * twice.
 *
 * A line is eight bytes, its identity.  Those of long ago are forgotten: their day is closed
 * then, and what is read of it later counts as counted.
 */
#ifndef DB_TRAFFIC_LINES_H
#define DB_TRAFFIC_LINES_H

#include <stddef.h>
#include <stdint.h>

struct db_txn;
struct err;

int traffic_lines_each(struct db_txn *t, const char *relay, int64_t minute,
		       void (*fn)(void *ctx, uint64_t identity), void *ctx, struct err *e);
int traffic_lines_add(struct db_txn *t, const char *relay, int64_t minute,
		      const uint64_t *identity, size_t n, struct err *e);

/* Forgets those of the days before `before`, on the first call of a day (today): what several
 * runs of one day read of old logs is known until the next. */
int traffic_lines_forget(struct db_txn *t, int64_t before, int64_t today, struct err *e);
int traffic_lines_is_closed(struct db_txn *t, const char *relay, int64_t day,
			    struct err *e); /* 1, 0, -1 */

#endif
