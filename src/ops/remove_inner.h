/*
 * remove_inner: what the parts of remove share: the plan (remove.c) and its commit (remove_commit.c).
 */
#ifndef OPS_REMOVE_INNER_H
#define OPS_REMOVE_INNER_H

#include "base/mem.h"
#include "ops/leftovers.h"
#include "ops/remove.h"

struct entry;

/* What comes back with an answer: which item it is for. */
struct question {
	struct remove_plan *plan;
	size_t index;
	struct seen_question *seen; /* while names below it are looked up */
};

struct remove_plan {
	struct ward *ward;
	struct remove_options options;
	struct timeline_rules rules;
	struct remove_item *item; /* in the order of asking until all have their fate */
	struct cover *cover; /* of each item */
	struct seen *seen;   /* too */
	int parent_matches;
	struct leftovers leftovers;
	int has_leftovers;
	struct question *question;
	size_t n, asked, answered;
	struct arena arena;
	struct loop_timer *soon; /* done is never called from within remove_begin() */
	int ready;
	int64_t heard; /* when the last answer came */
	void (*done)(void *ctx);
	void *ctx;
};

void remove_stay(struct remove_item *item, const char *why);

/* Rules that need no DNS: the pin, which nothing lifts, and the notice. */
void remove_look_at_entry(struct remove_item *item, const struct entry *entry);

/* A hash of what people wrote of it: customer, contact, dates, note, and when it was added. */
uint64_t remove_written(const struct entry *entry);

/* A rule stands in the way: it keeps the entry, or is noted as lifted. */
void remove_rule(const struct remove_plan *p, struct remove_item *item, const char *name, const char *why);

/* The rules of time against a deletion of what the fresh lookup found (item->verdict). */
void remove_rule_by_time(const struct remove_plan *p, struct remove_item *item);

/* How the entry stands by what was counted, within the transaction of s. */
struct standing;
struct timeline;
int remove_read_standing(struct standing *s, struct timeline *out, const struct entry *entry, struct err *e);

/* Whether that rule was lifted for the item. */
int remove_has_lifted(const struct remove_item *item, const char *name);

/* The rule that senders knocked in a brownout. */
#define KNOCKED "KNOCKED"

/* A second brownout is none, and one that was taken back does not end in a deletion. */
void remove_look_at_brownout(struct remove_item *item, const struct remove_options *o, const struct entry *entry);

/* The rule that an expired notice to the customer lifts. */
#define NOTICE_EXPIRED "NOTICE_EXPIRED"

#endif
