/*
 * desk: a postmaster at a terminal: a database of 200 scanned entries, the DNS world they live
 * in, and a console.
 *
 * 40 of them are orphans (goneNN.example), 160 are backed up (keptNNN.example); see
 * tests/cmd/zones.
 */
#ifndef SUPPORT_DESK_H
#define SUPPORT_DESK_H

#include <check.h>
#include <stddef.h>

struct vt;

extern char *desk_dir;	       /* everything of a test is in here */
extern char desk_config[1100]; /* the path of the configuration */

/* What the fixtures of such a case are made of, for a test that does more before. */
void desk_set_up(void);
void desk_set_up_empty(void);
void desk_tear_down(void);

/* Cases whose tests get, each for itself, the entries (scanned once for all of them) or an empty database; and
 * the main() of a program of such cases, up to a NULL. */
TCase *desk_case(const char *name);
TCase *desk_case_empty(const char *name);
int desk_run(const char *name, TCase *const *cases);

/* Starts the console; words are further arguments, separated by blanks.  environment as in
 * vt_start(). */
struct vt *desk_open(int rows, int cols, const char *term, const char *words,
		     const char *const *environment);

/* The same, and waits for the list; at 24x80 on an xterm. */
struct vt *desk_open_list(void);
struct vt *desk_open_list_at(int rows, int cols, const char *term);

/* Presses Q, agrees if it asks, and checks that the terminal came back. */
void desk_quit(struct vt *t);
void desk_quit_after(struct vt *t, void (*look)(struct vt *t)); /* ... and looks before it is freed */

/* How often the DNS world was asked for a name. */
size_t desk_world_heard(const char *name);

/* How many entries the command line lists. */
size_t desk_count(const char *limit);

/* Types keys and waits for what they bring. */
void desk_press(struct vt *t, const char *keys, int row, const char *text);

/* Waits for text on row (-1: anywhere) and fails with the screen when it does not come. */
void desk_expect(struct vt *t, int row, const char *text);
void desk_expect_gone(struct vt *t, int row, const char *text);

#endif
