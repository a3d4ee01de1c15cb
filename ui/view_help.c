/*
 * view_help: the keys, grouped, out of the one table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/command.h"
#include "relay/limit.h"
#include "relay/words.h"
#include "ui/draw.h"
#include "ui/lines.h"
#include "ui/search.h"
#include "ui/view.h"

enum { HEAD = 2, KEYS_WIDTH = 13, WORDS_WIDTH = 13, LIMIT_WIDTH = 20, READY_WIDTH = 7, TWO_FROM = 150 };

struct help {
	struct view view;
	struct lines lines;
	size_t second; /* the first line of what stands on the right of a wide screen */
	struct search search;
};

static void paint_column(const struct help *h, int at, int width, size_t from, size_t to)
{
	const struct list *l = &h->view.list;

	for (size_t i = 0; i < l->height && from + i < to; i++) {
		const char *line = h->lines.line[from + i];

		draw_escaped(HEAD + (int)i, at, width, line, *line == ' ' ? DRAW_PLAIN : DRAW_BOLD);
	}
}

static void paint(struct view *v, int cols)
{
	struct help *h = (struct help *)v;
	int two = cols >= TWO_FROM;

	list_set_count(&v->list, two ? h->second > h->lines.n - h->second ? h->second : h->lines.n - h->second : h->lines.n);
	draw_text(0, 0, cols, "HELP  what the keys do in this view; q goes back, / searches", DRAW_BOLD);
	paint_column(h, 0, two ? cols / 2 - 2 : cols, v->list.top, two ? h->second : h->lines.n);
	if (two)
		paint_column(h, cols / 2, cols / 2, h->second + v->list.top, h->lines.n);
}

static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	const struct help *h = ctx;
	size_t i = lines_find(&h->lines, from, step, needle);

	if (i < h->lines.n && i >= h->view.list.count) /* it stands on the right */
		return i - h->second;
	return i;
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

/* What the `:` line takes; how it is used stands there once it is typed. */
static void add_words(struct str *out)
{
	str_add(out, "\nAt the `:`, where Tab completes\n");
	for (int i = 0; i < N_WORDS; i++)
		str_addf(out, "  %-*s %s\n", WORDS_WIDTH, colon_words[i].name, colon_words[i].help);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].needs & AT_COLON)
			str_addf(out, "  %-*s %.*s\n", WORDS_WIDTH, commands[i].name,
				 (int)strcspn(commands[i].help, ";"), commands[i].help);
}

/* Out of the one table of keys. */
static void add_limits(struct str *out)
{
	char word[80];

	str_add(out, "\nLimits: words are ANDed, - before one negates it\n");
	str_addf(out, "  %-*s %s\n", LIMIT_WIDTH, "*.example", "a name, or without a glob a part of one");
	for (size_t i = 0; limit_key(i); i++) {
		snprintf(word, sizeof word, "%s:%s", limit_key(i), limit_key_value(i));
		str_addf(out, "  %-*s %s\n", LIMIT_WIDTH, word, limit_key_help(i));
	}
}

static void add_ready_words(struct str *out)
{
	str_add(out, "\nREADY: when it may be deleted\n");
	for (size_t i = 0; words_ready_word(i); i++)
		str_addf(out, "  %-*s %s\n", READY_WIDTH, words_ready_word(i), words_ready_help(i));
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
	h->second = 0;
	for (size_t i = 0; i < text.len; i++)
		h->second += text.bytes[i] == '\n';
	h->second++; /* the empty line in between belongs to neither */
	if (in & (IN_ENTRIES | IN_AUDIT))
		add_limits(&text);
	if (in & IN_ENTRIES) {
		add_ready_words(&text);
		str_add(&text,
			"\nAt the left edge\n"
			"  >  the cursor     *  marked     D  staged for deletion\n"
			"  !  mail fails now     ?  held back for a human to look at\n");
	}
	add_words(&text);
	lines_set(&h->lines, &text);
	h->view.list.is_text = 1;
	list_set_count(&h->view.list, h->lines.n);
	return &h->view;
}
