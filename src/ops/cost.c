#include "ops/cost.h"

#include "base/date.h"
#include "base/err.h"
#include "db/recent.h"
#include "ops/traffic_look.h"
#include "relay/config.h"

static const struct price *price_of_day(const struct config *c, int64_t day)
{
	int year, month;

	date_month_of(day * DATE_DAY, &year, &month);
	return price_at(&c->price_per_gb, year, month);
}

static void add(struct money_sum *out, const struct price *p, int64_t bytes)
{
	struct money m;

	if (!p)
		return;
	m = price_of(p, (uint64_t)bytes);
	money_sum_add(out, &m);
}

/* The bytes of days with one price are summed before they are rounded to money. */
int cost_of(struct money_sum *out, const struct config *c, const struct traffic_look *l, const char *name, int64_t added)
{
	const struct price *price = NULL;
	struct traffic_brief brief;
	int64_t bytes = 0;
	struct recent r;
	struct err ignored;

	*out = (struct money_sum){0};
	traffic_look_brief(l, name, added, &brief);
	if (c->price_per_gb.n == 0 || brief.carried < 0 || recent_get(l->txn, name, &r, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < r.n && r.day[i].day > l->today - TRAFFIC_MONTH; i++) {
		const struct price *p = price_of_day(c, r.day[i].day);

		if (r.day[i].day > l->today)
			continue;
		if (!p && r.day[i].bytes + r.day[i].out_bytes > 0)
			return 0;
		if (p != price) {
			add(out, price, bytes);
			bytes = 0;
			price = p;
		}
		bytes += r.day[i].bytes + r.day[i].out_bytes;
	}
	if (!price)
		price = price_of_day(c, l->today);
	add(out, price, bytes);
	return out->n > 0;
}

int cost_single(const struct money_sum *s, struct money *out)
{
	if (s->n != 1)
		return 0;
	*out = s->each[0];
	return 1;
}
