/*
 * check_share: the share of wrong entries over the years, in words and as a line.
 */
#include <check.h>

#include "base/str.h"
#include "ops/nights.h"
#include "support/suite.h"

/* 2026-11-15, and about a month before it. */
static int64_t month(int back)
{
	return 1794700800 - (int64_t)back * 2629746;
}

static void assert_says(const struct nights *n, const char *text)
{
	struct str out = {0};

	nights_add(&out, n);
	ck_assert_str_eq(str_text(&out), text);
	str_clear(&out);
}

START_TEST(the_last_a_month_and_a_year_before_and_the_first)
{
	struct nights n = {.nights = 30, .trusted = 29};

	for (int i = 0; i < 40; i++) {
		if (i == 5) /* a month without a scan */
			continue;
		n.month[n.n_months].time = month(i);
		n.month[n.n_months++].wrong = 0.10 + i * 0.01;
	}
	ck_assert_int_eq(nights_place(&n, 0), 39);
	ck_assert_int_eq(nights_place(&n, n.n_months - 1), 0);
	assert_says(&n, "trusted on 29 of the last 30 nights with a scan\n"
			"wrong 10.0 % (2026-11), 11.0 % (2026-10), 22.0 % (2025-11), 49.0 % (2023-08)\n"
			"wrong by month, 2023-08 to 2026-11: |||||||||::::::::::::::::......... .....\n");
}
END_TEST

START_TEST(little_is_said_of_little)
{
	struct nights n = {0};

	assert_says(&n, "");
	n.n_months = 1;
	n.month[0].time = month(0);
	assert_says(&n, "wrong 0.0 % (2026-11)\n");
	n.n_months = 2;
	n.month[1].time = month(1);
	assert_says(&n, "wrong 0.0 % (2026-11), 0.0 % (2026-10)\n");
	n.n_months = 3;
	n.month[2].time = month(200); /* longer ago than the line is */
	n.month[2].wrong = 0.5;
	ck_assert_int_eq(nights_place(&n, 0), 200);
	assert_says(&n, "wrong 0.0 % (2026-11), 0.0 % (2026-10), 50.0 % (2010-03)\n"
			"wrong by month, 2026-10 to 2026-11: __\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("share");
	TCase *c = tcase_create("words");

	tcase_add_test(c, the_last_a_month_and_a_year_before_and_the_first);
	tcase_add_test(c, little_is_said_of_little);
	suite_add_tcase(s, c);
	return suite_run(s);
}
