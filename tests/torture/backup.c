/*
 * Backups beside a process that writes all the time: each has mode 0600, is whole, can be put in place of a database, and
 * is of one moment: the writer changes a note of all entries at once, so those that stay have the same one, and the audit
 * log, whose root `check` computes anew, has not shrunk.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture/trial.h"

enum { FULL_BACKUPS = 40 };

static pid_t write_on(const struct trial *t)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct run_result r;

		run_line(&r, t->config, "import --format names --again %s", trial_path(t, "now/more"));
		run_clear(&r);
		run_line(&r, t->config, "edit *.example --note x%ld", random());
		run_clear(&r);
		run_line(&r, t->config, "delete more001.example more002.example --override --reason x --yes 2");
		run_clear(&r);
	}
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

static void back_up(struct trial *t, long number, long *last)
{
	char file[1200], dir[1200];
	struct run_result r, checked;
	struct stat st = {0};
	long records = -1;

	snprintf(file, sizeof file, "%s", trial_path(t, "copy"));
	snprintf(dir, sizeof dir, "%s", trial_path(t, "elsewhere"));

	run_line(&r, t->config, "backup --replace %s", file);
	stat(file, &st);
	run_line(&checked, t->config, "-d %s restore-backup %s", dir, file);
	if (r.status != 0 || (st.st_mode & 07777) != 0600) {
		trial_bad(t, "backup %ld: %d, mode %o: %s", number, r.status, st.st_mode & 07777, r.err);
	} else if (checked.status != 0) {
		trial_bad(t, "backup %ld cannot be put in place: %d %s", number, checked.status, checked.err);
	} else {
		run_clear(&checked);
		run_line(&checked, t->config, "-d %s audit list --format jsonl", dir);
		records = checked.status == 0 ? (long)run_count_lines(checked.out) : -1;
		run_clear(&checked);
		run_line(&checked, t->config, "-d %s check", dir);
		if (checked.status != 0)
			trial_bad(t, "backup %ld is not whole: %s%s", number, checked.out, checked.err);
		else if (!is_of_one_moment(t, dir))
			trial_bad(t, "backup %ld is not of one moment", number);
		else if (records < *last)
			trial_bad(t, "backup %ld has %ld records, the one before had %ld", number, records, *last);
		else
			trial_good(t);
		*last = records;
	}
	run_clear(&checked);
	run_clear(&r);
}

void torture_backup(struct trial *t)
{
	long records = 0, first = -1, taken = 0;
	pid_t writer;

	trial_reset(t, BASE_FULL);
	writer = write_on(t);
	while (trial_take(t, trial_rounds(t, FULL_BACKUPS)) >= 0) {
		back_up(t, t->number, &records);
		if (first < 0)
			first = records;
		taken++;
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	if (taken > 3 && records == first)
		trial_bad(t, "nothing was written meanwhile");
	trial_tally(t, "audit records that came between the first and the last", records - first);
}
