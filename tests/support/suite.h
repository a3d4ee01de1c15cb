/*
 * suite: the end of each test program's main().
 */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <check.h>

/* Runs the suite and frees it; returns the exit status of the program. */
int suite_run(Suite *s);

#endif
