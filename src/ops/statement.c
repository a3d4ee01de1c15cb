#include "ops/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/manifest.h"
#include "base/base64.h"
#include "base/str.h"
#include "ops/billing.h"
#include "ops/bundle.h"
#include "ops/bundle_out.h"
#include "ops/html.h"
#include "ops/sign.h"
#include "ops/statement_rows.h"
#include "ops/story.h"
#include "ops/ward.h"

enum { DAY_MS = 86400 * 1000, PICTURE_WIDTH = 900, PICTURE_LEFT = 10 };

struct page {
	const struct signer *signer;
	const struct bundle_options *options;
	const struct bundle_chain *chain;
	const struct manifest *manifest;
	const struct story *story;
	int64_t now_ms;
	struct str text;
};

static const char *domain_of(const struct bundle_chain *c)
{
	return strchr(c->name, '/') + 1;
}

/* --- 1 head ------------------------------------------------------------------------------------- */

static void add_head(struct page *p)
{
	const struct bundle_options *o = p->options;
	const char *domain = domain_of(p->chain);
	char customer[AUDIT_CUSTOMER_MAX + 1], made[HTML_TIME], period[2 * HTML_TIME + 16], from[HTML_TIME], to[HTML_TIME];
	char title[320];

	snprintf(customer, sizeof customer, "%.*s", (int)(domain - 1 - p->chain->name), p->chain->name);
	snprintf(title, sizeof title, "Relay statement for %s", domain[0] ? domain : "the program itself");
	html_begin(&p->text, title);
	str_add(&p->text, "<h1>");
	html_add(&p->text, title);
	str_add(&p->text, "</h1>\n<table class=\"head\">\n");
	html_add_row(&p->text, "Provider's log", p->signer->key.verifier.name, NULL);
	html_add_row(&p->text, "Account", customer[0] ? customer : "not known when this was recorded", NULL);
	html_add_row(&p->text, "Domain", domain, NULL);
	snprintf(period, sizeof period, "%s to %s", html_day(from, o->from ? o->from * 1000 : p->story->first_ms),
		 html_day(to, o->to ? o->to * 1000 : p->story->last_ms));
	html_add_row(&p->text, "Period", period, NULL);
	if (o->invoice)
		html_add_row(&p->text, "Invoice", o->invoice, NULL);
	if (o->ticket)
		html_add_row(&p->text, "Ticket", o->ticket, NULL);
	if (o->claimed)
		html_add_row(&p->text, "Claimed by the customer", o->claimed, NULL);
	if (o->conceded)
		html_add_row(&p->text, "Conceded by the provider", o->conceded, NULL);
	html_add_row(&p->text, "Made", html_time(made, p->now_ms), NULL);
	str_add(&p->text, "</table>\n");
}

/* --- 2 answer ------------------------------------------------------------------------------------ */

/* How many first days of a month lie behind from, up to to: so many monthly invoices were sent between. */
static int months_between(int64_t from_ms, int64_t to_ms)
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

static void add_answer(struct page *p)
{
	const struct story *s = p->story;
	int64_t until = s->is_deleted ? s->acted_ms : p->now_ms;
	char day[HTML_TIME];

	str_add(&p->text, "<h2>The answer</h2>\n");
	if (s->away_ms)
		str_addf(&p->text, "<p class=\"answer\">First seen away: <b>%s</b>.</p>\n", html_day(day, s->away_ms));
	else
		str_addf(&p->text, "<p class=\"answer\">%s</p>\n",
			 s->looked_ms ? "Whenever we looked, it was not away." : "These records hold no check of where its "
										 "mail goes.");
	if (s->is_deleted)
		str_addf(&p->text, "<p class=\"answer\">Acted on: removed from our list on <b>%s</b>.</p>\n",
			 html_day(day, s->acted_ms));
	else if (s->n_spans == 0)
		str_add(&p->text, "<p class=\"answer\">What is left of these records does not say whether it is on our list.</p>\n");
	else if (s->span[s->n_spans - 1].condition == STORY_ABSENT)
		str_add(&p->text, "<p class=\"answer\">It is no longer on this account.</p>\n");
	else
		str_add(&p->text, "<p class=\"answer\">It is on our list to this day.</p>\n");
	if (s->away_ms) {
		int64_t days = (until - s->away_ms) / DAY_MS;
		int months = months_between(s->away_ms, until);

		str_addf(&p->text, "<p class=\"answer\">Between the two: <b>%" PRId64 "</b> day%s, <b>%d</b> monthly "
				   "invoice%s.</p>\n", days, days == 1 ? "" : "s", months, months == 1 ? "" : "s");
	}
	if (s->looked_ms && p->options->from && p->options->from * 1000 < s->looked_ms)
		str_addf(&p->text, "<p>We first looked on %s. Of the time before, our log says nothing about where the "
				   "domain's mail went.</p>\n", html_day(day, s->looked_ms));
}

/* --- 3 the picture ------------------------------------------------------------------------------- */

static double place_of(const struct page *p, int64_t ms)
{
	double whole = (double)(p->now_ms - p->story->first_ms);

	return PICTURE_LEFT + (PICTURE_WIDTH - 2.0 * PICTURE_LEFT) * (double)(ms - p->story->first_ms) / (whole > 0 ? whole : 1);
}

static void add_picture(struct page *p)
{
	/* Told apart by height and pattern too: pages are printed in grey. */
	static const struct {
		const char *fill;
		int height;
	} look[N_STORY_CONDITIONS] = {
		[STORY_ABSENT] = {"#ffffff", 4}, [STORY_UNKNOWN] = {"#c9c9c9", 14}, [STORY_LISTED] = {"#7ea6c9", 26},
		[STORY_AWAY] = {"#b5482a", 26}};
	const struct story *s = p->story;
	char from[HTML_TIME], to[HTML_TIME];
	int seen[N_STORY_CONDITIONS] = {0}, at = PICTURE_LEFT;

	if (s->n_spans == 0)
		return;
	str_addf(&p->text, "<svg viewBox=\"0 0 %d 80\" role=\"img\"><title>The same as a picture</title>\n", PICTURE_WIDTH);
	for (size_t i = 0; i < s->n_spans; i++) {
		int64_t end = i + 1 < s->n_spans ? s->span[i + 1].from_ms : p->now_ms;
		enum story_condition c = s->span[i].condition;
		double x = place_of(p, s->span[i].from_ms), width = place_of(p, end) - x;

		seen[c] = 1;
		str_addf(&p->text, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#333\"/>\n", x,
			 32 - look[c].height, width > 1 ? width : 1, look[c].height, look[c].fill);
	}
	str_addf(&p->text, "<text x=\"%d\" y=\"48\" font-size=\"12\">%s</text><text x=\"%d\" y=\"48\" font-size=\"12\" "
			   "text-anchor=\"end\">%s</text>\n", PICTURE_LEFT, html_day(from, s->first_ms),
		 PICTURE_WIDTH - PICTURE_LEFT, html_day(to, p->now_ms));
	for (int c = 0; c < N_STORY_CONDITIONS; c++) {
		if (!seen[c])
			continue;
		str_addf(&p->text, "<rect x=\"%d\" y=\"62\" width=\"12\" height=\"10\" fill=\"%s\" stroke=\"#333\"/><text x=\"%d\" "
				   "y=\"72\" font-size=\"12\">%s</text>\n", at, look[c].fill, at + 18,
			 story_condition_words((enum story_condition)c));
		at += 220;
	}
	str_add(&p->text, "</svg>\n");
}

/* --- 5 and 6, by month --------------------------------------------------------------------------- */

static void add_traffic(struct page *p)
{
	const struct story *s = p->story;

	str_add(&p->text, "<h2>Mail per month</h2>\n");
	if (s->n_months == 0) {
		str_add(&p->text, "<p>No monthly figures were recorded.</p>\n");
		return;
	}
	str_add(&p->text, "<table>\n<tr><th>Month</th><th>Checks</th><th>Away in</th><th>Accepted</th><th>Bytes</th>"
			  "<th>Delivered</th><th>Bytes</th><th>Refused</th><th>Record</th></tr>\n");
	for (size_t i = 0; i < s->n_months; i++) {
		const struct audit_month *m = &s->month[i].told;
		const uint64_t figure[] = {m->checks, m->away, m->in_messages, m->in_bytes, m->out_messages, m->out_bytes,
					   m->refused, s->month[i].number};
		const int is_known[] = {1, 1, m->is_measured, m->is_measured, m->has_more, m->has_more, m->has_more, 1};

		str_addf(&p->text, "<tr><td>%04d-%02d</td>", m->year, m->month);
		for (size_t k = 0; k < sizeof figure / sizeof *figure; k++)
			if (is_known[k])
				str_addf(&p->text, "<td>%" PRIu64 "</td>", figure[k]);
			else
				str_add(&p->text, "<td>?</td>");
		str_add(&p->text, "</tr>\n");
	}
	str_add(&p->text, "</table>\n<p class=\"small\">Bytes are sizes of queue files: the message with the mail server's own "
			  "notes. Where a ? stands, no mail log of that month was read.</p>\n");
}

static void add_billing(struct page *p)
{
	const struct ward *w = p->signer->ward;
	struct billing_month m;
	struct money_sum sum = {0};
	struct str text = {0};
	int is_whole = 1, more;

	str_add(&p->text, "<h2>Billing per month</h2>\n<table>\n<tr><th>Month</th><th>Days on our list</th><th>of them in use</th>"
			  "<th>away</th><th>not checked</th><th>Charge</th></tr>\n");
	for (more = billing_first(&m, p->story); more; more = billing_next(&m, p->now_ms)) {
		char cell[4][16], month[16], charge[PRICE_TEXT] = "?";

		billing_fill(&m, &w->config, p->story, p->now_ms);
		snprintf(month, sizeof month, "%04d-%02d", m.year, m.month);
		for (int i = 0; i < 4; i++) {
			unsigned days = i == 0 ? m.active : i == 1 ? m.listed : i == 2 ? m.away : m.unchecked;

			if (m.has_days)
				snprintf(cell[i], sizeof cell[i], "%u", days);
			else
				snprintf(cell[i], sizeof cell[i], "?");
		}
		if (m.has_amount)
			money_sum_add(&sum, &m.amount);
		if (m.has_amount)
			money_text(charge, &m.amount);
		is_whole &= m.has_amount || m.active == 0;
		html_add_row(&p->text, month, cell[0], cell[1], cell[2], cell[3], charge, NULL);
	}
	str_add(&p->text, "</table>\n");
	if (sum.n) {
		money_sum_text(&text, &sum);
		str_add(&p->text, "<p>Sum of the months that have a figure: ");
		html_add(&p->text, str_text(&text));
		str_add(&p->text, is_whole ? ".</p>\n" : "; months with a ? have none and are not in it.</p>\n");
		str_add(&p->text, "<p class=\"small\">Each month by the price that held in it, for what came in and what went out."
				  "</p>\n");
		str_clear(&text);
	}
	str_addf(&p->text, "<p class=\"small\">A day counts by what held at its end, in the time zone of the contract (");
	html_add(&p->text, w->config.billing_timezone);
	str_add(&p->text, ").</p>\n");
}

/* --- 7 gaps -------------------------------------------------------------------------------------- */

static void add_gap(struct str *out, uint64_t n, const char *one, const char *many)
{
	if (n == 1)
		str_addf(out, "<li>%s</li>\n", one);
	else if (n > 1)
		str_addf(out, "<li>%" PRIu64 " %s</li>\n", n, many);
}

static void add_gaps(struct page *p)
{
	const struct story *s = p->story;
	struct billing_month m;
	uint64_t silent = 0;
	int more;

	for (more = billing_first(&m, s); more; more = billing_next(&m, p->now_ms)) {
		billing_fill(&m, &p->signer->ward->config, s, p->now_ms);
		silent += m.active && !m.told;
	}
	str_add(&p->text, "<h2>What is missing here</h2>\n<ul class=\"small\">\n");
	add_gap(&p->text, silent, "One month has no record of that month's checks.",
		"months have no record of that month's checks.");
	add_gap(&p->text, s->unsynced, "One record was written while the clock was not known to be right.",
		"records were written while the clock was not known to be right.");
	add_gap(&p->text, s->turned_back, "One record was written after the clock had been set back.",
		"records were written after the clock had been set back.");
	add_gap(&p->text, s->erased, "The text of one record was erased after its retention time.",
		"records were erased after their retention time; that they were there is still proven.");
	add_gap(&p->text, s->spans_lost, "One change is missing in the picture; the table has it.",
		"changes are missing in the picture; the table has them.");
	if (!p->options->is_internal)
		str_add(&p->text, "<li>The names of the provider's employees are withheld, as is usual. The log is bound to them "
				  "all the same: they can be shown later, and cannot be exchanged.</li>\n");
	str_add(&p->text, "</ul>\n");
}

/* --- 8 how to check ------------------------------------------------------------------------------ */

static void add_check(struct page *p)
{
	struct str key = {0}, root = {0};
	char head[2 * AUDIT_HASH + 1];

	note_add_verifier(&key, &p->signer->key.verifier);
	base64_add(&root, p->manifest->tree.root, AUDIT_HASH);
	audit_hex(head, p->manifest->head);
	str_add(&p->text, "<h2>How to check this</h2>\n<p>You need not believe this page. The files beside it prove each record, "
			  "and that none is missing; README.txt says how to check them with a small program that you can read. "
			  "Its answer <b>verified, with parts withheld</b> is the good one: everything shown is true and "
			  "complete, and the names of employees are not shown, as usual.</p>\n"
			  "<p>Use the key from your contract, not the one below, and the line from your invoice.</p>\n"
			  "<table class=\"head\">\n");
	html_add_row(&p->text, "Key", str_text(&key), NULL);
	str_addf(&p->text, "<tr><td>Head</td><td><code>%" PRIu64 ":%s</code></td></tr>\n", p->manifest->records, head);
	str_addf(&p->text, "<tr><td>Log</td><td>size %" PRIu64 ", root <code>%s</code></td></tr>\n", p->manifest->tree.size,
		 str_text(&root));
	str_add(&p->text, "</table>\n<p class=\"small\">It proves that these records were written no later than the signed state "
			  "you hold, were not changed since, stand in this order, and that none is missing up to the head. It "
			  "does not prove that an observation was true, or that nothing happened elsewhere.</p>\n");
	html_end(&p->text);
	str_clear(&key);
	str_clear(&root);
}

int statement_write(const struct signer *s, const struct bundle_options *o, const struct bundle_chain *c,
		    const struct manifest *m, const struct story *story, const char *dir, uint8_t hash[32],
		    struct err *e)
{
	struct page p = {.signer = s, .options = o, .chain = c, .manifest = m, .story = story, .now_ms = story->last_ms};
	struct bundle_out out;
	int rc;

	if (bundle_out_open(&out, dir, bundle_file_name(BUNDLE_STATEMENT), e) != 0)
		return -1;
	add_head(&p);
	add_answer(&p);
	str_add(&p.text, "<h2>What happened</h2>\n");
	add_picture(&p);
	bundle_out_add(&out, &p.text);
	rc = statement_add_timeline(&out, s->ward, o, c, e);
	if (rc == 0) {
		str_add(&p.text, "<h2>Evidence</h2>\n");
		bundle_out_add(&out, &p.text);
		rc = statement_add_evidence(&out, s->ward, o, c, e);
	}
	add_traffic(&p);
	add_billing(&p);
	add_gaps(&p);
	add_check(&p);
	bundle_out_add(&out, &p.text);
	str_clear(&p.text);
	if (bundle_out_close(&out, hash, e) != 0)
		rc = -1;
	return rc;
}
