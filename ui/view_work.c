/*
 * view_work: the review: what waits for a look, the most pressing first, and how much of it is left.
 *
 * The cursor belongs to an entry; what is reviewed leaves the list and the next one comes under the cursor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/number.h"
#include "db/env.h"
#include "ops/ward.h"
#include "ops/worklist.h"
#include "ui/act.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/live.h"
#include "ui/pane.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 3, SLICE_MS = 8 };

struct reviewing {
	struct view view;
	struct worklist shown, next; /* next is being read; it then takes shown's place */
	size_t *row;		     /* of shown.item: those left */
	struct loop_timer *loading;
	int64_t load_began, reload_due; /* on the loop's clock: reading again takes no more than a tenth of the time */
	int is_unreadable;	       /* the last reading failed */
	char cursor[NAME_SIZE];
	struct pane pane;
	struct search search;
};

/* Of a row that there is. */
static const struct work_item *item_of_row(const struct reviewing *r, size_t i)
{
	return &r->shown.item[r->row[i]];
}

static const struct work_item *item_at(const struct reviewing *r, size_t i)
{
	return i < r->view.list.count ? item_of_row(r, i) : NULL;
}

static void keep_cursor(struct view *v)
{
	struct reviewing *r = (struct reviewing *)v;
	const struct work_item *item = item_at(r, v->list.cursor);

	snprintf(r->cursor, sizeof r->cursor, "%s", item ? item->name : "");
}

/* Onto the entry that the cursor was on; where that has gone, the next one has come in its place. */
static void show_left(struct reviewing *r)
{
	struct list *l = &r->view.list;
	size_t n = 0, at = l->cursor;

	r->row = mem_array(r->row, r->shown.left + 1, sizeof *r->row);
	for (size_t i = 0; i < r->shown.n; i++)
		if (!r->shown.item[i].is_reviewed) {
			if (strcmp(r->shown.item[i].name, r->cursor) == 0)
				at = n;
			r->row[n++] = i;
		}
	l->count = n;
	list_follow(l, at);
	keep_cursor(&r->view);
	r->view.console->dirty = 1;
}

static void load_slice(void *ctx);

static void load_soon(struct reviewing *r)
{
	if (!r->loading)
		r->loading = loop_after(r->view.console->ward->loop, 0, load_slice, r);
}

static void load_slice(void *ctx)
{
	struct reviewing *r = ctx;
	struct err e;
	int rc;

	r->loading = NULL;
	rc = worklist_load(&r->next, r->view.console->ward, SLICE_MS, &e);
	if (rc < 0) {
		if (!r->is_unreadable) /* it is tried again with each tick; said once, it hides no other message */
			console_fail(r->view.console, &e);
		r->is_unreadable = 1;
	} else if (rc == 0) {
		load_soon(r);
	} else {
		r->is_unreadable = 0;
		r->reload_due = loop_now() + 10 * (loop_now() - r->load_began);
		worklist_free(&r->shown);
		r->shown = r->next;
		r->next = (struct worklist){0};
		show_left(r);
	}
}

static void reload(struct reviewing *r)
{
	r->load_began = loop_now();
	worklist_begin(&r->next);
	load_soon(r);
}

static void tick(struct view *v)
{
	struct reviewing *r = (struct reviewing *)v;

	if (!r->loading && loop_now() >= r->reload_due && r->shown.change != db_change(v->console->ward->db))
		reload(r);
}

/* The entry that is meant; of a missing one the one it resembles. */
static const char *current(struct view *v)
{
	const struct work_item *item = item_at((struct reviewing *)v, v->list.cursor);

	return item ? item->kind == WORK_MISSING ? item->near : item->name : "";
}

/* --- painting --- */

static void paint_head(const struct reviewing *r, int cols)
{
	const struct worklist *w = &r->shown;
	char title[200], day[DATE_SIZE], left[NUMBER_SIZE], all[NUMBER_SIZE], right[100];
	int at = 0;

	if (w->last.time)
		snprintf(title, sizeof title, "REVIEW  last by %s, %s", w->last.who, date_local_day(day, w->last.time));
	else
		snprintf(title, sizeof title, "REVIEW  nobody has gone through it yet");
	snprintf(right, sizeof right, r->is_unreadable ? "not read: mxward check" : "reading");
	if (w->is_whole && !r->is_unreadable)
		snprintf(right, sizeof right, "%s of %s left", number_grouped(left, w->left), number_grouped(all, w->n));
	draw_text(0, 0, cols - (int)strlen(right) - 2, title, DRAW_BOLD);
	draw_right(0, cols, right, DRAW_PLAIN);
	for (int k = 0; k < N_WORK_KINDS && w->is_whole; k++) {
		char text[80], word[20], n[NUMBER_SIZE];

		snprintf(word, sizeof word, "%s", work_kind_name((enum work_kind)k));
		for (char *p = word; k != WORK_FAILING && *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p += 'a' - 'A';
		snprintf(text, sizeof text, "%s%s %s", k ? " | " : "", word, number_grouped(n, w->of_kind[k]));
		at += draw_text(1, at, cols - at, text, k == WORK_FAILING && w->of_kind[k] ? DRAW_ALERT : DRAW_PLAIN);
	}
}

static void paint_item(struct reviewing *r, size_t i, const struct column *c, int row)
{
	const struct work_item *item = item_of_row(r, i);
	const struct list *l = &r->view.list;
	int flags = staged_get(&r->view.console->staged, item->name);

	draw_text(row, 0, 2, i == l->cursor ? flags & STAGED_DELETE ? ">D" : "> " : flags & STAGED_DELETE ? " D" : "  ",
		  DRAW_PLAIN);
	/* Each kind is named once, and on the first line of the screen. */
	if (i == l->top || item_of_row(r, i - 1)->kind != item->kind)
		draw_text(row, c[0].at, c[0].width, work_kind_name(item->kind),
			  item->kind == WORK_FAILING ? DRAW_ALERT : DRAW_BOLD);
	draw_text(row, c[1].at, c[1].width, item->name, i == l->cursor ? DRAW_CURSOR : DRAW_PLAIN);
	draw_text(row, c[2].at, c[2].width, item->words, DRAW_PLAIN);
	draw_text(row, c[3].at, c[3].width, item->more, DRAW_PLAIN);
	draw_text(row, c[4].at, c[4].width, item->customer, DRAW_PLAIN);
}

static int foot(struct view *v, int rows, int cols)
{
	return pane_height(rows, cols, v->list.count);
}

static void paint(struct view *v, int cols)
{
	struct reviewing *r = (struct reviewing *)v;
	const struct list *l = &v->list;
	int wide = cols >= 110;
	struct column c[] = {
		{.head = "WHY", .min = 8, .want = 8},
		{.head = "NAME", .min = 14, .want = wide ? 44 : 24},
		{.head = "WHAT", .min = 14, .want = wide ? 34 : 24},
		{.head = "SINCE, IN 30 DAYS", .min = 19, .want = wide ? 50 : 19, .drop = 1},
		{.head = "CUST", .min = wide ? 8 : 0, .want = wide ? 14 : 0, .drop = 2},
	};

	paint_head(r, cols);
	columns_fit(c, 5, 3, cols, 1);
	for (size_t i = 0; l->count && i < 5; i++)
		draw_text(2, c[i].at, c[i].width, c[i].head, DRAW_PLAIN);
	if (l->count == 0 && r->shown.is_whole)
		draw_text(HEAD, 3, cols - 3,
			  r->shown.n ? "all of it was looked at; what changes comes back by itself"
				     : "nothing waits for a look; mxward scan and mxward traffic feed this list",
			  DRAW_PLAIN);
	for (size_t i = l->top; i < l->count && i < l->top + l->height; i++)
		paint_item(r, i, c, HEAD + (int)(i - l->top));
	pane_paint(&r->pane, v->console, current(v), draw_rows(), cols, foot(v, draw_rows(), cols));
}

/* --- keys --- */

/* A missing one is no entry: it can be added, and the entry it resembles can be staged. */
static void act_on_missing(struct console *c, const struct work_item *item, enum key_id id)
{
	if ((id == DO_STAGE || id == DO_UNSTAGE) && item->near[0])
		act_begin(c, id, &item->near, 1);
	else if (id == DO_OPEN && item->near[0])
		console_push(c, view_entry_new(c, item->near));
	else
		console_say(c, "%s is not in the list; a adds it", item->name);
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	const struct reviewing *r = ctx;
	size_t n = r->view.list.count;

	for (size_t tried = 1; tried <= n; tried++) {
		size_t i = step > 0 ? (from + tried) % n : (from + n - tried) % n;

		if (strcasestr(item_of_row(r, i)->name, needle))
			return i;
	}
	return n;
}

static int act(struct view *v, enum key_id id)
{
	const struct work_item *item = item_at((struct reviewing *)v, v->list.cursor);
	struct console *c = v->console;

	if (search_act(&((struct reviewing *)v)->search, v, id, find, v))
		return 1;
	switch (id) {
	case DO_AUDIT:
		console_push(c, view_audit_new(c, item && item->kind != WORK_MISSING ? item->name : NULL));
		return 1;
	case DO_BATCHES:
		console_push(c, view_batches_new(c));
		return 1;
	case DO_SCANS:
		console_push(c, view_scans_new(c));
		return 1;
	case DO_PREVIEW:
		console_push(c, view_staged_new(c));
		return 1;
	case DO_ADD:
		act_add(c, item && item->kind == WORK_MISSING ? item->name : "");
		return 1;
	default:
		if (id != DO_OPEN && id != DO_AGAIN && !act_is(id))
			return 0;
	}
	if (!item) {
		console_say(c, "nothing is left to look at");
	} else if (item->kind == WORK_MISSING) {
		act_on_missing(c, item, id);
	} else if (id == DO_OPEN) {
		console_push(c, view_entry_new(c, item->name));
	} else if (id == DO_AGAIN) {
		live_again(c->live, &item->name, 1);
		console_push(c, view_entry_new(c, item->name));
	} else {
		act_begin(c, id, &item->name, 1);
		if (id == DO_REVIEWED && !((struct reviewing *)v)->loading)
			reload((struct reviewing *)v);
	}
	return 1;
}

static void close_work(struct view *v)
{
	struct reviewing *r = (struct reviewing *)v;

	loop_cancel(v->console->ward->loop, r->loading);
	worklist_free(&r->shown);
	worklist_free(&r->next);
	pane_clear(&r->pane);
	search_clear(&r->search);
	free(r->row);
	free(r);
}

struct view *view_work_new(struct console *c)
{
	static const struct view_ops ops = {.in = IN_WORK,
					    .head = HEAD,
					    .foot = foot,
					    .paint = paint,
					    .act = act,
					    .moved = keep_cursor,
					    .tick = tick,
					    .current = current,
					    .close = close_work};
	struct reviewing *r = mem_alloc(sizeof *r);

	*r = (struct reviewing){.view = {.ops = &ops, .console = c}, .load_began = loop_now()};
	load_slice(r);
	return &r->view;
}
