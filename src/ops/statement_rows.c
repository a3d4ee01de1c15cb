#include "ops/statement_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
#include "ops/ward.h"

enum { RECORDS_A_TRANSACTION = 500 };

struct pass {
	const struct bundle_options *options;
	const struct bundle_chain *chain;
	struct db_txn *txn;
	struct str *text;
	uint64_t number;
	size_t told; /* how many rows there are */
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

static const char *action_words(enum audit_action a)
{
	static const char *const words[N_AUDIT_ACTIONS] = {
		[AUDIT_IMPORT] = "taken over from the mail server's list",
		[AUDIT_ADD] = "added to the list",
		[AUDIT_EDIT] = "changed",
		[AUDIT_PIN] = "pinned: to be kept",
		[AUDIT_UNPIN] = "no longer pinned",
		[AUDIT_DELETE] = "removed from the list",
		[AUDIT_RESTORE] = "brought back",
		[AUDIT_TRANSFER] = "account changed",
		[AUDIT_OBSERVE_CHANGE] = "a check saw a change",
		[AUDIT_OBSERVE_MONTH] = "the month's checks",
		[AUDIT_EXPORT] = "a statement was made",
	};

	return words[a] ? words[a] : audit_action_name(a);
}

/* "OK OK_BACKUP" -> "in use": the class in words; what is no class stays as it is. */
static void add_state(struct str *out, const struct audit_record *r, const char *state)
{
	static const struct {
		const char *class, *words;
	} known[] = {{"OK", "in use: its MX records name us"},
		     {"MOVED", "its main mail server moved away"},
		     {"BROKEN", "its MX records name us, but mail fails"},
		     {"ORPHAN", "its MX records no longer name us"},
		     {"UNKNOWN", "no usable answer"},
		     {"NA", "cannot be judged"}};
	size_t n = strcspn(state, " ");

	if (r->action == AUDIT_OBSERVE_CHANGE || r->action == AUDIT_OBSERVE_MONTH)
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (strlen(known[i].class) == n && memcmp(known[i].class, state, n) == 0) {
				str_add(out, known[i].words);
				return;
			}
	str_add(out, state);
}

static void add_change(struct str *out, const struct audit_record *r)
{
	if (r->before[0]) {
		add_state(out, r, r->before);
		str_add(out, " \xe2\x86\x92 ");
	}
	add_state(out, r, r->after);
}

static int add_event(struct pass *p, struct arena *a, const struct audit_row *row)
{
	const struct audit_record *r = &row->record;
	const char *who = "the provider's staff", *why = "";
	char time[HTML_TIME], place[64], evidence[32] = "";
	struct str change = {0}, reason = {0};

	(void)a;
	snprintf(place, sizeof place, "%" PRIu64 " of %" PRIu64, p->number, p->chain->records);
	p->told++;
	if (row->is_erased) {
		html_add_row(p->text, "", "erased after its retention time", "", "", "", "", place, NULL);
		return 0;
	}
	add_change(&change, r);
	if (row->has_note) {
		why = row->note.text[0] ? row->note.text : row->note.reason;
		str_add(&reason, why);
		if (row->note.ticket[0])
			str_addf(&reason, " [%s]", row->note.ticket);
	} else {
		str_add(&reason, "(withheld)");
	}
	if (row->has_operator && p->options->is_internal)
		who = row->operator.login;
	else if (row->has_operator && strncmp(row->operator.login, "system:", 7) == 0)
		who = "the provider's machine";
	if (r->n_evidence)
		snprintf(evidence, sizeof evidence, "see below");
	html_add_row(p->text, html_time(time, r->time_ms), action_words(r->action), str_text(&change), str_text(&reason), who,
		     evidence, place, NULL);
	str_clear(&change);
	str_clear(&reason);
	return 0;
}

int statement_add_timeline(struct bundle_out *out, struct ward *w, const struct bundle_options *o,
			   const struct bundle_chain *c, struct err *e)
{
	struct str text = {0};
	struct pass p = {.options = o, .chain = c, .text = &text, .e = e};
	int rc;

	str_add(&text, "<table>\n<tr><th>When</th><th>What</th><th>From, to</th><th>Why</th><th>Who</th><th>Evidence</th>"
		       "<th>Record</th></tr>\n");
	rc = go_through(&p, out, w, add_event);
	str_add(&text, "</table>\n");
	if (p.told < c->records)
		str_add(&text, "<p class=\"small\">Only the range that was asked for is shown; the files beside this page hold "
			       "all records.</p>\n");
	bundle_out_add(out, &text);
	str_clear(&text);
	return rc;
}

/* --- evidence ---------------------------------------------------------------------------------- */

static void add_answer(struct pass *p, const struct audit_evidence *v)
{
	char time[HTML_TIME], record[32];
	struct str answer = {0};

	for (size_t i = 0; i < v->n_records; i++)
		str_addf(&answer, "%s%s", i ? "\n" : "", v->records[i]);
	if (v->n_records == 0)
		str_addf(&answer, "no records (%s)", v->rcode);
	snprintf(record, sizeof record, "%" PRIu64, p->number);
	html_add_row(p->text, html_time(time, v->time_ms), v->question, str_text(&answer), v->resolver,
		     v->authenticated ? "signed by the domain" : "", record, NULL);
	str_clear(&answer);
	p->told++;
}

static int add_evidence(struct pass *p, struct arena *a, const struct audit_row *row)
{
	struct audit_evidence v;
	struct str line = {0};
	int rc = 0;

	for (size_t i = 0; i < row->record.n_evidence && rc == 0; i++) {
		int got = chain_evidence(p->txn, row->record.evidence[i], &line, p->e);

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

	str_add(&text, "<p class=\"small\">What public name servers answered when the provider asked: the provider's own "
		       "observation.</p>\n<table>\n<tr><th>When</th><th>Question</th><th>Answer</th><th>Asked at</th><th></th>"
		       "<th>Record</th></tr>\n");
	rc = go_through(&p, out, w, add_evidence);
	str_add(&text, p.told ? "</table>\n" : "</table>\n<p>None was kept.</p>\n");
	bundle_out_add(out, &text);
	str_clear(&text);
	return rc;
}
