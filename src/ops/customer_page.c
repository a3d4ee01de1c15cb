#include "ops/customer_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "ops/billing.h"
#include "ops/bundle.h"
#include "ops/html.h"
#include "ops/statement.h"
#include "ops/statement_months.h"
#include "ops/statement_picture.h"
#include "ops/statement_words.h"
#include "ops/story.h"
#include "ops/ward.h"

enum { DAY_MS = 86400 * 1000 };

static void add_head(struct customer_page *p)
{
	const struct bundle_options *o = p->options;
	char title[160], day[WORDS_DATE], text[2 * WORDS_DATE + 8];

	snprintf(title, sizeof title, "Account %s", o->customer);
	statement_begin(&p->text, title, "Statement of mail relay service");
	str_add(&p->text, "<table class=\"head\">\n");
	snprintf(text, sizeof text, "%s to ", words_date(day, o->from ? o->from * 1000 : p->from_ms));
	strcat(text, words_date(day, o->to ? o->to * 1000 : p->until_ms));
	html_add_row(&p->text, "Period", text, NULL);
	if (o->invoice)
		html_add_row(&p->text, "Invoice", o->invoice, NULL);
	if (o->ticket)
		html_add_row(&p->text, "Ticket", o->ticket, NULL);
	if (o->claimed)
		html_add_row(&p->text, "Claimed by the customer", o->claimed, NULL);
	if (o->conceded)
		html_add_row(&p->text, "Conceded by the provider", o->conceded, NULL);
	html_add_row(&p->text, "Made on", words_date(day, p->until_ms), NULL);
	str_add(&p->text, "</table>\n<h2>Domain by domain</h2>\n");
	picture_add_key(&p->text, NULL);
	str_addf(&p->text, "<table>\n<thead><tr><th>Domain</th><th>%s", words_date(day, p->from_ms));
	str_addf(&p->text, " to %s</th><th>We first looked</th><th>First seen away</th><th>Acted on</th><th class=\"n\">Between</th>"
			   "<th class=\"n\">Charge</th></tr></thead>\n",
		 words_date(day, p->until_ms));
}

int customer_page_open(struct customer_page *p, struct ward *w, const struct bundle_options *o, const char *dir,
		       int64_t from_ms, struct err *e)
{
	*p = (struct customer_page){.ward = w, .options = o, .from_ms = from_ms, .until_ms = date_now_ms()};
	if (bundle_out_open(&p->statement, dir, "statement.html", e) != 0 ||
	    bundle_out_open(&p->billing, dir, "billing.csv", e) != 0)
		return -1;
	add_head(p);
	bundle_out_add(&p->statement, &p->text);
	str_add(&p->text, billing_head);
	bundle_out_add(&p->billing, &p->text);
	return 0;
}

/* The months of one domain into billing.csv; what they come to. */
static struct money_sum add_months(struct customer_page *p, const struct bundle_chain *c, const struct story *s)
{
	struct money_sum sum = {0};
	struct billing_month m;
	int more;

	for (more = billing_first(&m, s); more; more = billing_next(&m, s->last_ms)) {
		if (!statement_has_month(p->options, m.year, m.month))
			continue;
		billing_fill(&m, &p->ward->config, s, s->last_ms);
		billing_add(&p->text, &m, s, c->name, p->options->invoice);
		bundle_out_add(&p->billing, &p->text);
		if (!m.has_amount)
			continue;
		money_sum_add(&sum, &m.amount);
		money_sum_add(&p->sum, &m.amount);
	}
	return sum;
}

static void add_sum(struct str *out, const struct money_sum *sum)
{
	struct str text = {0};

	money_sum_text(&text, sum);
	html_add(out, text.len ? str_text(&text) : "?");
	str_clear(&text);
}

static void add_name(struct customer_page *p, const struct bundle_chain *c, const char *folder)
{
	str_add(&p->text, "<tr><td class=\"wide\"><a href=\"");
	/* A name may begin with a dot or hold a slash or a percent sign; the folder's is a plain path of one part. */
	for (const char *f = folder; *f; f++)
		if (*f == '%')
			str_add(&p->text, "%25");
		else
			html_add(&p->text, (char[]){*f, '\0'});
	str_add(&p->text, "/statement.html\">");
	html_add(&p->text, strchr(c->name, '/') + 1);
	str_add(&p->text, "</a></td>");
}

void customer_page_add(struct customer_page *p, const struct bundle_chain *c, const struct story *s,
		       const char *folder)
{
	struct money_sum sum = add_months(p, c, s);
	int64_t until = s->is_deleted ? s->acted_ms : s->last_ms, days = (until - s->away_ms) / DAY_MS;
	int invoices = s->away_ms ? billing_invoices_between(s->away_ms, until) : 0;
	char day[HTML_DAY];

	add_name(p, c, folder);
	str_add(&p->text, "<td>");
	picture_add_band(&p->text, s, p->from_ms, p->until_ms);
	str_addf(&p->text, "</td><td class=\"time\">%s</td>", s->looked_ms ? html_day(day, s->looked_ms) : "not yet");
	str_addf(&p->text, "<td class=\"time\">%s</td>", s->away_ms ? html_day(day, s->away_ms) : "never");
	str_addf(&p->text, "<td class=\"time\">%s</td>", s->is_deleted ? html_day(day, s->acted_ms) : "-");
	if (s->away_ms)
		str_addf(&p->text, "<td class=\"n\">%" PRId64 " day%s, %d invoice%s</td>", days, days == 1 ? "" : "s", invoices,
			 invoices == 1 ? "" : "s");
	else
		str_add(&p->text, "<td class=\"n\">-</td>");
	str_add(&p->text, "<td class=\"n\">");
	add_sum(&p->text, &sum);
	str_add(&p->text, "</td></tr>\n");
	p->domains++;
	p->away += s->away_ms != 0;
	p->acted += s->is_deleted;
	if (s->looked_ms && (!p->looked_ms || s->looked_ms < p->looked_ms))
		p->looked_ms = s->looked_ms;
	bundle_out_add(&p->statement, &p->text);
}

int customer_page_close(struct customer_page *p, struct err *e)
{
	char day[WORDS_DATE];
	int rc;

	if (p->statement.file) {
		str_addf(&p->text, "<tfoot><tr><td colspan=\"6\">%u domain%s, %u seen away, %u taken off our list</td><td class=\"n\">",
			 p->domains, p->domains == 1 ? "" : "s", p->away, p->acted);
		add_sum(&p->text, &p->sum);
		str_add(&p->text, "</td></tr></tfoot></table>\n");
		if (p->looked_ms && p->options->from && p->options->from * 1000 < p->looked_ms)
			str_addf(&p->text, "<p class=\"first\">We first looked on %s. Of the time before, our log says nothing about "
					   "where mail went.</p>\n",
				 words_date(day, p->looked_ms));
		str_add(&p->text, "<p class=\"small\">Charges are by the prices of the time, for months that "
				  "have figures; a ? stands where nothing was recorded. The days of a domain that is still on our list "
				  "run until today. billing.csv has the same month by month.</p>\n<section class=\"check\">\n<h2>How to "
				  "check this</h2>\n<p>This page and billing.csv are drawn from the folders beside them, one for each "
				  "domain, each with a statement of its own. Each folder proves its own records, and that none is missing; "
				  "its README.txt says how.</p>\n</section>\n");
		html_end(&p->text);
		bundle_out_add(&p->statement, &p->text);
	}
	rc = bundle_out_close(&p->statement, NULL, e);
	if (bundle_out_close(&p->billing, NULL, e) != 0)
		rc = -1;
	str_clear(&p->text);
	return rc;
}
