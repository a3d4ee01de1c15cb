/*
 * A process stopped while it holds the write lock: each command that changes something names it within two seconds, and
 * ends at once of SIGINT instead of waiting to the end; when the holder is killed, the next command works.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "db/env.h"
#include "torture/work.h"

/* A machine that is busy with others may hold a command up, so a line may be late but for one time of so many. */
enum { PROMPT_MS = 2000, TRIES = 5, HANG_MS = 120000 };

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t hold(const struct trial *t)
{
	const char *path = trial_path(t, "now/db");
	struct db_txn *txn;
	struct db *db;
	struct err e;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (db_open(&db, path, DB_READ_WRITE, &e) != 0 || db_begin_write(&txn, db, "a scan", 0, 60000, &e) != 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status)) {
		fprintf(stderr, "torture: nobody holds the lock\n");
		exit(1);
	}
	return pid;
}

static pid_t start(const struct trial *t, const char *line, int *err)
{
	const char *argv[40] = {run_mxward(), "-c", t->config};
	char words[1400], *save = NULL;
	int pipe_of[2], n = 3;
	pid_t pid;

	snprintf(words, sizeof words, "%s", line);
	for (char *w = strtok_r(words, " ", &save); w && n < 39; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	if (pipe2(pipe_of, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		signal(SIGINT, SIG_DFL); /* which a shell turns off for what it runs in the background */

		dup2(null, 0);
		dup2(null, 1);
		dup2(pipe_of[1], 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipe_of[1]);
	*err = pipe_of[0];
	return pid;
}

/* Reads until the words are there or the program has ended; milliseconds since began, or -1. */
static long read_until(int fd, const char *words, long began, char *said, size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		struct pollfd p = {fd, POLLIN, 0};
		ssize_t got;

		if (poll(&p, 1, HANG_MS) <= 0 || (got = read(fd, said + n, size - n - 1)) <= 0)
			return -1;
		n += (size_t)got;
		said[n] = '\0';
		if (strstr(said, words))
			return now_ms() - began;
	}
	return -1;
}

/* One command beside a stopped holder.  NULL, or what was wrong (static); the milliseconds until it named the holder, and
 * until it had ended. */
static const char *wait_in_vain(struct trial *t, enum base base, const char *line, long *named, long *ended)
{
	static char why[5000];
	char said[4096] = "";
	struct run_result r;
	int fd, status = 0;
	pid_t holder, pid;
	long began;

	trial_reset(t, base);
	holder = hold(t);
	began = now_ms();
	pid = start(t, line, &fd);
	*named = read_until(fd, ", a scan, since", began, said, sizeof said); /* what it says when it has waited in vain is another sentence */
	began = now_ms();
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	*ended = now_ms() - began;
	close(fd);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	run_line(&r, t->config, "edit kept001.example --note after");
	why[0] = '\0';
	if (*named < 0 || !strstr(said, "waiting for "))
		snprintf(why, sizeof why, "the holder was not named: %s", said);
	else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGINT)
		snprintf(why, sizeof why, "SIGINT did not end it: status %d", status);
	else if (r.status != 0)
		snprintf(why, sizeof why, "after the holder was killed: %d %.4000s", r.status, r.err);
	run_clear(&r);
	return why[0] ? why : NULL;
}

static void try_line(struct trial *t, enum base base, const char *line)
{
	const char *why = NULL;
	long named = 0, ended = 0;

	for (int i = 0; i < TRIES; i++) {
		why = wait_in_vain(t, base, line, &named, &ended);
		if (why || (named <= PROMPT_MS && ended <= PROMPT_MS))
			break;
	}
	if (why)
		trial_bad(t, "%s: %s", line, why);
	else if (named > PROMPT_MS || ended > PROMPT_MS)
		trial_bad(t, "%s: the holder was named after %ld ms, and SIGINT took %ld ms, %d times in a row", line, named, ended, TRIES);
	else
		trial_good(t);
}

void torture_lock(struct trial *t)
{
	char line[1400];
	long n;

	while ((n = trial_take(t, (long)n_works)) >= 0) {
		trial_fill(t, line, sizeof line, works[n].line);
		if (works[n].is & WORK_LOCKS)
			try_line(t, works[n].base, line);
	}
}
