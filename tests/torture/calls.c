/*
 * Every call of libc that a command makes fails once, in its own process, in those that it forks and in the DNS worker:
 * the command ends with a documented status and says what is wrong in a sentence; neither it nor a process of it ends by
 * a signal; what it prints at status 0 is what it prints when nothing is wrong, or says what could not be had; the
 * database is as before or after; what it makes is there whole or not at all; nothing is left lying about; and the same
 * line does its work once nothing is wrong.  The console gives its terminal back.
 *
 * What a function returned before the fault is not undone, so a command may well succeed after all: then it has done
 * what it was asked for.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture/calls_console.h"
#include "torture/calls_jobs.h"
#include "torture/calls_said.h"
#include "torture/functions.h"
#include "torture/trial.h"

/* At 100 every call fails that is not one of thousands: of those the first, the last and some between; with
 * TORTURE_CALLS=all these, too.  A small share passes over functions, too. */
enum { FULL_CALLS = 80, CONSOLE_CALLS = 4, ALL_FUNCTIONS_AT = 20 };

/* How long the console may show nothing new of what a key is to bring, with nothing wrong and with a fault. */
enum { PATIENCE_MS = 20000, SILENCE_MS = 700 };

/* What a command does when nothing is wrong. */
struct measured {
	int is_done, touches;
	struct said said;
	struct fault_counts counts;
	struct state before, after;
	char *names; /* of the files it leaves */
};

static const char *const functions[N_FUNCTIONS] = {
#define X(name) #name,
	FUNCTIONS
#undef X
};

static const char *const roles[N_ROLES] = {[ROLE_OWN] = "", [ROLE_CHILD] = "child/", [ROLE_WORKER] = "worker/"};

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
		{"sendfile", {EIO, ENOSPC, ENOMEM}}, {"copy_file_range", {EIO, ENOSPC, EXDEV}},
		{"open", {EMFILE, EACCES, EIO}}, {"openat", {EMFILE, EACCES, EIO}}, {"fopen", {EMFILE, EACCES, EIO}},
		{"fdopen", {ENOMEM, ENOMEM, ENOMEM}}, {"fopencookie", {ENOMEM, ENOMEM, ENOMEM}},
		{"fdopendir", {ENOMEM, ENOMEM, ENOMEM}},
		{"memfd_create", {EMFILE, ENOMEM, ENFILE}},
		{"fork", {EAGAIN, ENOMEM, EAGAIN}}, {"fexecve", {ENOMEM, EACCES, EIO}}, {"execvp", {ENOMEM, EACCES, EIO}},
		{"socket", {EMFILE, ENOBUFS, EACCES}}, {"socketpair", {EMFILE, ENFILE, ENOBUFS}},
		{"pipe2", {EMFILE, ENFILE, EMFILE}}, {"dup", {EMFILE, EMFILE, EMFILE}}, {"dup2", {EMFILE, EINTR, EBUSY}},
		{"connect", {ENETUNREACH, EACCES, EAGAIN}}, {"send", {ENOBUFS, EAGAIN, EPERM}},
		{"sendmsg", {ENOBUFS, EAGAIN, EPERM}}, {"setsockopt", {ENOBUFS, ENOMEM, EPERM}},
		{"recvmsg", {ECONNREFUSED, EINTR, EAGAIN}},
		{"recvmmsg", {ECONNREFUSED, EINTR, EAGAIN}}, {"poll", {EINTR, ENOMEM, EINTR}},
		{"epoll_create1", {EMFILE, ENFILE, ENOMEM}}, {"epoll_ctl", {ENOMEM, ENOSPC, ENOMEM}},
		{"epoll_wait", {EINTR, EINTR, EINTR}}, {"waitpid", {EINTR, EINTR, EINTR}},
		{"rename", {EIO, EACCES, ENOSPC}}, {"mkdir", {ENOSPC, EACCES, EIO}},
		{"fsync", {EIO, ENOSPC, EIO}}, {"fdatasync", {EIO, ENOSPC, EIO}},
		{"fflush", {ENOSPC, EIO, ENOSPC}}, {"fclose", {ENOSPC, EIO, ENOSPC}}, {"fcntl", {EAGAIN, EINTR, ENOLCK}},
		{"access", {EACCES, EIO, ENOENT}}, {"faccessat", {EACCES, EIO, ENOENT}}, {"prctl", {EINVAL, EPERM, EFAULT}},
		{"getrandom", {EINTR, ENOSYS, EAGAIN}}, {"syscall", {ENOSYS, EPERM, ENOMEM}},
		{"setrlimit", {EPERM, EINVAL, EPERM}}, {"flock", {EINTR, ENOLCK, EWOULDBLOCK}},
	};

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (strcmp(usual[i].function, function) == 0)
			return usual[i].error[draw % 3];
	return EIO;
}

/* --- what lies in the folder ------------------------------------------------------------------------------ */

static int by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Names in the folder under test and in its database's, one a line. */
static char *list_names(const struct trial *t)
{
	static const char *const dirs[] = {"now", "now/db"};
	char *name[400], *text = calloc(1, 400 * 300);
	size_t n = 0;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		DIR *d = opendir(trial_path(t, dirs[i]));
		struct dirent *e;

		while (d && (e = readdir(d)) && n < 400)
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
				name[n++] = strdup(e->d_name);
		if (d)
			closedir(d);
	}
	qsort(name, n, sizeof *name, by_text);
	for (size_t i = 0; i < n; i++) {
		strcat(strcat(text, name[i]), "\n");
		free(name[i]);
	}
	return text;
}

static int has_line(const char *text, const char *line, size_t len)
{
	for (const char *p = text; (p = strstr(p, line)) != NULL; p += len)
		if (strncmp(p, line, len) == 0 && (p == text || p[-1] == '\n'))
			return 1;
	return 0;
}

/* A file that neither was there nor is made by the command; static, "" for none. */
static const char *find_litter(const struct trial *t, const struct measured *m)
{
	static char found[300];
	char *names = list_names(t);

	found[0] = '\0';
	for (char *p = names; *p && !found[0];) {
		size_t len = strcspn(p, "\n") + 1;
		char line[300];

		snprintf(line, sizeof line, "%.*s", (int)len, p);
		if (!has_line(m->names, line, len))
			snprintf(found, sizeof found, "%.*s", (int)len - 1, p);
		p += len;
	}
	free(names);
	return found;
}

/* Where a file cannot be taken away it stays; and a process that ends for want of memory tidies nothing: what it was
 * making stays beside its place under a name with its number, which the next one does not use. */
static int may_litter(const char *litter, const char *wish, const char *said)
{
	if (strstr(said, "mxward: out of memory;") && (strstr(litter, ".new-") || strstr(litter, ".copy-")))
		return 1;
	return strstr(wish, "unlink") || strstr(wish, "rmdir") || strstr(wish, "readdir") || strstr(wish, "fdopendir");
}

/* --- one fault -------------------------------------------------------------------------------------------- */

struct fault {
	const struct job *job;
	const struct measured *m;
	const char *line, *wish;
	int status;
	const char *said;
	const char *out; /* as said_normal() makes it */
	const char *wrong; /* of what the terminal saw, or NULL */
};

#define WHERE "%s at %s (status %d: %.250s): "
#define OF(f) (f)->job->line, (f)->wish, (f)->status, (f)->said

static int read_counts(const struct trial *t, struct fault_counts *out)
{
	FILE *f = fopen(trial_path(t, "counts"), "rb");
	int rc = f && fread(out, sizeof *out, 1, f) == 1 ? 0 : -1;

	if (f)
		fclose(f);
	return rc;
}

/* Of a process that the command started, seen by the command that waited for it. */
static const char *child_end(const struct trial *t)
{
	static char text[80];
	struct fault_counts counts;

	if (read_counts(t, &counts) != 0)
		return "nothing was counted";
	snprintf(text, sizeof text, "a process of it ended by signal %d", counts.child_signal);
	return counts.child_signal ? text : NULL;
}

/* What it made, where that is a file or a folder of its own. */
static int judge_product(struct trial *t, const struct fault *f)
{
	char path[1300], line[1500];
	struct run_result r;
	int status;

	if (!f->job->product)
		return 0;
	trial_fill(t, path, sizeof path, f->job->product);
	if (access(path, F_OK) != 0) {
		if (f->status == 0)
			trial_bad(t, WHERE "%s is not there", OF(f), path);
		return f->status == 0 ? -1 : 0;
	}
	if (!f->job->proof)
		return 0;
	trial_fill(t, line, sizeof line, f->job->proof);
	run_line(&r, t->config, "%s", line);
	status = r.status;
	if (status != 0)
		trial_bad(t, WHERE "%s says of what it made %d: %s%s", OF(f), line, status, r.out, r.err);
	run_clear(&r);
	return status == 0 ? 0 : -1;
}

/* wish: what goes wrong, or where it is counted, for that variable; NULL for nothing.  NULL, or what a terminal saw. */
static const char *run_job(struct trial *t, struct run_result *r, const struct job *job, const char *variable,
			   const char *wish, const char *line)
{
	const char *wrong = NULL;

	if (!job->is_console) {
		trial_run(t, r, wish ? "preload_faults.so" : NULL, variable, wish, line);
		return NULL;
	}
	if (wish) {
		char path[1200];

		snprintf(path, sizeof path, "%s/preload_faults.so", t->preload_dir);
		setenv("LD_PRELOAD", path, 1);
		setenv(variable, wish, 1);
	}
	wrong = console_trial(t, r, wish && strcmp(variable, "MXWARD_FAULT") == 0 ? SILENCE_MS : PATIENCE_MS);
	if (wish) {
		unsetenv("LD_PRELOAD");
		unsetenv(variable);
	}
	return wrong;
}

/* The same line once more, with nothing wrong. */
static int judge_again(struct trial *t, const struct fault *f)
{
	struct run_result r;
	struct state s;
	int good;

	run_job(t, &r, f->job, NULL, NULL, f->line);
	good = r.status == f->m->said.status || (f->job->already && strstr(r.err, f->job->already));
	if (!good)
		trial_bad(t, WHERE "once more it ends with %d: %s", OF(f), r.status, r.err);
	run_clear(&r);
	if (!good || strcmp(f->m->before.rows, f->m->after.rows) == 0)
		return good ? 0 : -1;
	trial_look(t, &s);
	good = !s.why && state_has_rows(&s, &f->m->after);
	if (!good)
		trial_bad(t, WHERE "once more it does not do its work: %s", OF(f), s.why ? s.why : "");
	state_clear(&s);
	return good ? 0 : -1;
}

/* What became of a database that is not what it was, bit by bit. */
static int judge_database(struct trial *t, const struct fault *f, int *is_done)
{
	const struct state *before = &f->m->before, *after = &f->m->after;
	struct state s;
	int bad = -1;

	trial_look(t, &s);
	*is_done = strcmp(before->rows, after->rows) != 0 && state_has_rows(&s, after);
	if (s.why)
		trial_bad(t, WHERE "%s", OF(f), s.why);
	else if (!state_has_rows(&s, before) && !state_has_rows(&s, after))
		trial_bad(t, WHERE "it is neither before nor after", OF(f));
	else if (strcmp(before->rows, after->rows) != 0 && f->status == 0 && !*is_done && !f->job->is_console)
		trial_bad(t, WHERE "nothing was done", OF(f));
	else if (*is_done && f->status != 0 && strstr(f->said, "nothing was"))
		trial_bad(t, WHERE "it was done", OF(f));
	else if (s.records < before->records || s.records > after->records + 2)
		trial_bad(t, WHERE "%ld records, before %ld, after %ld", OF(f), s.records, before->records, after->records);
	else
		bad = 0;
	state_clear(&s);
	return bad;
}

/* A terminal that refuses what is written or set cannot be told to go back. */
static int is_deaf(const char *wish)
{
	return strncmp(wish, "write:", 6) == 0 || strncmp(wish, "tcsetattr:", 10) == 0;
}

static const char *judge_said(const struct trial *t, const struct fault *f)
{
	const struct said now = {f->status, f->out, f->said};
	const char *wrong = f->wrong && !is_deaf(f->wish) ? f->wrong : child_end(t);

	if (!wrong)
		wrong = said_wrong_status(f->job->line, &f->m->said, &now);
	return wrong ? wrong : said_wrong_output(f->job->may_say, &f->m->said, &now);
}

static void judge(struct trial *t, const struct fault *f)
{
	const char *wrong = judge_said(t, f), *litter = find_litter(t, f->m);
	int untouched = trial_is_untouched(t, f->job->base), is_done = 0;

	if (wrong)
		trial_bad(t, WHERE "%s", OF(f), wrong);
	else if (litter[0] && !may_litter(litter, f->wish, f->said))
		trial_bad(t, WHERE "'%s' is left", OF(f), litter);
	else if (untouched && f->m->touches && f->status == 0 && !f->job->is_console && !strstr(f->said, "this is not kept"))
		trial_bad(t, WHERE "nothing was done", OF(f));
	else if (judge_product(t, f) != 0 || (!untouched && judge_database(t, f, &is_done) != 0) ||
		 (!is_done && judge_again(t, f) != 0))
		return;
	else if (!untouched && f->job->base != BASE_DRIFTED && (wrong = trial_settle(t)))
		trial_bad(t, WHERE "%s", OF(f), wrong);
	else
		trial_good(t);
}

static void note_message(const struct fault *f)
{
	const char *path = getenv("TORTURE_MESSAGES");
	FILE *out = path ? fopen(path, "a") : NULL;

	if (!out)
		return;
	fprintf(out, "%d\t%s\t%s\t", f->status, f->job->line, f->wish);
	for (const char *p = f->said; *p; p++)
		fputc(*p == '\n' ? '|' : *p, out);
	fputc('\n', out);
	fclose(out);
}

static void fail_one(struct trial *t, struct fault *f)
{
	const char *counts = trial_path(t, "counts");
	struct run_result r;
	char *out;

	job_prepare(t, f->job);
	/* A worker that ended is replaced: numbered through, its like does not meet the same fault again. */
	unlink(counts);
	setenv("MXWARD_FAULT_COUNT", counts, 1);
	f->wrong = run_job(t, &r, f->job, "MXWARD_FAULT", f->wish, f->line);
	unsetenv("MXWARD_FAULT_COUNT");
	f->status = r.status;
	f->said = r.err;
	f->out = out = said_normal(r.out);
	note_message(f);
	judge(t, f);
	free(out);
	run_clear(&r);
}

/* --- all of them ------------------------------------------------------------------------------------------ */

static int is_write(const char *function)
{
	return strcmp(function, "write") == 0 || strcmp(function, "pwrite") == 0 || strcmp(function, "writev") == 0;
}

/* The first ones, the last one, and some between: which of the calls is the i-th to fail. */
static long call_of(struct trial *t, long i, long rounds, long calls)
{
	if (rounds == calls || i < rounds / 2)
		return i + 1;
	return i == rounds - 1 ? calls : rounds / 2 + 1 + (long)trial_random(t, (unsigned)(calls - rounds / 2));
}

static void fail_function(struct trial *t, struct fault *f, enum role role, const char *function, long calls)
{
	const char *all = getenv("TORTURE_CALLS");
	long rounds = all && strcmp(all, "all") == 0 ? calls : trial_rounds(t, f->job->is_console ? CONSOLE_CALLS : FULL_CALLS);
	char wish[80];

	if (trial_random(t, ALL_FUNCTIONS_AT) >= (unsigned)t->percent)
		return;
	if (rounds > calls)
		rounds = calls;
	for (long i = 0; i < rounds; i++) {
		long n = call_of(t, i, rounds, calls);

		if (is_write(function) && trial_random(t, 4) == 0)
			snprintf(wish, sizeof wish, "%s%.39s:%ld:short", roles[role], function, n);
		else
			snprintf(wish, sizeof wish, "%s%.39s:%ld:%d", roles[role], function, n,
				 error_of(function, trial_random(t, 3)));
		f->wish = wish;
		fail_one(t, f);
	}
	trial_tally(t, role == ROLE_OWN ? "faults in the command" : role == ROLE_CHILD ? "in processes it forks" :
		    "in the DNS worker", rounds);
	trial_tally(t, "calls that were seen", calls);
}

static void measure(struct trial *t, const struct job *job, struct measured *m, const char *line)
{
	const char *wrong;
	char counts[1200];
	struct run_result r;

	m->is_done = 1;
	snprintf(counts, sizeof counts, "%s", trial_path(t, "counts"));
	unlink(counts);
	job_prepare(t, job);
	trial_look(t, &m->before);
	wrong = run_job(t, &r, job, "MXWARD_FAULT_COUNT", counts, line);
	m->said = (struct said){r.status, said_normal(r.out), strdup(r.err)};
	m->touches = !trial_is_untouched(t, job->base);
	m->names = list_names(t);
	trial_look(t, &m->after);
	if (wrong || m->before.why || m->after.why || r.status > 2 || read_counts(t, &m->counts) != 0 || m->counts.child_signal) {
		trial_bad(t, "%s does not work when nothing is wrong (%d): %s%s", line, r.status, r.err,
			  wrong ? wrong : m->before.why ? m->before.why : m->after.why ? m->after.why : "");
		memset(&m->counts, 0, sizeof m->counts);
	}
	run_clear(&r);
}

/* A trial is a function in a process of a command, so that both work and numbers stay the same from run to run. */
void torture_calls(struct trial *t)
{
	const long parts = (long)N_ROLES * N_FUNCTIONS;
	struct measured *measured = calloc(n_jobs, sizeof *measured);
	long n;

	while ((n = trial_take(t, (long)n_jobs * parts)) >= 0) {
		const struct job *job = &jobs[n / parts];
		struct measured *m = &measured[n / parts];
		enum role role = (enum role)(n % parts / N_FUNCTIONS);
		int function = (int)(n % N_FUNCTIONS);
		struct fault f = {.job = job, .m = m};
		char line[1500];

		trial_fill(t, line, sizeof line, job->line);
		f.line = line;
		if (!m->is_done)
			measure(t, job, m, line);
		trial_seed(t, n);
		if (m->counts.calls[role][function])
			fail_function(t, &f, role, functions[function], m->counts.calls[role][function]);
	}
	for (size_t i = 0; i < n_jobs; i++) {
		state_clear(&measured[i].before);
		state_clear(&measured[i].after);
		free(measured[i].names);
		free((char *)measured[i].said.out);
		free((char *)measured[i].said.err);
	}
	free(measured);
}
