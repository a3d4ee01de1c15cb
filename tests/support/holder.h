/*
 * holder: a process that has begun to write to a database and is stopped: everyone else waits for it.
 */
#ifndef SUPPORT_HOLDER_H
#define SUPPORT_HOLDER_H

#include <sys/types.h>

/* Holds the lock of the database in that directory, as "a scan"; user: whose process it is, 0 for this one's.  It goes on
 * with SIGCONT, gives the lock back without a change and ends with 0. */
pid_t holder_start(const char *database, uid_t user);

#endif
