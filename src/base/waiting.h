/*
 * waiting: telling a person whom his change waits for, and hearing that he gives up.
 *
 * What waits for a lock polls, and cannot run the loop meanwhile.  From a second on it says five times a second for
 * whom it waits, through the one function that the face of this process has set.
 */
#ifndef BASE_WAITING_H
#define BASE_WAITING_H

#include <stdint.h>

/* fn returns not 0 to give up.  NULL: nobody listens. */
void waiting_set(int (*fn)(void *ctx, const char *whom), void *ctx);

struct waiting {
	int64_t next; /* loop_now() at which it is told */
};

void waiting_begin(struct waiting *w);

/* 1 when it is time to call waiting_tell(). */
int waiting_is_due(struct waiting *w);
int waiting_tell(const char *whom); /* 1: give up */

#endif
