/*
 * term: the terminal taken and given back.
 *
 * ncurses composes into a file in memory, so that a frame is one write(2), can be counted, and
 * is left out while much is on its way (ui/backlog).  Keys are read here as bytes
 * (ui/key makes keys of them); termios is ours.  Signals arrive as events of the loop: the size
 * settles for 50 ms before one repaint, a lost line ends everything at once.  However the
 * program ends, the terminal is given back.
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stddef.h>

struct err;
struct loop;
struct terminal;

struct term_events {
	void (*input)(void *ctx, const void *bytes, size_t len);
	void (*resized)(void *ctx);  /* also after a suspension */
	void (*writable)(void *ctx); /* a frame that was held back may be painted, or the last
					one is shown */
	void (*lost)(void *ctx); /* hang-up, end of input or SIGTERM: leave, commit nothing */
	void *ctx;
};

enum { TERM_QUIET_MS = 50 };

/* ERR_USAGE when there is no terminal, or one that cannot address its cursor. */
int term_start(struct terminal **out, struct loop *loop, const struct term_events *events,
	       struct err *e);
void term_stop(struct terminal *t);

/* What was wrong with TERM, "" for nothing. */
const char *term_note(const struct terminal *t);

/* Brings what was drawn to the terminal; the caller asks term_is_ready() first.  sure: asks the
 * terminal to say when this frame is on it. */
int term_is_ready(const struct terminal *t);
void term_show(struct terminal *t, int sure);

/* The terminal's answer came in with the keys; and whether the last frame it was asked about is
 * known to be on it, as far as that can be known. */
void term_confirm(struct terminal *t);
int term_is_shown(const struct terminal *t);

/* The lines of the screen, from 0, that are likely to scroll. */
void term_set_list(struct terminal *t, int top, int bottom);

/* Takes the bar off the cursor's row, before the next picture is drawn. */
void term_leave_row(struct terminal *t, int row);

void term_repaint(struct terminal *t); /* the next frame clears and paints all */
void term_suspend(struct terminal *t); /* returns when the program goes on */
void term_drop_input(struct terminal *t);

/* While something waits outside of the loop: takes what was typed, and is 1 when ^C, ^G or Esc was among it, or the line
 * is lost; the rest is dropped. */
int term_took_cancel(struct terminal *t);

#endif
