/*
 * kill -9 while records are appended in bulk: transactions of one to three thousand records, one after the other, by a
 * process that says on a pipe which of them is committed.
 *
 * Afterwards `check`, which hashes every record and rebuilds the tree, finds the log sound; there are as many records as
 * whole transactions have, no fewer than were said to be committed; and the next one goes on where it stopped.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "db/auditlog.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/ward.h"
#include "torture/trial.h"

enum { FULL_KILLS = 200, MOST_RECORDS = 3000, LONGEST_MS = 150, FRESH_EVERY = 25 };

static unsigned next_size(unsigned *seed)
{
	return 1 + (unsigned)rand_r(seed) % MOST_RECORDS;
}

static int open_ward(const struct trial *t, struct ward *w, struct err *e)
{
	struct ward_options o = {.config_file = t->config, .needs_database = 1};

	return ward_open(w, &o, e);
}

/* Of several chains, some of them with evidence, as a scan or a bulk deletion writes them. */
static int append(struct commit *c, unsigned i, struct err *e)
{
	char domain[40];
	const char *answer = domain;
	struct audit_evidence line = {.question = domain, .rcode = "NOERROR", .records = &answer, .n_records = 1,
				      .resolver = "192.0.2.53", .time_ms = 1772323200000, .verdict = "ORPHAN",
				      .reason = "ORPHAN_OFFNET"};
	struct audit_what what = {.action = AUDIT_OBSERVE_CHANGE, .customer = i % 3 ? "C-1" : "", .domain = domain,
				  .before = "OK OK_BACKUP", .after = "ORPHAN ORPHAN_OFFNET", .batch = c->batch};

	snprintf(domain, sizeof domain, "name%04u.example", i % 700);
	if (i % 4 == 0) {
		what.evidence = &line;
		what.n_evidence = 1;
	}
	return auditlog_append(&c->audit, &what, e);
}

static void append_until_killed(const struct trial *t, unsigned seed, int out)
{
	struct audit_note note = {.reason = "torture", .text = "a note", .ticket = "INC-1"};
	struct ward w;
	struct err e;

	if (open_ward(t, &w, &e) != 0)
		_exit(1);
	for (;;) {
		unsigned n = next_size(&seed);
		struct commit c;

		if (commit_begin(&c, &w, "torture", 1, note, &e) != 0)
			_exit(1);
		commit_name_batch(&c);
		for (unsigned i = 0; i < n; i++)
			if (append(&c, i, &e) != 0)
				_exit(1);
		if (commit_end(&c, &e) != 0 || write(out, "c", 1) != 1)
			_exit(1);
	}
}

static long count_records(const struct trial *t)
{
	struct db_txn *txn;
	uint64_t n = 0;
	struct ward w;
	struct err e;
	int rc;

	if (open_ward(t, &w, &e) != 0)
		return -1;
	rc = db_begin_read(&txn, w.db, &e);
	if (rc == 0) {
		rc = auditlog_size(txn, &n, &e);
		db_abort(txn);
	}
	ward_close(&w);
	return rc == 0 ? (long)n : -1;
}

/* How many transactions it said were committed. */
static long run_and_kill(const struct trial *t, unsigned seed, unsigned ms)
{
	struct timespec pause = {.tv_nsec = (long)ms * 1000000};
	char said[4096];
	long committed = 0;
	ssize_t got;
	int out[2], status;
	pid_t pid;

	if (pipe(out) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		close(out[0]);
		append_until_killed(t, seed, out[1]);
	}
	close(out[1]);
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while ((got = read(out[0], said, sizeof said)) > 0)
		committed += got;
	close(out[0]);
	return WIFSIGNALED(status) ? committed : -1;
}

static void kill_one(struct trial *t, long *records)
{
	unsigned seed = trial_random(t, 1 << 30), again = seed, ms = trial_random(t, LONGEST_MS);
	long committed = run_and_kill(t, seed, ms), at_least = *records, there;
	struct run_result r;

	for (long i = 0; i < committed; i++)
		at_least += next_size(&again);
	there = count_records(t);
	trial_run(t, &r, NULL, NULL, NULL, "check");
	if (committed < 0)
		trial_bad(t, "appends ended by themselves");
	else if (r.status != 0)
		trial_bad(t, "appends killed after %u ms: check says %d, %s%s", ms, r.status, r.out, r.err);
	else if (there != at_least && there != at_least + (long)next_size(&again))
		trial_bad(t, "appends killed after %u ms: %ld records, where %ld were committed", ms, there, at_least);
	else
		trial_good(t);
	run_clear(&r);
	*records = there;
}

void torture_appends(struct trial *t)
{
	const long rounds = trial_rounds(t, FULL_KILLS);
	long n;

	while ((n = trial_take(t, (rounds + FRESH_EVERY - 1) / FRESH_EVERY)) >= 0) {
		long records;

		trial_reset(t, BASE_FULL);
		records = count_records(t);
		for (long i = n * FRESH_EVERY; i < (n + 1) * FRESH_EVERY && i < rounds; i++)
			kill_one(t, &records);
		trial_tally(t, "records appended", records);
	}
}
