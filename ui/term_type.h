/*
 * term_type: what terminal this is: TERM as terminfo knows it, a stand-in that is said, or a
 * refusal.
 */
#ifndef UI_TERM_TYPE_H
#define UI_TERM_TYPE_H

#include <stddef.h>

struct err;

enum { TERM_NOTE = 160 };

/* The name to give to ncurses, static or of the environment, and what the user should know
 * about it in note ("" for nothing).  ERR_USAGE, naming the commands that do without, when
 * there is no terminal that could be used. */
int term_type_choose(const char **type, char *note, size_t size, struct err *e);

/* Whether the terminal that curses was started for has a word of terminfo that begins with text. */
int term_type_has(const char *word, const char *text);

#endif
