#include "ui/view_entries.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/scans.h"
#include "ops/nights.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "ui/columns.h"

enum { SLICE_MS = 8, LOOK_AT = 5000, NAMES_MAX = 100 };

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

void entries_follow(struct entries *v)
{
	struct list *l = &v->view.list;
	int exact;

	l->count = rows_count(v->rows);
	if (v->cursor[0])
		list_follow(l, rows_find(v->rows, v->cursor, &exact));
	else
		list_set_count(l, l->count);
	v->view.console->counter_waits = 0;
	v->view.console->dirty = 1;
}

int entries_set_limit(struct entries *v, const char *text, struct err *e)
{
	struct limit *limit = NULL, *old = v->limit;
	int rc;

	if (text[strspn(text, " ")] && limit_parse(&limit, text, e, NULL) != 0)
		return -1;
	rc = rows_set_limit(v->rows, v->view.console->ward->db, limit, e);
	v->limit = limit;
	limit_free(old);
	snprintf(v->limit_text, sizeof v->limit_text, "%s", limit ? text : "");
	entries_follow(v);
	return rc;
}

/* --- reading --- */

/* How many of the last nights are missing, where any is. */
static void describe_nights(char *out, size_t size, const struct nights *n)
{
	out[0] = '\0';
	if (n->trusted < n->nights)
		snprintf(out, size, ", %u/%u nights", n->trusted, n->nights);
}

static void describe_scan(struct entries *v, const struct scan *s, const char *nights)
{
	char when[DATE_SIZE], ago[DATE_SIZE], done[COLUMNS_NUMBER], total[COLUMNS_NUMBER];
	int64_t now = date_now();

	columns_number(done, s->done);
	columns_number(total, s->total);
	if (!s->ended) {
		int gone = s->pid > 0 && kill(s->pid, 0) != 0 && errno == ESRCH;

		snprintf(v->scan, sizeof v->scan, "scan %s%s/%s", gone ? "cut off at " : "",
			 done, total);
		return;
	}
	date_local_minute(when, s->ended);
	date_ago(ago, s->ended, now);
	/* The day stands in "ago" already once it is another one. */
	snprintf(v->scan, sizeof v->scan, "scan %.16s%s, %s%s%s", strlen(when) > 11 ? when + 11 : when,
		 s->trusted ? "" : " NOT TRUSTED", ago, strcmp(ago, "now") ? " ago" : "", nights);
}

static void read_scan(struct entries *v)
{
	struct arena arena = {0};
	struct nights nights;
	struct db_txn *txn;
	struct scan scan;
	char text[32];
	struct err e;
	int got;

	if (db_begin_read(&txn, v->view.console->ward->db, &e) != 0)
		return;
	got = scan_last(txn, &arena, &scan, &e);
	if (got == 1 && nights_read(&nights, txn, date_now(), &e) == 0) {
		describe_nights(text, sizeof text, &nights);
		describe_scan(v, &scan, text);
	} else if (got == 0)
		snprintf(v->scan, sizeof v->scan, "never scanned: mxward scan");
	db_abort(txn);
	arena_clear(&arena);
}

/* How wide the column of names has to be, by a sample: a million rows are not to be walked for
 * it. */
static void measure_names(struct entries *v)
{
	size_t n = rows_count(v->rows), step = n / LOOK_AT + 1;
	struct row row;

	for (size_t i = 0; i < n; i += step) {
		int len;

		rows_get(v->rows, i, &row);
		len = (int)strlen(row.name);
		if (len > v->longest)
			v->longest = len;
	}
}

static void load_slice(void *ctx);

static void load_soon(struct entries *v)
{
	if (!v->loading)
		v->loading = loop_after(v->view.console->ward->loop, 0, load_slice, v);
}

/* One slice a turn of the loop, so that keys are answered in between. */
static void load_slice(void *ctx)
{
	struct entries *v = ctx;
	struct console *c = v->view.console;
	int rc, was_dirty = c->dirty;
	struct err e;

	v->loading = NULL;
	rc = rows_load(v->rows, c->ward->db, SLICE_MS, &e);
	if (rc < 0) {
		console_fail(c, &e);
		return;
	}
	if (rc == 0) {
		load_soon(v);
		if (v->summary.total) /* read once already: that stays on the screen until the
					 new is whole */
			return;
	} else {
		v->reload_due = loop_now() + 10 * (loop_now() - v->load_began);
		rows_summary(v->rows, &v->summary);
		measure_names(v);
		read_scan(v);
	}
	entries_follow(v);
	if (!v->cursor[0])
		keep_cursor(v);
	if (rc == 0 && c->painted) { /* the first rows at once, progress now and then */
		c->dirty = was_dirty;
		console_paint_soon(c);
	}
}

static void tick(struct view *view)
{
	struct entries *v = (struct entries *)view;
	struct console *c = view->console;

	if (loop_now() < v->reload_due || !rows_is_stale(v->rows, c->ward->db))
		return;
	v->load_began = loop_now();
	rows_reload(v->rows);
	load_soon(v);
}

static void moved(struct view *view)
{
	keep_cursor((struct entries *)view);
}

static void close_entries(struct view *view)
{
	struct entries *v = (struct entries *)view;

	loop_cancel(view->console->ward->loop, v->loading);
	rows_free(v->rows);
	limit_free(v->limit);
	search_clear(&v->search);
	free(v);
}

/* --- for the others --- */

void view_entries_limit(struct view *view, const char *text)
{
	struct entries *v = (struct entries *)view;
	struct err e;

	if (entries_set_limit(v, text, &e) != 0)
		console_fail(view->console, &e);
}

const char *view_entries_current(struct view *view)
{
	struct row row;

	entries_current((struct entries *)view, &row);
	return row.name;
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
					    .paint = entries_paint,
					    .act = entries_act,
					    .moved = moved,
					    .tick = tick,
					    .status = entries_status,
					    .close = close_entries};
	struct entries *v = mem_alloc(sizeof *v);

	*v = (struct entries){.view = {.ops = &ops, .console = c}, .rows = rows_new(&c->ward->config), .load_began = loop_now()};
	read_scan(v);
	if (limit && *limit)
		view_entries_limit(&v->view, limit);
	/* The first slice before the first frame: what is there is seen at once. */
	load_slice(v);
	return &v->view;
}
