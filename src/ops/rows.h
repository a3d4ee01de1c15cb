/*
 * rows: all entries, small, in memory, for the console's list and for counting.
 *
 * Some 65 bytes an entry beyond the map, names included.  All work on them, reading, limiting and
 * ordering, is done by rows_load() in slices from short read transactions, so that no key waits for it and
 * no transaction outlives a turn of the loop.  What is visible stays so until the new is whole: a limit or
 * an order that was set shows with a later rows_load().  Rows are read again in place: only names that came
 * or went move others.
 */
#ifndef OPS_ROWS_H
#define OPS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "ops/standing.h"

struct config;
struct db;
struct err;
struct limit;
struct rows;

/* Within one of them, by name. */
enum rows_order {
	ROWS_BY_NAME,
	ROWS_BY_CLASS, /* worst first */
	ROWS_BY_SINCE, /* longest first */
	ROWS_BY_READY, /* ready first, then by the day */
	ROWS_BY_MAIL,  /* messages of 30 days, the most first, not measured last */
	ROWS_BY_COST,  /* bytes carried in 30 days, which are what it costs: the same way */
	ROWS_BY_STATE,
	ROWS_BY_CUSTOMER,
	ROWS_BY_MX, /* the domain of the first MX target */
	N_ROWS_ORDERS
};

struct rows_summary {
	size_t total;
	size_t class[N_CLASSES];
	size_t state[N_STATES];
	size_t failing; /* severity 3 */
	size_t ready;	/* state_is_ready(); a moved one may go as well, after its notice */
};

struct rows *rows_new(const struct config *c);
void rows_free(struct rows *r);

/* Works for about ms milliseconds: 1 there is nothing left to do, 0 there is, -1 error. */
int rows_load(struct rows *r, struct db *db, int ms, struct err *e);
int rows_is_loaded(const struct rows *r); /* all was read at least once */

/* Another number whenever something else is visible than before. */
uint64_t rows_version(const struct rows *r);

/* True when something was committed since the last reading began. */
int rows_is_stale(const struct rows *r, const struct db *db);
void rows_reload(struct rows *r);

/* What can be had at once of changes: the names in audit records written since, and the n visible rows from
 * first on.  1 that was all that operators did, 0 there were too many records: reload; -1 error. */
int rows_catch_up(struct rows *r, struct db *db, size_t first, size_t n, struct err *e);

/* The limit stays the caller's and must live as long as it is set; NULL: all. */
void rows_set_limit(struct rows *r, const struct limit *l);
void rows_set_order(struct rows *r, enum rows_order by, int reverse);

size_t rows_count(const struct rows *r); /* of the visible ones */

/* Its strings live until the next rows_load() or rows_catch_up(). */
void rows_get(const struct rows *r, size_t i, struct row *out);

/* The same of all that were read, in key order, whatever the limit. */
size_t rows_total(const struct rows *r);
void rows_get_of_all(const struct rows *r, size_t i, struct row *out);

/* Where name stands among the visible ones; when it is not there, where it would stand (at most the
 * count), and *exact is 0. */
size_t rows_find(const struct rows *r, const char *name, int *exact);

/* Shows fn the visible rows that l (NULL: all) takes, from the *at-th on, for about ms milliseconds and moves
 * *at: 1 that were all, 0 there are more, -1 error. */
int rows_sweep(const struct rows *r, struct db *db, const struct limit *l, size_t *at, int ms,
	       void (*fn)(void *ctx, const struct row *row), void *ctx, struct err *e);

void rows_summary(const struct rows *r, struct rows_summary *out); /* of all, not only the visible ones */

#endif
