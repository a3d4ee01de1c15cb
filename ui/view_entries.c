#include "ui/view_entries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "ui/save.h"

enum { SLICE_MS = 3, LOOK_AT = 5000, NAMES_MAX = 100 };

static void keep_cursor(struct entries *v)
{
	struct row row;

	if (v->view.list.count == 0)
		return;
	rows_get(v->rows, v->view.list.cursor, &row);
	snprintf(v->cursor, sizeof v->cursor, "%s", row.name);
}

void entries_current(struct entries *v, struct row *out)
{
	rows_get(v->rows, v->view.list.count ? v->view.list.cursor : SIZE_MAX, out);
}

/* Onto the entry it belongs to. */
static void put_cursor_back(struct entries *v)
{
	struct list *l = &v->view.list;
	int exact;

	l->count = rows_count(v->rows);
	if (v->cursor[0])
		list_follow(l, rows_find(v->rows, v->cursor, &exact));
	else
		list_set_count(l, l->count);
	if (!v->cursor[0])
		keep_cursor(v);
	v->version = rows_version(v->rows);
	v->view.console->counter_waits = 0;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

uint64_t entries_sight(struct entries *v)
{
	const struct list *l = &v->view.list;
	uint64_t h = mix(14695981039346656037u, &l->count, sizeof l->count);

	h = mix(h, &l->cursor, sizeof l->cursor);
	h = mix(h, &v->summary.total, sizeof v->summary.total);
	for (size_t i = l->top; i < l->count && i < l->top + l->height; i++) {
		struct row row;

		rows_get(v->rows, i, &row);
		h = mix(h, row.name, strlen(row.name) + 1);
		h = mix(h, row.customer, strlen(row.customer) + 1);
		h = mix(h, &row.verdict, sizeof row.verdict);
		h = mix(h, &row.state, sizeof row.state);
		h = mix(h, &row.pin, sizeof row.pin);
		h = mix(h, &row.browned, sizeof row.browned);
		h = mix(h, &row.since, sizeof row.since);
		h = mix(h, &row.may_from, sizeof row.may_from);
		h = mix(h, &row.mail, sizeof row.mail);
	}
	return h;
}

int entries_set_limit(struct entries *v, const char *text, struct err *e, size_t *place)
{
	struct limit *limit = NULL, *old = v->limit;

	if (text[strspn(text, " ")] && limit_parse(&limit, text, e, place) != 0)
		return -1;
	rows_set_limit(v->rows, limit);
	v->limit = limit;
	limit_free(old);
	snprintf(v->limit_text, sizeof v->limit_text, "%s", limit ? text : "");
	entries_work(v);
	return 0;
}

/* --- reading --- */

/* Which columns there are and how wide that of the names has to be: of all entries, so that no limit moves them, and by
 * a sample, since a million rows are not to be walked for it. */
static void measure(struct entries *v)
{
	size_t n = rows_total(v->rows), step = n / LOOK_AT + 1;
	struct row row;

	for (size_t i = 0; i < n; i += step) {
		int len;

		rows_get_of_all(v->rows, i, &row);
		len = (int)strlen(row.name);
		if (len > v->known.longest)
			v->known.longest = len;
		v->known.has_customers |= row.customer[0] != '\0';
		v->known.has_mail |= row.mail.msgs >= 0;
	}
}

static void summarize(struct entries *v)
{
	rows_summary(v->rows, &v->summary);
	measure(v);
}

/* Lays the list over rows that came, went or changed; what nobody sees of it is not painted. */
static void follow(struct entries *v)
{
	struct console *c = v->view.console;

	if (rows_version(v->rows) == v->version)
		return;
	put_cursor_back(v);
	if (!rows_is_loaded(v->rows) && c->painted) /* the first rows at once, progress now and then */
		console_paint_soon(c);
	else if (entries_sight(v) != v->painted)
		c->dirty = 1;
}

static void on_time_to_work(void *ctx)
{
	struct entries *v = ctx;

	v->loading = NULL;
	entries_work(v);
}

/* One slice a turn of the loop, so that keys are answered in between. */
void entries_work(struct entries *v)
{
	struct console *c = v->view.console;
	struct err e;
	int rc = rows_load(v->rows, c->ward->db, SLICE_MS, &e);

	loop_cancel(c->ward->loop, v->loading);
	v->loading = NULL;
	if (rc < 0) {
		if (!v->is_unreadable) /* it is tried again with each tick; said once, it hides no other message */
			console_fail(c, &e);
		v->is_unreadable = 1;
		follow(v);
		return;
	}
	v->is_unreadable = 0;
	if (rc == 0) {
		v->loading = loop_after(c->ward->loop, 0, on_time_to_work, v);
	} else if (v->load_began) {
		v->reload_due = loop_now() + 10 * (loop_now() - v->load_began);
		v->load_began = 0;
		summarize(v);
	}
	if (!v->known.longest) /* for the first frame by what is there already */
		measure(v);
	follow(v);
}

/* What others did: at once where they left a record of it or where it is in sight, the rest by reading all
 * again, now and then. */
static void tick(struct view *view)
{
	struct entries *v = (struct entries *)view;
	struct console *c = view->console;
	uint64_t change = db_change(c->ward->db);
	struct err e;
	int rc = 1;

	entries_scan_watch(v);
	if (change != v->caught_up) {
		v->caught_up = change;
		rc = rows_catch_up(v->rows, c->ward->db, view->list.top, view->list.height, &e);
		if (rc < 0) {
			console_fail(c, &e);
			return;
		}
		if (rows_version(v->rows) != v->version)
			summarize(v);
	}
	if (rows_is_stale(v->rows, c->ward->db) && (rc == 0 || loop_now() >= v->reload_due)) {
		v->load_began = loop_now();
		rows_reload(v->rows);
	}
	if (!v->loading)
		entries_work(v);
}

static void moved(struct view *view)
{
	struct entries *v = (struct entries *)view;

	search_stop(&v->search);
	keep_cursor(v);
}

static void close_entries(struct view *view)
{
	struct entries *v = (struct entries *)view;

	loop_cancel(view->console->ward->loop, v->loading);
	entries_stop_marking(v);
	rows_free(v->rows);
	limit_free(v->limit);
	search_clear(&v->search);
	pane_clear(&v->pane);
	free(v);
}

/* --- for the others --- */

void view_entries_limit(struct view *view, const char *text)
{
	struct entries *v = (struct entries *)view;
	struct err e;

	if (entries_set_limit(v, text, &e, NULL) != 0)
		console_fail(view->console, &e);
}

const char *view_entries_current(struct view *view)
{
	struct row row;

	entries_current((struct entries *)view, &row);
	return row.name;
}

void view_entries_save(struct view *view, const char *path)
{
	struct entries *v = (struct entries *)view;
	char shown[200];
	struct err e;

	if (!rows_is_loaded(v->rows))
		console_alert(view->console, "the entries are still being read; try again in a moment");
	else if (save_rows(view->console->ward, v->rows, path, &e) != 0)
		console_fail(view->console, &e);
	else
		console_say(view->console, "%zu entr%s saved to %s", rows_count(v->rows), rows_count(v->rows) == 1 ? "y" : "ies",
			    escape(shown, sizeof shown, path, strlen(path)));
}

void view_entries_each_name(struct view *view, const char *prefix, void (*fn)(void *ctx, const char *name), void *ctx)
{
	struct entries *v = (struct entries *)view;
	size_t n = rows_count(v->rows), len = strlen(prefix), found = 0;
	struct row row;

	for (size_t i = 0; i < n && found < NAMES_MAX; i++) {
		rows_get(v->rows, i, &row);
		if (strncmp(row.name, prefix, len) == 0) {
			fn(ctx, row.name);
			found++;
		}
	}
}

int view_entries_has(struct view *view, const char *name)
{
	struct db_txn *txn;
	struct entry entry;
	struct err e;
	int got;

	if (db_begin_read(&txn, view->console->ward->db, &e) != 0)
		return 0;
	got = entry_get(txn, name, NULL, &entry, &e);
	db_abort(txn);
	return got == 1;
}

struct view *view_entries_new(struct console *c, const char *limit)
{
	static const struct view_ops ops = {.in = IN_ENTRIES,
					    .head = ENTRIES_HEAD,
					    .foot = entries_foot,
					    .paint = entries_paint,
					    .act = entries_act,
					    .moved = moved,
					    .tick = tick,
					    .hints = entries_hints,
					    .status = entries_status,
					    .close = close_entries};
	struct entries *v = mem_alloc(sizeof *v);

	*v = (struct entries){.view = {.ops = &ops, .console = c}, .rows = rows_new(&c->ward->config), .load_began = loop_now()};
	if (!c->ward->config.restricted)
		entries_columns_load(&v->widths);
	entries_scan_watch(v);
	if (limit && *limit)
		view_entries_limit(&v->view, limit);
	/* The first slice before the first frame: what is there is seen at once. */
	entries_work(v);
	return &v->view;
}
