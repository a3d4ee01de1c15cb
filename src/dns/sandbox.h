/*
 * sandbox: what the worker gives up before it reads a byte of anybody.
 *
 * A filter of system calls (seccomp) that kills the process at any other
 * call, Landlock where the kernel has it, small limits.  What is left: read,
 * write, wait, take memory, tell the time, end.  It cannot be left again.
 */
#ifndef DNS_SANDBOX_H
#define DNS_SANDBOX_H

#include <stddef.h>

/* Enters the sandbox; note says in one line what is missing, "" for nothing. */
void sandbox_enter(char *note, size_t size);

#endif
