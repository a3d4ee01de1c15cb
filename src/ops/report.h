/*
 * report: what changed since the last one, and what is to be done.
 *
 * Gathered in one walk over the list, beside what the scans, the mail server's tables and the last look for
 * missing names say; then printed as text for mail, as one HTML page that needs nothing else, or as JSON
 * lines.  Reads the tables that are published to, but changes nothing.
 */
#ifndef OPS_REPORT_H
#define OPS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "ops/nights.h"
#include "relay/price.h"
#include "relay/verdict.h"

struct err;
struct str;
struct ward;

enum report_kind {
	REPORT_FAILING, /* mail bounces or is lost now */
	REPORT_MISSING, /* names us and is refused */
	REPORT_TABLE,	/* a mail server's table that is not in line */
	REPORT_DRIFT,	/* what others changed in the tables */
	REPORT_SCAN,	/* a distrusted scan since, or none for days */
	REPORT_ORPHAN,	/* new */
	REPORT_READY,
	REPORT_GONE,	/* listed, but our own zone names us no more */
	REPORT_MOVED,	/* dearest first */
	REPORT_NOTICE,	/* a deadline that passes within a week or has passed */
	REPORT_PIN,	/* ends within two weeks */
	REPORT_CONFIRM, /* confirmed by the customer more than a year ago */
	N_REPORT_KINDS
};

struct report_item {
	enum report_kind kind;
	const char *name, *customer, *words; /* what DNS says, or what is wrong */
	int64_t time;	/* since when, or the day that is meant */
	int64_t weight; /* what its kind is ordered by, the most first */
	int64_t bytes;	/* of a moved one: in and out in 30 days; -1 not measured */
	int has_cost;
	struct money_sum cost; /* of these */
	int is_new;	       /* since the last report */
	int is_suspect;	       /* of an orphan: seen too seldom yet to be called one */
};

struct report {
	struct report_item *item; /* by kind; the weightiest first */
	size_t n, room;
	size_t of_kind[N_REPORT_KINDS];
	size_t entries, class[N_CLASSES];
	int64_t first_added; /* of the entries: when the first one of them came; 0: there is none */
	uint32_t scans, distrusted; /* that ended since */
	uint32_t open_scan;	    /* the number of one that did not end; 0 */
	struct nights nights;
	int64_t moved_bytes;	/* of all moved ones that are measured; -1: none is */
	struct money_sum moved; /* what these cost */
	int64_t since, now;
	int64_t spoken; /* when a report last said something */
	const char *audit; /* the head of the audit log, in lines; "" */
	struct arena arena;
};

/* since 0: since the last report, a week when there was none. */
int report_gather(struct ward *w, int64_t since, struct report *out, struct err *e);
void report_clear(struct report *r);

/* 0 nothing, 1 something to do, 2 something fails now. */
int report_status(const struct report *r);

/* Whether anything is to be said: something to do, or a week of silence, which could be a dead timer. */
int report_has_words(const struct report *r);

/* This was the last report. */
int report_remember(struct ward *w, const struct report *r, struct err *e);

const char *report_kind_words(enum report_kind k);

/* What stands behind a name: the day that matters, or what it costs. */
void report_add_detail(struct str *out, const struct report_item *i);

/* "14,012 entries, 311 orphan ..." and "7 scans ended, 6 of them trusted", without an end. */
void report_add_counts(struct str *out, const struct report *r);
void report_add_scans(struct str *out, const struct report *r);

/* "31 GB carried twice in 30 days = 62.00 EUR"; nothing when none is measured. */
void report_add_moved(struct str *out, const struct report *r);

void report_add_text(struct str *out, const struct report *r);
void report_add_html(struct str *out, const struct report *r);
void report_add_jsonl(struct str *out, const struct report *r);

#endif
