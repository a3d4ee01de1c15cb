/*
 * columns: how wide each column is, and text cut to it.
 *
 * Pure.  What a row loses on a narrow screen is decided here once: first the columns that may
 * go, then what is above the least width of each.  A text that was cut ends in `~`.
 */
#ifndef UI_COLUMNS_H
#define UI_COLUMNS_H

#include <stddef.h>

struct column {
	const char *head;
	int min, want; /* least and best width */
	int drop;      /* 0 never; else the higher, the earlier it is left out */
	int grows;     /* takes what is left over at the end */
	int at, width; /* out: first column on the screen and width; width 0: left out */
};

/* Lays n columns out between from and to (exclusive), gap blanks between two. */
void columns_fit(struct column *c, size_t n, int from, int to, int gap);

/* The text, escaped, at most width long. */
char *columns_cut(char *out, size_t size, const char *text, int width);

#endif
