/*
 * Every call of libc that a command makes fails once: the command ends with a documented status and says what is wrong,
 * never by a signal; the database is as before or after; and the next command needs no hand.
 *
 * What a function returned before the fault is not undone, so a command may well succeed after all: then it has done
 * what it was asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/trial.h"

enum { FUNCTIONS_MAX = 80, FULL_CALLS = 12 }; /* calls of one function by one command that are made to fail */

struct job {
	const char *line; /* @ stands for the folder under test, % for the batch */
	enum base base;
};

static const struct job jobs[] = {
	{"add new.example --customer C-1 --note x", BASE_FULL},
	{"edit kept001.example --note y", BASE_FULL},
	{"pin kept001.example --reason outage --until 2030-01-01", BASE_FULL},
	{"unpin kept002.example", BASE_FULL},
	{"notice moved00.example --deadline 2030-01-01", BASE_FULL},
	{"reviewed kept003.example", BASE_FULL},
	{"delete class:orphan --reason left --yes 100", BASE_FULL},
	{"restore % --reason back", BASE_DELETED},
	{"import --format names @/more", BASE_FULL},
	{"scan", BASE_FULL},
	{"publish", BASE_BEHIND},
	{"traffic --relay relay1 @/mail.log", BASE_FULL},
	{"missing @/mail.log", BASE_FULL},
	{"backup @/backup2", BASE_FULL},
	{"restore-backup @/backup", BASE_FULL},
	{"compact", BASE_FULL},
	{"check", BASE_FULL},
	{"audit checkpoint", BASE_FULL},
	{"audit export --customer C-1042 @/out", BASE_FULL},
	{"report --since 2020-01-01", BASE_FULL},
	{"list", BASE_FULL},
	{"show kept001.example", BASE_FULL},
	{"stat", BASE_FULL},
	{"lookup kept001.example gone01.example", BASE_FULL},
	{"grade --relay-host backup.isp.example --network 11.11.0.0/16 @/names", BASE_FULL},
};

static void fill(const struct trial *t, char *out, size_t size, const char *line)
{
	size_t n = 0;

	for (const char *p = line; *p && n + 1 < size; p++) {
		if (*p == '@')
			n += (size_t)snprintf(out + n, size - n, "%s", trial_path(t, "now"));
		else if (*p == '%')
			n += (size_t)snprintf(out + n, size - n, "%s", t->batch);
		else
			out[n++] = *p;
	}
	out[n] = '\0';
}

static int is_documented(int status)
{
	static const int good[] = {0, 1, 2, 64, 65, 66, 69, 70, 71, 73, 74, 75, 77, 78};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (status == good[i])
			return 1;
	return 0;
}

/* Which error a function may really give. */
static int error_of(const char *function, unsigned draw)
{
	static const struct {
		const char *function;
		int error[3];
	} usual[] = {
		{"malloc", {ENOMEM, ENOMEM, ENOMEM}}, {"calloc", {ENOMEM, ENOMEM, ENOMEM}},
		{"realloc", {ENOMEM, ENOMEM, ENOMEM}}, {"mmap", {ENOMEM, EAGAIN, ENODEV}},
		{"write", {EIO, ENOSPC, EDQUOT}}, {"pwrite", {EIO, ENOSPC, EDQUOT}}, {"writev", {EIO, ENOSPC, EDQUOT}},
		{"open", {EMFILE, EACCES, EIO}}, {"openat", {EMFILE, EACCES, EIO}}, {"fopen", {EMFILE, EACCES, EIO}},
		{"fork", {EAGAIN, ENOMEM, EAGAIN}}, {"socket", {EMFILE, ENOBUFS, EACCES}},
		{"connect", {ENETUNREACH, EACCES, EAGAIN}}, {"rename", {EIO, EACCES, ENOSPC}},
		{"mkdir", {ENOSPC, EACCES, EIO}}, {"fsync", {EIO, ENOSPC, EIO}}, {"fdatasync", {EIO, ENOSPC, EIO}},
		{"fflush", {ENOSPC, EIO, ENOSPC}}, {"fclose", {ENOSPC, EIO, ENOSPC}}, {"poll", {EINTR, ENOMEM, EINTR}},
		{"recv", {ECONNREFUSED, EINTR, EAGAIN}}, {"recvmsg", {ECONNREFUSED, EINTR, EAGAIN}},
		{"waitpid", {EINTR, EINTR, EINTR}}, {"fcntl", {EAGAIN, EINTR, ENOLCK}},
	};

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (strcmp(usual[i].function, function) == 0)
			return usual[i].error[draw % 3];
	return EIO;
}

static void judge(struct trial *t, const struct job *job, const char *wish, const struct run_result *r,
		  const struct state *before, const struct state *after)
{
	struct state s;
	const char *wrong;
	int changed;

	trial_look(t, &s);
	changed = strcmp(before->rows, after->rows) != 0;
	if (r->status >= 128)
		trial_bad(t, "%s at %s: a signal (%d): %s", job->line, wish, r->status, r->err);
	else if (!is_documented(r->status))
		trial_bad(t, "%s at %s: status %d: %s", job->line, wish, r->status, r->err);
	else if (r->status >= 64 && !strstr(r->err, "mxward: "))
		trial_bad(t, "%s at %s: status %d without a word", job->line, wish, r->status);
	else if (s.why)
		trial_bad(t, "%s at %s (status %d: %s): %s", job->line, wish, r->status, r->err, s.why);
	else if (!state_has_rows(&s, before) && !state_has_rows(&s, after))
		trial_bad(t, "%s at %s: status %d, and it is neither before nor after: %s", job->line, wish, r->status, r->err);
	else if (changed && r->status == 0 && !state_has_rows(&s, after))
		trial_bad(t, "%s at %s: status 0, and nothing was done", job->line, wish);
	else if (changed && state_has_rows(&s, after) && r->status != 0 && strstr(r->err, "nothing was"))
		trial_bad(t, "%s at %s: it was done, and it says: %s", job->line, wish, r->err);
	else if (s.records < before->records || s.records > after->records + 2)
		trial_bad(t, "%s at %s: %ld records, before %ld, after %ld", job->line, wish, s.records, before->records,
			  after->records);
	else if ((wrong = trial_settle(t)))
		trial_bad(t, "%s at %s (status %d: %s): %s", job->line, wish, r->status, r->err, wrong);
	else
		trial_good(t);
	state_clear(&s);
}

static void fail_one(struct trial *t, const struct job *job, const char *line, const char *wish,
		     const struct state *before, const struct state *after)
{
	struct run_result r;

	trial_reset(t, job->base);
	trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT", wish, line);
	judge(t, job, wish, &r, before, after);
	run_clear(&r);
}

/* The first calls, the last ones, and some between. */
static void fail_function(struct trial *t, const struct job *job, const char *line, const char *function, long calls,
			  const struct state *before, const struct state *after)
{
	long rounds = trial_rounds(t, FULL_CALLS);
	char wish[80];

	/* A clock that exists does not fail; nor does this one, and libsodium ends a process without random numbers. */
	if (strcmp(function, "clock_gettime") == 0 || strcmp(function, "getrandom") == 0)
		return;
	if (rounds > calls)
		rounds = calls;
	for (long i = 0; i < rounds; i++) {
		long n = rounds == calls ? i + 1 : i < rounds / 3 ? i + 1 : 1 + (long)trial_random(t, (unsigned)calls);
		int writes = strcmp(function, "write") == 0 || strcmp(function, "pwrite") == 0 ||
			     strcmp(function, "writev") == 0;

		if (writes && trial_random(t, 4) == 0)
			snprintf(wish, sizeof wish, "%.39s:%ld:short", function, n);
		else
			snprintf(wish, sizeof wish, "%.39s:%ld:%d", function, n, error_of(function, trial_random(t, 3)));
		fail_one(t, job, line, wish, before, after);
	}
}

static void fail_all(struct trial *t, const struct job *job)
{
	char line[1500], counts[1200], function[FUNCTIONS_MAX][40];
	long calls[FUNCTIONS_MAX];
	struct state before, after;
	struct run_result r;
	FILE *f;
	int n = 0;

	fill(t, line, sizeof line, job->line);
	snprintf(counts, sizeof counts, "%s", trial_path(t, "counts"));
	trial_reset(t, job->base);
	trial_look(t, &before);
	trial_run(t, &r, "preload_faults.so", "MXWARD_FAULT_COUNT", counts, line);
	trial_look(t, &after);
	f = fopen(counts, "r");
	if (before.why || after.why || !f || r.status > 2) {
		trial_bad(t, "%s does not work when nothing is wrong (%d): %s%s", line, r.status, r.err,
			  before.why ? before.why : after.why ? after.why : "");
	} else {
		while (n < FUNCTIONS_MAX && fscanf(f, "%39s %ld", function[n], &calls[n]) == 2)
			n++;
		for (int i = 0; i < n; i++)
			if (strcmp(function[i], "io") != 0)
				fail_function(t, job, line, function[i], calls[i], &before, &after);
	}
	if (f)
		fclose(f);
	run_clear(&r);
	state_clear(&before);
	state_clear(&after);
}

void torture_calls(struct trial *t)
{
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		fail_all(t, &jobs[i]);
}
