/*
 * traffic: what the mail logs said of each entry, day by day and relay by relay, and what was read of them.
 *
 * Kept beyond an entry's deletion, as its history is: figures of a name, a day and a relay; days on which a relay
 * was measured at all; and a number that each writer raises.  In the same database lie recent.h, traffic_lines.h and
 * traffic_open.h (traffic_key.h tells them apart).
 */
#ifndef DB_TRAFFIC_H
#define DB_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "mta/maillog.h"

struct db_txn;
struct err;

/* relay at most MAILLOG_RELAY_MAX bytes; day as date_day() counts. */
int traffic_add(struct db_txn *t, const char *name, const char *relay, int64_t day, const struct maillog_figures *add,
		struct err *e);

/* What a relay sent out on a day, of all names. */
struct traffic_outflow {
	int64_t bytes, busiest_hour; /* bytes too, of that hour */
};

/* That a relay was measured on a day; out, which may be NULL, is what of its outflow was not yet counted. */
int traffic_mark_measured(struct db_txn *t, const char *relay, int64_t day, const struct traffic_outflow *out,
			  struct err *e);

/* The most of a day and of an hour within the days from `from` to `to`; zeros where nothing was measured. */
int traffic_busiest(struct db_txn *t, const char *relay, int64_t from, int64_t to, struct traffic_outflow *out,
		    struct err *e);

/* Each relay that was ever measured; fn returning non-zero ends it. */
int traffic_each_relay(struct db_txn *t, int (*fn)(void *ctx, const char *relay), void *ctx, struct err *e);

/* Gives each row of a name from a day to another, a day once for each relay: 1 there was one, 0, -1. */
int traffic_each_day(struct db_txn *t, const char *name, int64_t from, int64_t to,
		     void (*fn)(void *ctx, int64_t day, const struct maillog_figures *f), void *ctx, struct err *e);

/* All of a name from a day to another: 1, 0 (there is nothing), -1. */
int traffic_sum(struct db_txn *t, const char *name, int64_t from, int64_t to, struct maillog_figures *out, struct err *e);

/* What came from outside our networks from a day to another: in all, and in the busiest seven days of those from
 * `recent` on.  Returns as above. */
struct traffic_outside {
	int64_t msgs, week;
};
int traffic_outside(struct db_txn *t, const char *name, int64_t from, int64_t recent, int64_t to,
		    struct traffic_outside *out, struct err *e);

/* How far the days from `from` to `to` were measured. */
struct traffic_coverage {
	size_t relays; /* that were ever read */
	int64_t days;  /* on which at least one was */
	int64_t last;  /* the latest of them; -1 when there is none */
	int64_t gaps;  /* pairs of relay and day that are missing, from the relay's first day on */
};
int traffic_coverage(struct db_txn *t, int64_t from, int64_t to, struct traffic_coverage *out, struct err *e);

/* Raised by each run that stores: whoever finds another number than before must read again. */
int traffic_generation(struct db_txn *t, uint64_t *out, struct err *e);
int traffic_next_generation(struct db_txn *t, struct err *e);

#endif
