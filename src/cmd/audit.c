/*
 * audit: the words behind `audit`, and the audit log printed (list).
 */
#include "cmd/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/select.h"
#include "db/auditlog.h"
#include "db/env.h"
#include "relay/limit.h"
#include "relay/timeline.h"

enum { AS_TEXT, AS_CSV, AS_JSONL, RECORDS_A_TRANSACTION = 2000 };

static const char *opened(const struct audit_row *r, const char *text)
{
	return r->has_note ? text : "";
}

static void add_text(struct str *out, const struct audit_row *r)
{
	char when[DATE_SIZE], shown[400];
	const char *text = opened(r, r->note.text && r->note.text[0] ? r->note.text : r->note.reason);

	str_addf(out, "%6" PRIu64 " %s %-16s %-34s %s%s%s", r->record.seq,
		 date_local_minute(when, r->record.time_ms / 1000), audit_action_name(r->record.action),
		 r->record.domain[0] ? r->record.domain : "-", r->record.before, r->record.before[0] ? " -> " : "",
		 r->record.after);
	if (r->record.batch[0])
		str_addf(out, " (%s)", r->record.batch);
	str_addf(out, "; %s", r->has_operator ? r->operator.login : "operator withheld");
	if (text && *text)
		str_addf(out, ": %s", escape(shown, sizeof shown, text, strlen(text)));
	if (r->has_note && r->note.ticket[0])
		str_addf(out, " [%s]", escape(shown, sizeof shown, r->note.ticket, strlen(r->note.ticket)));
	str_add_char(out, '\n');
}

static void add_csv(struct str *out, const struct audit_row *r)
{
	char when[DATE_SIZE], note[2 * AUDIT_HASH + 1], operator[2 * AUDIT_HASH + 1];
	const char *texts[] = {date_rfc3339_ms(when, r->record.time_ms), audit_action_name(r->record.action),
			       r->record.customer, r->record.domain, r->record.before, r->record.after, note, operator,
			       r->record.batch, r->record.clock, opened(r, r->note.reason), opened(r, r->note.ticket),
			       opened(r, r->note.text), r->has_operator ? r->operator.login : ""};

	audit_hex(note, r->record.note);
	audit_hex(operator, r->record.operator);
	str_addf(out, "%" PRIu64 ",%" PRIu64, r->record.seq, r->record.number);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		str_add_char(out, ',');
		escape_add_csv(out, texts[i] ? texts[i] : "");
	}
	str_add(out, "\r\n");
}

static void add_jsonl(struct str *out, const struct audit_row *r)
{
	char text[2 * AUDIT_HASH + 1], when[DATE_SIZE];
	struct json_line j = json_begin(out);

	json_text(&j, "action", audit_action_name(r->record.action));
	json_text(&j, "after", r->record.after);
	json_text(&j, "batch", r->record.batch);
	json_text(&j, "before", r->record.before);
	json_text(&j, "clock", r->record.clock);
	json_text(&j, "customer", r->record.customer);
	json_text(&j, "domain", r->record.domain);
	json_key(&j, "evidence");
	str_add_char(out, '[');
	for (size_t i = 0; i < r->record.n_evidence; i++) {
		audit_hex(text, r->record.evidence[i]);
		str_addf(out, "%s\"%s\"", i ? "," : "", text);
	}
	str_add_char(out, ']');
	audit_hex(text, r->record.note);
	json_text(&j, "note", text);
	json_int(&j, "number", (int64_t)r->record.number);
	audit_hex(text, r->record.operator);
	json_text(&j, "operator", text);
	audit_hex(text, r->record.previous);
	json_text(&j, "previous", text);
	json_int(&j, "seq", (int64_t)r->record.seq);
	json_text(&j, "time", date_rfc3339_ms(when, r->record.time_ms));
	json_int(&j, "version", 1);
	if (r->has_note) {
		json_text(&j, "reason", r->note.reason);
		json_text(&j, "ticket", r->note.ticket);
		json_text(&j, "text", r->note.text);
	}
	if (r->has_operator) {
		json_text(&j, "login", r->operator.login);
		json_text(&j, "trust", r->operator.trust);
	}
	json_end(&j);
	str_add_char(out, '\n');
}

/* Of a limit only what a record has counts: its name and its customer. */
static int is_wanted(const struct selection *s, const struct audit_row *r)
{
	struct limit_row row = {.name = r->record.domain, .customer = r->record.customer, .state = N_STATES,
				.bytes = -1, .held = -1};

	if (s->by_names) {
		for (size_t i = 0; i < s->n; i++)
			if (strcmp(s->name[i], r->record.domain) == 0)
				return 1;
		return 0;
	}
	return !s->limit || limit_matches(s->limit, &row, date_now());
}

/* Of an erased record its place is left, and that it was there. */
static void add_erased(struct str *out, int format, const struct audit_row *r)
{
	if (format == AS_JSONL)
		str_addf(out, "{\"action\":\"erased\",\"seq\":%" PRIu64 ",\"version\":1}\n", r->record.seq);
	else if (format == AS_CSV)
		str_addf(out, "%" PRIu64 ",,\"\",\"erased\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n",
			 r->record.seq);
	else
		str_addf(out, "%6" PRIu64 " erased\n", r->record.seq);
}

static void add_row(struct str *out, int format, const struct audit_row *r)
{
	if (r->is_erased) {
		add_erased(out, format, r);
		return;
	}
	if (format == AS_JSONL)
		add_jsonl(out, r);
	else if (format == AS_CSV)
		add_csv(out, r);
	else
		add_text(out, r);
}

/* Prints records from seq on; returns the next seq, or -1. */
static int64_t print_some(const struct call *c, const struct selection *s, int format, uint64_t seq, uint64_t *size,
			  struct err *e)
{
	uint64_t until = seq + RECORDS_A_TRANSACTION;
	struct arena a = {0};
	struct str out = {0};
	struct audit_row row;
	struct db_txn *txn;
	int got = 0;

	if (db_begin_read(&txn, c->ward->db, e) != 0)
		return -1;
	got = auditlog_size(txn, size, e);
	for (; got >= 0 && seq < *size && seq < until; seq++) {
		got = auditlog_get(txn, seq, &a, &row, e);
		if (got == 1 && is_wanted(s, &row))
			add_row(&out, format, &row);
		arena_clear(&a);
	}
	db_abort(txn);
	fputs(str_text(&out), stdout);
	str_clear(&out);
	return got < 0 ? -1 : (int64_t)seq;
}

static int print_list(struct call *c, int format, struct err *e)
{
	struct selection s;
	uint64_t size = 1;
	int64_t seq = 0;
	int rc = select_read(&s, c, e);

	if (rc == 0 && format == AS_CSV)
		printf("seq,number,time,action,customer,domain,before,after,note,operator,batch,clock,reason,ticket,text,"
		       "login\r\n");
	while (rc == 0 && (uint64_t)seq < size) {
		seq = print_some(c, &s, format, (uint64_t)seq, &size, e);
		if (seq < 0)
			rc = -1;
	}
	select_clear(&s);
	return rc;
}

static int audit_list(struct call *c)
{
	struct err e;
	int format = call_format(c, "text|csv|jsonl", &e);

	if (format < 0 || ward_open_database(c->ward, &e) != 0 || print_list(c, format, &e) != 0)
		return call_fail(&e);
	return 0;
}

static const struct {
	const char *word;
	int (*run)(struct call *c);
} words[] = {
	{"list", audit_list}, {"key", audit_key}, {"checkpoint", audit_checkpoint}, {"anchors", audit_anchors},
	{"export", audit_export}, {"verify", audit_verify},
	{"withhold", audit_withhold}, {"erase", audit_erase},
};

int run_audit(struct call *c)
{
	for (size_t i = 0; c->n_operands && i < sizeof words / sizeof *words; i++) {
		if (strcmp(c->operand[0], words[i].word) != 0)
			continue;
		c->operand++;
		c->n_operands--;
		return words[i].run(c);
	}
	return call_fail_usage(c, "audit needs to be told what, as in: mxward audit list");
}
