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
	uint8_t trusted;    /* 1 once closed and trusted */
	uint8_t canaries;   /* 1 while every canary that was asked answered as it should */
	uint8_t accepted;   /* trusted because an operator said so */
	uint8_t limited;    /* not of all entries: it does not go on when it was cut off */
	uint8_t reported;   /* its changes are in the audit log, its groups are held */
	int64_t touched;    /* when it last wrote anything */
	uint64_t newly_unknown, new_suspects; /* as the circuit breaker counted them */
	uint64_t held;	    /* entries held as a group */
	uint64_t sets;	    /* site_hash() */
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

/* From the last scan backwards, while fn gives 0; its strings live until fn returns. */
int scan_each(struct db_txn *t, int (*fn)(void *ctx, const struct scan *s), void *ctx, struct err *e);

/* Whether observations of scan `number` count.  Neighbours share scans, so that what was asked is kept: a
 * struct scan_trust begins as {0} and is good for one transaction. */
enum { SCAN_TRUST_KEPT = 16 };
struct scan_trust {
	uint32_t number[SCAN_TRUST_KEPT];
	uint8_t counts[SCAN_TRUST_KEPT];   /* closed and trusted */
	uint8_t canaries[SCAN_TRUST_KEPT]; /* its canaries were good */
};
int scan_counts(struct db_txn *t, struct scan_trust *memory, uint32_t number, struct err *e);	/* 1, 0, -1 */
int scan_had_canaries(struct db_txn *t, struct scan_trust *memory, uint32_t number, struct err *e); /* the same */

#endif
