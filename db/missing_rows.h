/*
 * missing_rows: what the last look for missing domains found, so that console and report can show it.
 *
 * One row for what the logs said and one for what our zones said; each is replaced by the next look of its
 * kind.  No more than MISSING_ROWS_MAX names are kept of each, the first ones.
 */
#ifndef DB_MISSING_ROWS_H
#define DB_MISSING_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db_txn;
struct err;

enum { MISSING_ROWS_MAX = 1000 };

enum missing_source { MISSING_IN_LOGS, MISSING_IN_ZONES, N_MISSING_SOURCES };

struct missing_row {
	const char *name, *near, *zone; /* near, zone: "" for none */
	uint64_t clients, refusals;
	int64_t first, last;
	uint8_t class, reason, near_class;
	uint8_t is_listed;
};

struct missing_rows {
	int64_t time;  /* of the look */
	uint64_t more; /* names that were found and are not kept */
	size_t n;
	struct missing_row *row;
};

/* 1; 0 there was no look of that kind; -1.  All of it is in the arena. */
int missing_rows_get(struct db_txn *t, enum missing_source from, struct arena *a, struct missing_rows *out,
		     struct err *e);
int missing_rows_put(struct db_txn *t, enum missing_source from, const struct missing_rows *rows, struct err *e);

#endif
