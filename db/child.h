/*
 * child: work on bytes that may be damaged or hostile, in a process of its own.
 *
 * LMDB trusts its pages: a flipped bit can make it follow a wild pointer, a file that is cut
 * short is SIGBUS.  In a child that is an exit status.  What it found it writes into a pipe; it
 * has no terminal, no signal handlers of ours, and bounded processor time.
 */
#ifndef DB_CHILD_H
#define DB_CHILD_H

#include <stddef.h>
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

/* Closes the pipe and waits: 0 when it returned 0, else -1 and in how "ended by signal 7 (Bus
 * error)". */
int child_end(struct child *c, char *how, size_t size);

/* In the child: 0, or -1 when nobody listens. */
int child_write(int out, const void *bytes, size_t size);

#endif
