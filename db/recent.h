/*
 * recent: the figures of traffic.h that lists, limits and costs ask of every entry, in one small row each.
 *
 * A console asks this of a million entries, of which traffic.h has a row for each day and relay.  The days
 * are summed over the relays: all of the last RECENT_DAYS, of older ones within RECENT_HELD days only those
 * on which mail was held.  Written in the transaction that writes the days.
 */
#ifndef DB_RECENT_H
#define DB_RECENT_H

#include <stddef.h>
#include <stdint.h>

struct db_txn;
struct err;
struct maillog_figures;

enum { RECENT_DAYS = 64, RECENT_HELD = 400 };

struct recent_day {
	int64_t day; /* as date_day() counts */
	int64_t msgs, bytes, out_bytes, held;
};

/* Newest first; room for every day of RECENT_HELD and one more. */
struct recent {
	size_t n;
	struct recent_day day[RECENT_HELD + 1];
};

/* 1, 0 (there is nothing; *out is empty), -1.  Asked in key order within one read transaction it costs a step
 * of a cursor; in a database from before there were such rows a walk over the days of the name. */
int recent_get(struct db_txn *t, const char *name, struct recent *out, struct err *e);
int recent_put(struct db_txn *t, const char *name, const struct recent *r, struct err *e);

/* Makes the rows of a database that has days, but not all of these rows: once, before more is added. */
int recent_complete(struct db_txn *t, struct err *e);

/* Adds a day's figures, if today they are worth keeping; what a clock that jumped wrote into the future is
 * not. */
void recent_add(struct recent *r, int64_t day, const struct maillog_figures *add, int64_t today);

#endif
