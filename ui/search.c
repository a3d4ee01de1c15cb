#include "ui/search.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ui/view.h"

static void go(struct search *s, int step)
{
	struct view *v = s->view;
	size_t row;

	if (!s->needle) {
		console_say(v->console, "nothing searched for yet; / does");
		return;
	}
	row = s->find(s->ctx, v->list.cursor, step, s->needle);
	if (row >= v->list.count) {
		console_say(v->console, "not found: %s", s->needle);
		return;
	}
	list_go(&v->list, row);
	if (v->ops->moved)
		v->ops->moved(v);
	v->console->dirty = 1;
}

static void on_needle(void *ctx, const char *text)
{
	struct search *s = ctx;

	if (!text || (!*text && !s->needle))
		return;
	if (*text) {
		free(s->needle);
		s->needle = mem_copy_string(text);
	}
	go(s, 1);
}

int search_act(struct search *s, struct view *v, enum key_id id, search_fn *find, void *ctx)
{
	s->view = v;
	s->find = find;
	s->ctx = ctx;
	if (id == DO_SEARCH)
		console_ask(v->console, &(struct question){.kind = PROMPT_TEXT,
							   .label = "/",
							   .history = HISTORY_SEARCH,
							   .answer = on_needle,
							   .ctx = s});
	else if (id == DO_NEXT)
		go(s, 1);
	else if (id == DO_PREVIOUS)
		go(s, -1);
	else
		return 0;
	return 1;
}

void search_clear(struct search *s)
{
	free(s->needle);
	s->needle = NULL;
}
