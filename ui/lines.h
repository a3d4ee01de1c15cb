/*
 * lines: a text cut into lines, for views that are read and not acted on.
 */
#ifndef UI_LINES_H
#define UI_LINES_H

#include <stddef.h>

#include "base/str.h"

struct console;
struct view;

struct lines {
	struct str text;
	char **line;
	size_t n;
};

/* Takes the text over (lines end in LF) and leaves it empty. */
void lines_set(struct lines *l, struct str *text);
void lines_clear(struct lines *l);

/* Adds a line cut at blanks into such of width columns at most; what follows the first stands two columns further to the
 * right than that, so that a table is read all the same.  A longer word is cut behind a comma, or where it has to be. */
void lines_add_wrapped(struct str *out, const char *line, size_t width);

/* The next line behind (step 1) or before (step -1) from that has the needle, any case; n when
 * none has. */
size_t lines_find(const struct lines *l, size_t from, int step, const char *needle);

#endif
