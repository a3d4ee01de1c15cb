/*
 * view_text: a text to be read: what a command of the `:` line printed, an audit record in full, the names of a batch.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "ui/draw.h"
#include "ui/lines.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 2 };

struct reading {
	struct view view;
	char title[200];
	struct lines text, lines; /* as it came, and cut for so many columns */
	int cols;
	struct search search;
};

static void wrap(struct reading *r, int cols)
{
	struct str all = {0};

	for (size_t i = 0; i < r->text.n; i++)
		lines_add_wrapped(&all, r->text.line[i], (size_t)cols);
	lines_set(&r->lines, &all);
	r->cols = cols;
	list_set_count(&r->view.list, r->lines.n);
}

static void paint(struct view *v, int cols)
{
	struct reading *r = (struct reading *)v;
	const struct list *l = &v->list;

	if (cols != r->cols)
		wrap(r, cols);
	draw_text(0, 0, cols, r->title, DRAW_BOLD);
	for (size_t i = 0; i < l->height && l->top + i < r->lines.n; i++)
		draw_escaped(HEAD + (int)i, 0, cols, r->lines.line[l->top + i], DRAW_PLAIN);
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	return lines_find(&((struct reading *)ctx)->lines, from, step, needle);
}

static int act(struct view *v, enum key_id id)
{
	struct reading *r = (struct reading *)v;

	return search_act(&r->search, v, id, find, r);
}

static void close_text(struct view *v)
{
	struct reading *r = (struct reading *)v;

	lines_clear(&r->text);
	lines_clear(&r->lines);
	search_clear(&r->search);
	free(r);
}

struct view *view_text_new(struct console *c, const char *title, struct str *text)
{
	static const struct view_ops ops = {
		.in = IN_OUTPUT, .head = HEAD, .paint = paint, .act = act, .close = close_text};
	struct reading *r = mem_alloc(sizeof *r);

	*r = (struct reading){.view = {.ops = &ops, .console = c}};
	snprintf(r->title, sizeof r->title, "%s", title);
	lines_set(&r->text, text);
	r->view.list.is_text = 1;
	wrap(r, draw_cols());
	return &r->view;
}
