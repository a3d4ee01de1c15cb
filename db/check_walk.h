/*
 * check_walk: what the parts of a check share: check.c (rows), check_audit.c (hashes) and check_pages.c (pages).
 */
#ifndef DB_CHECK_WALK_H
#define DB_CHECK_WALK_H

#include <stdint.h>

#include "db/store.h"

struct db_report;

struct check {
	struct db_txn *txn;
	struct db_report *report;
};

void check_problem(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A walk over one database that tells order, length and sums: 1 and the row, 0 at the end. */
struct check_rows {
	enum store_database database;
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t expected, n;
	uint8_t last[STORE_KEY_MAX];
	size_t last_len;
};
int check_begin_rows(struct check *c, struct check_rows *w, enum store_database d);

/* is_sound 0: the row cannot be believed; it was told and counted. */
int check_next_row(struct check *c, struct check_rows *w, struct value_reader *r,
		   int *is_sound);
void check_end_rows(struct check *c, struct check_rows *w);

/* Which pages all of them lie on, and which are free. */
void check_pages(struct check *c);

/* The audit log's six databases and the index by domain. */
void check_audit(struct check *c);

#endif
