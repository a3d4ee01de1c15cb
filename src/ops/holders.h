/*
 * holders: whose an entry was in a month, day by day, by the audit log: a customer is billed for his own days alone.
 *
 * A day is whose it was when it ended, and one on which nobody had the entry is of who had it before.
 */
#ifndef OPS_HOLDERS_H
#define OPS_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db_txn;
struct entry;
struct err;

enum { HOLDERS_MAX = 32 };

struct holder {
	const char *customer; /* "" where nobody knew */
	int64_t from, to;     /* days, UTC, as traffic is counted */
	int by_transfer;      /* was handed the entry, and did not add it */
};

/* Newest first; together they have all days of the month, each once. */
struct holders {
	struct holder each[HOLDERS_MAX];
	size_t n;
};

struct holders_month {
	int64_t begin, end; /* seconds; end is the first of the next month */
	int64_t from, to;   /* days */
};

/* Of an entry as it is, or as it was when it was deleted; the names stand in the arena or in the entry. */
int holders_find(struct holders *h, struct db_txn *txn, struct arena *a, const struct entry *entry,
		 const struct holders_month *m, struct err *e);

#endif
