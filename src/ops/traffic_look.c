#include "ops/traffic_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/number.h"
#include "base/str.h"
#include "db/recent.h"

void traffic_look_begin(struct traffic_look *l, struct db_txn *txn, int64_t now)
{
	struct err ignored;

	*l = (struct traffic_look){.txn = txn, .today = date_day(now)};
	if (!txn)
		return;
	if (traffic_coverage(txn, l->today - TRAFFIC_MONTH + 1, l->today, &l->month, &ignored) != 0 ||
	    traffic_coverage(txn, l->today - TRAFFIC_YEAR + 1, l->today, &l->year, &ignored) != 0) {
		l->txn = NULL;
		l->is_unread = 1;
	}
}

/* Whether 0 is a figure of an entry that the logs do not name. */
static int was_there(const struct traffic_coverage *c, int64_t added)
{
	return added == 0 || date_day(added) <= c->last;
}

static int sum_up(const struct traffic_look *l, const char *name, int days, struct maillog_figures *out)
{
	struct err ignored;

	return traffic_sum(l->txn, name, l->today - days + 1, l->today, out, &ignored);
}

void traffic_look_at(const struct traffic_look *l, const char *name, int64_t added, struct traffic_mail *out)
{
	struct maillog_figures f;
	int got;

	*out = (struct traffic_mail){-1, -1, -1, -1, -1, -1, -1, -1};
	if (!l->txn || l->year.days == 0)
		return;
	got = sum_up(l, name, TRAFFIC_YEAR, &f);
	if (got < 0 || (got == 0 && !was_there(&l->year, added)))
		return;
	out->year_msgs = f.in_msgs;
	out->held = f.held;
	out->at_once = f.at_once;
	if (l->month.days == 0 || sum_up(l, name, TRAFFIC_MONTH, &f) < 0)
		return;
	out->msgs = f.in_msgs;
	out->bytes = f.in_bytes;
	out->out_bytes = f.out_bytes;
	out->backscatter = f.backscatter_msgs;
	out->outside = f.outside;
}

void traffic_look_brief(const struct traffic_look *l, const char *name, int64_t added, struct traffic_brief *out)
{
	int64_t month = l->today - TRAFFIC_MONTH, year = l->today - TRAFFIC_YEAR;
	struct recent r;
	struct err ignored;
	int got;

	*out = (struct traffic_brief){-1, -1, -1, -1};
	if (!l->txn || l->year.days == 0)
		return;
	got = recent_get(l->txn, name, &r, &ignored);
	if (got < 0 || (got == 0 && !was_there(&l->year, added)))
		return;
	out->held = 0;
	if (l->month.days > 0)
		out->msgs = out->bytes = out->carried = 0;
	for (size_t i = 0; i < r.n && r.day[i].day > year; i++) {
		const struct recent_day *d = &r.day[i];

		if (d->day > l->today)
			continue;
		out->held += d->held;
		if (d->day > month && l->month.days > 0) {
			out->msgs += d->msgs;
			out->bytes += d->bytes;
			out->carried += d->bytes + d->out_bytes;
		}
	}
}

int64_t traffic_look_weekly(const struct traffic_look *l, const char *name, int64_t since, int days)
{
	int64_t from = date_day(since), recent = l->today - days + 1, run = l->today - from + 1, average;
	struct traffic_outside f;
	struct err ignored;

	if (l->is_unread)
		return TRAFFIC_UNREAD;
	if (!l->txn || l->year.days == 0 || l->year.last < from)
		return -1;
	if (traffic_outside(l->txn, name, from, recent, l->today, &f, &ignored) < 0)
		return TRAFFIC_UNREAD;
	run = run < 7 ? 7 : run;
	average = (7 * f.msgs + run - 1) / run;
	return average > f.week ? average : f.week;
}

char *traffic_count_text(char out[TRAFFIC_TEXT], int64_t n)
{
	if (n < 0)
		return strcpy(out, "?");
	return number_grouped(out, (uint64_t)n);
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
	str_addf(out, "\nBackup mattered: %s of %s %s held by an outage in 12 months.\n", traffic_count_text(a, m->held),
		 traffic_count_text(b, m->year_msgs), m->held == 1 ? "was" : "were");
	if (m->year_msgs == 0)
		str_add(out, "  ");
	else if (m->at_once + m->held == m->year_msgs)
		str_addf(out, "  %s went on at once; ", m->held ? "All others" : "All");
	else
		str_addf(out, "  %s went on at once, others waited for another reason or never arrived; ",
			 traffic_count_text(c, m->at_once));
	str_addf(out, "%" PRId64 " of %d days were measured.\n", l->year.days, TRAFFIC_YEAR);
	str_addf(out, "Measured: %" PRId64 " of %d days", l->month.days, TRAFFIC_MONTH);
	if (l->month.relays > 1)
		str_addf(out, ", %zu relays", l->month.relays);
	if (l->month.gaps > 0)
		str_addf(out, "; the log of a relay is missing for %" PRId64 " of its days", l->month.gaps);
	str_add_char(out, '\n');
}
