#include "db/history.h"

#include "db/db_support.h"
#include "db/full_rows.h"
#include "db/scans.h"

START_TEST(the_history_of_a_name_comes_oldest_first)
{
	struct observed o = full_observed(), *rows;
	struct arena a = {0};
	struct db_txn *t;
	size_t n;

	open_database();
	t = begin_write();
	for (int i = 0; i < 5; i++) {
		o.since = 1700000000 + (i * 3 % 5) * 1000;
		OK(history_put(t, "example.org", &o, &err));
		OK(history_put(t, "a.example.org", &o, &err));
	}
	OK(db_commit(t, &err));
	t = begin_read();
	OK(history_get(t, "example.org", &a, &rows, &n, &err));
	ck_assert_uint_eq(n, 5);
	for (size_t i = 0; i < n; i++) {
		o.since = 1700000000 + (int64_t)i * 1000;
		assert_same_observed(&rows[i], &o);
	}
	OK(history_get(t, "org", &a, &rows, &n, &err));
	ck_assert_uint_eq(n, 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(scans_are_kept_by_their_number)
{
	struct scan s = {.started = 1763900000,
			 .pid = 4321,
			 .sets = 99,
			 .total = 1000,
			 .done = 12,
			 .count = {1, 2, 3, 4, 5, 6, 7},
			 .cause = "a canary failed",
			 .by = "jk",
			 .position = "m.example.org"},
		    got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	t = begin_write();
	IS(scan_last(t, &a, &got, &err), 0);
	for (uint32_t n = 1; n < 600; n += 299) {
		s.number = n;
		OK(scan_put(t, &s, &err));
	}
	s.number = 300;
	s.ended = 1763903600;
	s.trusted = 1;
	s.cause = NULL;
	OK(scan_put(t, &s, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	IS(scan_last(t, &a, &got, &err), 1);
	ck_assert_uint_eq(got.number, 599);
	ck_assert_str_eq(got.cause, "a canary failed");
	IS(scan_get(t, 300, &a, &got, &err), 1);
	db_abort(t);
	ck_assert_int_eq(got.ended, 1763903600);
	ck_assert_uint_eq(got.trusted, 1);
	ck_assert_str_eq(got.cause, "");
	ck_assert_str_eq(got.by, "jk");
	ck_assert_str_eq(got.position, "m.example.org");
	ck_assert_uint_eq(got.count[6], 7);
	ck_assert_int_eq(got.pid, 4321);
	t = begin_read();
	IS(scan_get(t, 2, &a, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("history");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_history_of_a_name_comes_oldest_first);
	tcase_add_test(tc, scans_are_kept_by_their_number);
	return run_suite(tc);
}
