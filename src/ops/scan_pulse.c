/*
 * scan_pulse: whether the resolvers still live while a scan runs.
 *
 * A resolver that dies in the middle would turn the rest of the night into thousands of names without an answer.  When
 * nearly all of the last names came without one, or nothing came at all for a while, the canaries are asked: where they
 * are not heard either, the scan stops, and what was not committed yet is asked again when it goes on.  A customer's
 * hundred names on one dead name server cost a question.
 */
#include "ops/scan_inner.h"

#include "base/err.h"
#include "base/loop.h"
#include "dns/lookup.h"
#include "ops/scan.h"
#include "ops/ward.h"

/* Of the last 64 names so many; and somewhat more than the 8 s after which a name is UNKNOWN. */
enum { FAILING = 58, SILENCE_MS = 8500 };

void scan_pulse_begin(struct scanning *s)
{
	if (s->pulse.heard == 0)
		s->hears_canaries = scan_hears_canaries(s);
	s->pulse.names = 0;
	s->pulse.failed = 0;
	s->pulse.answers = lookups_counts(s->ward->lookups).answers;
	s->pulse.heard = loop_now();
}

void scan_pulse_note(struct scanning *s, const struct lookup_result *r)
{
	struct scan_pulse *p = &s->pulse;

	p->failed = p->failed << 1 | (r->verdict.class == CLASS_UNKNOWN);
	p->names++;
}

int scan_pulse_is_weak(struct scanning *s)
{
	struct scan_pulse *p = &s->pulse;
	uint64_t answers = lookups_counts(s->ward->lookups).answers;

	if (answers != p->answers || lookups_pending(s->ward->lookups) == 0) {
		p->answers = answers;
		p->heard = loop_now();
	}
	return (p->names >= 64 && __builtin_popcountll(p->failed) >= FAILING) || loop_now() - p->heard > SILENCE_MS;
}

int scan_pulse_feel(struct scanning *s)
{
	struct ward *w = s->ward;
	uint64_t answers = lookups_counts(w->lookups).answers;
	int heard = scan_hears_canaries(s);

	/* Where no canary was ever heard, a resolver that says anything lives. */
	if (heard || (!s->hears_canaries && lookups_counts(w->lookups).answers > answers)) {
		scan_pulse_begin(s);
		return 0;
	}
	return err_set(s->e, ERR_UNAVAILABLE,
		       "no resolver answers any more (%s), the canaries included; the scan stopped after %llu of %llu "
		       "entries and goes on where it was when it is started again within %d hours",
		       lookups_resolvers(w->lookups), (unsigned long long)s->scan.done, (unsigned long long)s->scan.total,
		       SCAN_GOES_ON_S / 3600);
}
