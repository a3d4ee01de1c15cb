#include "relay/timeline.h"

#include <strings.h>

#include "relay/entry.h"

enum { DAY = 86400, CLOCK_SKEW = 3600 };

/* An observation is evidence of the present for two days (verdicts.md section 7).  One from the
 * future is none, but for the little by which two clocks may differ. */
static int is_fresh(const struct observed *o, int64_t now)
{
	return o->time <= now + CLOCK_SKEW && now - o->time <= 2 * DAY;
}

static enum state orphan_state(const struct observed *o, int64_t now)
{
	switch ((enum deletion)o->verdict.deletion) {
	case DELETE_HOLD:
		return STATE_HOLD;
	case DELETE_C1:
	case DELETE_C2:
		return is_fresh(o, now) ? STATE_DELETABLE : STATE_ORPHAN;
	case DELETE_NEVER:
		break;
	}
	return STATE_ORPHAN;
}

enum state timeline_state(const struct entry *e, const struct observed *o, int64_t now)
{
	if (entry_pin_at(e, now) != PIN_NONE)
		return STATE_PINNED;
	if (!o || o->time == 0)
		return STATE_NEW;
	switch ((enum class)o->verdict.class) {
	case CLASS_ORPHAN:
		return orphan_state(o, now);
	case CLASS_OK:
	case CLASS_MOVED:
	case CLASS_BROKEN:
	case CLASS_NA:
		return STATE_LISTED;
	case CLASS_NONE:
	case CLASS_UNKNOWN:
	case N_CLASSES:
		break;
	}
	return STATE_NEW;
}

static const char *const names[N_STATES] = {
	[STATE_NEW] = "new",
	[STATE_LISTED] = "listed",
	[STATE_SUSPECT] = "suspect",
	[STATE_ORPHAN] = "orphan",
	[STATE_DELETABLE] = "deletable",
	[STATE_FLAPPING] = "flapping",
	[STATE_HOLD] = "hold",
	[STATE_PINNED] = "pinned",
};

const char *state_name(enum state s)
{
	return (unsigned)s < N_STATES ? names[s] : "";
}

enum state state_from_name(const char *name)
{
	for (unsigned i = 0; i < N_STATES; i++)
		if (strcasecmp(name, names[i]) == 0)
			return (enum state)i;
	return N_STATES;
}
