/*
 * program: asking a program of the mail server's: started without a shell, its output read, bounded in time and size.
 *
 * It gets a clean environment (LC_ALL=C, and PATH with the directories of administrators' programs at its end, which
 * are all of it where sudo or doas brought the caller), nothing on its standard input, and no descriptor of ours.  May
 * block until the time is over; callers see to it that nothing is held meanwhile, and that a restricted console starts
 * none.
 */
#ifndef MTA_PROGRAM_H
#define MTA_PROGRAM_H

#include <stddef.h>

struct err;
struct str;

/* Runs argv (NULL at its end): 0 and *status is its exit status (128 + signal); -1 when it could not be started or did
 * not end within the seconds.  out gets what it printed (both streams), at most 64 KiB. */
int program_run(const char *const *argv, int seconds, struct str *out, int *status, struct err *e);

/* The same for output that is taken as it comes, without a limit: take() gets it piece by piece.  complaints gets what it
 * said on its standard error, at most 64 KiB: Postfix's programs warn there and go on. */
int program_read(const char *const *argv, int seconds, void (*take)(void *ctx, const char *bytes, size_t len), void *ctx,
		 struct str *complaints, int *status, struct err *e);

/* What Postfix says of n of its parameters: value[i] in the arena, "" where it has none.  dir may be "". */
struct arena;
int program_postconf(const char *dir, const char *const *name, const char **value, int n, struct arena *a,
		     struct err *e);

#endif
