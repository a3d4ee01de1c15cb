/*
 * complete: what Tab adds to the `:` line, out of the table of commands, the language of limits and the names of the
 * list.
 */
#ifndef UI_COMPLETE_H
#define UI_COMPLETE_H

struct console;
struct prompt;

/* Types what all candidates have in common, a blank behind the only one; several are told on the message line. */
void complete_line(struct console *c, struct prompt *p);
void complete_limit(struct console *c, struct prompt *p); /* of a question that takes a limit */

#endif
