/*
 * scan: looking every entry up and storing what was seen.
 *
 * Walks in key order and commits contiguous ranges, giving way to interactive writers.  Every open console
 * sees its progress in the database (db/scans.h).  What it saw counts once it has closed and is trusted: its
 * canaries were good before and after, and no more changed than the circuit breaker lets pass.  One that was
 * cut off goes on within SCAN_GOES_ON_S.
 */
#ifndef OPS_SCAN_H
#define OPS_SCAN_H

#include "db/scans.h"

struct err;
struct limit;
struct ward;

/* A scan that was cut off so long ago is abandoned, in seconds. */
enum { SCAN_GOES_ON_S = 6 * 3600 };

/* What has become of a scan: it has ended, its process lives, it was cut off and the next scan of all entries goes on
 * with it, or begins anew. */
enum scan_stand { SCAN_ENDED, SCAN_RUNS, SCAN_TO_GO_ON, SCAN_TO_BEGIN_ANEW };

/* sets: site_hash() of the present configuration.  A process that dies writes nothing, so that this is asked again and
 * again of one that has not ended. */
enum scan_stand scan_stand(const struct scan *s, uint64_t sets, int64_t now);

struct scan_options {
	const struct limit *limit; /* NULL: all */
	int accept;		   /* trust it although much changed; bad canaries are never accepted */
	void (*progress)(void *ctx, const struct scan *now, double per_second);
	void *ctx;
};

/* Runs the loop until the scan is through and closed; out->trusted says whether it counts, out->cause why it
 * does not.  out's strings are static or in the ward. */
int scan_run(struct ward *w, const struct scan_options *o, struct scan *out, struct err *e);

#endif
