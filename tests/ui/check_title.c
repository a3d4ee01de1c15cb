/*
 * check_title: what the list's title and the view of the scans tell of the last scan while nobody writes anything: its age,
 * the nights that count, and that it died.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/env.h"
#include "db/scans.h"
#include "support/clock.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/vt.h"

enum { TITLE, PROGRESS, ROW = 4, NOBODY = 0x7ffffff0 /* no process has that number */ };

static struct db *open_db(void)
{
	char path[1100];
	struct err e = {0};
	struct db *db;

	snprintf(path, sizeof path, "%s/db", desk_dir);
	ck_assert_msg(db_open(&db, path, DB_READ_WRITE, &e) == 0, "%s", e.text);
	return db;
}

static void put_scans(const struct scan *scans, size_t n)
{
	struct db *db = open_db();
	struct db_txn *txn;
	struct err e = {0};

	ck_assert_msg(db_begin_write(&txn, db, "a test", 1, 60000, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(scan_put(txn, &scans[i], &e) == 0, "%s", e.text);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
	db_close(db);
}

/* site_hash() of the desk, as its own scan has it. */
static uint64_t sets_of_desk(void)
{
	struct arena arena = {0};
	struct db *db = open_db();
	struct db_txn *txn;
	struct err e = {0};
	struct scan s;

	ck_assert_int_eq(db_begin_read(&txn, db, &e), 0);
	ck_assert_int_eq(scan_get(txn, 1, &arena, &s, &e), 1);
	arena_clear(&arena);
	db_abort(txn);
	db_close(db);
	return s.sets;
}

static struct scan ended_scan(uint32_t number, int64_t ended)
{
	return (struct scan){.number = number, .started = ended - 10, .ended = ended, .touched = ended, .trusted = 1, .canaries = 1,
			     .total = 200, .done = 200, .cause = "", .by = "root", .position = ""};
}

/* The minutes of "9min ago" or "1h ago" on the title; -1 for neither. */
static int age_on_title(struct vt *t)
{
	static const struct {
		const char *unit;
		int minutes;
	} known[] = {{"min ago", 1}, {"h ago", 60}};
	const char *title = vt_row(t, TITLE);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *at = strstr(title, known[i].unit);

		while (at && at > title && at[-1] >= '0' && at[-1] <= '9')
			at--;
		if (at && *at >= '0' && *at <= '9')
			return (int)strtol(at, NULL, 10) * known[i].minutes;
	}
	return -1;
}

/* Waits until the age is this one or higher: who is slow may not see each. */
static void expect_age(struct vt *t, int minutes)
{
	int waited;

	for (waited = 0; age_on_title(t) < minutes && waited < VT_DEADLINE_MS; waited += 20)
		vt_pump(t, 20);
	ck_assert_msg(age_on_title(t) >= minutes, "'%s' is not %d minutes", vt_row(t, TITLE), minutes);
}

/* Nobody writes and no key is pressed: the age goes on all the same. */
START_TEST(the_age_goes_on_at_rest)
{
	struct scan last = ended_scan(2, date_now());
	struct vt *t;

	put_scans(&last, 1);
	clock_fast("+0", 60);
	t = desk_open(24, 80, "xterm-256color", "", NULL);
	clock_back();
	expect_age(t, 2);
	expect_age(t, age_on_title(t) + 3);
	desk_press(t, "S", TITLE, "SCANS  none runs; the last ended ");
	expect_age(t, age_on_title(t) + 3);
	desk_quit(t);
}
END_TEST

/* The night that was not trusted is one of the last thirty until midnight. */
START_TEST(the_nights_are_counted_anew_with_the_day)
{
	static const char *const in_utc[] = {"TZ", "UTC", NULL};
	int64_t today = date_day(date_now()) * DATE_DAY;
	char day[DATE_SIZE], when[DATE_SIZE + 12];
	struct scan scans[30];
	struct vt *t;

	for (uint32_t i = 0; i < 30; i++)
		scans[i] = ended_scan(i + 1, today - (29 - (int64_t)i) * DATE_DAY + 2 * 3600);
	scans[0].trusted = 0;
	put_scans(scans, 30);
	snprintf(when, sizeof when, "@%s 23:57:00", date_utc_day(day, today));
	setenv("TZ", "UTC", 1); /* FAKETIME is local time */
	clock_fast(when, 60);
	t = desk_open(24, 80, "xterm-256color", "", in_utc);
	clock_back();
	unsetenv("TZ");
	/* Who is slow to come here finds it past midnight. */
	desk_expect(t, TITLE, "scan 02:00, 2");
	desk_expect_gone(t, TITLE, ", 29/30 nights");
	desk_expect(t, TITLE, "scan 02:00, 2");
	desk_quit(t);
}
END_TEST

/* So slow that it lasts longer than this test. */
static struct vt *start_scan(void)
{
	char *argv[] = {(char *)run_mxward(), "-c", desk_config, "scan", "--rate", "1", "--window", "1", NULL};

	return vt_start(argv, 24, 80, "xterm", NULL);
}

static void kill_scan(struct vt *scan)
{
	kill(vt_pid(scan), SIGKILL);
	ck_assert_int_eq(vt_exit(scan), 128 + SIGKILL); /* a dead child that nobody waited for has its number still */
	vt_free(scan);
}

/* Whoever dies writes nothing: it is noticed all the same. */
START_TEST(a_scan_that_died_does_not_run)
{
	struct vt *t = desk_open_list(), *scan;

	desk_press(t, "S", TITLE, "SCANS  none runs");
	scan = start_scan();
	desk_expect(t, TITLE, " runs");
	desk_expect(t, ROW, " runs");
	kill_scan(scan);
	desk_expect(t, TITLE, "was cut off; mxward scan goes on with it");
	desk_expect(t, ROW, "cut off");
	desk_press(t, "q", TITLE, "scan cut off at ");
	scan = start_scan();
	desk_expect_gone(t, TITLE, "cut off");
	desk_expect(t, TITLE, " of 200");
	kill_scan(scan);
	desk_expect(t, TITLE, "scan cut off at ");
	desk_quit(t);
}
END_TEST

/* As the scan itself has it: within six hours. */
START_TEST(an_old_one_is_not_gone_on_with)
{
	int64_t then = date_now() - 7 * 3600;
	struct scan last = {.number = 2, .started = then - 60, .touched = then, .pid = NOBODY, .canaries = 1, .total = 200, .done = 100,
			    .sets = sets_of_desk(), .cause = "", .by = "root", .position = ""};
	struct vt *t;

	put_scans(&last, 1);
	t = desk_open_list();
	desk_expect(t, TITLE, "scan cut off at 100 of 200");
	desk_press(t, "S", TITLE, "SCANS  2 by root was cut off; mxward scan begins anew");
	desk_expect(t, PROGRESS, "100 of 200");
	ck_assert(!vt_has(t, PROGRESS, "left"));
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	if (clock_can_move()) {
		tcase_add_test(t, the_age_goes_on_at_rest);
		tcase_add_test(t, the_nights_are_counted_anew_with_the_day);
	} else {
		suite_skip(2, "libfaketime is missing");
	}
	tcase_add_test(t, a_scan_that_died_does_not_run);
	tcase_add_test(t, an_old_one_is_not_gone_on_with);
	return desk_run("title", (TCase *[]){t, NULL});
}
