/*
 * scans: one row per scan: when, how many, what came out, whether it is trusted.
 */
#ifndef DB_SCANS_H
#define DB_SCANS_H

#include <stdint.h>

#include "relay/verdict.h"

struct arena;
struct db_txn;
struct err;

struct scan {
	uint32_t number;	/* from 1 */
	int64_t started, ended; /* ended 0: still running or cut off */
	int32_t pid;
	uint8_t trusted; /* 1 once closed and trusted */
	uint64_t sets;	 /* site_hash() */
	uint64_t total, done;
	uint64_t count[N_CLASSES];
	const char *cause;    /* why distrusted, "" */
	const char *by;	      /* operator's name */
	const char *position; /* last name committed, "" */
};

int scan_put(struct db_txn *t, const struct scan *s, struct err *e);
int scan_get(struct db_txn *t, uint32_t number, struct arena *a, struct scan *out,
	     struct err *e); /* 1, 0, -1 */
int scan_last(struct db_txn *t, struct arena *a, struct scan *out,
	      struct err *e); /* 1, 0, -1 */

#endif
