/*
 * work: a line that changes something, what it does when nothing is wrong, and what may be left of it otherwise.
 *
 * The one judge of an interrupted command: a change is there whole or not at all, and one that was acknowledged is there.
 * A scan alone commits in pieces: then each entry is as before or as after, and the next scan goes on with the rest.
 */
#ifndef TORTURE_WORK_H
#define TORTURE_WORK_H

#include <stddef.h>

#include "torture/functions.h"
#include "torture/trial.h"

/* It waits for the write lock; it commits in pieces; where it was begun it says so when given again, and the rest is
 * left to other commands. */
enum { WORK_LOCKS = 1, WORK_IN_PIECES = 2, WORK_BEGINS = 4 };

struct work {
	const char *line; /* as trial_fill() takes it */
	enum base base;
	unsigned is;
	const char *product; /* a file that it makes or changes */
	const char *proof;   /* lines, split at ';', the last of which prints the words once the work is done, */
	const char *proved;  /* where rows, records and the product do not tell */
	const char *already; /* words in which the line, given again, says that its work is done */
	const char *acknowledged; /* on standard output once it is committed */

	/* Of an undisturbed run. */
	int is_measured, status;
	double seconds;
	struct state before, after;
	unsigned long product_before, product_after;
	struct fault_counts calls;
};

/* All that change something. */
extern const struct work works[];
extern const size_t n_works;

/* What it has said became of it: it is done; done, but a published table is behind; not done; nothing, as one that was
 * killed, or nothing of it. */
enum outcome { OUTCOME_DONE, OUTCOME_BEHIND, OUTCOME_FAILED, OUTCOME_OPEN };

/* Runs it undisturbed, once; -1 when it does not work or when nothing would tell that it was done, which is said. */
int work_measure(struct trial *t, struct work *w);
void work_clear(struct work *w);

/* Of what is left: NULL, or what is wrong (static).  A scan that was cut off is gone on with; *is_done: nothing need be
 * done any more. */
const char *work_judge(struct trial *t, const struct work *w, enum outcome outcome, int *is_done);

/* The same line does its work now that nothing is wrong: NULL, or what is wrong (static). */
const char *work_judge_again(struct trial *t, const struct work *w);

#endif
