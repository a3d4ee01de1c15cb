/*
 * fault: system calls that fail as they would on a bad day, in a child process.
 *
 * The kernel itself gives the error (a filter of seccomp): what runs is the code under test, libc and LMDB as they are,
 * and no disk has to be filled.  A filter cannot be taken away again, so every fault is set in a child.
 */
#ifndef SUPPORT_FAULT_H
#define SUPPORT_FAULT_H

#include <stdint.h>
#include <sys/syscall.h>

struct err;

/* From here on the call (SYS_...) fails in this process with errno error. */
void fault_call(long number, int error);

/* The same, where of the argument (0 is the first) the bits of mask have the value. */
void fault_call_where(long number, unsigned argument, uint32_t mask, uint32_t value, int error);

/* Runs fn in a child process: what it returned, with the error it gave in *e; 128 and the signal that ended it. */
int fault_run(int (*fn)(void *ctx, struct err *e), void *ctx, struct err *e);

#endif
