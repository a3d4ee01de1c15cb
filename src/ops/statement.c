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
#include "ops/statement_months.h"
#include "ops/statement_picture.h"
#include "ops/statement_rows.h"
#include "ops/statement_words.h"
#include "ops/story.h"
#include "ops/ward.h"

enum { DAY_MS = 86400 * 1000 };

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

static void add_line(struct str *out, const char *what, const char *value)
{
	if (value)
		html_add_row(out, what, value, NULL);
}

static void add_head(struct page *p)
{
	const struct bundle_options *o = p->options;
	const char *domain = domain_of(p->chain);
	char customer[AUDIT_CUSTOMER_MAX + 1], day[WORDS_DATE], text[2 * WORDS_DATE + 32];

	snprintf(customer, sizeof customer, "%.*s", (int)(domain - 1 - p->chain->name), p->chain->name);
	statement_begin(&p->text, domain[0] ? domain : "The program itself", "Statement of mail relay service");
	str_add(&p->text, "<table class=\"head\">\n");
	add_line(&p->text, "Account", customer[0] ? customer : "not known when this was recorded");
	add_line(&p->text, "Provider's log", p->signer->key.verifier.name);
	snprintf(text, sizeof text, "%s to ", words_date(day, o->from ? o->from * 1000 : p->story->first_ms));
	strcat(text, words_date(day, o->to ? o->to * 1000 : p->story->last_ms));
	add_line(&p->text, "Period", text);
	add_line(&p->text, "Invoice", o->invoice);
	add_line(&p->text, "Ticket", o->ticket);
	add_line(&p->text, "Claimed by the customer", o->claimed);
	add_line(&p->text, "Conceded by the provider", o->conceded);
	add_line(&p->text, "Made on", words_date(day, p->now_ms));
	str_add(&p->text, "</table>\n");
}

/* --- 2 answer ------------------------------------------------------------------------------------ */

static void add_answer_line(struct str *out, const char *what, const char *value)
{
	str_addf(out, "<tr><td>%s</td><td>%s</td></tr>\n", what, value);
}

static void add_acted(struct page *p)
{
	const struct story *s = p->story;
	char day[WORDS_DATE], text[WORDS_DATE + 32];

	if (s->is_deleted) {
		snprintf(text, sizeof text, "Taken off our list on %s", words_date(day, s->acted_ms));
		add_answer_line(&p->text, "Acted on", text);
	} else if (s->n_spans == 0) {
		add_answer_line(&p->text, "Acted on", "What is left of these records does not say");
	} else if (s->span[s->n_spans - 1].condition == STORY_ABSENT) {
		add_answer_line(&p->text, "Acted on", "No longer on this account");
	} else {
		add_answer_line(&p->text, "Acted on", "It is on our list to this day");
	}
}

static void add_between(struct page *p)
{
	const struct story *s = p->story;
	int64_t until = s->is_deleted ? s->acted_ms : p->now_ms, days = (until - s->away_ms) / DAY_MS;
	int months = billing_invoices_between(s->away_ms, until);
	char text[80];

	snprintf(text, sizeof text, "%" PRId64 " day%s, %d monthly invoice%s", days, days == 1 ? "" : "s", months,
		 months == 1 ? "" : "s");
	add_answer_line(&p->text, s->is_deleted ? "Between the two" : "Until today", text);
}

static void add_answer(struct page *p)
{
	const struct story *s = p->story;
	char day[WORDS_DATE];

	str_add(&p->text, "<table class=\"answer\">\n");
	if (s->away_ms)
		add_answer_line(&p->text, "First seen away", words_date(day, s->away_ms));
	else
		add_answer_line(&p->text, "First seen away",
				s->looked_ms ? "Never: whenever we looked, it was in use" : "Not known: no check was recorded");
	add_acted(p);
	if (s->away_ms)
		add_between(p);
	str_add(&p->text, "</table>\n");
	if (s->looked_ms && p->options->from && p->options->from * 1000 < s->looked_ms)
		str_addf(&p->text, "<p class=\"first\">We first looked on %s. Of the time before, our log says nothing about where "
				   "the domain's mail went.</p>\n",
			 words_date(day, s->looked_ms));
	if (s->moved_ms)
		str_addf(&p->text, "<p>Its MX records name us, but since %s its own mail server has been elsewhere: its mail came in "
				   "and went out through us.</p>\n",
			 words_date(day, s->moved_ms));
}

static void add_explanation(struct page *p)
{
	const struct name_list *hosts = &p->signer->ward->config.site.relay_hosts;

	str_add(&p->text, "<p class=\"small\">A domain names the hosts that take its mail in its MX records, which anybody can look "
			  "up. It uses our relay while one of them is ours");
	for (size_t i = 0; i < hosts->n; i++) {
		str_add(&p->text, i == 0 ? " (" : ", ");
		html_add(&p->text, hosts->name[i]);
	}
	str_add(&p->text, hosts->n ? ")" : "");
	str_add(&p->text, "; it is away when none is.</p>\n");
}

/* --- 7 gaps -------------------------------------------------------------------------------------- */

static void add_gap(struct str *out, uint64_t n, const char *one, const char *many)
{
	if (n == 1)
		str_addf(out, "<li>%s</li>\n", one);
	else if (n > 1)
		str_addf(out, "<li>%" PRIu64 " %s</li>\n", n, many);
}

/* Months without a record, and months in which checks, or days whose logs were read, were fewer than days. */
static void add_months_missing(struct page *p)
{
	const struct story *s = p->story;
	struct billing_month m;
	uint64_t silent = 0;
	int more;

	for (more = billing_first(&m, s); more; more = billing_next(&m, p->now_ms)) {
		int64_t end = billing_month_begin(m.year, m.month + 1);

		if (!statement_has_month(p->options, m.year, m.month) || end > p->now_ms)
			continue;
		billing_fill(&m, &p->signer->ward->config, s, p->now_ms);
		silent += m.active && !m.told;
		if (m.told && m.told->told.checks < m.active)
			str_addf(&p->text, "<li>In %s %d there %s %" PRIu64 " check%s on the %u day%s that it was on our list.</li>\n",
				 words_month(m.month), m.year, m.told->told.checks == 1 ? "was" : "were", m.told->told.checks,
				 m.told->told.checks == 1 ? "" : "s", m.active, m.active == 1 ? "" : "s");
		/* Mail of the other days is in no figure, and nothing else on the page would say so. */
		if (m.told && m.told->told.has_more && m.told->told.days < m.active)
			str_addf(&p->text, "<li>In %s %d mail logs were read of %u day%s only; it was on our list on %u.</li>\n",
				 words_month(m.month), m.year, m.told->told.days, m.told->told.days == 1 ? "" : "s", m.active);
	}
	add_gap(&p->text, silent, "One month has no record of that month's checks.",
		"months have no record of that month's checks.");
}

static void add_gaps(struct page *p)
{
	const struct story *s = p->story;
	size_t before;

	str_add(&p->text, "<h2>What is missing here</h2>\n<ul>\n");
	before = p->text.len;
	add_months_missing(p);
	add_gap(&p->text, s->unsynced, "One record was written while the clock was not known to be right.",
		"records were written while the clock was not known to be right.");
	add_gap(&p->text, s->turned_back, "One record was written after the clock had been set back.",
		"records were written after the clock had been set back.");
	add_gap(&p->text, s->erased, "The text of one record was erased after its retention time.",
		"records were erased after their retention time; that they were there is still proven.");
	add_gap(&p->text, s->spans_lost, "One change is missing in the picture; the table has it.",
		"changes are missing in the picture; the table has them.");
	if (p->text.len == before)
		str_add(&p->text, "<li>Nothing: no month without checks, no record erased, and the clock was right.</li>\n");
	str_add(&p->text, "<li>The month that is not over has no figures yet.</li>\n");
	if (!p->options->is_internal)
		str_add(&p->text, "<li>The names of the provider's employees are withheld, as is usual. The log is bound to them all "
				  "the same: they can be shown later, and cannot be exchanged.</li>\n");
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
	str_add(&p->text, "<section class=\"check\">\n<h2>How to check this</h2>\n<p>You need not believe this page. The files that "
			  "came with it prove each record, and that none is missing; README.txt among them says how to check that "
			  "with a small program that you can read. It needs the key from your contract and the line from your "
			  "invoice, not those below.</p>\n<p>The good answer is <b>verified, with parts withheld</b>: all that is shown "
			  "is true to the log and complete, and the names of employees are not shown, as usual. <b>Not "
			  "verified</b> means that something was changed.</p>\n<table class=\"head codes\">\n");
	html_add_row(&p->text, "Key", str_text(&key), NULL);
	str_addf(&p->text, "<tr><td>Head</td><td>%" PRIu64 ":%s</td></tr>\n", p->manifest->records, head);
	str_addf(&p->text, "<tr><td>Log</td><td>size %" PRIu64 ", root %s</td></tr>\n", p->manifest->tree.size,
		 str_text(&root));
	str_addf(&p->text, "<tr><td>Check</td><td>python3 verify.py DIRECTORY --key %s --head %" PRIu64 ":%.12s</td></tr>\n",
		 str_text(&key), p->manifest->records, head);
	str_add(&p->text, "</table>\n<p class=\"small\">This proves that the records were written no later than the signed state "
			  "that you or others hold, were not changed since, stand in this order, and that none is missing up to the "
			  "head. It does not prove that an observation was true, or that nothing happened elsewhere.</p>\n</section>\n");
	html_end(&p->text);
	str_clear(&key);
	str_clear(&root);
}

/* --- the page ------------------------------------------------------------------------------------- */

/* Quiet on a screen and on A4; greys and shapes carry what colours say. */
static const char style[] =
	"@page{size:A4;margin:17mm 16mm 18mm;@bottom-right{content:counter(page) ' / ' counter(pages);font:8.5pt Georgia,serif;"
	"color:#777}}\n"
	"body{font:10.5pt/1.45 Charter,'Bitstream Charter',Georgia,Cambria,'Liberation Serif',serif;max-width:47em;margin:2.5em auto;"
	"padding:0 1em;color:#1a1a1a;font-variant-numeric:tabular-nums}\n"
	".kind{margin:0;color:#555;letter-spacing:.02em}\n"
	"h1{font-size:1.9em;line-height:1.2;margin:.1em 0 .7em;overflow-wrap:anywhere}\n"
	"h2{font-size:1.12em;margin:1.9em 0 .5em;padding-bottom:.15em;border-bottom:1px solid #888;break-after:avoid}h2+p{break-after:avoid}\n"
	"table{border-collapse:collapse;width:100%;font-size:.88em}\n"
	"td,th{border-bottom:1px solid #ddd;padding:.28em .7em .28em 0;text-align:left;vertical-align:top}\n"
	"th{font-weight:normal;color:#555;vertical-align:bottom}th[colspan]{text-align:center;border-bottom-color:#bbb}\n"
	"thead{display:table-header-group}tr{break-inside:avoid}tfoot td{border-top:1px solid #888;border-bottom:0;"
	"font-weight:bold}tfoot{display:table-row-group}tfoot tr{break-before:avoid}\n"
	".n{text-align:right;white-space:nowrap;padding:.28em 0 .28em .7em}.soft,svg .soft{color:#777;fill:#777}svg .soft{paint-order:stroke;stroke:#fff;stroke-width:4px}\n"
	"table.head td{border:0;padding:.08em 1em .08em 0}table.head td:first-child{width:15em;white-space:nowrap;color:#555}\n"
	"table.answer{font-size:1.25em;margin:1.4em 0 .9em;border-top:2px solid #1a1a1a;border-bottom:2px solid #1a1a1a}\n"
	"table.answer td{border:0;padding:.22em 0;font-weight:bold}table.answer td:first-child{width:10em;font-weight:normal}\n"
	".time{white-space:nowrap}.when{width:11.5em}.no{width:1.6em}.why{width:26%;overflow-wrap:anywhere}.wide{overflow-wrap:anywhere}p.first{font-style:italic}\n"
	".small,ul{font-size:.88em;color:#444}ul{padding-left:1.2em}li{margin:.2em 0}\n"
	".mono,table.codes{font-family:'DejaVu Sans Mono',monospace;font-size:.78em;overflow-wrap:anywhere}\n"
	"table.codes td:first-child{width:5em;font-family:inherit}\n"
	"svg.story{width:100%;height:auto;font-size:11px;margin-top:.4em}svg.story text{font-family:inherit}\n"
	"svg.band{width:100%;min-width:7em;height:1.1em}svg.swatch{width:1.7em;height:1em;vertical-align:-.12em}\n"
	".key{font-size:.82em;color:#444;margin:.2em 0 .9em}.key span{white-space:nowrap;margin-right:1.4em}\n"
	".check{break-inside:avoid}a{color:inherit}\n"
	"@media print{body{margin:0;padding:0;max-width:none;font-size:9.5pt}a{text-decoration:none}}\n";

void statement_begin(struct str *out, const char *title, const char *kind)
{
	char whole[400];

	snprintf(whole, sizeof whole, "%s: %s", kind, title);
	html_begin_styled(out, whole, style);
	str_addf(out, "<p class=\"kind\">%s</p>\n<h1>", kind);
	html_add(out, title);
	str_add(out, "</h1>\n");
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
	picture_add(&p.text, story, p.now_ms);
	add_explanation(&p);
	bundle_out_add(&out, &p.text);
	rc = statement_add_timeline(&out, s->ward, o, c, e);
	if (rc == 0) {
		str_add(&p.text, "<h2>Evidence</h2>\n");
		bundle_out_add(&out, &p.text);
		rc = statement_add_evidence(&out, s->ward, o, c, e);
	}
	statement_add_traffic(&p.text, o, story);
	statement_add_billing(&p.text, o, &s->ward->config, story, p.now_ms);
	add_gaps(&p);
	add_check(&p);
	bundle_out_add(&out, &p.text);
	str_clear(&p.text);
	if (bundle_out_close(&out, hash, e) != 0)
		rc = -1;
	return rc;
}
