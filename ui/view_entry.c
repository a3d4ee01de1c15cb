/*
 * view_entry: one entry explained, with what DNS says of it now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "ops/show.h"
#include "relay/name.h"
#include "ui/act.h"
#include "ui/draw.h"
#include "ui/lines.h"
#include "ui/live.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 1, WIDTH_MAX = 120 };

struct detail {
	struct view view;
	char name[NAME_SIZE];
	struct lines lines;
	struct search search;
};

static void make_lines(struct detail *d, int cols)
{
	struct console *c = d->view.console;
	struct str text = {0};
	struct err e;

	if (show_text(&text, c->ward, d->name, live_get(c->live, d->name),
		      live_each(c->live, d->name), cols < WIDTH_MAX ? cols - 1 : WIDTH_MAX,
		      &e) != 0) {
		str_truncate(&text, 0);
		str_addf(&text, "%s\n", e.text);
	}
	lines_set(&d->lines, &text);
	list_set_count(&d->view.list, d->lines.n);
}

static void paint(struct view *v, int cols)
{
	static const char written[] = "written ";
	struct detail *d = (struct detail *)v;
	const char *state = "";
	int flags = staged_get(&v->console->staged, d->name);

	make_lines(d, cols); /* anew for each frame: others change entries too */
	if (flags & STAGED_DELETE)
		state = "D staged for deletion";
	else if (live_is_asking(v->console->live, d->name))
		state = "asking DNS";
	draw_text(0, 0, cols, "ENTRY", DRAW_BOLD);
	draw_right(0, cols - 1, state, DRAW_PLAIN);
	live_rest(v->console->live, (const char *const[]){d->name}, 1);
	for (size_t i = 0; i < v->list.height && v->list.top + i < d->lines.n; i++) {
		const char *line = d->lines.line[v->list.top + i];
		int row = HEAD + (int)i;

		if (strncmp(line, written, sizeof written - 1) == 0) {
			/* The U-label: made anew from the name by the one function that may. */
			draw_text(row, 0, cols, written, DRAW_PLAIN);
			draw_unicode(row, sizeof written - 1, cols - (int)sizeof written,
				     d->name);
			continue;
		}
		draw_text(row, 0, cols, line, v->list.top + i == 0 ? DRAW_BOLD : DRAW_PLAIN);
	}
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	return lines_find(&((struct detail *)ctx)->lines, from, step, needle);
}

static int act(struct view *v, enum key_id id)
{
	struct detail *d = (struct detail *)v;
	const char *names[] = {d->name};

	if (search_act(&d->search, v, id, find, d))
		return 1;
	switch (id) {
	case DO_FOCUS:
		console_pop(v->console);
		return 1;
	case DO_AGAIN:
		live_again(v->console->live, names, 1);
		return 1;
	case DO_AUDIT:
		console_push(v->console, view_audit_new(v->console, d->name));
		return 1;
	case DO_WORKLIST:
		console_push(v->console, view_work_new(v->console));
		return 1;
	case DO_PREVIEW:
		console_push(v->console, view_staged_new(v->console));
		return 1;
	case DO_STAGE:
	case DO_UNSTAGE:
	case DO_PIN:
	case DO_UNPIN:
	case DO_NOTICE:
	case DO_EDIT:
	case DO_REVIEWED:
		act_begin(v->console, id, names, 1);
		return 1;
	default:
		return 0;
	}
}

static const char *current(struct view *v)
{
	return ((struct detail *)v)->name;
}

static void close_entry(struct view *v)
{
	struct detail *d = (struct detail *)v;

	lines_clear(&d->lines);
	search_clear(&d->search);
	free(d);
}

struct view *view_entry_new(struct console *c, const char *name)
{
	static const struct view_ops ops = {
		.in = IN_ENTRY, .head = HEAD, .paint = paint, .act = act, .current = current, .close = close_entry};
	struct detail *d = mem_alloc(sizeof *d);

	*d = (struct detail){.view = {.ops = &ops, .console = c}};
	snprintf(d->name, sizeof d->name, "%s", name);
	d->view.list.is_text = 1;
	return &d->view;
}
