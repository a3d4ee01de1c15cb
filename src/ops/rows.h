/*
 * rows: all entries, small, in memory, for the console's list and for counting.
 *
 * About 60 bytes a row beyond the map at a million entries.  Loaded in slices from short read
 * transactions, so that the first rows are there at once and no transaction outlives a turn of the loop.
 * A reload builds a new generation beside the old one, which stays visible until the new one is whole.
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

enum rows_order {
	ROWS_BY_NAME,
	ROWS_BY_CLASS,
	ROWS_BY_SINCE,
	ROWS_BY_STATE,
	ROWS_BY_CUSTOMER,
	ROWS_BY_MAIL, /* messages of 30 days, the most first */
	ROWS_BY_COST, /* bytes carried in 30 days, which are what it costs */
	N_ROWS_ORDERS
};

struct rows_summary {
	size_t total;
	size_t class[N_CLASSES];
	size_t state[N_STATES];
	size_t failing; /* severity 3 */
};

struct rows *rows_new(const struct config *c);
void rows_free(struct rows *r);

/* Reads on for about ms milliseconds: 1 all is loaded, 0 there is more, -1 error.  Starts anew by itself
 * once the database changed (rows_is_stale()) after rows_reload(). */
int rows_load(struct rows *r, struct db *db, int ms, struct err *e);
int rows_is_loaded(const struct rows *r);
int rows_is_stale(const struct rows *r, const struct db *db);
void rows_reload(struct rows *r);

/* The limit stays the caller's and must live as long as it is set; NULL: all.  A limit that asks for mx reads
 * the database. */
int rows_set_limit(struct rows *r, struct db *db, const struct limit *l, struct err *e);
void rows_set_order(struct rows *r, enum rows_order by, int reverse);

size_t rows_count(const struct rows *r); /* of the visible ones */

/* Its strings live until the next rows_load(). */
void rows_get(const struct rows *r, size_t i, struct row *out);

/* Where name stands among the visible ones; when it is not there, where it would stand (at most the
 * count), and *exact is 0. */
size_t rows_find(const struct rows *r, const char *name, int *exact);

void rows_summary(const struct rows *r, struct rows_summary *out); /* of all, not only the visible ones */

#endif
