/*
 * check_columns: widths at every size of screen, and texts cut to them.
 */
#include <check.h>
#include <string.h>

#include "support/suite.h"
#include "ui/columns.h"

START_TEST(test_cut)
{
	char out[40];

	ck_assert_str_eq(columns_cut(out, sizeof out, "shop.example", 12), "shop.example");
	ck_assert_str_eq(columns_cut(out, sizeof out, "shop.example", 11), "shop.examp~");
	ck_assert_str_eq(columns_cut(out, sizeof out, "shop.example", 1), "~");
	ck_assert_str_eq(columns_cut(out, sizeof out, "shop.example", 0), "");
	ck_assert_str_eq(columns_cut(out, sizeof out, "", 5), "");
}
END_TEST

/* An escape is never cut in two, and no control byte is left whatever the width. */
START_TEST(test_cut_escapes)
{
	char out[40];

	ck_assert_str_eq(columns_cut(out, sizeof out, "a\033[2Jb", 20), "a\\027[2Jb");
	ck_assert_str_eq(columns_cut(out, sizeof out, "a\033[2Jb", 9), "a\\027[2Jb");
	ck_assert_str_eq(columns_cut(out, sizeof out, "a\033[2Jb", 8), "a\\027[2~");
	ck_assert_str_eq(columns_cut(out, sizeof out, "a\033[2Jb", 5), "a~");
	for (int width = 0; width < 30; width++) {
		columns_cut(out, sizeof out, "\033\033\200\\x\r\n", width);
		ck_assert_int_le((int)strlen(out), width);
		for (const char *p = out; *p; p++)
			ck_assert(*p >= 0x20 && *p < 0x7f);
	}
}
END_TEST

START_TEST(test_cut_in_a_small_buffer)
{
	char out[6];

	columns_cut(out, sizeof out, "abcdefghij", 30);
	ck_assert_str_eq(out, "abcd~");
	columns_cut(out, sizeof out, "abcde", 30);
	ck_assert_str_eq(out, "abcde");
}
END_TEST

enum { N = 4 };

static void make(struct column c[N])
{
	c[0] = (struct column){.head = "NAME", .min = 10, .want = 30, .grows = 1};
	c[1] = (struct column){.head = "WHAT", .min = 10, .want = 20};
	c[2] = (struct column){.head = "CUST", .min = 5, .want = 8, .drop = 1};
	c[3] = (struct column){.head = "MX", .min = 20, .want = 40, .drop = 2, .grows = 1};
}

START_TEST(test_fit_drops_in_order)
{
	struct column c[N];

	make(c);
	columns_fit(c, N, 0, 47, 1);
	ck_assert_int_eq(c[3].width, 0);
	columns_fit(c, N, 0, 48, 1);
	ck_assert_int_eq(c[3].width, 20);
	make(c);
	columns_fit(c, N, 0, 27, 1);
	ck_assert_int_eq(c[3].width, 0);
	ck_assert_int_eq(c[2].width, 5);
	make(c);
	columns_fit(c, N, 0, 25, 1);
	ck_assert_int_eq(c[2].width, 0);
	ck_assert_int_eq(c[0].width + c[1].width + 1, 25);
}
END_TEST

/* At every width: in order, inside, no two of them touching, and nothing left over while one
 * may grow. */
START_TEST(test_fit_at_every_width)
{
	for (int to = 1; to < 300; to++) {
		struct column c[N];
		int end = 4 - 1;

		make(c);
		columns_fit(c, N, 4, to, 1);
		for (int i = 0; i < N; i++) {
			ck_assert_int_ge(c[i].width, 0);
			if (!c[i].width)
				continue;
			ck_assert_int_eq(c[i].at, end + 1);
			end = c[i].at + c[i].width;
			ck_assert_int_le(end, to);
		}
		if (to > 30)
			ck_assert_int_eq(end, to);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("columns");
	TCase *t = tcase_create("columns");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_test(t, test_cut);
	tcase_add_test(t, test_cut_escapes);
	tcase_add_test(t, test_cut_in_a_small_buffer);
	tcase_add_test(t, test_fit_drops_in_order);
	tcase_add_test(t, test_fit_at_every_width);
	suite_add_tcase(s, t);
	return suite_run(s);
}
