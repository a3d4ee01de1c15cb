#include "ops/matter.h"

#include "base/date.h"
#include "ops/standing.h"
#include "relay/entry.h"

unsigned matter_of(const struct row *r, const struct entry *e, int64_t now)
{
	int is_judged = r->time != 0 && r->pin == PIN_NONE;
	unsigned m = 0;

	if (is_judged && r->verdict.severity >= SEVERITY_FAILING)
		m |= MATTER_FAILING;
	if (is_judged && r->verdict.class == CLASS_MOVED)
		m |= MATTER_MOVED;
	if (state_is_ready(r->state, r->verdict.class))
		m |= MATTER_READY;
	if (e->notice_deadline && e->notice_deadline < now + MATTER_NOTICE_DAYS * DATE_DAY)
		m |= MATTER_NOTICE_DUE;
	if (r->pin != PIN_NONE && e->pin_until && e->pin_until < now + MATTER_PIN_DAYS * DATE_DAY)
		m |= MATTER_PIN_ENDS;
	return m;
}
