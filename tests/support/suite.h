/*
 * suite: the end of each test program's main().
 */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

/* Runs the suite and frees it; returns the exit status of the program. */
int suite_run(Suite *s);

/* Says that n tests are left out, and why, in the words that tests/run.sh counts. */
void suite_skip(size_t n, const char *why);

#endif
