#include "ops/billing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/row.h"
#include "base/mem.h"
#include "base/str.h"
#include "ops/story.h"
#include "relay/config.h"

const char billing_head[] = "customer,domain,period,days_active,days_listed,days_away,days_unchecked,messages_in,bytes_in,"
			    "messages_out,bytes_out,price_per_gb,currency,amount,invoice,records\r\n";

/* --- time ---------------------------------------------------------------------------------------- */

char *billing_enter_zone(const struct config *c)
{
	const char *was = getenv("TZ");
	char *copy = was ? mem_copy_string(was) : NULL;

	if (c->billing_timezone[0])
		setenv("TZ", c->billing_timezone, 1);
	tzset();
	return copy;
}

void billing_leave_zone(char *was)
{
	if (was)
		setenv("TZ", was, 1);
	else
		unsetenv("TZ");
	tzset();
	free(was);
}

int billing_calendar_month(struct billing_calendar *c, int64_t t)
{
	time_t when = (time_t)t;
	struct tm local, first;
	char *was;

	if (t >= c->begin && t < c->end)
		return c->month;
	was = billing_enter_zone(c->config);
	localtime_r(&when, &local);
	first = (struct tm){.tm_year = local.tm_year, .tm_mon = local.tm_mon, .tm_mday = 1, .tm_isdst = -1};
	c->begin = mktime(&first);
	first = (struct tm){.tm_year = local.tm_year, .tm_mon = local.tm_mon + 1, .tm_mday = 1, .tm_isdst = -1};
	c->end = mktime(&first);
	c->month = (local.tm_year + 1900) * 12 + local.tm_mon;
	billing_leave_zone(was);
	return c->month;
}

/* --- months -------------------------------------------------------------------------------------- */

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

int64_t billing_month_begin(int year, int month)
{
	return midnight_ms(year, month, 1);
}

int billing_next(struct billing_month *m, int64_t until_ms)
{
	int year = m->year + m->month / 12, month = m->month % 12 + 1;

	*m = (struct billing_month){.year = year, .month = month};
	return midnight_ms(year, month, 1) <= until_ms;
}

int billing_invoices_between(int64_t from_ms, int64_t to_ms)
{
	struct story one = {.first_ms = from_ms};
	struct billing_month m;
	int n = 0;

	if (!billing_first(&m, &one))
		return 0;
	while (billing_next(&m, to_ms))
		n++;
	return n;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0));
}

void billing_fill(struct billing_month *m, const struct config *config, const struct story *s, int64_t until_ms)
{
	m->has_days = s->n_spans > 0 && s->erased == 0 && s->spans_lost == 0;
	for (int day = 1; day <= days_in(m->year, m->month); day++) {
		int64_t end = midnight_ms(m->year, m->month, day + 1) - 1;
		enum story_condition c;

		/* The last day is counted by what holds now. */
		if (midnight_ms(m->year, m->month, day) > until_ms)
			break;
		c = story_at(s, end < until_ms ? end : until_ms);
		m->active += c != STORY_ABSENT;
		m->listed += c == STORY_LISTED || c == STORY_MOVED;
		m->away += c == STORY_AWAY;
		m->unchecked += c == STORY_UNKNOWN;
	}
	m->told = story_find_month(s, m->year, m->month);
	m->price = price_at(&config->price_per_gb, m->year, m->month);
	/* The price is for what came in and for what went out; half of it is no amount. */
	m->has_amount = m->told && m->told->told.has_more && m->price;
	if (m->has_amount)
		m->amount = price_of(m->price, m->told->told.in_bytes + m->told->told.out_bytes);
}

/* --- billing.csv --------------------------------------------------------------------------------- */

/* The records that a row rests on: what held when the month began, what changed in it, and the month's own. */
static void add_numbers(struct str *out, const struct billing_month *m, const struct story *s)
{
	int64_t begin = midnight_ms(m->year, m->month, 1);
	int64_t end = midnight_ms(m->year + m->month / 12, m->month % 12 + 1, 1);
	struct str cell = {0};

	for (size_t i = 0; i < s->n_spans && s->span[i].from_ms < end; i++)
		if (i + 1 == s->n_spans || s->span[i + 1].from_ms > begin)
			str_addf(&cell, "%s%" PRIu64, cell.len ? " " : "", s->span[i].number);
	if (m->told)
		str_addf(&cell, "%s%" PRIu64, cell.len ? " " : "", m->told->number);
	row_add_cell(out, str_text(&cell));
	str_clear(&cell);
}

static void add_traffic(struct str *out, const struct story_month *told)
{
	const struct audit_month *m = told ? &told->told : NULL;

	if (m && m->is_measured)
		str_addf(out, "%" PRIu64 ",%" PRIu64 ",", m->in_messages, m->in_bytes);
	else
		str_add(out, "?,?,");
	if (m && m->has_more)
		str_addf(out, "%" PRIu64 ",%" PRIu64 ",", m->out_messages, m->out_bytes);
	else
		str_add(out, "?,?,");
}

void billing_add(struct str *out, const struct billing_month *m, const struct story *s, const char *chain,
		 const char *invoice)
{
	const char *slash = strchr(chain, '/');
	char customer[AUDIT_CUSTOMER_MAX + 1], text[PRICE_TEXT];

	snprintf(customer, sizeof customer, "%.*s", (int)(slash - chain), chain);
	row_add_cell(out, customer);
	str_add_char(out, ',');
	row_add_cell(out, slash + 1);
	str_addf(out, ",\"%04d-%02d\",", m->year, m->month);
	if (m->has_days)
		str_addf(out, "%u,%u,%u,%u,", m->active, m->listed, m->away, m->unchecked);
	else
		str_add(out, "?,?,?,?,");
	add_traffic(out, m->told);
	str_addf(out, "%s,", m->price ? price_text(text, m->price) : "?");
	row_add_cell(out, m->price ? m->price->currency : "");
	str_addf(out, ",%s,", m->has_amount ? money_number(text, &m->amount) : "?");
	row_add_cell(out, invoice ? invoice : "");
	str_add_char(out, ',');
	add_numbers(out, m, s);
	str_add(out, "\r\n");
}
