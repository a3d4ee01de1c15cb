/*
 * vt: a program in a pseudo terminal, and what its screen looks like (libvterm).
 *
 * Every wait is for an event with a deadline; nothing sleeps.  Bytes are counted, writes as
 * well as they can be told apart, and the attributes of cells can be asked for.
 */
#ifndef SUPPORT_VT_H
#define SUPPORT_VT_H

#include <stddef.h>
#include <sys/types.h>

struct vt;

enum { VT_DEADLINE_MS = 60000, VT_LINE = 2048 };

/* Starts argv with TERM and, pairwise up to a NULL, more of the environment; a NULL value
 * unsets. */
struct vt *vt_start(char *const argv[], int rows, int cols, const char *term,
		    const char *const *environment);
void vt_free(struct vt *t); /* kills it if it still runs */

void vt_keys(struct vt *t, const char *keys);

/* Takes in what comes within ms; the bytes read, 0 for none, -1 when the program's side is
 * closed. */
int vt_pump(struct vt *t, int ms);

/* The same of n bytes at most: a line that is slow. */
int vt_take(struct vt *t, int ms, size_t n);

/* What the program asks of the terminal is not answered any more. */
void vt_be_mute(struct vt *t);

/* 1 once text stands on row (-1: anywhere) within the deadline. */
int vt_wait(struct vt *t, int row, const char *text);
int vt_wait_gone(struct vt *t, int row, const char *text);

/* Takes in all until nothing came for ms: for counting bytes. */
void vt_settle(struct vt *t, int ms);

int vt_rows(const struct vt *t);
const char *vt_row(struct vt *t, int row); /* without blanks at the end; until the next call */
int vt_has(struct vt *t, int row, const char *text);
int vt_find(struct vt *t, const char *text); /* the first row that has it, -1 */
int vt_is_reverse(struct vt *t, int row, int col);
int vt_has_colour(struct vt *t); /* any cell with a foreground of its own */
void vt_cursor(struct vt *t, int *row, int *col);
size_t vt_visible(struct vt *t); /* characters of all lines, from the first to the last that is
				    no blank */
void vt_dump(struct vt *t);	 /* to stderr, for a failing test */

size_t vt_bytes(const struct vt *t); /* received since vt_mark() */
void vt_mark(struct vt *t);
const char *vt_raw(const struct vt *t); /* those bytes, without a NUL */
int vt_received(const struct vt *t, const char *bytes); /* whether they came since vt_mark() */

void vt_resize(struct vt *t, int rows, int cols);
int vt_is_alternate(const struct vt *t);
int vt_is_cooked(const struct vt *t); /* the terminal's line editing and echo are on */
void vt_hang_up(struct vt *t);	      /* closes our side, as a lost line does */
pid_t vt_pid(const struct vt *t);

/* The exit status, or 128 and the signal; -1 when the deadline passes (it is then killed). */
int vt_exit(struct vt *t);

#endif
