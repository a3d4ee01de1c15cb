/*
 * view_audit: the audit log, newest first, a page at a time: the log is never in memory as a
 * whole.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/operator.h"
#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/env.h"
#include "ops/records.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "relay/name.h"
#include "ui/columns.h"
#include "ui/complete.h"
#include "ui/draw.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 2, LOOK_AT_ONCE = 400 };

struct auditing {
	struct view view;
	char domain[NAME_SIZE]; /* "": all */
	struct arena arena;	/* of seq */
	uint64_t *seq;		/* of the domain, oldest first */
	uint64_t change;
	struct limit *limit;	/* NULL: none */
	char limit_text[PROMPT_MAX + 1];
	struct records_finder found, next; /* of a limit; next is at work and takes found's place */
	struct loop_timer *finding;
	struct search search;
	size_t searched; /* records, by the search that goes on */
};

static int read_size(struct auditing *a, struct err *e)
{
	struct db *db = a->view.console->ward->db;
	struct db_txn *txn;
	uint64_t size = 0;
	size_t n = 0;
	int rc;

	a->change = db_change(db);
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	if (a->domain[0]) {
		arena_clear(&a->arena);
		rc = auditlog_of_domain(txn, a->domain, &a->arena, &a->seq, &n, e);
		size = n;
	} else {
		rc = auditlog_size(txn, &size, e);
	}
	db_abort(txn);
	if (rc == 0 && !a->limit)
		list_set_count(&a->view.list, size);
	return rc;
}

static uint64_t seq_of(const struct auditing *a, size_t row)
{
	size_t i = a->view.list.count - 1 - row;

	if (a->limit)
		return a->found.seq[row];
	return a->domain[0] ? a->seq[i] : i;
}

/* --- the limit: found slice by slice, shown once all of it is --- */

static void go_on(void *ctx);

static void show_found(struct auditing *a)
{
	struct list *l = &a->view.list;
	uint64_t seq = l->count && a->found.n ? a->found.seq[l->cursor] : UINT64_MAX;
	size_t at = 0;

	records_finder_clear(&a->found);
	a->found = a->next;
	a->next = (struct records_finder){0};
	while (at + 1 < a->found.n && a->found.seq[at] > seq)
		at++;
	l->count = a->found.n;
	list_follow(l, at);
	a->view.console->dirty = 1;
}

static void begin_finding(struct auditing *a)
{
	struct console *c = a->view.console;
	struct err e;

	loop_cancel(c->ward->loop, a->finding);
	a->finding = NULL;
	a->change = db_change(c->ward->db);
	if (records_finder_begin(&a->next, &c->ward->config, c->ward->db, a->limit, &e) != 0)
		console_fail(c, &e);
	else
		go_on(a);
}

static void go_on(void *ctx)
{
	struct auditing *a = ctx;
	struct console *c = a->view.console;
	struct err e;
	int rc = records_finder_go_on(&a->next, c->ward->db, LOOK_AT_ONCE, &e);

	a->finding = NULL;
	if (rc < 0) {
		console_fail(c, &e);
	} else if (rc > 0) {
		a->finding = loop_after(c->ward->loop, 0, go_on, a);
		console_paint_soon(c); /* how far it is */
	} else {
		show_found(a);
	}
}

static void set_limit(struct auditing *a, const char *text)
{
	struct console *c = a->view.console;
	struct limit *limit = NULL;
	struct err e;

	if (text[strspn(text, " ")] && (limit_parse(&limit, text, &e, NULL) != 0 || records_check_limit(limit, &e) != 0)) {
		limit_free(limit);
		console_fail(c, &e);
		return;
	}
	limit_free(a->limit);
	a->limit = limit;
	snprintf(a->limit_text, sizeof a->limit_text, "%s", limit ? text : "");
	records_finder_clear(&a->found);
	a->domain[0] = '\0'; /* a limit looks at all records */
	list_set_count(&a->view.list, 0);
	if (limit && limit_needs_entry(limit))
		console_say(c, "of entries in the list, as they are now; those of one that was deleted: by its name, its customer or action:delete");
	if (limit)
		begin_finding(a);
	else if (read_size(a, &e) != 0)
		console_fail(c, &e);
}

static void on_limit(void *ctx, const char *text)
{
	if (text)
		set_limit(ctx, text);
}

static void on_limit_tab(void *ctx, struct prompt *p)
{
	complete_limit(((struct auditing *)ctx)->view.console, p);
}

static void ask_limit(struct auditing *a)
{
	console_ask(a->view.console, &(struct question){.kind = PROMPT_TEXT,
							.label = "Records of limit:",
							.initial = a->limit_text[0] ? a->limit_text : a->domain,
							.history = HISTORY_LIMIT,
							.complete = on_limit_tab,
							.answer = on_limit,
							.ctx = a});
}

/* --- painting --- */

static void paint_record(const struct audit_row *r, const struct column *c, int row,
			 int is_cursor)
{
	char text[600];

	snprintf(text, sizeof text, "%" PRIu64, r->record.seq);
	draw_text(row, c[0].at, c[0].width, text, is_cursor ? DRAW_CURSOR : DRAW_PLAIN);
	draw_text(row, c[1].at, c[1].width, date_local_minute(text, r->record.time_ms / 1000),
		  DRAW_PLAIN);
	draw_text(row, c[2].at, c[2].width, records_action_word(r->record.action), DRAW_PLAIN);
	draw_text(row, c[3].at, c[3].width, r->record.domain, DRAW_PLAIN);
	draw_text(row, c[4].at, c[4].width, r->has_operator ? r->operator.login : "withheld",
		  DRAW_PLAIN);
	draw_text(row, c[5].at, c[5].width, r->record.customer, DRAW_PLAIN);
	records_describe(text, sizeof text, r);
	draw_text(row, c[6].at, c[6].width, text, DRAW_PLAIN);
}

static void paint_rows(struct auditing *a, const struct column *c, struct db_txn *txn, int cols)
{
	const struct list *l = &a->view.list;
	struct arena arena = {0};
	struct audit_row row;
	struct err e;

	for (size_t i = 0; i < l->height && l->top + i < l->count; i++) {
		int line = HEAD + (int)i,
		    got = auditlog_get(txn, seq_of(a, l->top + i), &arena, &row, &e);

		if (l->top + i == l->cursor)
			draw_text(line, 0, 1, ">", DRAW_PLAIN);
		if (got == 1)
			paint_record(&row, c, line, l->top + i == l->cursor);
		else
			draw_text(line, 2, cols - 2, got < 0 ? e.text : "erased", DRAW_ALERT);
		arena_clear(&arena);
	}
}

static void paint_head(const struct auditing *a, int cols)
{
	char right[80], n[NUMBER_SIZE], size[NUMBER_SIZE];

	if (a->limit)
		draw_format(0, 0, DRAW_BOLD, "AUDIT LOG  newest first  limit: %.200s", a->limit_text);
	else
		draw_format(0, 0, DRAW_BOLD, "AUDIT LOG  %s%snewest first", a->domain, a->domain[0] ? ", " : "");
	if (a->finding)
		snprintf(right, sizeof right, "looked at %s of %s", number_grouped(n, a->next.size - a->next.next),
			 number_grouped(size, a->next.size));
	else
		snprintf(right, sizeof right, "%s record%s", number_grouped(n, a->view.list.count),
			 a->view.list.count == 1 ? "" : "s");
	draw_right(0, cols, right, DRAW_PLAIN);
}

static void paint(struct view *v, int cols)
{
	struct auditing *a = (struct auditing *)v;
	int wide = cols > 110, one = a->domain[0] != '\0';
	struct column c[] = {
		{.head = "SEQ", .min = 5, .want = wide ? 7 : 5},
		{.head = "WHEN", .min = 16, .want = 16},
		{.head = "WHAT", .min = 9, .want = 9},
		{.head = one ? "" : "DOMAIN", .min = one ? 0 : 14, .want = one ? 0 : wide ? 44 : 20},
		{.head = "WHO", .min = 6, .want = wide ? 12 : 6, .drop = 1},
		{.head = cols > 90 ? "CUST" : "", .min = cols > 90 ? 8 : 0, .want = cols > 90 ? 12 : 0, .drop = 3},
		{.head = "WHY, TICKET", .min = 12, .want = 60, .grows = 1, .drop = 1},
	};
	size_t n_columns = sizeof c / sizeof *c;
	struct db_txn *txn;
	struct err e;

	columns_fit(c, n_columns, 2, cols, 1);
	paint_head(a, cols);
	for (size_t i = 0; i < n_columns; i++)
		if (c[i].width)
			draw_text(1, c[i].at, c[i].width, c[i].head, DRAW_PLAIN);
	if (v->list.count == 0)
		draw_text(HEAD, 2, cols - 2,
			  a->finding ? "looking through the log"
			  : a->limit ? limit_needs_entry(a->limit)
					       ? "no record of an entry in the list matches the limit; l changes it"
					       : "no record matches the limit; l changes it, an empty one shows all"
				     : "no records yet: every change makes one",
			  DRAW_PLAIN);
	if (db_begin_read(&txn, v->console->ward->db, &e) != 0) {
		draw_text(HEAD, 2, cols - 2, e.text, DRAW_ALERT);
		return;
	}
	paint_rows(a, c, txn, cols);
	db_abort(txn);
}

static int has(const struct audit_row *r, const char *needle)
{
	return strcasestr(r->record.domain, needle) || strcasestr(r->record.customer, needle) ||
	       (r->has_note &&
		(strcasestr(r->note.ticket, needle) || strcasestr(r->note.reason, needle)));
}

/* A long log is looked through in pieces: keys must be answered. */
static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	struct auditing *a = ctx;
	size_t n = a->view.list.count, found = n, i = from;
	struct arena arena = {0};
	struct audit_row row;
	struct db_txn *txn;
	struct err e;

	if (n == 0 || db_begin_read(&txn, a->view.console->ward->db, &e) != 0)
		return n;
	for (size_t tried = 1; a->searched < n && tried <= LOOK_AT_ONCE && found == n; tried++) {
		i = step > 0 ? (from + tried) % n : (from + n - tried % n) % n;
		a->searched++;
		if (auditlog_get(txn, seq_of(a, i), &arena, &row, &e) == 1 && has(&row, needle))
			found = i;
		arena_clear(&arena);
	}
	db_abort(txn);
	if (found == n && a->searched < n)
		return search_later(&a->search, i);
	a->searched = 0;
	return found;
}

static void add_field(struct str *out, const char *what, const char *text)
{
	if (!*text)
		return;
	str_addf(out, "%-10s ", what);
	escape_add(out, text, strlen(text));
	str_add_char(out, '\n');
}

/* A record with all that is opened of it. */
static void add_record(struct str *out, const struct audit_row *r)
{
	char when[DATE_SIZE], hex[2 * AUDIT_HASH + 1];

	str_addf(out, "%-10s %" PRIu64 ", number %" PRIu64 " of its chain\n", "record", r->record.seq, r->record.number);
	add_field(out, "when", date_local_minute(when, r->record.time_ms / 1000));
	add_field(out, "what", audit_action_name(r->record.action));
	add_field(out, "domain", r->record.domain);
	add_field(out, "customer", r->record.customer);
	add_field(out, "before", r->record.before);
	add_field(out, "after", r->record.after);
	add_field(out, "batch", r->record.batch);
	add_field(out, "clock", r->record.clock);
	if (r->has_note) {
		add_field(out, "reason", r->note.reason);
		add_field(out, "note", r->note.text);
		add_field(out, "ticket", r->note.ticket);
	} else {
		add_field(out, "note", "withheld");
	}
	if (r->has_operator) {
		add_field(out, "who", operator_name(&r->operator));
		add_field(out, "terminal", r->operator.tty);
		add_field(out, "from", r->operator.from);
		add_field(out, "host", r->operator.host);
		add_field(out, "trust", r->operator.trust);
	} else {
		add_field(out, "who", "withheld");
	}
	for (size_t i = 0; i < r->record.n_evidence; i++) {
		audit_hex(hex, r->record.evidence[i]);
		add_field(out, i ? "" : "evidence", hex);
	}
	audit_hex(hex, r->record.previous);
	add_field(out, "previous", hex);
}

static void open_record(struct auditing *a)
{
	struct console *c = a->view.console;
	struct arena arena = {0};
	struct audit_row row;
	struct db_txn *txn;
	struct str text = {0};
	struct err e;
	int got;

	if (a->view.list.count == 0)
		return;
	if (db_begin_read(&txn, c->ward->db, &e) != 0) {
		console_fail(c, &e);
		return;
	}
	got = auditlog_get(txn, seq_of(a, a->view.list.cursor), &arena, &row, &e);
	db_abort(txn);
	if (got < 0) {
		console_fail(c, &e);
	} else if (got == 0 || row.is_erased) {
		console_say(c, "its body was erased; the log still proves that it was there");
	} else {
		add_record(&text, &row);
		console_push(c, view_text_new(c, "RECORD", &text));
	}
	str_clear(&text);
	arena_clear(&arena);
}

static int act(struct view *v, enum key_id id)
{
	struct auditing *a = (struct auditing *)v;

	a->searched = 0;
	if (id == DO_OPEN) {
		open_record(a);
		return 1;
	}
	if (id == DO_LIMIT) {
		ask_limit(a);
		return 1;
	}
	return search_act(&a->search, v, id, find, a);
}

/* New records come in above; the cursor stays with its record. */
static void tick(struct view *v)
{
	struct auditing *a = (struct auditing *)v;
	size_t before = v->list.count;
	struct err e;

	if (a->change == db_change(v->console->ward->db) || a->finding)
		return;
	if (a->limit) {
		begin_finding(a);
		return;
	}
	if (read_size(a, &e) != 0 ||
	    v->list.count == before)
		return;
	list_follow(&v->list, v->list.cursor + (v->list.count - before));
	v->console->dirty = 1;
}

static void close_audit(struct view *v)
{
	struct auditing *a = (struct auditing *)v;

	loop_cancel(v->console->ward->loop, a->finding);
	records_finder_clear(&a->found);
	records_finder_clear(&a->next);
	limit_free(a->limit);
	arena_clear(&a->arena);
	search_clear(&a->search);
	free(a);
}

struct view *view_audit_new(struct console *c, const char *domain)
{
	static const struct view_ops ops = {.in = IN_AUDIT,
					    .head = HEAD,
					    .paint = paint,
					    .act = act,
					    .tick = tick,
					    .close = close_audit};
	struct auditing *a = mem_alloc(sizeof *a);
	struct err e;

	*a = (struct auditing){.view = {.ops = &ops, .console = c}};
	snprintf(a->domain, sizeof a->domain, "%s", domain ? domain : "");
	if (read_size(a, &e) != 0) {
		console_fail(c, &e);
		close_audit(&a->view);
		return NULL;
	}
	return &a->view;
}
