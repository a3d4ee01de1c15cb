/*
 * pane: the explanation of the entry under the cursor, below a list, where the screen is large enough for both.
 *
 * It follows the cursor once that rests: on its way it would cost a screenful a key.
 */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "ui/explain.h"

struct console;

struct pane {
	struct explained text;
	int is_due; /* with the next frame, or it is there */
};

/* Lines it takes of a screen; 0 where there is no room, or nothing to explain. */
int pane_height(int rows, int cols, size_t count);

/* name is the entry, "" for none. */
void pane_paint(struct pane *p, struct console *c, const char *name, int rows, int cols, int height);
void pane_clear(struct pane *p);

#endif
