/*
 * nights: what the scans of the past come to: how many nights were trusted, and how wrong the list was.
 */
#ifndef OPS_NIGHTS_H
#define OPS_NIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct db_txn;
struct err;
struct str;

enum { NIGHTS_LOOKED_AT = 30, NIGHTS_MONTHS = 120 };

enum nights_kind { NIGHT_WITHOUT, NIGHT_DISTRUSTED, NIGHT_TRUSTED };

struct nights {
	unsigned nights, trusted; /* of the last NIGHTS_LOOKED_AT UTC days: with a scan, with a trusted one */
	uint8_t night[NIGHTS_LOOKED_AT]; /* enum nights_kind of each, today first */
	int64_t last; /* when the last scan of all entries ended; 0 never */
	/* The last trusted scan of all entries in each month, newest first. */
	size_t n_months;
	struct {
		int64_t time;
		double wrong; /* share of definite answers that are orphan, moved or broken: 0 to 1 */
	} month[NIGHTS_MONTHS];
};

int nights_read(struct nights *out, struct db_txn *txn, int64_t now, struct err *e);

/* "trusted on 29 of the last 30 nights with a scan"; "wrong 31.2 % (2026-11), 33.0 % (2026-10), 40.1 % (2025-11),
 * 45.0 % (2023-02)": the last month, those before it by one and by twelve, the first; and that share by month as a
 * line of characters.  Nothing where there is nothing to say. */
void nights_add(struct str *out, const struct nights *n);

/* Months from the first to the i-th. */
int nights_place(const struct nights *n, size_t i);

#endif
