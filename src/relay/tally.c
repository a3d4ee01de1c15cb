#include "relay/tally.h"

#include <string.h>

#include "base/date.h"
#include "relay/config.h"
#include "relay/entry.h"

enum { FLAP_WITHIN = 30 * DATE_DAY, CLOCK_SKEW = 3600 };

void timeline_rules_from(struct timeline_rules *r, const struct config *c)
{
	*r = (struct timeline_rules){
		.sets = site_hash(&c->site),
		.days = c->confirm_days,
		.days_registration = c->confirm_days_registration,
		.observations = c->confirm_observations,
		.gap = c->confirm_gap,
		.fresh = c->confirm_fresh,
		.show_after = c->show_after,
		.flap_changes = c->flap_changes,
		.flap_days = c->flap_days,
		.group_hold = c->group_hold,
		.mail_trickle = c->mail_trickle,
	};
}

static void end_run(struct tally *t)
{
	t->first = 0;
	t->count = t->days = 0;
	t->rule = DELETE_NEVER;
}

static void note_change(struct tally *t, int64_t when, const struct timeline_rules *r)
{
	int64_t oldest;

	memmove(&t->change[1], &t->change[0], (TALLY_CHANGES - 1) * sizeof t->change[0]);
	t->change[0] = when;
	oldest = t->change[r->flap_changes - 1]; /* flap-changes is at most TALLY_CHANGES */
	if (oldest && when - oldest <= FLAP_WITHIN)
		t->flapped = when;
}

/* Days are counted in UTC, so that a nightly scan that reaches an entry a minute earlier than the night
 * before has still come a day later.  Where the clock went back nothing can be said of what lies between. */
static int run_goes_on(const struct tally *t, int64_t when, const struct timeline_rules *r)
{
	return t->first && when >= t->last - CLOCK_SKEW && date_day(when) - date_day(t->last) <= r->gap;
}

static void add_orphan(struct tally *t, const struct observed *o, const struct timeline_rules *r)
{
	uint8_t rule = o->verdict.deletion == DELETE_C2 ? DELETE_C2 : DELETE_C1;

	if (!run_goes_on(t, o->time, r)) {
		end_run(t);
		t->first = o->time;
	}
	t->days += t->count == 0 || date_day(o->time) > date_day(t->last);
	t->count++;
	if (rule > t->rule)
		t->rule = rule;
}

void tally_add(struct tally *t, const struct observed *o, const struct timeline_rules *r)
{
	switch ((enum class)o->verdict.class) {
	case CLASS_OK:
	case CLASS_MOVED:
	case CLASS_BROKEN:
	case CLASS_ORPHAN:
	case CLASS_NA:
		break;
	default:
		/* No evidence, but for one thing: a resolver that heard us listed. */
		if (o->was_listed)
			end_run(t);
		return;
	}
	if (t->class != CLASS_NONE && t->class != o->verdict.class)
		note_change(t, o->time, r);
	if (o->verdict.class == CLASS_ORPHAN)
		add_orphan(t, o, r);
	else
		end_run(t);
	t->class = o->verdict.class;
	t->reason = o->verdict.reason;
	t->deletion = o->verdict.deletion;
	t->last = o->time;
}

const struct tally *tally_find(const struct observed *o, uint64_t sets)
{
	for (unsigned i = 0; i < o->n_tallies; i++)
		if (o->tally[i].sets == sets)
			return &o->tally[i];
	return NULL;
}

/* The tally of sets, brought to the front. */
static struct tally *tally_at_front(struct observed *o, uint64_t sets)
{
	struct tally found = {.sets = sets};
	unsigned i = 0;

	while (i < o->n_tallies && o->tally[i].sets != sets)
		i++;
	if (i < o->n_tallies)
		found = o->tally[i];
	else if (o->n_tallies < TALLY_MAX)
		o->n_tallies++;
	else
		i = TALLY_MAX - 1;
	memmove(&o->tally[1], &o->tally[0], i * sizeof o->tally[0]);
	o->tally[0] = found;
	return &o->tally[0];
}

void tally_inherit(struct observed *to, const struct observed *from, int counts, const struct timeline_rules *r)
{
	to->n_tallies = from->n_tallies;
	memcpy(to->tally, from->tally, sizeof to->tally);
	if (counts)
		tally_add(tally_at_front(to, from->sets), from, r);
}
