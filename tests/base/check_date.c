/*
 * Days of the calendar against glibc's, over five hundred years and around what is odd.
 */
#include <check.h>
#include <time.h>

#include "base/date.h"
#include "support/suite.h"

START_TEST(the_day_of_a_date_is_that_of_timegm)
{
	for (int year = 1700; year < 2200; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 28; day += 27) {
				struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 13};

				ck_assert_int_eq(date_day_of(year, month, day), date_day(timegm(&tm)));
			}
}
END_TEST

START_TEST(february_ends_as_the_gregorian_calendar_says)
{
	ck_assert_int_eq(date_day_of(1970, 1, 1), 0);
	ck_assert_int_eq(date_day_of(2000, 3, 1) - date_day_of(2000, 2, 29), 1);
	ck_assert_int_eq(date_day_of(1900, 3, 1) - date_day_of(1900, 2, 28), 1);
	ck_assert_int_eq(date_day_of(2024, 3, 1) - date_day_of(2024, 2, 28), 2);
}
END_TEST

START_TEST(a_day_begins_at_midnight_before_1970_too)
{
	ck_assert_int_eq(date_day(0), 0);
	ck_assert_int_eq(date_day(DATE_DAY - 1), 0);
	ck_assert_int_eq(date_day(DATE_DAY), 1);
	ck_assert_int_eq(date_day(-1), -1);
	ck_assert_int_eq(date_day(-DATE_DAY), -1);
	ck_assert_int_eq(date_day(-DATE_DAY - 1), -2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("date");
	TCase *c = tcase_create("days");

	tcase_add_test(c, the_day_of_a_date_is_that_of_timegm);
	tcase_add_test(c, february_ends_as_the_gregorian_calendar_says);
	tcase_add_test(c, a_day_begins_at_midnight_before_1970_too);
	suite_add_tcase(s, c);
	return suite_run(s);
}
