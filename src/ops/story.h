/*
 * story: what the records of one chain say happened, gathered for a statement.
 *
 * Fed record by record, so that a chain is never in memory; holds months and the changes of the picture.
 */
#ifndef OPS_STORY_H
#define OPS_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "audit/month.h"

struct audit_row;

enum { STORY_MONTHS = 600, STORY_SPANS = 400 };

/* In what the domain was from a time on.  Moved is in use too: its MX records name us, though its own mail server is
 * elsewhere; away is when they do not. */
enum story_condition { STORY_ABSENT, STORY_UNKNOWN, STORY_LISTED, STORY_MOVED, STORY_AWAY, N_STORY_CONDITIONS };

struct story_span {
	int64_t from_ms;
	enum story_condition condition;
	uint64_t number; /* of the record that says so */
};

struct story_month {
	struct audit_month told;
	uint64_t number; /* of the record that says so */
};

struct story {
	uint64_t records, erased, unsynced, turned_back;
	int64_t first_ms, last_ms; /* of the records that have a time */
	int64_t accepted_ms;	   /* first import or addition, 0: none in this chain */
	int64_t looked_ms;	   /* the first observation, 0: none */
	int64_t away_ms;	   /* since when it is, or was when acted on, away; 0: never seen away */
	int64_t moved_ms;	   /* since when its own mail server is elsewhere; 0: it is not */
	int64_t acted_ms;	   /* the last deletion, 0: none */
	int is_deleted;
	struct story_month month[STORY_MONTHS]; /* as the monthly records tell, in their order */
	size_t n_months;
	struct story_span span[STORY_SPANS]; /* the last one goes on to the present */
	size_t n_spans, spans_lost;
};

void story_add(struct story *s, const struct audit_row *r);

/* The monthly record of a month: NULL when there is none, which means that nobody looked. */
const struct story_month *story_find_month(const struct story *s, int year, int month);

/* The condition at a time. */
enum story_condition story_at(const struct story *s, int64_t ms);

const char *story_condition_words(enum story_condition c);

#endif
