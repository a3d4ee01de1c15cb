/*
 * check_list: cursor and top of lists, by small examples and by a walk that keeps the
 * invariants.
 */
#include <check.h>
#include <stdlib.h>

#include "support/suite.h"
#include "ui/list.h"

static struct list make(size_t count, size_t height)
{
	struct list l = {0};

	list_set_height(&l, height);
	list_set_count(&l, count);
	return l;
}

START_TEST(test_move_scrolls_by_one_at_the_edge)
{
	struct list l = make(100, 10);

	list_move(&l, 9);
	ck_assert_uint_eq(l.cursor, 9);
	ck_assert_uint_eq(l.top, 0);
	list_move(&l, 1);
	ck_assert_uint_eq(l.cursor, 10);
	ck_assert_uint_eq(l.top, 1);
	list_move(&l, -9);
	ck_assert_uint_eq(l.cursor, 1);
	ck_assert_uint_eq(l.top, 1);
	list_move(&l, -1);
	ck_assert_uint_eq(l.top, 0);
	list_move(&l, -5);
	ck_assert_uint_eq(l.cursor, 0);
}
END_TEST

START_TEST(test_page_keeps_the_line_and_ends_on_the_last)
{
	struct list l = make(35, 10);

	list_move(&l, 3);
	list_page(&l, 1);
	ck_assert_uint_eq(l.top, 10);
	ck_assert_uint_eq(l.cursor, 13);
	list_page(&l, 1);
	list_page(&l, 1);
	ck_assert_uint_eq(l.top, 25);
	ck_assert_uint_eq(l.cursor, 28);
	list_page(&l, 1);
	ck_assert_uint_eq(l.cursor, 34);
	list_page(&l, -9);
	ck_assert_uint_eq(l.top, 0);
	list_half(&l, 1);
	ck_assert_uint_eq(l.top, 5);
}
END_TEST

START_TEST(test_follow_keeps_the_line_of_the_screen)
{
	struct list l = make(100, 10);

	list_go(&l, 50);
	ck_assert_uint_eq(l.top, 41);
	list_set_count(&l, 200);
	list_follow(&l, 120);
	ck_assert_uint_eq(l.cursor, 120);
	ck_assert_uint_eq(l.top, 111);
	list_follow(&l, 2);
	ck_assert_uint_eq(l.cursor, 2);
	ck_assert_uint_eq(l.top, 0);
}
END_TEST

START_TEST(test_shrinking_leaves_the_cursor_in_the_list)
{
	struct list l = make(100, 10);

	list_go(&l, 99);
	list_set_count(&l, 5);
	ck_assert_uint_eq(l.cursor, 4);
	ck_assert_uint_eq(l.top, 0);
	list_set_count(&l, 0);
	ck_assert_uint_eq(l.cursor, 0);
	list_move(&l, 1);
	list_page(&l, 1);
	ck_assert_uint_eq(l.cursor, 0);
	ck_assert_uint_eq(l.top, 0);
}
END_TEST

START_TEST(test_a_text_scrolls_and_stops_at_its_end)
{
	struct list l = {.is_text = 1};

	list_set_height(&l, 10);
	list_set_count(&l, 25);
	list_move(&l, 1);
	ck_assert_uint_eq(l.top, 1);
	list_page(&l, 5);
	ck_assert_uint_eq(l.top, 15);
	ck_assert_uint_eq(l.cursor, 15);
	list_go(&l, 0);
	ck_assert_uint_eq(l.top, 0);
}
END_TEST

/* Whatever is pressed, the cursor is in the list and on the screen, and no screen is left half
 * empty. */
START_TEST(test_invariants_hold_on_a_long_walk)
{
	struct list l = make(0, 1);

	srand(7);
	for (int i = 0; i < 20000; i++) {
		int by = rand() % 41 - 20;

		switch (rand() % 7) {
		case 0:
			list_move(&l, by);
			break;
		case 1:
			list_page(&l, by);
			break;
		case 2:
			list_half(&l, by);
			break;
		case 3:
			list_go(&l, (size_t)(rand() % 300));
			break;
		case 4:
			list_set_count(&l, (size_t)(rand() % 300));
			break;
		case 5:
			list_set_height(&l, (size_t)(rand() % 40));
			break;
		case 6:
			list_follow(&l, (size_t)(rand() % 300));
			break;
		}
		ck_assert_uint_ge(l.height, 1);
		ck_assert(l.count == 0 ? l.cursor == 0 : l.cursor < l.count);
		ck_assert_uint_le(l.top, l.cursor);
		ck_assert_uint_lt(l.cursor, l.top + l.height);
		ck_assert(l.top == 0 || l.top + l.height <= l.count);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("list");
	TCase *t = tcase_create("list");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_test(t, test_move_scrolls_by_one_at_the_edge);
	tcase_add_test(t, test_page_keeps_the_line_and_ends_on_the_last);
	tcase_add_test(t, test_follow_keeps_the_line_of_the_screen);
	tcase_add_test(t, test_shrinking_leaves_the_cursor_in_the_list);
	tcase_add_test(t, test_a_text_scrolls_and_stops_at_its_end);
	tcase_add_test(t, test_invariants_hold_on_a_long_walk);
	suite_add_tcase(s, t);
	return suite_run(s);
}
