/*
 * Two operators who edit and a scan, at the same time on one database: each change and its record arrive, the scan sees
 * every entry, nobody is refused, and the database is sound afterwards.  How long an editor waited is noted, not judged.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/auditlog.h"
#include "db/check.h"
#include "db/env.h"
#include "db/scans.h"
#include "ops/change.h"
#include "ops/import.h"
#include "ops/rows.h"
#include "ops/ward.h"
#include "support/run.h"
#include "support/suite.h"

enum { ENTRIES = 4000, EDITS = 300 };

static char *dir, config[1100];
static struct run_world world;

struct shared {
	long longest_ms[2];
	int edited[2];
};

static struct shared *shared;

static void open_ward(struct ward *w)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct err e;

	if (ward_open(w, &o, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		_exit(2);
	}
}

static void set_up(void)
{
	struct run_result r;
	char path[1100];
	FILE *f;

	dir = run_make_dir();
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
			       "resolver = 127.0.0.1:%d\nauthoritative-port = %d\ndatabase = %s/db\n", world.port, world.port, dir);
	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(path, sizeof path, "%s/names", dir);
	f = fopen(path, "w");
	for (int i = 0; i < ENTRIES; i++)
		fprintf(f, "name%04d.example\n", i); /* none of them exists: an answer each, at once */
	fclose(f);
	run_line(&r, config, "import %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
}

static void tear_down(void)
{
	munmap(shared, sizeof *shared);
	run_world_stop(&world);
	run_remove_dir(dir);
}

/* An operator: edits one entry after the other, as fast as he may. */
static void edit_many(int who)
{
	struct ward w;
	struct err e;

	open_ward(&w);
	for (int i = 0; i < EDITS; i++) {
		char name[64], note[64];
		const char *names[] = {name};
		struct change c = {.note = note, .contract_end = -1, .confirmed = -1};
		int64_t before = loop_now(), took;
		size_t changed = 0;

		snprintf(name, sizeof name, "name%04d.example", (i * 37 + who) % ENTRIES);
		snprintf(note, sizeof note, "operator %d, edit %d", who, i);
		if (change_edit(&w, names, 1, &c, &changed, &e) != 0) {
			fprintf(stderr, "%s\n", e.text);
			_exit(1);
		}
		took = loop_now() - before;
		if (took > shared->longest_ms[who])
			shared->longest_ms[who] = (long)took;
		shared->edited[who] += (int)changed;
	}
	ward_close(&w);
	_exit(0);
}

START_TEST(two_operators_and_a_scan)
{
	const char *argv[] = {run_mxward(), "-c", config, "scan", NULL};
	struct db_report report;
	struct run_result r;
	struct db_txn *txn;
	struct arena a = {0};
	struct scan scan;
	struct ward w;
	struct err e;
	uint64_t records;
	pid_t pid[2];

	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			edit_many(i);
	}
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	for (int i = 0; i < 2; i++) {
		int status;

		waitpid(pid[i], &status, 0);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(shared->edited[i], EDITS);
	}
	open_ward(&w);
	ck_assert_int_eq(db_begin_read(&txn, w.db, &e), 0);
	ck_assert_int_eq(auditlog_size(txn, &records, &e), 0);
	/* Each was imported, and was an orphan when it was first looked at. */
	ck_assert_uint_eq(records, 2 * ENTRIES + 2 * EDITS);
	ck_assert_int_eq(scan_last(txn, &a, &scan, &e), 1);
	ck_assert_uint_eq(scan.done, ENTRIES);
	ck_assert_uint_eq(scan.count[CLASS_ORPHAN], ENTRIES);
	db_abort(txn);
	arena_clear(&a);
	ward_close(&w);
	snprintf(config, sizeof config, "%s/db", dir);
	ck_assert_int_eq(db_check(config, &report, &e), 0);
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	printf("note: an operator waited at most %ld ms beside a scan\n",
	       shared->longest_ms[0] > shared->longest_ms[1] ? shared->longest_ms[0] : shared->longest_ms[1]);
}
END_TEST

/* What a console does every second: a change of somebody else is seen without asking for it. */
START_TEST(another_process_s_change_is_seen)
{
	struct rows *rows;
	struct run_result r;
	struct row row;
	struct ward w;
	struct err e;
	int exact;

	open_ward(&w);
	rows = rows_new(&w.config);
	while (rows_load(rows, w.db, 50, &e) == 0)
		;
	ck_assert_uint_eq(rows_count(rows), ENTRIES);
	ck_assert_int_eq(rows_is_stale(rows, w.db), 0);
	run_line(&r, config, "edit name0007.example --customer C-9");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	ck_assert_int_eq(rows_is_stale(rows, w.db), 1);
	rows_reload(rows);
	while (rows_load(rows, w.db, 1, &e) == 0)
		;
	rows_get(rows, rows_find(rows, "name0007.example", &exact), &row);
	ck_assert_int_eq(exact, 1);
	ck_assert_str_eq(row.customer, "C-9");
	rows_free(rows);
	ward_close(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("together");
	TCase *c = tcase_create("processes");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, two_operators_and_a_scan);
	tcase_add_test(c, another_process_s_change_is_seen);
	suite_add_tcase(s, c);
	return suite_run(s);
}
