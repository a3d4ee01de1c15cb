/*
 * scan: looking every entry up and storing what was seen.
 *
 * Walks in key order and commits contiguous ranges, giving way to interactive writers.  Every open console
 * sees its progress in the database (db/scans.h).
 */
#ifndef OPS_SCAN_H
#define OPS_SCAN_H

#include <stdint.h>

#include "db/scans.h"

struct err;
struct limit;
struct ward;

struct scan_options {
	const struct limit *limit; /* NULL: all */
	void (*progress)(void *ctx, const struct scan *now, double per_second);
	void *ctx;
};

/* Runs the loop until the scan is through; out's strings are static or in the ward. */
int scan_run(struct ward *w, const struct scan_options *o, struct scan *out, struct err *e);

#endif
