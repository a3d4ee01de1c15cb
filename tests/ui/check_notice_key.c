/*
 * The key c on a real screen: the customer of a moved entry was told, with a deadline and a ticket; and the detail view
 * that says so.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "support/clock.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

static void set_up(void)
{
	struct run_result r;

	desk_set_up();
	run_line(&r, desk_config, "add moved00.example");
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	run_line(&r, desk_config, "scan moved*.example");
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

START_TEST(a_notice_by_key)
{
	struct vt *t = desk_open(24, 80, "xterm-256color", "console class:moved", NULL);

	desk_expect(t, -1, "moved to cloud.example");
	desk_press(t, "c", 23, "moved00.example: told");
	/* Enter alone settles nothing. */
	vt_keys(t, "\r");
	desk_expect_gone(t, 23, "told");
	ck_assert_uint_eq(desk_count("notice:none"), 201);
	desk_press(t, "c", 23, "moved00.example: told");
	desk_press(t, "soon\r", -1, "no date; write YYYY-MM-DD");
	desk_press(t, "\x15" "2020-12-31\r", -1, "that deadline has passed already");
	desk_press(t, "\x15" "2099-12-31\r", 23, "Ticket");
	desk_press(t, "INC-7\r", 23, "1 noted");
	ck_assert_uint_eq(desk_count("notice:pending"), 1);
	desk_press(t, "\r", -1, "Notice: the customer was told, until 2099-12-31, ticket INC-7");
	desk_expect(t, -1, "Asked now");
	desk_press(t, "c", 23, "told");
	desk_press(t, "-\r", 23, "1 taken back");
	ck_assert_uint_eq(desk_count("notice:none"), 201);
	desk_quit(t);
}
END_TEST

/* The list says how far the customer was told, and when that is over. */
START_TEST(the_list_says_when_a_moved_one_may_go)
{
	char day[20];
	time_t in_ten_days = time(NULL) + 10 * 86400;
	struct run_result r;
	struct vt *t;

	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&in_ten_days));
	run_line(&r, desk_config, "notice moved00.example --deadline %s", day);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	t = desk_open(24, 80, "xterm-256color", "console class:moved", NULL);
	desk_expect(t, 3, "notice");
	desk_quit(t);
	clock_ahead(12);
	t = desk_open(24, 80, "xterm-256color", "console class:moved", NULL);
	clock_back();
	desk_expect(t, 3, "may go");
	desk_press(t, "\r", -1, "May be deleted although it is listed");
	desk_quit(t);
}
END_TEST

/* A name too long for the line keeps its beginning, and the question its end, with what is typed. */
START_TEST(a_long_name_is_readable_in_its_question)
{
	struct vt *t = desk_open(24, 70, "xterm-256color", "console class:moved", NULL);

	desk_expect(t, 3, "moved00.example");
	desk_press(t, "c", 23, "moved00.e~: told, deadline (YYYY-MM-DD; - takes it back):");
	desk_press(t, "2099-12-31", 23, "moved00.e~: told, deadline (YYYY-MM-DD; - takes it back): 2099-12-31");
	desk_press(t, "\r", 23, "Ticket");
	desk_press(t, "\r", 23, "1 noted");
	desk_quit(t);
}
END_TEST

START_TEST(what_has_not_moved_is_refused)
{
	struct vt *t = desk_open(24, 80, "xterm-256color", "console *kept000.example", NULL);

	desk_expect(t, -1, "kept000.example");
	desk_press(t, "c", -1, "'kept000.example' has not moved (fine, local primary)");
	ck_assert_uint_eq(desk_count("notice:none"), 201);
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("notice");

	tcase_add_checked_fixture(t, set_up, desk_tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_notice_by_key);
	if (clock_can_move())
		tcase_add_test(t, the_list_says_when_a_moved_one_may_go);
	tcase_add_test(t, a_long_name_is_readable_in_its_question);
	tcase_add_test(t, what_has_not_moved_is_refused);
	return desk_run("notice by key", (TCase *[]){t, NULL});
}
