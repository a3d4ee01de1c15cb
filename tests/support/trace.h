/*
 * trace: another process stopped where it writes to a file, so that something happens to it just there.
 *
 * What it does with files is told by its system calls, not by time.  Who traces must be root or its parent.
 */
#ifndef SUPPORT_TRACE_H
#define SUPPORT_TRACE_H

#include <sys/types.h>

/* From here on pid runs only within trace_to_write(); 0, or -1 when this process may not trace that one. */
int trace_begin(pid_t pid);

/* Lets it run to its n-th call that writes to a file, syncs one or gives a lock back, counted from 1, and stops it before
 * that: n.  Fewer, when after those it waits for keys again or ends; then it is stopped there or gone. */
int trace_to_write(pid_t pid, int n);

/* Waits until the signal was sent to it while it is stopped, or it is gone; 0 when neither comes. */
int trace_wait_for_signal(pid_t pid, int signal);

/* It goes on by itself. */
void trace_end(pid_t pid);

#endif
