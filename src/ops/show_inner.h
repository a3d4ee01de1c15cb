/*
 * show_inner: what is known of one entry, for its two forms: text (show_text.c) and JSON (show.c).
 */
#ifndef OPS_SHOW_INNER_H
#define OPS_SHOW_INNER_H

#include "base/mem.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "ops/queue_look.h"
#include "ops/remove_cover.h"
#include "ops/remove_seen.h"
#include "ops/traffic_look.h"
#include "ops/traffic_spark.h"
#include "relay/entry.h"
#include "relay/price.h"
#include "relay/timeline.h"

struct err;
struct str;
struct ward;

/* All that is known of one entry, read in one transaction. */
struct known {
	struct arena arena;
	struct entry entry;
	struct observed observed;
	int is_observed;
	struct observed *history;
	size_t n_history;
	struct audit_row *record;
	size_t n_records;
	struct timeline_rules rules;
	struct timeline timeline;
	int counts; /* the observation's scan is trusted */
	struct traffic_look look;
	struct traffic_mail mail;
	struct traffic_spark spark;
	int has_cost;
	struct money_sum cost; /* of 30 days */
	struct queue_total queued;
	size_t queues;
	struct str queue_lines; /* in words, relay by relay */
	char brownout[200]; /* in words, "" for none */
	int64_t knocks;
	struct cover cover;
	struct seen seen;
	int parent_matches; /* of the mail server: a parent covers, and .x is inert */
};

/* The caller clears it when this returns 0. */
int show_read(struct known *k, struct ward *w, const char *name, struct err *e);
void show_clear(struct known *k);

/* show_may.c: whether it may go, what stands in the way, and how it gets there.  o is what is shown of it, live what was
 * seen just now, the same or a failure; either may be NULL. */
void show_add_may(struct str *out, const struct known *k, const struct observed *o, const struct observed *live, int width);

/* show_past.c: what DNS said over the time, and the audit records. */
void show_add_past(struct str *out, const struct known *k, int width);

#endif
