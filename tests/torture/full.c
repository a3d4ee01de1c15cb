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

#include "torture/functions.h"
#include "torture/trial.h"

enum { FULL_WRITES = 40 };

struct job {
	const char *line;
	enum base base;
};

static const struct job jobs[] = {
	{"add new.example", BASE_FULL},
	{"edit kept001.example --note y", BASE_FULL},
	{"pin kept001.example --reason etrn", BASE_FULL},
	{"notice moved00.example --deadline 2030-01-01", BASE_FULL},
	{"delete class:orphan --reason left --yes 100", BASE_FULL},
	{"restore % --reason back", BASE_DELETED},
	{"import --format names @/more", BASE_FULL},
	{"scan", BASE_FULL},
	{"publish", BASE_BEHIND},
	{"traffic --relay relay1 @/mail.log", BASE_FULL},
	{"backup @/backup2", BASE_FULL},
	{"restore-backup @/backup", BASE_FULL},
	{"compact", BASE_FULL},
	{"audit checkpoint", BASE_FULL},
	{"audit export --customer C-1042 @/out", BASE_FULL},
};

static void judge(struct trial *t, const char *line, const char *how, const struct run_result *r)
{
	struct state s;

	trial_look(t, &s);
	if (r->status >= 128 || (r->status < 64 && r->status != 0 && !strstr(r->err, "disk full")))
		trial_bad(t, "%s, %s: status %d: %s", line, how, r->status, r->err);
	else if (r->status != 0 && !strstr(r->err, "disk full"))
		trial_bad(t, "%s, %s: it does not say 'disk full' but (%d): %s", line, how, r->status, r->err);
	else if (s.why)
		trial_bad(t, "%s, %s (%d %s): %s", line, how, r->status, r->err, s.why);
	else
		trial_good(t);
	state_clear(&s);
}

static long count_writes(struct trial *t, const struct job *job, const char *line, enum function function)
{
	struct fault_counts calls = {0};
	char counts[1200];
	struct run_result r;
	FILE *f;

	snprintf(counts, sizeof counts, "%s", trial_path(t, "counts"));
	unlink(counts);
	trial_reset(t, job->base);
	trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT_COUNT", counts, line);
	run_clear(&r);
	f = fopen(counts, "rb");
	if (!f || fread(&calls, sizeof calls, 1, f) != 1)
		trial_bad(t, "%s: its calls were not counted", line);
	if (f)
		fclose(f);
	return calls.calls[ROLE_OWN][function];
}

/* Each write in turn; a status of 0 is right where what could not be written was not needed. */
static void fail_writes(struct trial *t, const struct job *job, const char *line, enum function function,
			const char *name)
{
	long calls = count_writes(t, job, line, function), rounds = trial_rounds(t, FULL_WRITES);

	for (long i = 0; i < rounds && i < calls; i++) {
		struct run_result r;
		char wish[60];
		long n = calls <= rounds ? i + 1 : 1 + (long)trial_random(t, (unsigned)calls);

		trial_reset(t, job->base);
		snprintf(wish, sizeof wish, "%s:%ld:%d", name, n, ENOSPC);
		trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT", wish, line);
		judge(t, line, wish, &r);
		run_clear(&r);
	}
}

/* No file may become longer than the database is. */
static void limit_files(struct trial *t, const struct job *job, const char *line, rlim_t most)
{
	struct rlimit old, tight;
	struct run_result r;
	char how[60];

	trial_reset(t, job->base);
	getrlimit(RLIMIT_FSIZE, &old);
	tight = old;
	tight.rlim_cur = most;
	setrlimit(RLIMIT_FSIZE, &tight);
	run_line(&r, t->config, "%s", line);
	setrlimit(RLIMIT_FSIZE, &old);
	snprintf(how, sizeof how, "files of %ld KiB at most", (long)most / 1024);
	judge(t, line, how, &r);
	run_clear(&r);
	run_line(&r, t->config, "%s", line);
	if (r.status >= 64 && !strstr(r.err, "already"))
		trial_bad(t, "%s with room again: %d %s", line, r.status, r.err);
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
	char line[1400];
	long n;

	while ((n = trial_take(t, (long)(sizeof jobs / sizeof *jobs) * parts)) >= 0) {
		const struct job *job = &jobs[n / parts];
		long part = n % parts;

		trial_fill(t, line, sizeof line, job->line);
		if (part < n_limits)
			limit_files(t, job, line, limits[part]);
		else
			fail_writes(t, job, line, writes[part - n_limits].function, writes[part - n_limits].name);
	}
}
