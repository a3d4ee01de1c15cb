/*
 * explain: the explanation of an entry (ops/show.h) on the screen: what is, and what was below or beside it.
 */
#ifndef UI_EXPLAIN_H
#define UI_EXPLAIN_H

#include <stddef.h>

#include "relay/name.h"
#include "ui/lines.h"

struct console;

struct explained {
	char name[NAME_SIZE];
	struct lines present, past; /* past is empty where both stand below one another */
	int past_at;		    /* its column */
};

/* Reads it anew, with the live answer where there is one; a failure is its text. */
void explain_read(struct explained *x, struct console *c, const char *name, int cols);
size_t explain_lines(const struct explained *x);

/* Paints its lines from `from` on, height of them at most, onto row and those below. */
void explain_paint(const struct explained *x, int row, int height, size_t from);

/* As lines_find(), in both. */
size_t explain_find(const struct explained *x, size_t from, int step, const char *needle);
void explain_clear(struct explained *x);

#endif
