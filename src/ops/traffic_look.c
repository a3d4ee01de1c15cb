#include "ops/traffic_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

void traffic_look_begin(struct traffic_look *l, struct db_txn *txn, int64_t now)
{
	struct err ignored;

	*l = (struct traffic_look){.txn = txn, .today = date_day(now)};
	if (!txn)
		return;
	if (traffic_coverage(txn, l->today - TRAFFIC_MONTH + 1, l->today, &l->month, &ignored) != 0 ||
	    traffic_coverage(txn, l->today - TRAFFIC_YEAR + 1, l->today, &l->year, &ignored) != 0)
		l->txn = NULL;
}

void traffic_look_at(const struct traffic_look *l, const char *name, struct traffic_mail *out)
{
	struct maillog_figures f;
	struct err ignored;

	*out = (struct traffic_mail){-1, -1, -1, -1, -1, -1, -1};
	if (l->txn && l->month.days > 0 && traffic_sum(l->txn, name, l->today - TRAFFIC_MONTH + 1, &f, &ignored) >= 0) {
		out->msgs = f.in_msgs;
		out->bytes = f.in_bytes;
		out->out_bytes = f.out_bytes;
		out->backscatter = f.backscatter_msgs;
		out->outside = f.outside;
	}
	if (l->txn && l->year.days > 0 && traffic_sum(l->txn, name, l->today - TRAFFIC_YEAR + 1, &f, &ignored) >= 0) {
		out->year_msgs = f.in_msgs;
		out->held = f.held;
	}
}

double traffic_look_weekly(struct db_txn *txn, const char *name, int64_t since, int64_t now)
{
	int64_t today = date_day(now), from = date_day(since);
	struct traffic_coverage c;
	struct maillog_figures f;
	struct err ignored;

	/* What is long ago says little of who still writes. */
	if (from < today - TRAFFIC_YEAR + 1)
		from = today - TRAFFIC_YEAR + 1;
	if (traffic_coverage(txn, from, today, &c, &ignored) != 0 || c.days == 0 ||
	    traffic_sum(txn, name, from, &f, &ignored) < 0)
		return -1;
	return 7.0 * (double)f.outside / (double)(c.days < 7 ? 7 : c.days);
}

char *traffic_count_text(char out[TRAFFIC_TEXT], int64_t n)
{
	char digits[TRAFFIC_TEXT];
	size_t len, used = 0;

	if (n < 0)
		return strcpy(out, "?");
	len = (size_t)snprintf(digits, sizeof digits, "%" PRId64, n);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}

char *traffic_bytes_text(char out[TRAFFIC_TEXT], int64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	double n = (double)bytes / 1000;
	int unit = 0;

	if (bytes < 0)
		return strcpy(out, "?");
	if (bytes < 1000) {
		snprintf(out, TRAFFIC_TEXT, "%" PRId64 " B", bytes);
		return out;
	}
	for (; n >= 999.5 && unit < 5; unit++)
		n /= 1000;
	snprintf(out, TRAFFIC_TEXT, n < 9.95 ? "%.1f %s" : "%.0f %s", n, units[unit]);
	return out;
}

void traffic_add_text(struct str *out, const struct traffic_look *l, const struct traffic_mail *m)
{
	char a[TRAFFIC_TEXT], b[TRAFFIC_TEXT], c[TRAFFIC_TEXT], d[TRAFFIC_TEXT];

	if (m->msgs < 0 && m->held < 0) {
		str_add(out, "Mail: not measured\n");
		return;
	}
	str_addf(out, "Mail of %d days: %s in (%s), %s from outside, %s out", TRAFFIC_MONTH, traffic_count_text(a, m->msgs),
		 traffic_bytes_text(b, m->bytes), traffic_count_text(c, m->outside), traffic_bytes_text(d, m->out_bytes));
	if (m->backscatter > 0)
		str_addf(out, ", %s bounces of ours", traffic_count_text(a, m->backscatter));
	str_addf(out, "\nHeld through an outage in 12 months: %s of %s\n", traffic_count_text(a, m->held),
		 traffic_count_text(b, m->year_msgs));
	str_addf(out, "Measured: %" PRId64 " of %d days", l->month.days, TRAFFIC_MONTH);
	if (l->month.relays > 1)
		str_addf(out, ", %zu relays", l->month.relays);
	if (l->month.gaps > 0)
		str_addf(out, "; the log of a relay is missing for %" PRId64 " of its days", l->month.gaps);
	str_add_char(out, '\n');
}
