/*
 * trial: a small database made once, copies of it to be ill-treated, and the question whether what is left is whole.
 *
 * A base is a folder with everything that a command of mxward may touch: the database, the published table, the audit
 * key and its state, logs and names to read.  trial_reset() makes the one under test anew from it.  DNS is a worldd on
 * loopback.
 *
 * Several processes work at an item side by side, each on a folder and a world of its own.  They take its trials by
 * number, and the number alone is what the random choices of a trial come from, so that one that failed can be had
 * again.  Every command is waited for.
 */
#ifndef TORTURE_TRIAL_H
#define TORTURE_TRIAL_H

#include "support/run.h"

enum base {
	BASE_FULL,    /* published */
	BASE_DELETED, /* 40 deleted */
	BASE_BEHIND,  /* the table is gone */
	BASE_BROWN,   /* a brownout has begun */
	BASE_DRIFTED, /* somebody else took a name out of the table */
	BASE_BUNDLED, /* the statement of a customer is in out/ */
	BASE_STALE,   /* 500 names more that were never looked up, and eight whose DNS is not what was seen */
	BASE_KEYLESS, /* the audit log has no key and was never signed */
	N_BASES
};

enum { TALLIES = 12, TALLY_NAME = 60 };

/* What a process has counted of an item; in memory that all share. */
struct score {
	long passed, failed;
	struct {
		char name[TALLY_NAME];
		long n;
	} tally[TALLIES];
};

struct trial {
	int percent;	 /* of the full number of rounds */
	unsigned first;	 /* SEED */
	unsigned seed;	 /* of rand_r(), set by trial_take() */
	long number;	 /* of the trial at hand */
	long only;	 /* the only one wanted, or -1 */
	const char *item, *preload_dir, *keep_dir;
	char *dir, *path, config[1100], batch[32]; /* path: of programs, those that stand in for Postfix's first */
	const char *input; /* what trial_run() gives a line to read; NULL for nothing */
	struct run_world world;
	char zones[1100]; /* what the world answers from */
	long *next; /* shared: the first number that nobody has taken */
	struct score *score;
};

/* What a database says of itself. */
struct state {
	char *rows; /* of `list`, without what a look-up alone changes; NULL when it could not be read */
	char *seen; /* of `list`, with it, but not what the clock alone changes */
	char *shape; /* how many rows each of its tables has, where work.c looked */
	long records;
	char *why; /* of the first thing that was wrong; NULL: sound */
};

void trial_begin(struct trial *t);
void trial_end(struct trial *t);
long trial_rounds(const struct trial *t, long full); /* at least 1 */

/* The next of so many trials that no other process has taken, with a seed of its own; -1 at the end. */
long trial_take(struct trial *t, long trials);
void trial_seed(struct trial *t, long number); /* anew for a part of a trial */
unsigned trial_random(struct trial *t, unsigned below);
const char *trial_path(const struct trial *t, const char *file); /* static, overwritten by the fourth call after */
void trial_copy(const char *from, const char *to);
void trial_keep(struct trial *t, enum base base); /* what is under test is that base from now on */
void trial_give_up(const char *what) __attribute__((noreturn)); /* with what errno says */

/* A line with the folder under test for each @ and the batch of BASE_DELETED for each %. */
void trial_fill(const struct trial *t, char *out, size_t size, const char *line);

void trial_reset(struct trial *t, enum base base);
int trial_is_untouched(const struct trial *t, enum base base); /* database and table have the base's bytes */

/* Runs a line of mxward; preload may be NULL, wish is of preload_faults.c or preload_writes.c. */
void trial_run(struct trial *t, struct run_result *r, const char *preload, const char *variable, const char *wish,
	       const char *line);

/* Reads it with a mxward that nothing troubles: `check`, `list`, `audit list`. */
void trial_look(struct trial *t, struct state *s);
void state_clear(struct state *s);
int state_has_rows(const struct state *s, const struct state *of);

/* Cuts "key":value out of every line. */
void state_drop_field(char *text, const char *key);

/* Its rows are those, and so is what was seen, with so many observations more at most of each. */
int state_is(const struct state *s, const struct state *of, long more);
/* A scan came between the two: something else was seen of each entry, or the same once more. */
int state_was_scanned(const struct state *after, const struct state *before);
/* What was seen of each entry is as in one of them; *is_cut: of one it is not yet as in after.  What follows from it may be
 * neither: it does once the scan has ended. */
int state_is_between(const struct state *s, const struct state *before, const struct state *after, int *is_cut);

/* After whatever was done: `publish` brings the table in line and then says so.  NULL, or what is wrong (static). */
const char *trial_settle(struct trial *t);

/* One more round that went well, or did not: then it is told, and what is left of it is kept where TORTURE_KEEP says. */
void trial_good(struct trial *t);
void trial_bad(struct trial *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void trial_tally(struct trial *t, const char *name, long n); /* adds it; told at the item's end */
long trial_tallied(const struct trial *t, const char *name);

/* The items. */
void torture_kill(struct trial *t);
void torture_appends(struct trial *t);
void torture_power(struct trial *t);
void torture_power_sum(struct trial *t); /* once, of what all processes have tallied */
void torture_calls(struct trial *t);
void torture_full(struct trial *t);
void torture_lock(struct trial *t);
void torture_damage(struct trial *t);
void torture_backup(struct trial *t);

#endif
