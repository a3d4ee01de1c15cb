/*
 * shorten: the bytes that ncurses writes for one picture of the screen, without those that say nothing.
 *
 * Pure.  On a slow line every byte is time.  It follows where the cursor is, how letters look and which lines scroll:
 * a scroll region is left set, since the next key at the edge needs it again, until something comes that it would
 * change.  A sequence that it does not know makes it forget what it knew, never guess.
 */
#ifndef UI_SHORTEN_H
#define UI_SHORTEN_H

#include <stddef.h>

struct str;

struct shorten {
	int rows, cols;	  /* of the screen; kept up to date by the owner */
	int has_columns;  /* the terminal has hpa and vpa as ECMA-48 writes them */
	int keeps_region; /* ... and csr, ind, ri and the end of a line as a VT100: a scroll region may stay */
	int list_top, list_bottom; /* the lines that are likely to scroll, from 1; 0: none */
	int top, bottom;  /* the lines that scroll, from 1; top 0: all */
	int row, col;	  /* of the cursor, from 1; 0: not known; col cols + 1: behind the last letter of a line */
	int is_plain;	  /* letters are known to have no attributes */
};

/* Shortens what stands behind byte `from`. */
void shorten_frame(struct shorten *s, struct str *out, size_t from);

/* The terminal may not be as it was left: nothing is known but the region, which goes when the screen is cleared. */
void shorten_forget(struct shorten *s);

/* Before the terminal is given away: all lines scroll again, and the cursor is anywhere. */
void shorten_end(struct shorten *s, struct str *out);

#endif
