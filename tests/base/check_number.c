/*
 * Counts as people read them.
 */
#include <check.h>
#include <stdint.h>

#include "base/number.h"
#include "support/suite.h"

START_TEST(test_number)
{
	char out[NUMBER_SIZE];

	ck_assert_str_eq(number_grouped(out, 0), "0");
	ck_assert_str_eq(number_grouped(out, 999), "999");
	ck_assert_str_eq(number_grouped(out, 1000), "1,000");
	ck_assert_str_eq(number_grouped(out, 14012), "14,012");
	ck_assert_str_eq(number_grouped(out, UINT64_MAX), "18,446,744,073,709,551,615");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_test(t, test_number);
	suite_add_tcase(s, t);
	return suite_run(s);
}
