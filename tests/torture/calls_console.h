/*
 * calls_console: the console as one more line that meets faults: in a terminal of its own, with keys of a postmaster who
 * looks about, takes one entry off the list and leaves.
 */
#ifndef TORTURE_CALLS_CONSOLE_H
#define TORTURE_CALLS_CONSOLE_H

#include "torture/trial.h"

/* Runs it in the environment there is.  Each key waits for what it brings, at most so long in silence.  *r has its status
 * and, as what it said on standard error, what stands on the screen behind it.  NULL, or what it did to the terminal
 * (static). */
const char *console_trial(struct trial *t, struct run_result *r, int silence_ms);

#endif
