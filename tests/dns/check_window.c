/*
 * The flow control of one resolver: window, timeouts, rate.  Pure: the clock is a
 * number.
 */
#include <check.h>

#include "dns/client_inner.h"
#include "support/suite.h"

START_TEST(the_window_grows_with_answers)
{
	struct window w;

	window_init(&w, 200, 0);
	ck_assert_uint_eq(window_room(&w, 0), 50);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, 0), 150);
	for (int i = 0; i < 1000; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, 0), 200);
	w.in_flight = 199;
	ck_assert_uint_eq(window_room(&w, 0), 1);
	window_init(&w, 10, 0);
	ck_assert_uint_eq(window_room(&w, 0), 10);
	/* Never more than was asked for, and room is told of as of now. */
	window_answered(&w, 1000);
	window_lost(&w, 100000000);
	ck_assert_uint_eq(window_room(&w, 0), 10);
	ck_assert_int_eq(window_next_room(&w, 77), 77);
	w.in_flight = 10;
	ck_assert_int_eq(window_next_room(&w, 77), -1);
}
END_TEST

START_TEST(losses_halve_it_once_a_timeout)
{
	struct window w;
	int64_t now = 100000000;

	window_init(&w, 200, 0);
	for (int i = 0; i < 1000; i++)
		window_answered(&w, 1000);
	for (int i = 0; i < 50; i++)
		window_lost(&w, now + i);
	ck_assert_uint_eq(window_room(&w, now), 100);
	for (int i = 0; i < 20; i++)
		window_lost(&w, now += 4000000);
	ck_assert_uint_eq(window_room(&w, now), 16);
	/* From now on it grows by one a round, not by one an answer. */
	for (int i = 0; i < 17; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, now), 17);
}
END_TEST

START_TEST(timeouts_follow_the_answers)
{
	struct window w;

	window_init(&w, 200, 0);
	ck_assert_int_eq(window_timeout(&w, 1), 1000000);
	ck_assert_int_eq(window_timeout(&w, 2), 2000000);
	ck_assert_int_eq(window_timeout(&w, 3), 3000000);
	window_answered(&w, 0); /* within one tick of the clock */
	ck_assert_int_gt(window_timeout(&w, 1), 0);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 500);
	ck_assert_int_eq(window_timeout(&w, 1), 250000);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 400000);
	ck_assert_int_ge(window_timeout(&w, 1), 400000);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 60000000);
	ck_assert_int_eq(window_timeout(&w, 1), 3000000);
}
END_TEST

START_TEST(the_rate_is_kept)
{
	struct window w;
	unsigned sent = 0;

	window_init(&w, 5000, 1000);
	w.size = 5000;
	/* Ten seconds in steps of a millisecond. */
	for (int64_t now = 0; now < 10000000; now += 1000) {
		unsigned n = window_room(&w, now);

		window_take(&w, n);
		sent += n;
		ck_assert_int_gt(window_next_room(&w, now), now);
	}
	ck_assert_uint_le(sent, 10050);
	ck_assert_uint_ge(sent, 9900);
}
END_TEST

START_TEST(a_closed_door_means_waiting)
{
	struct window w;
	int64_t now = 1000000;

	window_init(&w, 200, 0);
	window_refused(&w, now);
	ck_assert_uint_eq(window_room(&w, now + 1), 0);
	ck_assert_int_gt(window_next_room(&w, now), now);
	ck_assert_uint_gt(window_room(&w, now + 3000000), 0);
	for (int i = 0; i < 20; i++)
		window_refused(&w, now += 4000000);
	ck_assert_int_le(window_next_room(&w, now), now + 2000000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("window");
	TCase *pure = tcase_create("window");

	tcase_add_test(pure, the_window_grows_with_answers);
	tcase_add_test(pure, losses_halve_it_once_a_timeout);
	tcase_add_test(pure, timeouts_follow_the_answers);
	tcase_add_test(pure, the_rate_is_kept);
	tcase_add_test(pure, a_closed_door_means_waiting);
	suite_add_tcase(s, pure);
	return suite_run(s);
}
