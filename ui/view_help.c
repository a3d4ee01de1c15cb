/*
 * view_help: the keys, grouped, out of the one table.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ui/draw.h"
#include "ui/lines.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 2, KEYS_WIDTH = 18 };

struct help {
	struct view view;
	struct lines lines;
	struct search search;
};

static void paint(struct view *v, int cols)
{
	struct help *h = (struct help *)v;
	const struct list *l = &v->list;

	draw_text(0, 0, cols, "HELP  keys of this view; q goes back, / searches", DRAW_BOLD);
	for (size_t i = 0; i < l->height && l->top + i < h->lines.n; i++) {
		const char *line = h->lines.line[l->top + i];

		draw_text(HEAD + (int)i, 0, cols, line, *line == ' ' ? DRAW_PLAIN : DRAW_BOLD);
	}
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	return lines_find(&((struct help *)ctx)->lines, from, step, needle);
}

static int act(struct view *v, enum key_id id)
{
	struct help *h = (struct help *)v;

	return search_act(&h->search, v, id, find, h);
}

static void close_help(struct view *v)
{
	struct help *h = (struct help *)v;

	lines_clear(&h->lines);
	search_clear(&h->search);
	free(h);
}

static void add_group(struct str *out, enum key_group group, unsigned in)
{
	int any = 0;

	for (int i = 0; i < N_KEYS; i++) {
		const struct key_binding *b = &key_bindings[i];

		if (b->group != group || !(b->views & in))
			continue;
		if (!any)
			str_addf(out, "%s%s\n", out->len ? "\n" : "", key_group_names[group]);
		any = 1;
		str_addf(out, "  %-*s %s\n", KEYS_WIDTH, b->keys, b->help);
	}
}

struct view *view_help_new(struct console *c, unsigned in)
{
	static const struct view_ops ops = {
		.in = IN_HELP, .head = HEAD, .paint = paint, .act = act, .close = close_help};
	struct help *h = mem_alloc(sizeof *h);
	struct str text = {0};

	*h = (struct help){.view = {.ops = &ops, .console = c}};
	for (int group = 0; group < N_KEY_GROUPS; group++)
		add_group(&text, (enum key_group)group, in);
	if (in & IN_ENTRIES)
		str_add(&text,
			"\nLimits (l, T, ^T): words are ANDed, - before one negates it\n"
			"  part-of-name  *.example  class:orphan  reason:ORPHAN_OFFNET  "
			"state:deletable\n"
			"  ready:yes  customer:C-1042  mx:*.google.com  pinned:no  since:>30d\n"
			"  notice:expired  flag:H_NEAR_MISS\n"
			"\nAt the left edge\n"
			"  >  the cursor     *  marked     D  staged for deletion\n"
			"  !  mail fails now     ?  held back for a human to look at\n");
	lines_set(&h->lines, &text);
	h->view.list.is_text = 1;
	list_set_count(&h->view.list, h->lines.n);
	return &h->view;
}
