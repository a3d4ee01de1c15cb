/*
 * The line of an entry's mail: one sign a day, `?` where nobody measured, and fuller the more there was.
 */
#include <check.h>

#include "base/str.h"
#include "ops/traffic_spark.h"
#include "support/suite.h"

static void draws(const struct traffic_spark *s, const char *want)
{
	struct str out = {0};

	traffic_spark_add(&out, s);
	ck_assert_str_eq(str_text(&out), want);
	str_clear(&out);
}

START_TEST(nothing_measured_draws_nothing)
{
	struct traffic_spark s = {.most = -1};

	draws(&s, "");
}
END_TEST

START_TEST(a_sign_a_day)
{
	struct traffic_spark s = {.most = 12};

	for (int i = 0; i < SPARK_DAYS; i++)
		s.day[i] = i < 40 ? -1 : i < 48 ? 0 : i - 47; /* the last twelve days: 1 to 12 */
	draws(&s, "  ????????????????????????????????????????........::--==++**##\n  60 days to today, 12 a day at most\n");
}
END_TEST

START_TEST(no_mail_is_not_unmeasured)
{
	struct traffic_spark s = {.most = 0};

	for (int i = 0; i < SPARK_DAYS; i++)
		s.day[i] = i ? 0 : -1;
	draws(&s, "  ?...........................................................\n  60 days to today, 0 a day at most\n");
}
END_TEST

START_TEST(one_message_is_seen_beside_millions)
{
	struct traffic_spark s = {.most = 900000000000};

	for (int i = 0; i < SPARK_DAYS; i++)
		s.day[i] = i < 58 ? 0 : i < 59 ? 1 : s.most;
	draws(&s, "  ..........................................................:#\n"
		  "  60 days to today, 900000000000 a day at most\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("line of mail");
	TCase *t = tcase_create("spark");

	tcase_add_test(t, nothing_measured_draws_nothing);
	tcase_add_test(t, a_sign_a_day);
	tcase_add_test(t, no_mail_is_not_unmeasured);
	tcase_add_test(t, one_message_is_seen_beside_millions);
	suite_add_tcase(s, t);
	return suite_run(s);
}
