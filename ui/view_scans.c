/*
 * view_scans: the scan that runs, with how far it is, and those before: when, how many, and whether they are trusted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "db/env.h"
#include "db/scans.h"
#include "ops/scan.h"
#include "ops/ward.h"
#include "relay/site.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/view.h"

enum { HEAD = 4, SCANS_MAX = 400, BAR = 40 };

struct scanning {
	struct view view;
	struct scan *scan; /* newest first; its strings are in the arena */
	size_t n;
	struct arena arena;
	uint64_t change;
	/* Of the newest, as of the last tick: */
	enum scan_stand stand;
	char ago[DATE_SIZE];
};

static enum scan_stand stand_of(const struct scanning *v, const struct scan *s)
{
	return scan_stand(s, site_hash(&v->view.console->ward->config.site), date_now());
}

/* A process that dies writes nothing, and neither does the time that passes. */
static void watch_newest(struct scanning *v)
{
	enum scan_stand stand = v->n ? stand_of(v, &v->scan[0]) : SCAN_ENDED;
	char ago[DATE_SIZE];

	date_ago(ago, v->n ? v->scan[0].ended : 0, date_now());
	if (stand != v->stand || strcmp(ago, v->ago) != 0)
		v->view.console->dirty = 1;
	v->stand = stand;
	memcpy(v->ago, ago, sizeof ago);
}

static int keep(void *ctx, const struct scan *s)
{
	struct scanning *v = ctx;

	v->scan[v->n] = *s;
	v->scan[v->n].cause = arena_string(&v->arena, s->cause, strlen(s->cause));
	v->scan[v->n].by = arena_string(&v->arena, s->by, strlen(s->by));
	v->scan[v->n].position = "";
	return ++v->n == SCANS_MAX;
}

static int read_scans(struct scanning *v, struct err *e)
{
	struct db *db = v->view.console->ward->db;
	struct db_txn *txn;
	int rc;

	v->change = db_change(db);
	v->n = 0;
	arena_clear(&v->arena);
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	rc = scan_each(txn, keep, v, e);
	db_abort(txn);
	list_set_count(&v->view.list, v->n);
	watch_newest(v);
	return rc < 0 ? -1 : 0;
}

/* "[########......] 3,102 of 14,012, 310/s, 35 s left"; of one that was cut off how far it came. */
static void paint_progress(const struct scan *s, int is_running, int row, int cols)
{
	char bar[BAR + 3], text[200], done[NUMBER_SIZE], total[NUMBER_SIZE];
	int64_t took = s->touched - s->started;
	int full = s->total ? (int)(s->done * BAR / s->total) : 0;
	size_t used;

	if (full > BAR)
		full = BAR;
	memset(bar, '.', sizeof bar);
	memset(bar + 1, '#', (size_t)full);
	bar[0] = '[';
	bar[BAR + 1] = ']';
	bar[BAR + 2] = '\0';
	used = (size_t)snprintf(text, sizeof text, "%s %s of %s", bar, number_grouped(done, s->done),
				number_grouped(total, s->total));
	if (is_running && took > 0 && s->done > 0 && s->done < s->total)
		snprintf(text + used, sizeof text - used, ", %" PRIu64 "/s, %" PRId64 " s left", s->done / (uint64_t)took,
			 (int64_t)(s->total - s->done) * took / (int64_t)s->done);
	draw_text(row, 0, cols, text, DRAW_PLAIN);
}

static void paint_head(const struct scanning *v, int cols)
{
	const struct scan *s = v->n ? &v->scan[0] : NULL;
	char when[DATE_SIZE], ago[DATE_SIZE];

	if (!s) {
		draw_text(0, 0, cols, "SCANS  none yet", DRAW_BOLD);
	} else if (s->ended) {
		date_ago(ago, s->ended, date_now());
		draw_format(0, 0, DRAW_BOLD, "SCANS  none runs; the last ended %s, %s%s", date_local_minute(when, s->ended), ago,
			    strcmp(ago, "now") ? " ago" : "");
		if (!s->trusted)
			draw_format(1, 0, DRAW_ALERT, "NOT TRUSTED: %s", s->cause);
	} else {
		draw_format(0, 0, DRAW_BOLD, "SCANS  %u by %s %s", s->number, s->by,
			    v->stand == SCAN_RUNS	? "runs"
			    : v->stand == SCAN_TO_GO_ON ? "was cut off; mxward scan goes on with it"
							: "was cut off; mxward scan begins anew");
		paint_progress(s, v->stand == SCAN_RUNS, 1, cols);
	}
}

/* "7 min 20 s" would be longer than it is worth. */
static void add_took(char *out, size_t size, const struct scan *s)
{
	int64_t took = (s->ended ? s->ended : s->touched) - s->started;

	if (took < 0)
		snprintf(out, size, "?");
	else if (took < 120)
		snprintf(out, size, "%" PRId64 " s", took);
	else
		snprintf(out, size, "%" PRId64 " min", took / 60);
}

static void add_outcome(char *out, size_t size, const struct scanning *v, const struct scan *s)
{
	if (!s->ended)
		snprintf(out, size, stand_of(v, s) == SCAN_RUNS ? "runs" : "cut off");
	else if (s->accepted)
		snprintf(out, size, "trusted, accepted by an operator");
	else if (s->trusted)
		snprintf(out, size, "%s", s->limited ? "trusted, of a limit" : "trusted");
	else
		snprintf(out, size, "NOT TRUSTED: %.150s", s->cause);
}

enum { C_NUMBER, C_WHEN, C_TOOK, C_DONE, C_OK, C_MOVED, C_BROKEN, C_ORPHAN, C_UNKNOWN, C_OUTCOME, C_BY, N_COLS };

static void put_right(int row, const struct column *c, const char *text)
{
	if (c->width)
		draw_right(row, c->at + c->width, text, DRAW_PLAIN);
}

static void paint_scan(const struct scanning *v, const struct scan *s, const struct column *c, int row, int is_cursor)
{
	static const enum class classes[] = {CLASS_OK, CLASS_MOVED, CLASS_BROKEN, CLASS_ORPHAN, CLASS_UNKNOWN};
	char text[300], n[NUMBER_SIZE];

	if (is_cursor)
		draw_text(row, 0, 1, ">", DRAW_PLAIN);
	snprintf(text, sizeof text, "%u", s->number);
	draw_text(row, c[C_NUMBER].at, c[C_NUMBER].width, text, is_cursor ? DRAW_CURSOR : DRAW_PLAIN);
	draw_text(row, c[C_WHEN].at, c[C_WHEN].width, date_local_minute(text, s->started), DRAW_PLAIN);
	add_took(text, sizeof text, s);
	put_right(row, &c[C_TOOK], text);
	put_right(row, &c[C_DONE], number_grouped(n, s->done));
	for (int i = 0; i < 5; i++)
		put_right(row, &c[C_OK + i], number_grouped(n, s->count[classes[i]]));
	add_outcome(text, sizeof text, v, s);
	draw_text(row, c[C_OUTCOME].at, c[C_OUTCOME].width, text, s->ended && !s->trusted ? DRAW_ALERT : DRAW_PLAIN);
	draw_text(row, c[C_BY].at, c[C_BY].width, s->by, DRAW_PLAIN);
}

static void paint(struct view *v, int cols)
{
	struct scanning *s = (struct scanning *)v;
	struct column c[N_COLS] = {
		[C_NUMBER] = {.head = "SCAN", .min = 4, .want = 6},
		[C_WHEN] = {.head = "BEGAN", .min = 16, .want = 16},
		[C_TOOK] = {.head = "TOOK", .min = 6, .want = 7, .drop = 3},
		[C_DONE] = {.head = "ASKED", .min = 7, .want = 9, .drop = 1},
		[C_OK] = {.head = "FINE", .min = 6, .want = 9, .drop = 5},
		[C_MOVED] = {.head = "MOVED", .min = 6, .want = 8, .drop = 6},
		[C_BROKEN] = {.head = "BROKEN", .min = 6, .want = 8, .drop = 7},
		[C_ORPHAN] = {.head = "ORPHAN", .min = 6, .want = 8, .drop = 2},
		[C_UNKNOWN] = {.head = "SILENT", .min = 6, .want = 8, .drop = 4},
		[C_OUTCOME] = {.head = "OUTCOME", .min = 20, .want = 60, .grows = 1},
		[C_BY] = {.head = cols < 110 ? "" : "BY", .min = cols < 110 ? 0 : 12, .want = cols < 110 ? 0 : 16},
	};

	columns_fit(c, N_COLS, 2, cols, 1);
	paint_head(s, cols);
	for (int i = 0; i < N_COLS && s->n; i++)
		if (i >= C_TOOK && i <= C_UNKNOWN)
			put_right(3, &c[i], c[i].head);
		else if (c[i].width)
			draw_text(3, c[i].at, c[i].width, c[i].head, DRAW_PLAIN);
	if (s->n == 0)
		draw_text(HEAD, 2, cols - 2, "no scan yet: mxward scan makes one; a timer makes one every night", DRAW_PLAIN);
	for (size_t i = v->list.top; i < s->n && i < v->list.top + v->list.height; i++)
		paint_scan(s, &s->scan[i], c, HEAD + (int)(i - v->list.top), i == v->list.cursor);
}

/* The cursor belongs to a scan: a newer one above it moves the row. */
static void tick(struct view *v)
{
	struct scanning *s = (struct scanning *)v;
	uint32_t number;
	struct err e;

	watch_newest(s);
	if (s->change == db_change(v->console->ward->db))
		return;
	number = s->n ? s->scan[v->list.cursor].number : 0;
	if (read_scans(s, &e) != 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->scan[i].number == number)
			list_follow(&v->list, i);
	v->console->dirty = 1;
}

static void close_scans(struct view *v)
{
	struct scanning *s = (struct scanning *)v;

	arena_clear(&s->arena);
	free(s->scan);
	free(s);
}

struct view *view_scans_new(struct console *c)
{
	static const struct view_ops ops = {.in = IN_SCANS, .head = HEAD, .paint = paint, .tick = tick, .close = close_scans};
	struct scanning *s = mem_alloc(sizeof *s);
	struct err e;

	*s = (struct scanning){.view = {.ops = &ops, .console = c}, .scan = mem_array(NULL, SCANS_MAX, sizeof *s->scan)};
	if (read_scans(s, &e) != 0) {
		console_fail(c, &e);
		close_scans(&s->view);
		return NULL;
	}
	return &s->view;
}
