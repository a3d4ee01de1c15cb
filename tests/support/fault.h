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

/* A call (SYS_...) that fails with errno error; where mask is not 0, only when of the argument (0 is the first) those bits
 * have the value. */
struct fault {
	long number;
	int error;
	unsigned argument;
	uint32_t mask, value;
};

/* From here on, in this process and in those that it starts. */
void fault_set(const struct fault *f);
void fault_call(long number, int error); /* whatever the arguments */

/* By what name libc calls the kernel. */
#ifdef SYS_rename
enum { FAULT_CHMOD = SYS_chmod, FAULT_LINK = SYS_link, FAULT_MKDIR = SYS_mkdir, FAULT_RENAME = SYS_rename };
#else
enum { FAULT_CHMOD = SYS_fchmodat, FAULT_LINK = SYS_linkat, FAULT_MKDIR = SYS_mkdirat, FAULT_RENAME = SYS_renameat };
#endif

/* Runs fn in a child process: what it returned, with the error it gave in *e; 128 and the signal that ended it. */
int fault_run(int (*fn)(void *ctx, struct err *e), void *ctx, struct err *e);

#endif
