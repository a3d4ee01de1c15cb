/*
 * progress: one line on stderr that says how far it is, when stderr is a terminal.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what; /* "asked" */
	int64_t last;	  /* when it was last written */
	int shown;
};

/* At most ten times a second. */
void progress_show(struct progress *p, size_t done, size_t total, double per_second);
void progress_end(struct progress *p); /* wipes the line */

#endif
