/*
 * child: work on bytes that may be damaged or hostile, in a process of its own.
 *
 * LMDB trusts its pages: a flipped bit can make it follow a wild pointer, a file that is cut
 * short is SIGBUS.  A library that speaks with a server may wait for ever in a lookup that it
 * cannot bound.  In a child the one is an exit status and the other is ended.  What it found it
 * writes into a pipe; it has no terminal, no signal handlers of ours, and bounded processor time.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

struct child {
	pid_t pid;
	int fd; /* where its words come from */
};

/* fn runs in the child with the writing end of the pipe; the child ends with what it returns.
 */
int child_start(struct child *c, int (*fn)(void *ctx, int out), void *ctx, struct err *e);

/* All of size bytes, or -1 when the child said less. */
int child_read(const struct child *c, void *out, size_t size);

/* 1 when there is something to read (the end too), 0 when nothing came within ms, -1. */
int child_wait(const struct child *c, int64_t ms);

/* Ends it without waiting for what it has to say; child_end() follows. */
void child_kill(const struct child *c);

/* Closes the pipe and waits: 0 when it returned 0, else CHILD_NO_MEANS or -1 and in how "ended by signal 7 (Bus
 * error)".  EX_OSERR is what it ends with, as mem.c does, or returns, for want of memory, of a file descriptor or of
 * somebody who reads: that says nothing of what it was to look at. */
enum { CHILD_NO_MEANS = -2 };
int child_end(struct child *c, char *how, size_t size);

/* In the child: 0, or -1 when nobody listens. */
int child_write(int out, const void *bytes, size_t size);

#endif
