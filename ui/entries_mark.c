/*
 * entries_mark: marks by limit, part of view_entries: a long list slice by slice, while no other
 * key of the list does anything, so that no command meets half of the marks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "ui/view_entries.h"

enum { SLICE_MS = 5 };

struct marking {
	struct limit *limit;
	int mark;
	size_t at;	  /* rows looked at */
	size_t before;	  /* how many were marked */
	uint64_t version; /* of the rows: when they change it begins again */
	struct loop_timer *timer;
};

static void mark_row(void *ctx, const struct row *row)
{
	struct entries *v = ctx;
	struct staged *staged = &v->view.console->staged;

	if (v->marking->mark)
		staged_set(staged, row->name, STAGED_MARK);
	else
		staged_unset(staged, row->name, STAGED_MARK);
}

void entries_stop_marking(struct entries *v)
{
	struct marking *m = v->marking;

	if (!m)
		return;
	v->marking = NULL;
	loop_cancel(v->view.console->ward->loop, m->timer);
	limit_free(m->limit);
	free(m);
}

/* How many are marked or unmarked now that were not. */
static size_t changed(const struct entries *v)
{
	const struct marking *m = v->marking;
	size_t now = v->view.console->staged.marked;

	return now > m->before ? now - m->before : m->before - now;
}

static void work(void *ctx)
{
	struct entries *v = ctx;
	struct console *c = v->view.console;
	struct marking *m = v->marking;
	struct err e;
	int rc;

	m->timer = NULL;
	if (m->version != rows_version(v->rows)) {
		m->version = rows_version(v->rows);
		m->at = 0;
	}
	rc = rows_sweep(v->rows, c->ward->db, m->limit, &m->at, SLICE_MS, mark_row, v, &e);
	if (rc == 0) {
		m->timer = loop_after(c->ward->loop, 0, work, v);
		return;
	}
	if (rc < 0)
		console_fail(c, &e);
	else
		console_say(c, "%zu %s, %zu marked in all", changed(v), m->mark ? "marked" : "unmarked", c->staged.marked);
	entries_stop_marking(v);
}

/* All that is visible and that this limit takes as well. */
void entries_mark(struct entries *v, const char *limit, int mark)
{
	struct console *c = v->view.console;
	struct limit *parsed;
	struct err e;

	if (limit_parse(&parsed, limit, &e, NULL) != 0) {
		console_fail(c, &e);
		return;
	}
	entries_stop_marking(v);
	v->marking = mem_alloc(sizeof *v->marking);
	*v->marking = (struct marking){.limit = parsed, .mark = mark, .before = c->staged.marked, .version = rows_version(v->rows)};
	work(v);
	if (v->marking)
		console_say(c, "marking; ^G breaks it off");
}

int entries_is_marking(struct entries *v)
{
	if (!v->marking)
		return 0;
	console_say(v->view.console, "still marking, %zu so far; ^G breaks it off", changed(v));
	return 1;
}
