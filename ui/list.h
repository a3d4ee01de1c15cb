/*
 * list: which of many rows are on the screen and which one the cursor is on.
 *
 * Knows only how many there are, never what they are; no curses.  A text to be read is a list
 * without a cursor of its own: the cursor is then the first line shown, and moving scrolls.
 */
#ifndef UI_LIST_H
#define UI_LIST_H

#include <stddef.h>

struct list {
	size_t count, top, cursor;
	size_t height; /* rows on the screen, at least 1 once list_set_height() was called */
	int is_text;
};

void list_set_count(struct list *l, size_t count);
void list_set_height(struct list *l, size_t height);

/* Moves the cursor and scrolls no further than needed. */
void list_go(struct list *l, size_t row);
void list_move(struct list *l, long by);

/* A page moves what is shown as a whole, the cursor stays on its line of the screen. */
void list_page(struct list *l, long pages);
void list_half(struct list *l, long halves);

/* Moves the cursor to row and keeps it on the line of the screen that it had, if that can be:
 * for lists whose rows changed under it. */
void list_follow(struct list *l, size_t row);

#endif
