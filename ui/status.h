/*
 * status: the two lines at the foot: position, marks, limit and keys; below it a message or a
 * question.
 */
#ifndef UI_STATUS_H
#define UI_STATUS_H

struct console;

/* Lines that they take: more than two while a message is longer. */
int status_height(struct console *c, int rows, int cols);

/* Paints both and puts the cursor where it belongs. */
void status_paint(struct console *c, int rows, int cols);

/* A short form when the screen is too small for anything else. */
void status_paint_small(struct console *c, int rows, int cols);

#endif
