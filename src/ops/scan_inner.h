/*
 * scan_inner: what the parts of a scan share: the walk (scan.c), the canaries (scan_canary.c), whether the
 * resolvers still live (scan_pulse.c), and what happens once all are through (scan_close.c, scan_months.c).
 *
 * Not for other modules.
 */
#ifndef OPS_SCAN_INNER_H
#define OPS_SCAN_INNER_H

#include "db/scans.h"
#include "ops/billing.h"
#include "relay/name.h"
#include "relay/tally.h"

struct err;
struct lookup_result;
struct scan_options;
struct ward;

enum { SCAN_COMMIT_WAIT = 60000 };

struct chunk;

struct scan_pulse {
	uint64_t failed; /* of the last 64 names, a bit each */
	uint64_t names;	 /* that were answered since it was last felt */
	uint64_t answers; /* of all resolvers, when they were last looked at */
	int64_t heard;	 /* loop_now() when there last was another one */
};

struct scanning {
	struct ward *ward;
	const struct scan_options *o;
	struct scan scan;
	struct timeline_rules rules;
	struct billing_calendar calendar;
	char cause[600];      /* what scan.cause points to */
	char last[NAME_SIZE]; /* behind which the next chunk begins */
	int walked;	      /* all names are in chunks */
	int going_on;	      /* a scan that was cut off: what it has done is left out */
	struct chunk *asking; /* chunks with questions not yet asked or answered */
	size_t n_chunks;
	int64_t began; /* loop_now() */
	uint64_t done_before; /* by the process that was cut off */
	struct scan_pulse pulse;
	int hears_canaries; /* when the scan began */
	int failed;
	struct err *e;
};

int scan_write(struct scanning *s); /* the scan's row, in a transaction of its own */

/* Asks the canaries and waits for them; scan.canaries is 0 from the first on that is wrong, and cause says
 * which.  A silent resolver is not a lying one: silence alone fails only what is configured. */
void scan_ask_canaries(struct scanning *s);

/* Asks the configured ones once more, or without any our own relays' names, for nothing but whether one of them is
 * answered at all: 1 or 0.  A name below .invalid says nothing here: resolvers answer it by themselves. */
int scan_hears_canaries(struct scanning *s);

/* Once lookups go; with each answer; whether the resolvers may be dead; and asking whether they are, after which the
 * pulse begins anew, or -1.  Feeling runs the loop. */
void scan_pulse_begin(struct scanning *s);
void scan_pulse_note(struct scanning *s, const struct lookup_result *r);
int scan_pulse_is_weak(struct scanning *s);
int scan_pulse_feel(struct scanning *s);

/* Judges the scan and closes it, with an audit record where it is distrusted or accepted. */
int scan_close(struct scanning *s);

/* Holds the groups and writes the audit records of a trusted scan; goes on where a killed process left it. */
int scan_report(struct ward *w, struct scan *scan, const struct timeline_rules *r, struct err *e);

/* Writes the monthly records that are due once this scan, trusted, has closed; goes on where a killed process left
 * it. */
int scan_write_months(struct ward *w, const struct scan *scan, struct err *e);

/* "ORPHAN ORPHAN_OFFNET"; "" for what gave no answer yet. */
void scan_say_verdict(char *out, size_t size, uint8_t class, uint8_t reason);

#endif
