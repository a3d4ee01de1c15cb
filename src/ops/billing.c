#include "ops/billing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/row.h"
#include "base/str.h"
#include "ops/story.h"
#include "ops/ward.h"

const char billing_head[] = "customer,domain,period,days_active,days_listed,days_away,days_unchecked,messages_in,bytes_in,"
			    "messages_out,bytes_out,price_per_gb,currency,amount,invoice,record\r\n";

int billing_first(struct billing_month *m, const struct story *s)
{
	time_t t = (time_t)(s->first_ms / 1000);
	struct tm local;

	*m = (struct billing_month){0};
	if (!s->first_ms)
		return 0;
	localtime_r(&t, &local);
	m->year = local.tm_year + 1900;
	m->month = local.tm_mon + 1;
	return 1;
}

/* Local midnight at the beginning of a day; day 32 is one of the next month. */
static int64_t midnight_ms(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * 1000;
}

int billing_next(struct billing_month *m, int64_t until_ms)
{
	int year = m->year + m->month / 12, month = m->month % 12 + 1;

	*m = (struct billing_month){.year = year, .month = month};
	return midnight_ms(year, month, 1) <= until_ms;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0));
}

void billing_fill(struct billing_month *m, const struct ward *w, const struct story *s, int64_t until_ms)
{
	const struct story_month *told = story_find_month(s, m->year, m->month);

	m->has_days = s->n_spans > 0 && s->erased == 0 && s->spans_lost == 0;
	for (int day = 1; day <= days_in(m->year, m->month); day++) {
		int64_t end = midnight_ms(m->year, m->month, day + 1) - 1;
		enum story_condition c;

		/* The last day is counted by what holds now. */
		if (midnight_ms(m->year, m->month, day) > until_ms)
			break;
		c = story_at(s, end < until_ms ? end : until_ms);
		m->active += c != STORY_ABSENT;
		m->listed += c == STORY_LISTED;
		m->away += c == STORY_AWAY;
		m->unchecked += c == STORY_UNKNOWN;
	}
	if (!told)
		return;
	m->has_traffic = 1;
	m->messages = told->messages;
	m->bytes = told->bytes;
	m->number = told->number;
	m->has_amount = !isnan(w->config.price_per_gb);
	if (m->has_amount)
		m->amount = (double)told->bytes / 1e9 * w->config.price_per_gb;
}

void billing_add(struct str *out, const struct billing_month *m, const struct ward *w, const char *chain,
		 const char *invoice)
{
	const char *slash = strchr(chain, '/');
	char customer[AUDIT_CUSTOMER_MAX + 1];

	snprintf(customer, sizeof customer, "%.*s", (int)(slash - chain), chain);
	row_add_cell(out, customer);
	str_add_char(out, ',');
	row_add_cell(out, slash + 1);
	str_addf(out, ",\"%04d-%02d\",", m->year, m->month);
	if (m->has_days)
		str_addf(out, "%u,%u,%u,%u,", m->active, m->listed, m->away, m->unchecked);
	else
		str_add(out, "?,?,?,?,");
	if (m->has_traffic)
		str_addf(out, "%" PRIu64 ",%" PRIu64 ",?,?,", m->messages, m->bytes);
	else
		str_add(out, "?,?,?,?,");
	if (isnan(w->config.price_per_gb))
		str_add(out, "?,");
	else
		str_addf(out, "%.4f,", w->config.price_per_gb);
	row_add_cell(out, w->config.currency);
	if (m->has_amount)
		str_addf(out, ",%.2f,", m->amount);
	else
		str_add(out, ",?,");
	row_add_cell(out, invoice ? invoice : "");
	if (m->number)
		str_addf(out, ",%" PRIu64, m->number);
	else
		str_add_char(out, ',');
	str_add(out, "\r\n");
}
