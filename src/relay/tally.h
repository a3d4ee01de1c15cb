/*
 * tally: what the time rules keep of all counted observations of an entry.
 *
 * A history of years is folded into a few numbers as it happens, so that the state of a million entries
 * needs no look at a million histories.  A tally belongs to one configuration of relay hosts, addresses
 * and networks (site_hash()); an entry keeps those of the last few, so that its clock goes on where it
 * stood when a configuration comes back.  Pure.
 */
#ifndef RELAY_TALLY_H
#define RELAY_TALLY_H

#include <stdint.h>

struct config;
struct observed;

enum { TALLY_MAX = 3, TALLY_CHANGES = 8 };

/* The last definite observation, and the run of orphan observations that it ends. */
struct tally {
	uint64_t sets;			/* site_hash() of its observations */
	uint8_t class, reason;		/* of the last definite one; CLASS_NONE: there was none */
	uint8_t deletion;		/* its deletion rule */
	uint8_t rule;			/* DELETE_C1 or DELETE_C2: the stricter one of the run */
	int64_t first, last;		/* of the run; first 0: none runs.  last is that of any definite one */
	uint32_t count, days;		/* of the run: observations, and UTC days that had one */
	int64_t change[TALLY_CHANGES];	/* the times of the last changes of class, newest first; 0: none */
	int64_t flapped;		/* when changes last came too fast; 0: never */
};

/* The numbers of the time rules, as configured: confirm-days and those beside it in mxward.conf(5). */
struct timeline_rules {
	uint64_t sets; /* site_hash() of the present configuration */
	int days, days_registration, observations, gap, fresh;
	int show_after, flap_changes, flap_days, group_hold, mail_trickle;
};

void timeline_rules_from(struct timeline_rules *r, const struct config *c);

/* Counts one observation. */
void tally_add(struct tally *t, const struct observed *o, const struct timeline_rules *r);

/* The tally of these sets among those that o carries; NULL when it has none. */
const struct tally *tally_find(const struct observed *o, uint64_t sets);

/* Gives to the tallies of `from`; with counts the observation `from` itself is added to its own.  Of more
 * than TALLY_MAX the one used longest ago is forgotten. */
void tally_inherit(struct observed *to, const struct observed *from, int counts, const struct timeline_rules *r);

#endif
