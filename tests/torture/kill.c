/*
 * kill -9 at random points of bulk deletions, imports, scans, restores and publishing: half of them by the clock, half at
 * a call that changes a file, so that the short time of a commit is hit as well.
 *
 * Afterwards `check` finds the database sound, a change is there whole or not at all, what had been acknowledged on
 * standard output is there, and the next start and the next publish need no hand.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture/functions.h"
#include "torture/trial.h"

enum { FULL_KILLS = 200 }; /* of each job */

struct job {
	const char *line;
	enum base base;
	const char *acknowledged; /* on standard output once it is committed */
	struct state before, after;
	double seconds; /* that it takes */
	long io;	/* calls that change a file */
};

static struct job jobs[] = {
	{.line = "delete class:orphan --reason left --yes 100", .base = BASE_FULL, .acknowledged = "40 deleted"},
	{.line = "import --format names @/more", .base = BASE_FULL, .acknowledged = "200 added"},
	{.line = "scan", .base = BASE_FULL, .acknowledged = "looked up"},
	{.line = "restore % --reason back", .base = BASE_DELETED, .acknowledged = "restored"},
	{.line = "publish", .base = BASE_BEHIND, .acknowledged = "moved00.example"},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(struct trial *t, struct job *job)
{
	struct fault_counts calls = {0};
	char line[1400], counts[1200];
	struct run_result r;
	FILE *f;

	trial_fill(t, line, sizeof line, job->line);
	snprintf(counts, sizeof counts, "%s", trial_path(t, "counts"));
	trial_reset(t, job->base);
	trial_look(t, &job->before);
	job->seconds = now();
	trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT_COUNT", counts, line);
	job->seconds = now() - job->seconds;
	trial_look(t, &job->after);
	if (r.status != 0 || !strstr(r.out, job->acknowledged) || job->before.why || job->after.why)
		trial_bad(t, "%s does not work when nothing is wrong (%d): %s%s%s", line, r.status, r.out, r.err,
			  job->after.why ? job->after.why : "");
	run_clear(&r);
	f = fopen(counts, "rb");
	if (f && fread(&calls, sizeof calls, 1, f) == 1)
		job->io = calls.io[ROLE_OWN];
	if (f)
		fclose(f);
}

/* What it had said on standard output when it was killed after so many seconds; static. */
static const char *run_and_kill(struct trial *t, const char *line, double seconds)
{
	static char said[4096];
	const char *argv[40] = {run_mxward(), "-c", t->config};
	char words[1400], *save = NULL;
	struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	int out[2], n = 3;
	ssize_t got;
	pid_t pid;

	snprintf(words, sizeof words, "%s", line);
	for (char *w = strtok_r(words, " ", &save); w && n < 39; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	if (pipe2(out, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(out[1], 1);
		dup2(null, 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(out[1]);
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	got = read(out[0], said, sizeof said - 1);
	said[got > 0 ? got : 0] = '\0';
	close(out[0]);
	return said;
}

static void judge(struct trial *t, const struct job *job, const char *where, const char *said)
{
	struct state s;
	const char *wrong;
	int acknowledged = strstr(said, job->acknowledged) != NULL;

	trial_look(t, &s);
	if (s.why)
		trial_bad(t, "%s, killed %s: %s", job->line, where, s.why);
	else if (!state_has_rows(&s, &job->before) && !state_has_rows(&s, &job->after))
		trial_bad(t, "%s, killed %s: neither before nor after", job->line, where);
	else if (acknowledged && (!state_has_rows(&s, &job->after) || s.records < job->after.records))
		trial_bad(t, "%s, killed %s: it had said so, and it is not there", job->line, where);
	else if (s.records < job->before.records || s.records > job->after.records)
		trial_bad(t, "%s, killed %s: %ld records", job->line, where, s.records);
	else if ((wrong = trial_settle(t)))
		trial_bad(t, "%s, killed %s: %s", job->line, where, wrong);
	else
		trial_good(t);
	state_clear(&s);
}

static void kill_one(struct trial *t, struct job *job, const char *line, int by_clock)
{
	char where[60], wish[40];

	trial_reset(t, job->base);
	if (by_clock) {
		double seconds = job->seconds * (double)trial_random(t, 11000) / 10000;

		snprintf(where, sizeof where, "after %.3f ms", seconds * 1000);
		judge(t, job, where, run_and_kill(t, line, seconds));
	} else {
		struct run_result r;

		snprintf(wish, sizeof wish, "io:%u:kill", 1 + trial_random(t, (unsigned)job->io));
		snprintf(where, sizeof where, "at %s", wish);
		trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT", wish, line);
		judge(t, job, where, r.out);
		run_clear(&r);
	}
}

void torture_kill(struct trial *t)
{
	const long rounds = trial_rounds(t, FULL_KILLS), n_jobs = sizeof jobs / sizeof *jobs;
	char line[1400];
	long n;

	while ((n = trial_take(t, n_jobs * rounds)) >= 0) {
		struct job *job = &jobs[n / rounds];

		if (!job->before.rows)
			measure(t, job);
		trial_fill(t, line, sizeof line, job->line);
		trial_seed(t, n);
		if (job->io > 0)
			kill_one(t, job, line, n % 2 == 0);
		trial_tally(t, n % 2 ? "killed at a call that changes a file" : "killed by the clock", 1);
	}
	for (long i = 0; i < n_jobs; i++) {
		state_clear(&jobs[i].before);
		state_clear(&jobs[i].after);
	}
}
