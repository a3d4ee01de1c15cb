#include "ops/customer_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ops/billing.h"
#include "ops/bundle.h"
#include "ops/html.h"
#include "ops/story.h"
#include "ops/ward.h"

enum { DAY_MS = 86400 * 1000 };

static void add_head(struct customer_page *p)
{
	const struct bundle_options *o = p->options;
	char title[160], day[HTML_TIME];

	snprintf(title, sizeof title, "Relay statement for account %s", o->customer);
	html_begin(&p->text, title);
	str_add(&p->text, "<h1>");
	html_add(&p->text, title);
	str_add(&p->text, "</h1>\n<table class=\"head\">\n");
	if (o->invoice)
		html_add_row(&p->text, "Invoice", o->invoice, NULL);
	if (o->ticket)
		html_add_row(&p->text, "Ticket", o->ticket, NULL);
	if (o->from)
		html_add_row(&p->text, "Claimed since", html_day(day, o->from * 1000), NULL);
	if (o->claimed)
		html_add_row(&p->text, "Claimed by the customer", o->claimed, NULL);
	if (o->conceded)
		html_add_row(&p->text, "Conceded by the provider", o->conceded, NULL);
	str_add(&p->text, "</table>\n<h2>Domain by domain</h2>\n<table>\n<tr><th>Domain</th><th>On our list since</th>"
			  "<th>We first looked</th><th>First seen away</th><th>Acted on</th><th class=\"n\">Days between</th>"
			  "<th class=\"n\">Charge</th></tr>\n");
}

int customer_page_open(struct customer_page *p, struct ward *w, const struct bundle_options *o, const char *dir,
		       struct err *e)
{
	*p = (struct customer_page){.ward = w, .options = o};
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
	html_add(out, str_text(&text));
	str_clear(&text);
}

void customer_page_add(struct customer_page *p, const struct bundle_chain *c, const struct story *s,
		       const char *folder)
{
	struct money_sum sum = add_months(p, c, s);
	int64_t until = s->is_deleted ? s->acted_ms : s->last_ms;
	char day[HTML_TIME];

	str_add(&p->text, "<tr><td><a href=\"");
	/* A name may begin with a dot or hold a slash or a percent sign; the folder's is a plain path of one part. */
	for (const char *f = folder; *f; f++)
		if (*f == '%')
			str_add(&p->text, "%25");
		else
			html_add(&p->text, (char[]){*f, '\0'});
	str_add(&p->text, "/statement.html\">");
	html_add(&p->text, strchr(c->name, '/') + 1);
	str_addf(&p->text, "</a></td><td>%s</td>", s->accepted_ms ? html_day(day, s->accepted_ms) : "-");
	str_addf(&p->text, "<td>%s</td>", s->looked_ms ? html_day(day, s->looked_ms) : "not yet");
	str_addf(&p->text, "<td>%s</td>", s->away_ms ? html_day(day, s->away_ms) : "never");
	str_addf(&p->text, "<td>%s</td>", s->is_deleted ? html_day(day, s->acted_ms) : "-");
	if (s->away_ms)
		str_addf(&p->text, "<td class=\"n\">%" PRId64 "</td>", (until - s->away_ms) / DAY_MS);
	else
		str_add(&p->text, "<td class=\"n\">-</td>");
	str_add(&p->text, "<td class=\"n\">");
	if (sum.n)
		add_sum(&p->text, &sum);
	else
		str_add_char(&p->text, '?');
	str_add(&p->text, "</td></tr>\n");
	p->domains++;
	bundle_out_add(&p->statement, &p->text);
}

int customer_page_close(struct customer_page *p, struct err *e)
{
	int rc;

	if (p->statement.file) {
		str_addf(&p->text, "</table>\n<p>%u domain%s", p->domains, p->domains == 1 ? "" : "s");
		if (p->sum.n) {
			str_add(&p->text, "; ");
			add_sum(&p->text, &p->sum);
			str_add(&p->text, " by the prices of the time, where there are figures");
		}
		str_add(&p->text, ". A ? stands where nothing was recorded.</p>\n<h2>How to check this</h2>\n"
				  "<p>This page and billing.csv are drawn from the folders beside them, one for each domain. Each "
				  "folder proves its own records; its README.txt says how.</p>\n");
		html_end(&p->text);
		bundle_out_add(&p->statement, &p->text);
	}
	rc = bundle_out_close(&p->statement, NULL, e);
	if (bundle_out_close(&p->billing, NULL, e) != 0)
		rc = -1;
	str_clear(&p->text);
	return rc;
}
