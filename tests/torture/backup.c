/*
 * Backups beside a process that writes all the time: each has mode 0600, is whole, can be put in place of a database, and
 * is of one moment: the writer changes a note of all entries at once, so those that stay have the same one, and the audit
 * log, whose root `check` computes anew, has what was committed since the backup before.
 *
 * The writer says on a pipe which of its commands has ended.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture/trial.h"

enum { FULL_BACKUPS = 40, TRIES = 200, HANG_MS = 120000 };

struct writer {
	pid_t pid;
	int said; /* a byte for each command that has ended: 'c', or '!' for one that failed */
};

static void change(const struct trial *t, int out, const char *fmt, ...)
{
	struct run_result r;
	char line[1400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	run_line(&r, t->config, "%s", line);
	if (write(out, r.status == 0 ? "c" : "!", 1) != 1)
		_exit(1);
	run_clear(&r);
}

static void write_on(const struct trial *t, struct writer *w)
{
	int said[2];

	if (pipe2(said, O_CLOEXEC) != 0 || (w->pid = fork()) < 0)
		trial_give_up("a writer");
	w->said = said[0];
	close(said[w->pid == 0 ? 0 : 1]);
	if (w->pid != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		change(t, said[1], "import --format names --again %s", trial_path(t, "now/more"));
		change(t, said[1], "edit *.example --note x%ld", random());
		change(t, said[1], "delete more001.example more002.example --override --reason x --yes 2");
	}
}

/* Waits until so many more have ended; -1 when one failed or the writer stands still. */
static int wait_for_commands(const struct writer *w, int n)
{
	struct pollfd p = {w->said, POLLIN, 0};
	char said;

	while (n-- > 0)
		if (poll(&p, 1, HANG_MS) <= 0 || read(w->said, &said, 1) != 1 || said != 'c')
			return -1;
	return 0;
}

/* How many have ended that nobody waited for; -1 when one failed. */
static int take_ended(const struct writer *w)
{
	struct pollfd p = {w->said, POLLIN, 0};
	int n = 0;

	while (poll(&p, 1, 0) > 0) {
		if (wait_for_commands(w, 1) != 0)
			return -1;
		n++;
	}
	return n;
}

/* That the entries which are never deleted have one note. */
static int is_of_one_moment(const struct trial *t, const char *dir)
{
	static const char name[] = "{\"name\":\"kept", note[] = "\"note\":";
	const char *first = NULL;
	struct run_result r;
	int same, n = 0;

	run_line(&r, t->config, "-d %s list --format jsonl", dir);
	same = r.status == 0;
	for (const char *line = r.out; same && *line; line += strcspn(line, "\n") + 1) {
		const char *at = strncmp(line, name, sizeof name - 1) == 0 ? strstr(line, note) : NULL;

		if (!at)
			continue;
		first = first ? first : at;
		same = strncmp(at, first, strcspn(first, ",") + 1) == 0;
		n++;
	}
	run_clear(&r);
	return same && n == 80;
}

/* What is wrong with a copy (static), or NULL; how many records it has. */
static const char *judge(struct trial *t, const char *file, long *records)
{
	static char text[900];
	char dir[1200];
	struct run_result r;
	int status;

	snprintf(dir, sizeof dir, "%s", trial_path(t, "elsewhere"));
	run_line(&r, t->config, "-d %s restore-backup %s", dir, file);
	status = r.status;
	snprintf(text, sizeof text, "cannot be put in place: %d %.600s", status, r.err);
	run_clear(&r);
	if (status != 0)
		return text;
	run_line(&r, t->config, "-d %s audit list --format jsonl", dir);
	*records = r.status == 0 ? (long)run_count_lines(r.out) : -1;
	run_clear(&r);
	run_line(&r, t->config, "-d %s check", dir);
	status = r.status;
	snprintf(text, sizeof text, "is not whole: %.400s%.400s", r.out, r.err);
	run_clear(&r);
	if (status != 0)
		return text;
	return is_of_one_moment(t, dir) ? NULL : "is not of one moment";
}

/* A backup while a command of the writer came to its end: one that none met is taken again. */
static int back_up_beside(struct trial *t, const struct writer *w, const char *file)
{
	for (int i = 0; i < TRIES; i++) {
		struct stat st = {0};
		struct run_result r;
		int good, met = take_ended(w);

		run_line(&r, t->config, "backup --replace %s", file);
		met = met < 0 ? met : take_ended(w);
		stat(file, &st);
		good = r.status == 0 && (st.st_mode & 07777) == 0600;
		if (!good)
			trial_bad(t, "backup: %d, mode %o: %s", r.status, st.st_mode & 07777, r.err);
		run_clear(&r);
		if (good && met < 0)
			trial_bad(t, "the writer cannot write");
		if (!good || met != 0)
			return good && met > 0 ? 0 : -1;
	}
	trial_bad(t, "nothing was committed while %d backups were taken", TRIES);
	return -1;
}

static void back_up(struct trial *t, const struct writer *w, long *last)
{
	const char *wrong;
	char file[1200];
	long records = -1;

	snprintf(file, sizeof file, "%s", trial_path(t, "copy"));
	/* The second that ends from here on has begun after the last backup. */
	if (take_ended(w) < 0 || wait_for_commands(w, 2) != 0) {
		trial_bad(t, "the writer cannot write");
		return;
	}
	if (back_up_beside(t, w, file) < 0)
		return;
	wrong = judge(t, file, &records);
	if (wrong)
		trial_bad(t, "the backup %s", wrong);
	else if (records <= *last)
		trial_bad(t, "the backup has %ld records, there were %ld before two commands", records, *last);
	else
		trial_good(t);
	trial_tally(t, "audit records that came before and between", records - *last);
	*last = records;
}

void torture_backup(struct trial *t)
{
	struct writer w;
	struct state s;
	long records;

	trial_reset(t, BASE_FULL);
	trial_look(t, &s);
	records = s.records;
	state_clear(&s);
	write_on(t, &w);
	while (trial_take(t, trial_rounds(t, FULL_BACKUPS)) >= 0)
		back_up(t, &w, &records);
	close(w.said); /* it ends where it would say that one more has ended */
	waitpid(w.pid, NULL, 0);
}
