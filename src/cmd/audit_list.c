/*
 * audit list: the audit log printed, all of it or what a limit picks.
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
#include "cmd/say.h"
#include "cmd/select.h"
#include "db/auditlog.h"
#include "db/env.h"
#include "ops/records.h"
#include "relay/limit.h"

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

/* What is gone through: all records, or those that names or chains lead to. */
struct listing {
	const struct limit *limit;
	int format;
	uint64_t *seq; /* NULL: all */
	uint64_t at, n;
};

/* Some of them in one transaction: 1 there are more, 0 that was all, -1. */
static int print_some(const struct call *c, struct listing *l, struct err *e)
{
	uint64_t until;
	struct records_pick pick;
	struct arena a = {0};
	struct str out = {0};
	struct audit_row row;
	struct db_txn *txn;
	int got = 0;

	if (db_begin_read(&txn, c->ward->db, e) != 0)
		return -1;
	records_pick_begin(&pick, &c->ward->config, l->limit, txn);
	if (!l->seq)
		got = auditlog_size(txn, &l->n, e);
	until = l->n - l->at > RECORDS_A_TRANSACTION ? l->at + RECORDS_A_TRANSACTION : l->n;
	for (; got >= 0 && l->at < until; l->at++) {
		arena_reset(&a);
		got = auditlog_get(txn, l->seq ? l->seq[l->at] : l->at, &a, &row, e);
		if (got == 1)
			got = records_pick_matches(&pick, &row, e);
		if (got == 1)
			add_row(&out, l->format, &row);
	}
	records_pick_end(&pick);
	db_abort(txn);
	arena_clear(&a);
	if (l->format == AS_TEXT)
		say_text(str_text(&out));
	else
		fputs(str_text(&out), stdout);
	str_clear(&out);
	return got < 0 ? -1 : l->at < l->n;
}

static int by_seq(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* The records of the names given, oldest first; a name given twice counts once. */
static int find_of_names(struct db_txn *txn, const struct selection *s, struct listing *l, struct err *e)
{
	struct arena a = {0};
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < s->n && rc == 0; i++) {
		uint64_t *seq;
		size_t n;

		rc = auditlog_of_domain(txn, s->name[i], &a, &seq, &n, e);
		if (rc == 0 && n == 0)
			rc = err_set(e, ERR_NOINPUT, "the audit log has no records of '%s'", s->name[i]);
		if (rc != 0)
			break;
		l->seq = mem_array(l->seq, l->n + n, sizeof *l->seq);
		memcpy(l->seq + l->n, seq, n * sizeof *seq);
		l->n += n;
	}
	if (l->n > 1)
		qsort(l->seq, l->n, sizeof *l->seq, by_seq);
	for (size_t i = 0; i < l->n; i++)
		if (i == 0 || l->seq[i] != l->seq[i - 1])
			l->seq[kept++] = l->seq[i];
	l->n = kept;
	arena_clear(&a);
	return rc;
}

static int print_all(const struct call *c, const struct selection *s, struct listing *l, struct err *e)
{
	struct db_txn *txn;
	size_t n;
	int more;

	if (db_begin_read(&txn, c->ward->db, e) != 0)
		return -1;
	if (s->by_names) {
		more = find_of_names(txn, s, l, e);
	} else {
		more = records_of_chains(txn, l->limit, &l->seq, &n, e);
		l->n = n;
	}
	db_abort(txn);
	/* Chains that have none are an answer too. */
	if (more == 1 && l->n == 0)
		return 0;
	for (more = more < 0 ? -1 : 1; more == 1;)
		more = print_some(c, l, e);
	free(l->seq);
	return more;
}

/* The limit, with --from and --to as the words that they stand for. */
static int read_days(struct call *c, const struct selection *s, struct limit **out, struct err *e)
{
	const char *from = call_option(c, "from"), *to = call_option(c, "to");
	struct str words = {0};
	int rc = 0;

	for (int i = 0; !s->by_names && i < c->n_operands; i++)
		str_addf(&words, "%s ", c->operand[i]);
	if (from)
		str_addf(&words, "from:%s ", from);
	if (to)
		str_addf(&words, "to:%s", to);
	*out = NULL;
	if (words.len)
		rc = limit_parse(out, str_text(&words), e, NULL);
	str_clear(&words);
	if (rc == 0 && *out && (rc = records_check_limit(*out, e)) != 0) {
		limit_free(*out);
		*out = NULL;
	}
	/* Both are days by now, and as digits in the order of time. */
	if (rc == 0 && from && to && strcmp(to, from) < 0) {
		limit_free(*out);
		*out = NULL;
		rc = err_set(e, ERR_USAGE, "--to is before --from");
	}
	return rc;
}

static int print_list(struct call *c, int format, struct err *e)
{
	struct limit *limit = NULL;
	struct selection s;
	int rc = select_read(&s, c, e);

	if (rc == 0)
		rc = read_days(c, &s, &limit, e);
	if (rc == 0 && format == AS_CSV)
		printf("seq,number,time,action,customer,domain,before,after,note,operator,batch,clock,reason,ticket,text,"
		       "login\r\n");
	if (rc == 0)
		rc = print_all(c, &s, &(struct listing){.limit = limit, .format = format}, e);
	limit_free(limit);
	select_clear(&s);
	return rc;
}

int audit_list(struct call *c)
{
	struct err e;
	int format = call_format(c, "text|csv|jsonl", &e);

	if (format < 0 || ward_open_database(c->ward, &e) != 0 || print_list(c, format, &e) != 0)
		return call_fail(&e);
	return 0;
}
