/*
 * message: what is said at the foot, whole: cut at words into as many lines as it needs.
 *
 * A mistake in what is being typed is shown under its place, which the place of the question above it decides.
 */
#ifndef UI_MESSAGE_H
#define UI_MESSAGE_H

struct console;

/* How many lines of so many columns it takes, at most so many; 0: nothing is said. */
int message_height(const struct console *c, int cols, int most);

/* Paints that many from row on. */
void message_paint(const struct console *c, int row, int cols, int height);

#endif
