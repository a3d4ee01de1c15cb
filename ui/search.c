#include "ui/search.h"

#include <stdlib.h>

#include "base/loop.h"
#include "base/mem.h"
#include "ops/ward.h"
#include "ui/view.h"

enum { LATER = -1 };

static void on_later(void *ctx);

size_t search_later(struct search *s, size_t from)
{
	s->later = from;
	return (size_t)LATER;
}

void search_stop(struct search *s)
{
	if (s->timer)
		loop_cancel(s->view->console->ward->loop, s->timer);
	s->timer = NULL;
}

static void look(struct search *s, size_t from)
{
	struct view *v = s->view;
	size_t row = s->find(s->ctx, from, s->step, s->needle);

	if (row == (size_t)LATER) {
		s->timer = loop_after(v->console->ward->loop, 0, on_later, s);
		return;
	}
	if (row >= v->list.count) {
		console_say(v->console, "not found: %s", s->needle);
		return;
	}
	list_go(&v->list, row);
	if (v->ops->moved)
		v->ops->moved(v);
	v->console->dirty = 1;
}

static void on_later(void *ctx)
{
	struct search *s = ctx;

	s->timer = NULL;
	look(s, s->later);
}

static void go(struct search *s, int step)
{
	if (!s->needle) {
		console_say(s->view->console, "nothing searched for yet; / does");
		return;
	}
	s->step = step;
	look(s, s->view->list.cursor);
	if (s->timer)
		console_say(s->view->console, "searching; any key breaks it off");
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
	search_stop(s);
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
	search_stop(s);
	free(s->needle);
	s->needle = NULL;
}
