/*
 * limit: the language in which console and command line pick entries.
 *
 *	class:orphan reason:ORPHAN_OFFNET state:deletable ready:yes
 *	customer:C-1042 mx:*.google.com pinned:no brownout:yes since:>30d bytes:>1G
 *	held:0 notice:expired flag:H_NEAR_MISS -word  word  *.example
 *	from:2026-03-01 to:2026-03-31 action:delete
 *
 * Words are ANDed, values ignore case, `-` negates, a bare word or a glob
 * (* and ?) is part of a name; a glob must match the whole name.  Pure: text in,
 * yes or no out.  What is not known matches no word, and so its negation matches.
 *
 * mx:host without a glob is that host and all below it; customer: without a value is the unknown
 * customer; quotes protect blanks, `:` and a leading `-`.
 *
 * The same language picks records of the audit log.  Then name, customer, from:, to: (local days, both included) and
 * action: look at the record and the other words at its entry as it stands now; of an entry from: and to: look at
 * since when it is what it is, and no action: fits it.
 */
#ifndef RELAY_LIMIT_H
#define RELAY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct limit;

/* What a limit looks at.  Figures that nothing feeds are -1; they match no comparison. */
struct limit_row {
	const char *name;
	const char *customer;
	uint8_t class, reason, state;
	uint8_t pinned;
	uint8_t browned; /* in a brownout */
	uint32_t flags;
	int64_t since;		 /* 0: never observed */
	int64_t bytes;		 /* last 30 days, in; -1 not measured */
	int64_t held;		 /* messages held through outages; -1 not measured */
	int64_t notice_deadline; /* 0: none */
	int64_t time;		 /* for from: and to:, seconds; 0: none */
	const char *action;	 /* of a record; NULL */
	/* The i-th MX target, NULL behind the last; called only when the limit asks for mx. */
	const char *(*mx_target)(const void *ctx, size_t i);
	const void *ctx;
};

/* True when the word on a command line is a LIMIT: it has `:`, `*` or `?` in it. */
int limit_is_limit(const char *word);

/* The i-th key that may stand before a colon, NULL behind the last. */
const char *limit_key(size_t i);

/* Of the same an example of what may stand behind it, and what it picks; for help and manual. */
const char *limit_key_value(size_t i);
const char *limit_key_help(size_t i);

/* Parses text; on -1 *e says what is wrong and *place (may be NULL) is the offset of the word.
 * An empty text matches everything. */
int limit_parse(struct limit **out, const char *text, struct err *e, size_t *place);
void limit_free(struct limit *l);

int limit_matches(const struct limit *l, const struct limit_row *r, int64_t now);

/* True when evaluating it needs mx_target (the caller may prepare it). */
int limit_needs_mx(const struct limit *l);

/* True when it looks at more of a record than the record itself: its entry must be there too. */
int limit_needs_entry(const struct limit *l);

/* The first word about actions that fits none of these names, NULL when there is none: whoever keeps records knows
 * their actions. */
const char *limit_action_of_none(const struct limit *l, const char *const *name, size_t n);

/* True when a word names what a chain of records has, a name or a customer; and whether those words fit one. */
int limit_picks_chains(const struct limit *l);
int limit_matches_chain(const struct limit *l, const char *customer, const char *name);

#endif
