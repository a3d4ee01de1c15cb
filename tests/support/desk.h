/*
 * desk: a postmaster at a terminal: a database of 200 scanned entries, the DNS world they live
 * in, and a console.
 *
 * 40 of them are orphans (goneNN.example), 160 are backed up (keptNNN.example); see
 * tests/cmd/zones.
 */
#ifndef SUPPORT_DESK_H
#define SUPPORT_DESK_H

#include <stddef.h>

struct vt;

extern char *desk_dir;	       /* everything of a test is in here */
extern char desk_config[1100]; /* the path of the configuration */

/* Check's fixtures: with entries, or with an empty database. */
void desk_set_up(void);
void desk_set_up_empty(void);
void desk_tear_down(void);

/* Starts the console; words are further arguments, separated by blanks.  environment as in
 * vt_start(). */
struct vt *desk_open(int rows, int cols, const char *term, const char *words,
		     const char *const *environment);

/* The same at 24x80 on an xterm, and waits for the list with all its live answers. */
struct vt *desk_open_list(void);

/* Presses Q, agrees if it asks, and checks that the terminal came back. */
void desk_quit(struct vt *t);

/* How many entries the command line lists. */
size_t desk_count(const char *limit);

/* Waits for text on row (-1: anywhere) and fails with the screen when it does not come. */
void desk_expect(struct vt *t, int row, const char *text);
void desk_expect_gone(struct vt *t, int row, const char *text);

#endif
