/*
 * report: what changed since the last one, and what is to be done.
 *
 * Gathered in one walk over the list, then printed as text for mail, as one HTML page that needs nothing
 * else, or as JSON lines.
 */
#ifndef OPS_REPORT_H
#define OPS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "relay/verdict.h"

struct config;
struct err;
struct str;
struct ward;

enum report_kind {
	REPORT_FAILING, /* mail bounces or is lost now */
	REPORT_ORPHAN,	/* new */
	REPORT_READY,
	REPORT_MOVED,	/* dearest first */
	REPORT_NOTICE,	/* a deadline that passes within a week or has passed */
	REPORT_PIN,	/* ends within two weeks */
	REPORT_CONFIRM, /* confirmed by the customer more than a year ago */
	N_REPORT_KINDS
};

struct report_item {
	enum report_kind kind;
	const char *name, *customer, *words; /* what DNS says */
	int64_t time;  /* since when, or the day that is meant */
	int64_t bytes; /* of a moved one: in and out in 30 days; -1 not measured */
	int is_new;    /* since the last report */
};

struct report {
	struct report_item *item; /* by kind; a new one before an old one */
	size_t n, room;
	size_t of_kind[N_REPORT_KINDS];
	size_t entries, class[N_CLASSES];
	uint32_t scans, distrusted; /* that ended since */
	int64_t since, now;
	int64_t spoken; /* when a report last said something */
	const struct config *config; /* for the price */
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

const char *report_kind_name(enum report_kind k);
const char *report_kind_words(enum report_kind k);

void report_add_text(struct str *out, const struct report *r);
void report_add_html(struct str *out, const struct report *r);
void report_add_jsonl(struct str *out, const struct report *r);

#endif
