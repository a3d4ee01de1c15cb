#include "db/recent.h"

#include "base/date.h"
#include "db/db_support.h"
#include "db/traffic.h"
#include "mta/maillog.h"
#include "support/suite.h"

/* 2026-11-28 */
enum { TODAY = 20785 };

static struct maillog_figures figures(int64_t msgs, int64_t held)
{
	return (struct maillog_figures){.in_msgs = msgs, .in_bytes = msgs * 1000, .out_bytes = msgs * 900, .held = held};
}

static void add(struct recent *r, int64_t day, int64_t msgs, int64_t held)
{
	struct maillog_figures f = figures(msgs, held);

	recent_add(r, day, &f, TODAY);
}

START_TEST(days_are_summed_and_in_order)
{
	struct recent r = {0};

	add(&r, TODAY - 3, 1, 0);
	add(&r, TODAY, 2, 0);
	add(&r, TODAY - 5, 4, 1);
	add(&r, TODAY - 3, 8, 0);
	ck_assert_uint_eq(r.n, 3);
	ck_assert_int_eq(r.day[0].day, TODAY);
	ck_assert_int_eq(r.day[1].day, TODAY - 3);
	ck_assert_int_eq(r.day[1].msgs, 9);
	ck_assert_int_eq(r.day[1].out_bytes, 8100);
	ck_assert_int_eq(r.day[2].held, 1);
}
END_TEST

START_TEST(old_days_go_but_for_what_was_held)
{
	struct recent r = {0};

	for (int i = 0; i < 1000; i++)
		add(&r, TODAY - i, 1, i % 100 == 99);
	ck_assert_int_eq(r.day[RECENT_DAYS - 1].day, TODAY - RECENT_DAYS + 1);
	ck_assert_uint_eq(r.n, RECENT_DAYS + 4); /* 99, 199, 299 and 399 days ago */
	ck_assert_int_eq(r.day[r.n - 1].day, TODAY - 399);
	r.n = 0;
	for (int i = 0; i < 1000; i++)
		add(&r, TODAY - i, 1, 1);
	ck_assert_uint_eq(r.n, RECENT_HELD);
	add(&r, TODAY + 1, 1, 1);
	add(&r, TODAY + 2, 1, 1); /* a clock that jumped */
	ck_assert_uint_eq(r.n, RECENT_HELD + 1);
	ck_assert_int_eq(r.day[0].day, TODAY + 1);
}
END_TEST

/* By a cursor that stands somewhere, in order and out of order, it is what a search finds. */
START_TEST(the_cursor_finds_what_a_search_finds)
{
	static const char *const asked[] = {"a0.example", "a5.example",  "a5.example",  "a59.example", "a7.example",
					    "zz.example", "a1.example",  "nothing.example", "a999.example", "example",
					    "0.example",  "a998.example"};
	struct maillog_figures f = figures(1, 0);
	struct db_txn *t;
	struct recent r;
	char name[40];

	open_database();
	t = begin_write();
	OK(recent_complete(t, &err));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "a%d.example", i);
		r = (struct recent){0};
		add(&r, TODAY, i + 1, 0);
		OK(recent_put(t, name, &r, &err));
	}
	OK(traffic_add(t, "a1.example", "relay", TODAY, &f, &err)); /* rows of other kinds beside */
	OK(traffic_mark_measured(t, "relay", TODAY, NULL, &err));
	OK(traffic_next_generation(t, &err));
	IS(recent_get(t, "a7.example", &r, &err), 1);
	OK(db_commit(t, &err));
	t = begin_read();
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		int is_there = asked[i][0] == 'a';

		IS(recent_get(t, asked[i], &r, &err), is_there);
		ck_assert_uint_eq(r.n, (size_t)is_there);
		if (is_there)
			ck_assert_int_eq(r.day[0].msgs, atoi(asked[i] + 1) + 1);
	}
	db_abort(t);
	t = begin_read();
	IS(recent_get(t, "zzz.example", &r, &err), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "a%d.example", i);
		IS(recent_get(t, name, &r, &err), 1);
		ck_assert_int_eq(r.day[0].msgs, i + 1);
	}
	db_abort(t);
	remove_database();
}
END_TEST

/* A database from before there were rows, and one whose newest day alone made some: the days are asked, until the
 * rows are completed; of what has no days there is nothing. */
START_TEST(rows_that_are_not_there_are_made_of_the_days)
{
	static const char *const names[] = {"example", "a.example", "b.a.example", "other.example"};
	int64_t today = date_day(date_now());
	struct maillog_figures f = figures(3, 1);
	struct recent r = {0};
	struct db_txn *t;

	open_database();
	t = begin_write();
	for (size_t i = 0; i < 4; i++)
		for (int day = 0; day < 3; day++) {
			OK(traffic_add(t, names[i], "relay1", today - 10 * day, &f, &err));
			OK(traffic_add(t, names[i], "relay2", today - 10 * day, &f, &err));
		}
	OK(traffic_add(t, "old.example", "relay1", today - RECENT_HELD - 5, &f, &err));
	recent_add(&r, today, &f, today);
	OK(recent_put(t, "a.example", &r, &err)); /* as a version did that had rows, but did not complete them */
	OK(db_commit(t, &err));
	for (int completed = 0; completed < 2; completed++) {
		t = begin_read();
		for (size_t i = 0; i < 4; i++) {
			IS(recent_get(t, names[i], &r, &err), 1);
			ck_assert_uint_eq(r.n, 3);
			for (size_t k = 0; k < 3; k++) {
				ck_assert_int_eq(r.day[k].day, today - 10 * (int)k);
				ck_assert_int_eq(r.day[k].msgs, 6);
				ck_assert_int_eq(r.day[k].held, 2);
			}
		}
		IS(recent_get(t, "nothing.example", &r, &err), 0);
		IS(recent_get(t, "old.example", &r, &err), 0);
		db_abort(t);
		t = begin_write();
		OK(recent_complete(t, &err));
		OK(db_commit(t, &err));
	}
	remove_database();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("recent");
	TCase *c = tcase_create("rows");

	tcase_add_test(c, days_are_summed_and_in_order);
	tcase_add_test(c, old_days_go_but_for_what_was_held);
	tcase_add_test(c, the_cursor_finds_what_a_search_finds);
	tcase_add_test(c, rows_that_are_not_there_are_made_of_the_days);
	suite_add_tcase(s, c);
	return suite_run(s);
}
