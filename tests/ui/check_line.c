/*
 * check_line: the console on a line that is slow: nothing at rest, little on its way, and questions that are seen before
 * they are answered.  What keys cost: check_bytes.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/date.h"
#include "base/loop.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/scans.h"
#include "support/desk.h"
#include "support/vt.h"
#include "ui/backlog.h"
#include "ui/term.h"

enum { FIRST = 3, ROW = 64 }; /* ROW: bytes of a row that changed, or of what is counted above */

enum { REST_MS = 280 }; /* the position follows 200 ms after the last key */

static size_t with_15_percent(size_t n)
{
	return n + n * 15 / 100;
}

/* A scan that is under way, as far as a console can see it: rows that it does not show are observed anew, and, when it
 * is to be seen, the one named `shown`. */
static void observe(struct db *db, int round, const char *shown)
{
	struct db_txn *txn;
	struct err e = {0};

	ck_assert_msg(db_begin_write(&txn, db, "a scan", 1, 60000, &e) == 0, "%s", e.text);
	for (int i = 100; i < 160 + !!shown; i++) {
		struct observed o;
		char name[40];

		snprintf(name, sizeof name, "kept%03d.example", i);
		if (i == 160)
			snprintf(name, sizeof name, "%s", shown);
		ck_assert_int_eq(observed_get(txn, name, NULL, &o, &e), 1);
		o.time = date_now();
		o.count += (unsigned)round;
		if (i % 10 == round % 10 || i == 160)
			o.verdict = (struct verdict){.class = CLASS_BROKEN, .reason = BRK_WE_ARE_ONLY, .severity = 3};
		ck_assert_msg(observed_put(txn, name, &o, &e) == 0, "%s", e.text);
	}
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
}

/* The title's "1h ago" stays for half an hour. */
static void put_scan_of_some_time_ago(struct db *db)
{
	int64_t ended = date_now() - 5400;
	struct scan s = {.number = 2, .started = ended - 60, .ended = ended, .touched = ended, .trusted = 1, .canaries = 1,
			 .total = 200, .done = 200, .cause = "", .by = "", .position = ""};
	struct db_txn *txn;
	struct err e = {0};

	ck_assert_msg(db_begin_write(&txn, db, "a scan", 1, 60000, &e) == 0, "%s", e.text);
	ck_assert_int_eq(scan_put(txn, &s, &e), 0);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
}

/* That the console has looked is known by a row that it shows and that changed last: nothing else of what it saw was
 * written. */
START_TEST(at_rest_nothing_is_written)
{
	char path[1100];
	struct err e = {0};
	struct db *db;
	struct vt *t;

	snprintf(path, sizeof path, "%s/db", desk_dir);
	ck_assert_int_eq(db_open(&db, path, DB_READ_WRITE, &e), 0);
	put_scan_of_some_time_ago(db);
	t = desk_open_list();
	/* The position is the last to follow: then it is at rest. */
	desk_press(t, "jj", 22, "3/200");
	vt_settle(t, 600);
	vt_mark(t);
	observe(db, 1, NULL);
	ck_assert_int_eq(vt_pump(t, 700), 0); /* it looks twice a second */
	observe(db, 2, "gone05.example");
	desk_expect(t, FIRST + 5, "only us: bounces");
	vt_settle(t, REST_MS);
	ck_assert_uint_le(vt_bytes(t), 2 * ROW);
	/* They are there all the same, and seen with the next key that leads to them. */
	vt_keys(t, "lclass:broken\r");
	desk_expect(t, FIRST + 1, "kept101.example");
	db_close(db);
	desk_quit(t);
}
END_TEST

/* Whether all of a screen is there behind a clearing since the mark: the position, and the cursor at its row. */
static int is_repainted(struct vt *t)
{
	int row, col;

	vt_cursor(t, &row, &col);
	return vt_received(t, "J") && vt_has(t, vt_rows(t) - 2, "4/200") && row == FIRST + 3 && col == 0;
}

START_TEST(a_storm_of_sizes_is_one_repaint)
{
	struct vt *t = desk_open_list();
	int64_t began;
	size_t one;

	desk_press(t, "jjj", 22, "4/200");
	vt_settle(t, REST_MS);
	vt_mark(t);
	vt_keys(t, "\f");
	while (!is_repainted(t))
		ck_assert_int_gt(vt_pump(t, VT_DEADLINE_MS), 0);
	vt_settle(t, REST_MS);
	one = vt_bytes(t);
	ck_assert_uint_ge(one, 500); /* ^L really clears */
	/* Who is held up among them makes several storms of one. */
	do {
		vt_resize(t, 24, 80);
		desk_expect(t, 22, "4/200");
		vt_settle(t, REST_MS);
		vt_mark(t);
		began = loop_now();
		for (int i = 0; i < 20; i++)
			vt_resize(t, 24 + i % 5, 80 + i);
		vt_resize(t, 30, 100);
	} while (loop_now() - began > TERM_QUIET_MS / 2);
	desk_expect(t, 28, "4/200");
	desk_expect(t, FIRST + 3, ">   gone03.example");
	vt_settle(t, REST_MS);
	ck_assert_uint_le(vt_bytes(t), 3 * one);
	desk_quit(t);
}
END_TEST

/* PgDn held on a line that carries a hundred bytes between two keys, as 9600 bit/s do: a page would take fifteen
 * times as long.  What is left to be read at the end is little, and it shows the last page. */
START_TEST(on_a_slow_line_the_newest_is_seen)
{
	struct vt *t = desk_open_list_at(24, 80, "xterm-256color");
	size_t page, left;

	vt_settle(t, REST_MS);
	page = vt_visible(t);
	for (int i = 0; i < 60; i++) {
		vt_keys(t, i % 12 < 6 ? "z" : "Z");
		poll(NULL, 0, 10); /* not for an event: the keys would else arrive as one */
		vt_take(t, 0, 100);
	}
	vt_keys(t, "G");
	vt_mark(t);
	while (!(vt_has(t, 21, ">   kept159.example") && vt_has(t, 22, "200/200")) && vt_take(t, VT_DEADLINE_MS, 100) > 0)
		;
	left = vt_bytes(t);
	printf("note: %zu bytes were on their way to a slow terminal, a page is %zu\n", left, page);
	ck_assert_msg(left <= 2 * with_15_percent(page) + BACKLOG_MOST, "%zu bytes were on their way", left);
	desk_expect(t, 21, ">   kept159.example");
	desk_quit(t);
}
END_TEST

/* What is typed before a question can be read does not answer it, however slow the line is. */
START_TEST(a_question_is_seen_before_it_is_answered)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "d$");
	desk_expect(t, 0, "1 goes, 0 stay");
	vt_settle(t, REST_MS);
	vt_keys(t, "cleft us\r\r");
	while (!vt_has(t, 23, "Delete 1 entry") && vt_take(t, VT_DEADLINE_MS, 1) > 0)
		;
	vt_keys(t, "y"); /* the terminal has not said yet that it shows it */
	desk_expect(t, 23, "y/N");
	vt_settle(t, REST_MS);
	ck_assert_uint_eq(desk_count(""), 200);
	vt_keys(t, "y");
	desk_expect(t, 23, "1 deleted");
	desk_quit(t);
}
END_TEST

/* A terminal that answers nothing is not waited for. */
START_TEST(a_mute_terminal_is_served)
{
	struct vt *t = desk_open(24, 80, "vt100", "", NULL);

	vt_be_mute(t);
	desk_expect(t, 22, "1/200");
	for (int i = 0; i < 5; i++) {
		vt_keys(t, "zzzzzzz");
		desk_expect(t, 21, "kept1");
		vt_keys(t, "g");
		desk_expect(t, FIRST, ">   gone00.example");
	}
	vt_keys(t, "d");
	desk_expect(t, 22, "1 staged");
	desk_quit(t);
}
END_TEST

START_TEST(the_backlog_counts)
{
	struct backlog b = {0};

	ck_assert_int_eq(backlog_add(&b, BACKLOG_ASK_AFTER - 1, 0), 0);
	ck_assert_int_eq(backlog_add(&b, 1, 0), 0); /* not with a key's frame */
	ck_assert_int_eq(backlog_add(&b, BACKLOG_SMALL, 0), 1);
	ck_assert_int_eq(backlog_add(&b, 5000, 0), 0); /* one question at a time */
	ck_assert_int_eq(backlog_is_heavy(&b), 0);     /* it may be mute */
	backlog_answered(&b);
	ck_assert_uint_eq(b.bytes, 5000);
	ck_assert_int_eq(backlog_is_over(&b), 1);
	ck_assert_int_eq(backlog_add(&b, 10, 0), 1); /* by now it is */
	ck_assert_int_eq(backlog_is_heavy(&b), 1);
	ck_assert_int_eq(backlog_is_over(&b), 0);
	ck_assert_int_eq(backlog_add(&b, 10, 1), 1);
	backlog_answered(&b);
	ck_assert_int_eq(backlog_is_over(&b), 0); /* that was the first of two */
	backlog_answered(&b);
	ck_assert_uint_eq(b.bytes, 0);
	backlog_answered(&b); /* nobody asked */
	ck_assert_int_eq(backlog_is_over(&b), 1);
	backlog_add(&b, 5000, 0);
	ck_assert_int_eq(backlog_is_heavy(&b), 1);
	backlog_silent(&b);
	ck_assert_int_eq(backlog_is_heavy(&b), 0);
	backlog_add(&b, 5000, 0);
	ck_assert_int_eq(backlog_is_heavy(&b), 0); /* mute from here on */
	backlog_answered(&b);
	backlog_add(&b, 5000, 0);
	ck_assert_int_eq(backlog_is_heavy(&b), 1); /* until it answers again */
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens"), *pure = tcase_create("pure");

	tcase_add_test(t, at_rest_nothing_is_written);
	tcase_add_test(t, a_storm_of_sizes_is_one_repaint);
	tcase_add_test(t, on_a_slow_line_the_newest_is_seen);
	tcase_add_test(t, a_question_is_seen_before_it_is_answered);
	tcase_add_test(t, a_mute_terminal_is_served);
	tcase_add_test(pure, the_backlog_counts);
	return desk_run("line", (TCase *[]){t, pure, NULL});
}
