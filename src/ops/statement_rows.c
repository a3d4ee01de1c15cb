#include "ops/statement_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/chain.h"
#include "db/env.h"
#include "ops/bundle.h"
#include "ops/bundle_out.h"
#include "ops/html.h"
#include "ops/statement_words.h"
#include "ops/ward.h"
#include "relay/name.h"

enum { RECORDS_A_TRANSACTION = 500 };

struct pass {
	const struct bundle_options *options;
	const struct bundle_chain *chain;
	struct db_txn *txn;
	struct str *text;
	uint64_t number;
	size_t told;	/* how many rows there are */
	size_t answers; /* that were counted, so that a row and its evidence have one number */
	struct err *e;
};

static int is_in_range(const struct bundle_options *o, int64_t ms)
{
	return ms >= o->from * 1000 && (!o->to || ms < date_end_of_day(o->to) * 1000);
}

/* Calls one for each record of the range, in order. */
static int go_through(struct pass *p, struct bundle_out *out, struct ward *w,
		      int (*one)(struct pass *, struct arena *, const struct audit_row *))
{
	struct arena a = {0};
	int rc = 0;

	for (p->number = 1; p->number <= p->chain->records && rc == 0; p->number++) {
		struct audit_row row;
		uint64_t seq;

		if (!p->txn && db_begin_read(&p->txn, w->db, p->e) != 0)
			return -1;
		rc = chain_seq(p->txn, p->chain->name, p->number, &seq, p->e) == 1 &&
				     auditlog_get(p->txn, seq, &a, &row, p->e) == 1
			     ? 0
			     : -1;
		if (rc == 0 && (row.is_erased ? !p->options->from : is_in_range(p->options, row.record.time_ms)))
			rc = one(p, &a, &row);
		bundle_out_add(out, p->text);
		arena_reset(&a);
		if (p->number % RECORDS_A_TRANSACTION == 0 || p->number == p->chain->records || rc != 0) {
			db_abort(p->txn);
			p->txn = NULL;
		}
	}
	arena_clear(&a);
	return rc;
}

/* --- timeline ---------------------------------------------------------------------------------- */

/* "2026-05-02 05:10 +0200", and below it the same in UTC where that differs. */
static void add_time(struct str *out, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[40];
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	str_addf(out, "<td class=\"time when\">%s", text);
	if (tm.tm_gmtoff != 0) {
		strftime(text, sizeof text, " %z", &tm);
		str_add(out, text);
	}
	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm);
	str_addf(out, "<br><span class=\"soft small\">%s</span></td>", text);
}

static void add_cell(struct str *out, const char *class, const char *text)
{
	str_addf(out, "<td class=\"%s\">", class);
	html_add(out, text);
	str_add(out, "</td>");
}

static void add_what(struct pass *p, const struct audit_record *r)
{
	struct str change = {0};

	words_add_change(&change, r);
	str_addf(p->text, "<td class=\"wide\"><b>%s</b>", words_event(r));
	if (change.len) {
		str_add(p->text, "<br>");
		html_add(p->text, str_text(&change));
	}
	if (r->n_evidence)
		str_addf(p->text, " <span class=\"soft\">(answer %zu below)</span>", p->answers + 1);
	p->answers += r->n_evidence;
	str_add(p->text, "</td>");
	str_clear(&change);
}

/* Why, in the words of who did it; of checks there is nothing to give a reason for. */
static void add_why(struct pass *p, const struct audit_row *row)
{
	const struct audit_record *r = &row->record;
	struct str why = {0};

	if (!row->has_note)
		str_add(&why, "(withheld)");
	else if (strcmp(row->note.text, "customer-request") == 0)
		str_add(&why, "The customer asked for it");
	else if (row->note.text[0])
		str_add(&why, row->note.text);
	else if (r->action == AUDIT_PIN || r->action == AUDIT_DELETE)
		str_add(&why, row->note.reason);
	if (row->has_note && row->note.ticket[0])
		str_addf(&why, "%s[%s]", why.len ? " " : "", row->note.ticket);
	add_cell(p->text, "why", str_text(&why));
	str_clear(&why);
}

static const char *who_did(const struct pass *p, const struct audit_row *row)
{
	if (row->has_operator && p->options->is_internal)
		return row->operator.login;
	if (row->has_operator && strncmp(row->operator.login, "system:", 7) == 0)
		return "our machine";
	return "our staff";
}

static int add_event(struct pass *p, struct arena *a, const struct audit_row *row)
{
	const struct audit_record *r = &row->record;

	(void)a;
	p->told++;
	if (row->is_erased) {
		str_addf(p->text, "<tr><td></td><td colspan=\"3\">Erased after its retention time</td><td class=\"n soft\">%" PRIu64
				  "</td></tr>\n", p->number);
		return 0;
	}
	/* The months have a table of their own. */
	if (r->action == AUDIT_OBSERVE_MONTH)
		return 0;
	str_add(p->text, "<tr>");
	add_time(p->text, r->time_ms);
	add_what(p, r);
	add_why(p, row);
	add_cell(p->text, p->options->is_internal ? "wide" : "time", who_did(p, row));
	str_addf(p->text, "<td class=\"n soft\">%" PRIu64 "</td></tr>\n", p->number);
	return 0;
}

int statement_add_timeline(struct bundle_out *out, struct ward *w, const struct bundle_options *o,
			   const struct bundle_chain *c, struct err *e)
{
	struct str text = {0};
	struct pass p = {.options = o, .chain = c, .text = &text, .e = e};
	int rc;

	str_add(&text, "<table>\n<thead><tr><th>When</th><th>What</th><th>Why</th><th>Who</th><th class=\"n\">Record</th></tr>"
		       "</thead>\n");
	rc = go_through(&p, out, w, add_event);
	str_addf(&text, "</table>\n<p class=\"small\">Record numbers are of %" PRIu64 " in all; those that are not here are the "
			"months' counts, in the table further down.",
		 c->records);
	if (p.told < c->records)
		str_add(&text, " Only the range that was asked for is shown; the files beside this page hold all records.");
	str_add(&text, "</p>\n");
	bundle_out_add(out, &text);
	str_clear(&text);
	return rc;
}

/* --- evidence ---------------------------------------------------------------------------------- */

static void add_answer(struct pass *p, const struct audit_evidence *v)
{
	size_t type = strcspn(v->question, " ");
	char name[NAME_SIZE + 2];

	str_addf(p->text, "<tr><td class=\"no\">%zu</td>", p->answers);
	add_time(p->text, v->time_ms);
	/* "example.org MX": the name asked about, and for what. */
	str_add(p->text, "<td class=\"wide\">");
	html_add(p->text, v->question[type] ? v->question + type + 1 : "");
	str_add(p->text, " of ");
	snprintf(name, sizeof name, "%.*s", (int)type, v->question);
	html_add(p->text, name);
	str_add(p->text, "<br><span class=\"soft small\">asked at ");
	html_add(p->text, v->resolver);
	str_add(p->text, "</span></td><td class=\"wide mono\">");
	for (size_t i = 0; i < v->n_records; i++) {
		str_add(p->text, i ? "<br>" : "");
		html_add(p->text, v->records[i]);
	}
	if (v->n_records == 0)
		str_add(p->text, words_rcode(v->rcode));
	if (v->authenticated)
		str_add(p->text, "<br>(signed by the domain)");
	str_add(p->text, "</td>");
	str_addf(p->text, "<td class=\"n soft\">%" PRIu64 "</td></tr>\n", p->number);
	p->told++;
}

static int add_evidence(struct pass *p, struct arena *a, const struct audit_row *row)
{
	struct audit_evidence v;
	struct str line = {0};
	int rc = 0;

	for (size_t i = 0; i < row->record.n_evidence && rc == 0; i++) {
		int got = chain_evidence(p->txn, row->record.evidence[i], &line, p->e);

		p->answers++;
		if (got == 1)
			rc = audit_evidence_read(&v, a, line.bytes, line.len, p->e);
		if (got < 0)
			rc = -1;
		if (got == 1 && rc == 0)
			add_answer(p, &v);
	}
	str_clear(&line);
	return rc;
}

int statement_add_evidence(struct bundle_out *out, struct ward *w, const struct bundle_options *o,
			   const struct bundle_chain *c, struct err *e)
{
	struct str text = {0};
	struct pass p = {.options = o, .chain = c, .text = &text, .e = e};
	int rc;

	str_add(&text, "<p class=\"small\">What public name servers answered when we asked: the provider's own observation. In an "
		       "MX line the number is the preference, the lower the better, and the name behind it the host that takes "
		       "the mail.</p>\n<table>\n<thead><tr><th></th><th>When</th><th>Question</th><th>Answer</th>"
		       "<th class=\"n\">Record</th></tr></thead>\n");
	rc = go_through(&p, out, w, add_evidence);
	str_add(&text, p.told ? "</table>\n" : "</table>\n<p>None was kept.</p>\n");
	bundle_out_add(out, &text);
	str_clear(&text);
	return rc;
}
