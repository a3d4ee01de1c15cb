/*
 * term_leave: what gives the terminal back, also when everything else may be broken.
 *
 * One terminal a process, as there is one handler of its crashes.  Nothing here allocates; term_leave_crash() may be
 * called by a signal handler.
 */
#ifndef UI_TERM_LEAVE_H
#define UI_TERM_LEAVE_H

struct termios;

#define TERM_PASTE_ON "\033[?2004h"
#define TERM_PASTE_OFF "\033[?2004l"

/* Asks for the settings that the shell left; NULL and errno when that fails. */
const struct termios *term_leave_settings(int fd);

/* Spells out beforehand the words of terminfo that leave the screen; curses was started.  keeps_region: a scroll region
 * may be set. */
void term_leave_prepare(int fd, int keeps_region);

void term_leave_taken(void);	/* the terminal is ours ... */
void term_leave_given(int fd);	/* ... and is the shell's again, with its settings */
int term_leave_is_taken(void);
void term_leave_crash(void); /* leaves the screen and gives back, if it is ours */

#endif
