/*
 * err: how a function says what went wrong.
 *
 * The caller owns the struct; nothing is on the heap.  A failing function
 * returns -1 with the whole sentence in text: what, where and what to do,
 * lower case, no full stop.  The same sentence goes to stderr and to the
 * console's message line.  code decides the exit status (sysexits.h).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_NONE,
	ERR_USAGE,	 /* 64: wrong words on the command line */
	ERR_DATA,	 /* 65: input that is not what it should be */
	ERR_NOINPUT,	 /* 66: a file or a name that is not there */
	ERR_UNAVAILABLE, /* 69: a resolver or a server that does not answer */
	ERR_SOFTWARE,	 /* 70: a broken invariant of ours */
	ERR_OS,		 /* 71: fork, memory, sockets */
	ERR_CANTCREAT,	 /* 73: an output that cannot be created */
	ERR_IO,		 /* 74: reading or writing failed, disk full */
	ERR_BUSY,	 /* 75: somebody else holds the lock; try again */
	ERR_PERM,	 /* 77: no permission */
	ERR_CONFIG	 /* 78: the configuration */
};

struct err {
	enum err_code code;
	char text[480];
};

/* Formats the sentence and returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with the code chosen from errno (EACCES is ERR_PERM, ENOENT ERR_NOINPUT,
 * ENOSPC ERR_IO with the words "disk full", ...) and ": strerror" at the end. */
int err_errno(struct err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef ANALYSED /* by a program that does not see into err.c (tests/analysis/analyze.sh): both are always -1 */
#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_errno(...) (err_errno(__VA_ARGS__), -1)
#endif

/* The exit status of sysexits.h that belongs to a code; 0 for ERR_NONE. */
int err_status(enum err_code code);

#endif
