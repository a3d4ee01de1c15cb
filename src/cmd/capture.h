/*
 * capture: a command run with what it prints kept in memory, for the console's `:` line.
 *
 * The same run_<id>() as in the shell, so that both faces do the same.  What is printed beyond CAPTURE_MAX is counted
 * and not kept.
 */
#ifndef CMD_CAPTURE_H
#define CMD_CAPTURE_H

#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

struct call;

enum { CAPTURE_MAX = 4 << 20 };

struct captured {
	struct str out, talk; /* standard output and standard error */
	size_t lost;	      /* bytes that were not kept */
	int status;	      /* exit status */
};

/* out: where standard output goes in place of memory, NULL for none. */
void capture_run(struct captured *r, struct call *c, FILE *out);
void capture_clear(struct captured *r);

#endif
