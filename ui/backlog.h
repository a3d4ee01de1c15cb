/*
 * backlog: how much of what was written is still on its way to the terminal.
 *
 * A slow line hides behind buffers that take anything, megabytes of them between a pseudo terminal
 * and the far end of an SSH connection.  So the terminal itself is asked, from time to time, whether
 * it has got so far (DSR, `CSI 5 n`, which every terminal since the vt100 answers; of one that is
 * mute nothing is waited for).  Frames are then left out while much is on its way, and a question
 * counts as seen when it was shown.  Pure, but for backlog_land().
 */
#ifndef UI_BACKLOG_H
#define UI_BACKLOG_H

#include <stddef.h>

enum {
	BACKLOG_ASK_AFTER = 512, /* bytes; with a small frame, such as a key's, four times as many */
	BACKLOG_SMALL = 128,
	BACKLOG_MOST = 1024,	/* bytes on their way, with a question out, before frames wait */
	BACKLOG_ANSWER_MS = 10000
};

#define BACKLOG_QUESTION "\033[5n"

struct backlog {
	size_t bytes;  /* since those that the terminal is known to have */
	size_t behind; /* of these: after the last question */
	unsigned asked;
	int answers; /* it answered once, so that it can be waited for */
};

/* A frame of n bytes goes; 1 when a question is to go with it.  sure: always. */
int backlog_add(struct backlog *b, size_t n, int sure);

void backlog_answered(struct backlog *b);

/* Nothing came for BACKLOG_ANSWER_MS, or answers may have been lost: what was asked is forgotten. */
void backlog_silent(struct backlog *b);
void backlog_forget(struct backlog *b);

int backlog_is_heavy(const struct backlog *b); /* the next frame waits */
int backlog_is_over(const struct backlog *b);  /* all that was asked about is there, as far as can be known */

/* Reads what is typed from fd, and drops it, until the answers are in, for at most ms: they are not
 * for the shell. */
void backlog_land(struct backlog *b, int fd, int ms);

#endif
