#include "ops/statement_months.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "base/str.h"
#include "ops/billing.h"
#include "ops/bundle.h"
#include "ops/html.h"
#include "ops/story.h"
#include "relay/config.h"

int statement_has_month(const struct bundle_options *o, int year, int month)
{
	return billing_month_begin(year, month + 1) > o->from * 1000 &&
	       (!o->to || billing_month_begin(year, month) <= o->to * 1000);
}

static void add_count(struct str *out, int is_known, uint64_t n)
{
	char text[NUMBER_SIZE];

	str_addf(out, "<td class=\"n\">%s</td>", is_known ? number_grouped(text, n) : "?");
}

/* --- checks and mail ----------------------------------------------------------------------------- */

struct sums {
	uint64_t checks, away, in_messages, in_bytes, out_messages, out_bytes, refused;
	int measured, unmeasured;
};

static void add_month(struct str *out, const struct story_month *month, struct sums *sums)
{
	const struct audit_month *m = &month->told;

	str_addf(out, "<tr><td>%04d-%02d</td>", m->year, m->month);
	add_count(out, 1, m->checks);
	add_count(out, 1, m->away);
	add_count(out, m->is_measured, m->in_messages);
	add_count(out, m->is_measured, m->in_bytes);
	add_count(out, m->has_more, m->out_messages);
	add_count(out, m->has_more, m->out_bytes);
	add_count(out, m->has_more, m->refused);
	str_addf(out, "<td class=\"n soft\">%" PRIu64 "</td></tr>\n", month->number);
	sums->checks += m->checks;
	sums->away += m->away;
	sums->in_messages += m->in_messages;
	sums->in_bytes += m->in_bytes;
	sums->out_messages += m->out_messages;
	sums->out_bytes += m->out_bytes;
	sums->refused += m->refused;
	sums->measured += m->has_more;
	sums->unmeasured += !m->has_more;
}

static void add_traffic_sum(struct str *out, const struct sums *s)
{
	int known = s->measured > 0;

	str_add(out, "<tfoot><tr><td>Sum</td>");
	add_count(out, 1, s->checks);
	add_count(out, 1, s->away);
	add_count(out, known, s->in_messages);
	add_count(out, known, s->in_bytes);
	add_count(out, known, s->out_messages);
	add_count(out, known, s->out_bytes);
	add_count(out, known, s->refused);
	str_add(out, "<td></td></tr></tfoot>\n");
}

void statement_add_traffic(struct str *out, const struct bundle_options *o, const struct story *s)
{
	struct sums sums = {0};

	str_add(out, "<h2>Checks and mail, month by month</h2>\n");
	if (s->n_months == 0) {
		str_add(out, "<p>No monthly figures were recorded.</p>\n");
		return;
	}
	str_add(out, "<table>\n<thead><tr><th rowspan=\"2\">Month</th><th colspan=\"2\">Checks</th><th colspan=\"2\">Came in</th>"
		     "<th colspan=\"2\">Went out</th><th rowspan=\"2\" class=\"n\">Refused</th><th rowspan=\"2\" class=\"n\">Record"
		     "</th></tr>\n<tr><th class=\"n\">made</th><th class=\"n\">away</th><th class=\"n\">messages</th>"
		     "<th class=\"n\">bytes</th><th class=\"n\">messages</th><th class=\"n\">bytes</th></tr></thead>\n");
	for (size_t i = 0; i < s->n_months; i++)
		if (statement_has_month(o, s->month[i].told.year, s->month[i].told.month))
			add_month(out, &s->month[i], &sums);
	add_traffic_sum(out, &sums);
	str_add(out, "</table>\n<p class=\"small\">Bytes are sizes of queue files: the message with the mail server's own notes, not "
		     "what passed over the wire. What came in and went out was carried twice. Mail is counted by days of UTC, and "
		     "only that of the days on which the domain was this account's; the checks are all those of the month.");
	if (sums.unmeasured)
		str_add(out, " Where a ? stands, no mail log of that month was read, or its figures were erased; what it stands for is "
			     "not in the sum.");
	str_add(out, "</p>\n");
}

/* --- billing ------------------------------------------------------------------------------------- */

static void add_days(struct str *out, const struct billing_month *m)
{
	add_count(out, m->has_days, m->active);
	add_count(out, m->has_days, m->listed);
	add_count(out, m->has_days, m->away);
	add_count(out, m->has_days, m->unchecked);
}

static void add_charge(struct str *out, const struct billing_month *m)
{
	char text[PRICE_TEXT];

	str_addf(out, "<td class=\"n\">%s</td><td class=\"n\">", m->price ? price_text(text, m->price) : "?");
	html_add(out, m->has_amount ? money_text(text, &m->amount) : "?");
	str_add(out, "</td></tr>\n");
}

struct billed {
	unsigned active, listed, away, unchecked;
	int has_days, is_whole;
	struct money_sum sum;
};

static void count(struct billed *b, const struct billing_month *m)
{
	b->has_days &= m->has_days;
	b->active += m->active;
	b->listed += m->listed;
	b->away += m->away;
	b->unchecked += m->unchecked;
	b->is_whole &= m->has_amount || (m->has_days && m->active == 0);
	if (m->has_amount)
		money_sum_add(&b->sum, &m->amount);
}

static void add_billing_sum(struct str *out, const struct billed *b)
{
	struct billing_month all = {.has_days = b->has_days, .active = b->active, .listed = b->listed, .away = b->away,
				    .unchecked = b->unchecked};
	struct str text = {0};

	money_sum_text(&text, &b->sum);
	str_add(out, "<tfoot><tr><td>Sum</td>");
	add_days(out, &all);
	str_add(out, "<td></td><td class=\"n\">");
	html_add(out, text.len ? str_text(&text) : "?");
	str_add(out, "</td></tr></tfoot>\n");
	str_clear(&text);
}

void statement_add_billing(struct str *out, const struct bundle_options *o, const struct config *c, const struct story *s,
			   int64_t until_ms)
{
	struct billed all = {.has_days = 1, .is_whole = 1};
	struct billing_month m;
	int more;

	str_add(out, "<h2>What was charged</h2>\n<table>\n<thead><tr><th rowspan=\"2\">Month</th><th colspan=\"4\">Days on our list"
		     "</th><th rowspan=\"2\" class=\"n\">Price per GB</th><th rowspan=\"2\" class=\"n\">Charge</th></tr>\n<tr>"
		     "<th class=\"n\">all</th><th class=\"n\">in use</th><th class=\"n\">away</th><th class=\"n\">not checked</th></tr>"
		     "</thead>\n");
	for (more = billing_first(&m, s); more; more = billing_next(&m, until_ms)) {
		if (!statement_has_month(o, m.year, m.month))
			continue;
		billing_fill(&m, c, s, until_ms);
		str_addf(out, "<tr><td>%04d-%02d</td>", m.year, m.month);
		add_days(out, &m);
		add_charge(out, &m);
		count(&all, &m);
	}
	add_billing_sum(out, &all);
	str_add(out, "</table>\n<p class=\"small\">");
	if (!all.is_whole)
		str_add(out, "A month with a ? has no figures, and is not in the sum. ");
	str_add(out, "Each month has the price that held in it, for what came in and what went out, by 1,000,000,000 bytes. A day "
		     "counts by what held at its end, in the time zone of the contract (");
	html_add(out, c->billing_timezone);
	str_add(out, "). Amounts are by use; what else a contract says is not part of this log.</p>\n");
}
