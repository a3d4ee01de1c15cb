/*
 * kill -9 at random points of bulk deletions, imports, scans, restores and publishing: half of them by the clock, half at
 * a call that changes a file, so that the short time of a commit is hit as well.
 *
 * Afterwards `check` finds the database sound, a change is there whole or not at all, what had been acknowledged on
 * standard output is there, and the next start and the next publish need no hand.  A scan, which commits in pieces, is
 * gone on with.  A process that ended by itself is no kill and counts for none.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture/work.h"

enum { FULL_KILLS = 200, TRIES = 30 }; /* of each job; of each kill */

static const struct work jobs[] = {
	{.line = "delete class:orphan --reason left --yes 100", .acknowledged = "40 deleted"},
	{.line = "import --format names @/more", .acknowledged = "200 added"},
	{.line = "scan", .base = BASE_STALE, .is = WORK_IN_PIECES, .acknowledged = "looked up",
	 .proof = "list --format names class:orphan", .proved = "gone00.example\n"},
	{.line = "restore % --reason back", .base = BASE_DELETED, .acknowledged = "restored"},
	{.line = "publish", .base = BASE_BEHIND, .acknowledged = "moved00.example", .proof = "publish --dry-run",
	 .proved = "0 to put, 0 to remove, 0 changed by others"},
};

enum { N_JOBS = sizeof jobs / sizeof *jobs };

/* What it had said on standard output when it was killed after so many seconds (static); NULL when it ended by itself. */
static const char *kill_after(struct trial *t, const char *line, double seconds)
{
	static char said[4096];
	const char *argv[40] = {run_mxward(), "-c", t->config};
	char words[1400], *save = NULL;
	struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	int out[2], n = 3, status = 0;
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
	waitpid(pid, &status, 0);
	got = read(out[0], said, sizeof said - 1);
	said[got > 0 ? got : 0] = '\0';
	close(out[0]);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? said : NULL;
}

/* The same, at its n-th call that changes a file. */
static const char *kill_at(struct trial *t, const char *line, unsigned n)
{
	static char said[4096];
	struct run_result r;
	char wish[40];
	int status;

	snprintf(wish, sizeof wish, "io:%u:kill", n);
	trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT", wish, line);
	status = r.status;
	snprintf(said, sizeof said, "%s", r.out);
	run_clear(&r);
	return status == 128 + SIGKILL ? said : NULL;
}

static void judge(struct trial *t, const struct work *w, const char *where, const char *said)
{
	int is_done;
	const char *wrong = work_judge(t, w, strstr(said, w->acknowledged) ? OUTCOME_DONE : OUTCOME_OPEN, &is_done);

	if (!wrong)
		wrong = trial_settle(t);
	if (wrong)
		trial_bad(t, "%s, killed %s: %s", w->line, where, wrong);
	else
		trial_good(t);
}

/* One that ends before its kill comes is no trial: it is run again, to be killed earlier. */
static void kill_one(struct trial *t, const struct work *w, const char *line, int by_clock)
{
	unsigned calls = (unsigned)w->calls.io[ROLE_OWN];
	double seconds = w->seconds * 1.1;
	const char *said = NULL;
	char where[60];

	for (int i = 0; i < TRIES && !said; i++) {
		trial_reset(t, w->base);
		if (by_clock) {
			double after = seconds * trial_random(t, 10000) / 10000;

			snprintf(where, sizeof where, "after %.3f ms", after * 1000);
			said = kill_after(t, line, after);
		} else {
			unsigned n = 1 + trial_random(t, calls);

			snprintf(where, sizeof where, "at call %u of %u that change a file", n, calls);
			said = kill_at(t, line, n);
		}
		seconds *= 0.8;
	}
	if (!said) {
		trial_bad(t, "%s was not killed %s", w->line, where);
		return;
	}
	trial_tally(t, by_clock ? "killed by the clock" : "killed at a call that changes a file", 1);
	judge(t, w, where, said);
}

void torture_kill(struct trial *t)
{
	const long rounds = trial_rounds(t, FULL_KILLS);
	struct work work[N_JOBS];
	char line[1400];
	long n;

	memcpy(work, jobs, sizeof jobs);
	while ((n = trial_take(t, N_JOBS * rounds)) >= 0) {
		struct work *w = &work[n / rounds];

		if (!w->is_measured)
			work_measure(t, w);
		trial_fill(t, line, sizeof line, w->line);
		trial_seed(t, n);
		kill_one(t, w, line, n % 2 == 0);
	}
	for (int i = 0; i < N_JOBS; i++)
		work_clear(&work[i]);
}
