/*
 * calls_jobs: a line of each command, and of each of its ways that goes through other calls.
 *
 * All of src/cmd/commands.def but `console`, which needs a terminal.
 */
#ifndef TORTURE_CALLS_JOBS_H
#define TORTURE_CALLS_JOBS_H

#include <stddef.h>

#include "torture/trial.h"

struct job {
	const char *line; /* as trial_fill() takes it */
	enum base base;
	const char *product; /* a file or folder that is there whole when it is there, and is there at status 0 */
	const char *proof;   /* the line that says whether it is whole */
	const char *already; /* words in which the line, given again, says that its work is done */
};

extern const struct job jobs[];
extern const size_t n_jobs;

#endif
