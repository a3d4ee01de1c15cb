/*
 * console_inner: what the files of the console know of one another; nobody else includes it.
 */
#ifndef UI_CONSOLE_INNER_H
#define UI_CONSOLE_INNER_H

struct console;
struct view;

/* A frame, when something changed and the terminal takes it; ctx is the console. */
void console_paint(void *ctx);

/* The cursor of a view moved: its position is painted a little later. */
void console_moved(struct console *c, struct view *v);

#endif
