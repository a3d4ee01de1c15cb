/*
 * live: a test program started again beside a Postfix of its own, by tests/mta/postfix-live.sh.
 */
#ifndef SUPPORT_LIVE_H
#define SUPPORT_LIVE_H

/* Replaces this program by itself inside; LIVE is set there.  Returns only where that cannot be: the exit status of a
 * test that was skipped, after saying why. */
int live_start(char *self);

#endif
