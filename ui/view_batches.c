/*
 * view_batches: committed bulk changes, newest first, and bringing one back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/str.h"
#include "db/batches.h"
#include "db/env.h"
#include "relay/entry.h"
#include "ops/records.h"
#include "ops/restore.h"
#include "ops/ward.h"
#include "ui/agree.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/view.h"

enum { HEAD = 2, BATCHES_MAX = 500, WHEN = 16 };

struct batches {
	struct view view;
	struct arena arena;
	struct batch *batch;
	size_t n;
	uint64_t change; /* db_change() when they were read */
	uint64_t seq;	 /* of the batch the questions are about */
	uint64_t away;	 /* how many of it were away when they were asked */
	struct str reason;
};

/* The cursor belongs to a batch: a newer one above it moves the row. */
static int read_batches(struct batches *b, struct err *e)
{
	struct db *db = b->view.console->ward->db;
	struct list *l = &b->view.list;
	uint64_t seq = b->n ? b->batch[l->cursor].seq : UINT64_MAX;
	struct db_txn *txn;
	int rc;

	b->change = db_change(db);
	b->n = 0;
	arena_clear(&b->arena);
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	rc = batch_list(txn, &b->arena, &b->batch, &b->n, BATCHES_MAX, e);
	db_abort(txn);
	if (rc != 0)
		b->n = 0;
	list_set_count(l, b->n);
	for (size_t i = 0; i < b->n; i++)
		if (b->batch[i].seq == seq)
			list_follow(l, i);
	return rc;
}

static const char *action_word(const struct batch *b)
{
	return b->action < N_AUDIT_ACTIONS ? records_action_word((enum audit_action)b->action) : "?";
}

static void paint_batch(const struct batch *b, const struct column *c, int row, int is_cursor)
{
	char text[400], n[NUMBER_SIZE];

	if (is_cursor)
		draw_text(row, 0, 1, ">", DRAW_PLAIN);
	snprintf(text, sizeof text, "b%" PRIu64, b->seq);
	draw_text(row, c[0].at, c[0].width, text, is_cursor ? DRAW_CURSOR : DRAW_PLAIN);
	draw_text(row, c[1].at, c[1].width, c[1].width < WHEN ? date_local_day(text, b->time) : date_local_minute(text, b->time),
		  DRAW_PLAIN);
	draw_text(row, c[2].at, c[2].width, action_word(b), DRAW_PLAIN);
	draw_right(row, c[3].at + c[3].width, number_grouped(n, b->count), DRAW_PLAIN);
	if (b->action == AUDIT_DELETE)
		draw_right(row, c[4].at + c[4].width, number_grouped(n, b->restored),
			   DRAW_PLAIN);
	draw_text(row, c[5].at, c[5].width, b->who, DRAW_PLAIN);
	snprintf(text, sizeof text, "%.200s%s%.100s", b->reason, b->ticket[0] ? "  " : "",
		 b->ticket);
	draw_text(row, c[6].at, c[6].width, text, DRAW_PLAIN);
}

static void paint(struct view *v, int cols)
{
	struct batches *b = (struct batches *)v;
	struct column c[] = {
		{.head = "BATCH", .min = 6, .want = 8},
		{.head = "WHEN", .min = 10, .want = WHEN},
		{.head = "WHAT", .min = 7, .want = 7},
		{.head = "COUNT", .min = 5, .want = 7},
		{.head = "BACK", .min = 4, .want = 7},
		{.head = "WHO", .min = 6, .want = 8, .drop = 2},
		{.head = "REASON, TICKET", .min = 10, .want = 40, .grows = 1, .drop = 1},
	};
	size_t n_columns = sizeof c / sizeof *c;

	columns_fit(c, n_columns, 2, cols, 1);
	draw_text(0, 0, cols,
		  "BATCHES  newest first; r brings a deletion back with notes and pins",
		  DRAW_BOLD);
	for (size_t i = 0; i < n_columns; i++)
		if (c[i].width && (i == 3 || i == 4))
			draw_right(1, c[i].at + c[i].width, c[i].head, DRAW_PLAIN);
		else if (c[i].width)
			draw_text(1, c[i].at, c[i].width, c[i].head, DRAW_PLAIN);
	if (b->n == 0)
		draw_text(HEAD, 2, cols - 2,
			  "no batches yet: a bulk deletion or an import makes one", DRAW_PLAIN);
	for (size_t i = 0; i < v->list.height && v->list.top + i < b->n; i++)
		paint_batch(&b->batch[v->list.top + i], c, HEAD + (int)i,
			    v->list.top + i == v->list.cursor);
}

/* --- bringing back --- */

static void restore(struct batches *b)
{
	struct console *c = b->view.console;
	struct str kept = {0};
	size_t restored = 0, n_kept = 0;
	struct err e;

	if (restore_batch(c->ward, b->seq, str_text(&b->reason), &restored, &kept, &e) != 0) {
		console_fail(c, &e);
	} else {
		for (size_t i = 0; i < kept.len; i++)
			n_kept += kept.bytes[i] == '\n';
		if (n_kept)
			console_changed(c, "%zu brought back, %zu kept as %s now: %.*s", restored, n_kept,
					n_kept == 1 ? "it is" : "they are", (int)strcspn(str_text(&kept), "\n"),
					str_text(&kept));
		else
			console_changed(c, "%zu brought back from b%" PRIu64, restored, b->seq);
	}
	str_clear(&kept);
	if (read_batches(b, &e) != 0)
		console_fail(c, &e);
}

static void on_agreed(void *ctx, const char *text)
{
	struct batches *b = ctx;

	if (text)
		restore(b);
	else
		console_say(b->view.console, "nothing was brought back");
}

static void on_reason(void *ctx, const char *text)
{
	struct batches *b = ctx;
	char question[60], what[60];

	if (!text || !text[strspn(text, " ")]) {
		console_say(b->view.console,
			    text ? "nothing was brought back: the audit record needs a reason"
				 : "nothing was brought back");
		return;
	}
	str_truncate(&b->reason, 0);
	str_add(&b->reason, text);
	snprintf(question, sizeof question, "Bring back batch b%" PRIu64 "?", b->seq);
	snprintf(what, sizeof what, "bring back batch b%" PRIu64, b->seq);
	agree_ask(b->view.console,
		  &(struct agreement){.n = b->away, .question = question, .what = what, .answer = on_agreed, .ctx = b});
}

static void begin_restore(struct batches *b)
{
	struct console *c = b->view.console;
	const struct batch *batch;
	char label[120];

	if (!console_may_change(c))
		return;
	batch = &b->batch[b->view.list.cursor];
	if (batch->action != AUDIT_DELETE) {
		console_say(c,
			    "b%" PRIu64 " deleted nothing, so there is nothing to bring back",
			    batch->seq);
		return;
	}
	if (batch->restored >= batch->count) {
		console_say(c, "b%" PRIu64 " was brought back already", batch->seq);
		return;
	}
	b->seq = batch->seq;
	b->away = batch->count - batch->restored;
	snprintf(label, sizeof label, "Reason for bringing %" PRIu64 " back:", b->away);
	console_ask(c, &(struct question){.kind = PROMPT_TEXT,
					  .label = label,
					  .history = HISTORY_REASON,
					  .answer = on_reason,
					  .ctx = b});
}

/* What is still in the batch, and so would come back. */
static void open_batch(struct batches *b)
{
	struct console *c = b->view.console;
	const struct batch *batch = &b->batch[b->view.list.cursor];
	char when[DATE_SIZE], title[200];
	struct arena arena = {0};
	struct entry *entry;
	struct str text = {0};
	struct db_txn *txn;
	struct err e;
	size_t n = 0;
	int rc;

	if (db_begin_read(&txn, c->ward->db, &e) != 0) {
		console_fail(c, &e);
		return;
	}
	rc = batch_entries(txn, batch->seq, &arena, &entry, &n, &e);
	db_abort(txn);
	for (size_t i = 0; rc == 0 && i < n; i++)
		str_addf(&text, "  %-44s %-16s %s%s\n", entry[i].name, entry[i].customer,
			 entry[i].pin ? "pinned " : "", pin_reason_name((enum pin_reason)entry[i].pin));
	arena_clear(&arena);
	snprintf(title, sizeof title, "BATCH b%" PRIu64 "  %s %s by %s", batch->seq, action_word(batch),
		 date_local_minute(when, batch->time), batch->who);
	if (rc != 0)
		console_fail(c, &e);
	else if (n == 0)
		console_say(c, batch->action == AUDIT_DELETE ? "all of it was brought back" :
								"only deletions keep their names here; A on the list shows the records");
	else
		console_push(c, view_text_new(c, title, &text));
	str_clear(&text);
}

static int act(struct view *v, enum key_id id)
{
	struct batches *b = (struct batches *)v;

	if ((id == DO_OPEN || id == DO_RESTORE) && b->n == 0)
		console_say(v->console, "there is no batch yet");
	else if (id == DO_OPEN)
		open_batch(b);
	else if (id == DO_RESTORE)
		begin_restore(b);
	else
		return 0;
	return 1;
}

static void tick(struct view *v)
{
	struct batches *b = (struct batches *)v;
	struct err e;

	if (b->change == db_change(v->console->ward->db))
		return;
	if (read_batches(b, &e) == 0)
		v->console->dirty = 1;
}

static void close_batches(struct view *v)
{
	struct batches *b = (struct batches *)v;

	arena_clear(&b->arena);
	str_clear(&b->reason);
	free(b);
}

struct view *view_batches_new(struct console *c)
{
	static const struct view_ops ops = {.in = IN_BATCHES,
					    .head = HEAD,
					    .paint = paint,
					    .act = act,
					    .tick = tick,
					    .close = close_batches};
	struct batches *b = mem_alloc(sizeof *b);
	struct err e;

	*b = (struct batches){.view = {.ops = &ops, .console = c}};
	if (read_batches(b, &e) != 0) {
		console_fail(c, &e);
		close_batches(&b->view);
		return NULL;
	}
	return &b->view;
}
