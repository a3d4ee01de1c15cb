#include "ops/traffic_spark.h"

#include <inttypes.h>

#include "base/err.h"
#include "base/str.h"
#include "db/recent.h"
#include "db/traffic.h"
#include "ops/traffic_look.h"

void traffic_spark_read(struct traffic_spark *s, const struct traffic_look *l, const char *name)
{
	int64_t first = l->today - SPARK_DAYS + 1;
	struct traffic_coverage c;
	struct recent r;
	struct err ignored;

	s->most = -1;
	for (int i = 0; i < SPARK_DAYS; i++) {
		s->day[i] = -1;
		if (l->txn && traffic_coverage(l->txn, first + i, first + i, &c, &ignored) == 0 && c.days > 0)
			s->day[i] = s->most = 0;
	}
	if (s->most < 0 || recent_get(l->txn, name, &r, &ignored) != 1)
		return;
	for (size_t i = 0; i < r.n; i++) {
		int64_t at = r.day[i].day - first;

		if (at < 0 || at >= SPARK_DAYS || s->day[at] < 0)
			continue;
		s->day[at] = r.day[i].msgs;
		if (r.day[i].msgs > s->most)
			s->most = r.day[i].msgs;
	}
}

void traffic_spark_add(struct str *out, const struct traffic_spark *s)
{
	static const char levels[] = ":-=+*#";
	const int64_t steps = sizeof levels - 1;

	if (s->most < 0)
		return;
	str_add(out, "  ");
	for (int i = 0; i < SPARK_DAYS; i++) {
		int64_t n = s->day[i];

		if (n <= 0)
			str_add_char(out, n < 0 ? '?' : '.');
		else
			str_add_char(out, levels[(n * steps - 1) / s->most]);
	}
	str_addf(out, "\n  %d days to today, %" PRId64 " a day at most\n", SPARK_DAYS, s->most);
}
