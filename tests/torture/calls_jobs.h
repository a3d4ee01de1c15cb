/*
 * calls_jobs: a line of each command, and of each of its ways that goes through other calls.
 *
 * All of src/cmd/commands.def.
 */
#ifndef TORTURE_CALLS_JOBS_H
#define TORTURE_CALLS_JOBS_H

#include <stddef.h>

#include "torture/trial.h"

struct job {
	const char *line; /* as trial_fill() takes it */
	enum base base;
	const char *prepare; /* lines that are run before it, separated by |; !WISH before one is a fault that it meets */
	const char *input;   /* what stands on its standard input */
	const char *product; /* a file or folder that is there whole when it is there, and is there at status 0 */
	const char *proof;   /* the line that says whether it is whole */
	const char *already; /* words in which the line, given again, says that its work is done */
	const char *may_say; /* as said_wrong_output() takes it */
	int is_console;	     /* in a terminal; and of each function some calls only, for it takes long */
};

extern const struct job jobs[];
extern const size_t n_jobs;

/* The base is under test, and what is to happen to it before the line has. */
void job_prepare(struct trial *t, const struct job *job);

#endif
