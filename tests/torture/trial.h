/*
 * trial: a small database made once, copies of it to be ill-treated, and the question whether what is left is whole.
 *
 * A base is a folder with everything that a command of mxward may touch: the database, the published table, the audit
 * key and its state, logs and names to read.  trial_reset() makes the one under test anew from it.  DNS is a worldd on
 * loopback.  One process, no threads; every command is waited for.
 */
#ifndef TORTURE_TRIAL_H
#define TORTURE_TRIAL_H

#include "support/run.h"

enum base { BASE_FULL, BASE_DELETED, BASE_BEHIND, N_BASES }; /* published; 40 deleted; the table is gone */

struct trial {
	int percent;   /* of the full number of rounds */
	unsigned seed; /* of rand_r() */
	const char *preload_dir;
	char *dir, config[1100], batch[32];
	struct run_world world;
	int passed, failed;
	const char *item;
};

/* What a database says of itself. */
struct state {
	char *rows; /* of `list`, without what a look-up alone changes; NULL when it could not be read */
	long records;
	char *why; /* of the first thing that was wrong; NULL: sound */
};

void trial_begin(struct trial *t);
void trial_end(struct trial *t);
long trial_rounds(const struct trial *t, long full); /* at least 1 */
unsigned trial_random(struct trial *t, unsigned below);
const char *trial_path(const struct trial *t, const char *file); /* static, overwritten by the fourth call after */
void trial_copy(const char *from, const char *to);

void trial_reset(struct trial *t, enum base base);

/* Runs a line of mxward; preload may be NULL, wish is of preload_faults.c or preload_writes.c. */
void trial_run(struct trial *t, struct run_result *r, const char *preload, const char *variable, const char *wish,
	       const char *line);

/* Reads it with a mxward that nothing troubles: `check`, `list`, `audit list`. */
void trial_look(struct trial *t, struct state *s);
void state_clear(struct state *s);
int state_has_rows(const struct state *s, const struct state *of);

/* After whatever was done: `publish` brings the table in line and then says so.  NULL, or what is wrong (static). */
const char *trial_settle(struct trial *t);

/* One more round that went well, or did not: then it is told. */
void trial_good(struct trial *t);
void trial_bad(struct trial *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The items: each tells one line. */
void torture_kill(struct trial *t);
void torture_appends(struct trial *t);
void torture_power(struct trial *t);
void torture_calls(struct trial *t);
void torture_full(struct trial *t);
void torture_lock(struct trial *t);
void torture_damage(struct trial *t);
void torture_backup(struct trial *t);

#endif
