/*
 * console: face one: the screen that a postmaster keeps open.
 *
 * The only room that includes <curses.h>.  Runs on the ward's loop; every change goes through
 * the same operations that the commands use.
 */
#ifndef UI_CONSOLE_H
#define UI_CONSOLE_H

struct err;
struct ward;

/* Runs until quit.  limit may be NULL.  Returns 0; -1 when the terminal cannot be used: *e
 * names the commands that do without. */
int console_run(struct ward *w, const char *limit, struct err *e);

#endif
