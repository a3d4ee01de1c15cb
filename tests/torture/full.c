/*
 * A full disk in each command that writes: it says `disk full`, nothing is half done, and once there is room again the
 * same command does its work.
 *
 * The disk is full by RLIMIT_FSIZE, which needs no privilege, for the files that grow; and by ENOSPC from each write of
 * a command in turn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "torture/work.h"

enum { FULL_WRITES = 40 };

/* Of a flush that failed but once, which a real disk does not do, the end no longer knows why. */
static int says_why(const struct run_result *r)
{
	return strstr(r->err, "disk full") || strstr(r->err, "cannot write to standard output: not all of it arrived");
}

/* What it has said of itself.  What could not be printed, or was renamed and not synced, may be done. */
static enum outcome outcome_of(const struct work *w, const struct run_result *r)
{
	if (r->status == w->status)
		return OUTCOME_DONE;
	if (strstr(r->err, "is not in line"))
		return strncmp(w->line, "publish", 7) == 0 ? OUTCOME_OPEN : OUTCOME_BEHIND;
	return strstr(r->err, "cannot write to standard output") || strstr(r->err, "cannot write to the directory") ? OUTCOME_OPEN
														    : OUTCOME_FAILED;
}

static void judge(struct trial *t, const struct work *w, const char *how, const struct run_result *r)
{
	enum outcome outcome = outcome_of(w, r);
	const char *wrong = NULL;
	int is_done = 0;

	if (r->status >= 128)
		wrong = "a signal";
	else if (r->status != w->status && !says_why(r))
		wrong = "it does not say 'disk full'";
	else
		wrong = work_judge(t, w, outcome, &is_done);
	if (!wrong && !is_done)
		wrong = work_judge_again(t, w);
	else if (!wrong && outcome == OUTCOME_BEHIND && w->base != BASE_DRIFTED)
		wrong = trial_settle(t);
	if (wrong)
		trial_bad(t, "%s, %s (%d %.300s): %s", w->line, how, r->status, r->err, wrong);
	else
		trial_good(t);
}

/* Each write in turn. */
static void fail_writes(struct trial *t, const struct work *w, const char *line, enum function function, const char *name)
{
	long calls = w->calls.calls[ROLE_OWN][function], rounds = trial_rounds(t, FULL_WRITES);

	for (long i = 0; i < rounds && i < calls; i++) {
		struct run_result r;
		char wish[60];
		long n = calls <= rounds ? i + 1 : 1 + (long)trial_random(t, (unsigned)calls);

		trial_reset(t, w->base);
		snprintf(wish, sizeof wish, "%s:%ld:%d", name, n, ENOSPC);
		trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT", wish, line);
		judge(t, w, wish, &r);
		run_clear(&r);
	}
}

/* No file may become longer than so many bytes. */
static void limit_files(struct trial *t, const struct work *w, const char *line, rlim_t most)
{
	struct rlimit old, tight;
	struct run_result r;
	char how[60];

	trial_reset(t, w->base);
	getrlimit(RLIMIT_FSIZE, &old);
	tight = old;
	tight.rlim_cur = most;
	setrlimit(RLIMIT_FSIZE, &tight);
	run_line(&r, t->config, "%s", line);
	setrlimit(RLIMIT_FSIZE, &old);
	snprintf(how, sizeof how, "files of %ld KiB at most", (long)most / 1024);
	judge(t, w, how, &r);
	run_clear(&r);
}

void torture_full(struct trial *t)
{
	static const rlim_t limits[] = {1024, 20480, 200 * 1024, 500 * 1024};
	static const struct {
		enum function function;
		const char *name;
	} writes[] = {{F_write, "write"}, {F_pwrite, "pwrite"}, {F_writev, "writev"}, {F_fsync, "fsync"},
		      {F_fdatasync, "fdatasync"}, {F_ftruncate, "ftruncate"}, {F_fflush, "fflush"}, {F_fclose, "fclose"}};
	const long n_limits = sizeof limits / sizeof *limits, parts = n_limits + (long)(sizeof writes / sizeof *writes);
	struct work *measured = calloc(n_works, sizeof *measured);
	char line[1400];
	long n;

	memcpy(measured, works, n_works * sizeof *works);
	while ((n = trial_take(t, (long)n_works * parts)) >= 0) {
		struct work *w = &measured[n / parts];
		long part = n % parts;

		trial_fill(t, line, sizeof line, w->line);
		if (!w->is_measured)
			work_measure(t, w);
		trial_seed(t, n);
		if (part < n_limits)
			limit_files(t, w, line, limits[part]);
		else
			fail_writes(t, w, line, writes[part - n_limits].function, writes[part - n_limits].name);
	}
	for (size_t i = 0; i < n_works; i++)
		work_clear(&measured[i]);
	free(measured);
}
