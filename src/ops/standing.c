#include "ops/standing.h"

#include "base/date.h"
#include "base/err.h"
#include "relay/entry.h"

void standing_begin(struct standing *s, const struct timeline_rules *r, struct db_txn *txn)
{
	*s = (struct standing){.rules = *r, .txn = txn, .now = date_now()};
}

void standing_begin_from(struct standing *s, const struct config *c, struct db_txn *txn)
{
	struct timeline_rules r;

	timeline_rules_from(&r, c);
	standing_begin(s, &r, txn);
}

void standing_judge(struct timeline *out, struct standing *s, const struct entry *e, const struct observed *o)
{
	struct err ignored;
	int counts = 0;

	if (o && o->time)
		counts = scan_counts(s->txn, &s->trust, o->scan, &ignored) == 1;
	timeline_judge(out, &s->rules, e, o, counts, NULL, s->now);
}

enum state standing_state(struct standing *s, const struct entry *e, const struct observed *o)
{
	struct timeline t;

	standing_judge(&t, s, e, o);
	return t.state;
}

struct verdict standing_verdict(const struct entry *e, const struct observed *o, int64_t now)
{
	if (entry_pin_at(e, now) != PIN_NONE)
		return verdict_pinned();
	return o ? o->verdict : (struct verdict){0};
}
