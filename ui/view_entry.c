/*
 * view_entry: one entry explained, with what DNS says of it now; beside it, where the screen is wide, what was.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "relay/name.h"
#include "ui/act.h"
#include "ui/draw.h"
#include "ui/explain.h"
#include "ui/live.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 1 };

struct detail {
	struct view view;
	char name[NAME_SIZE];
	struct explained text;
	struct search search;
};

static void paint(struct view *v, int cols)
{
	struct detail *d = (struct detail *)v;
	const char *state = "";
	int flags = staged_get(&v->console->staged, d->name);

	explain_read(&d->text, v->console, d->name, cols); /* anew for each frame: others change entries too */
	list_set_count(&v->list, explain_lines(&d->text));
	if (flags & STAGED_DELETE)
		state = "D staged for deletion";
	else if (live_is_asking(v->console->live, d->name))
		state = "asking DNS";
	draw_text(0, 0, cols, "ENTRY", DRAW_BOLD);
	draw_right(0, cols - 1, state, DRAW_PLAIN);
	live_rest(v->console->live, (const char *const[]){d->name}, 1);
	explain_paint(&d->text, HEAD, (int)v->list.height, v->list.top);
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	return explain_find(&((struct detail *)ctx)->text, from, step, needle);
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
	default:
		if (!act_is(id))
			return 0;
		act_begin(v->console, id, names, 1);
		return 1;
	}
}

static const char *current(struct view *v)
{
	return ((struct detail *)v)->name;
}

static void close_entry(struct view *v)
{
	struct detail *d = (struct detail *)v;

	explain_clear(&d->text);
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
