/*
 * check_terminal: the console's manners towards terminals: sizes, kinds, lost lines,
 * suspension, crashes.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, SUMMARY, HEADER, FIRST, STATUS = 22, LAST = 23 };

START_TEST(test_too_small)
{
	struct vt *t = desk_open_list();

	vt_resize(t, 7, 80);
	desk_expect(t, 0, "terminal too small");
	vt_keys(t, "jj");
	vt_resize(t, 24, 39);
	desk_expect(t, 0, "terminal too small");
	vt_resize(t, 8, 40);
	desk_expect(t, FIRST + 2, ">   gone02");
	vt_resize(t, 1, 1);
	vt_settle(t, 200);
	vt_resize(t, 24, 80);
	desk_expect(t, FIRST + 2, ">   gone02.example");
	desk_quit(t);
}
END_TEST

/* What is shown on the smallest screen is whole: no heading in another, no half of a date or of a word that decides. */
START_TEST(test_the_smallest_screen)
{
	struct vt *t = desk_open_list_at(10, 40, "xterm-256color");

	desk_expect(t, HEADER, "SINCE");
	ck_assert(!vt_has(t, HEADER, "R~"));
	desk_press(t, "d$", TITLE, "~  1 goes, 0 stay");
	desk_press(t, "qS", FIRST + 1, "> 1 ");
	desk_expect(t, FIRST + 1, "trusted");
	desk_press(t, "qB", 1, "WHEN");
	ck_assert(!vt_has(t, 2, "~"));
	vt_keys(t, "q");
	desk_quit(t);
}
END_TEST

START_TEST(test_wide_screens_show_more)
{
	struct vt *t = desk_open(50, 200, "xterm", "", NULL);

	desk_expect(t, HEADER, "STATE");
	desk_expect(t, FIRST, "10 mx1.cloud.example");
	desk_expect(t, FIRST, "deletable");
	desk_quit(t);
}
END_TEST

static const char *const terms[] = {"xterm",	       "vt100", "linux", "putty-256color",
				    "screen-256color", "rxvt",	"vt220"};

START_TEST(test_kinds_of_terminal)
{
	struct vt *t = desk_open(24, 80, terms[_i], "", NULL);

	desk_expect(t, FIRST, ">   gone00.example");
	vt_keys(t, "\006"); /* vt100 has no PgDn */
	desk_expect(t, FIRST, ">   gone19.example");
	desk_expect(t, STATUS, "20/200");
	desk_quit(t);
}
END_TEST

START_TEST(test_unknown_terminal_falls_back)
{
	struct vt *t = desk_open(24, 80, "no-such-term", "", NULL);

	desk_expect(t, FIRST, ">   gone00.example");
	desk_expect(t, LAST, "TERM=no-such-term is not known here; taken for vt100");
	desk_quit(t);
	t = desk_open(24, 80, "xterm-shiny", "", NULL);
	desk_expect(t, LAST, "taken for xterm-256color");
	desk_quit(t);
}
END_TEST

START_TEST(test_dumb_terminal_is_refused)
{
	static const char *const kinds[] = {"dumb", ""};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct vt *t = desk_open(24, 80, kinds[i], "", NULL);

		ck_assert_int_eq(vt_exit(t), 64);
		ck_assert(vt_has(t, -1, "mxward list"));
		ck_assert(!vt_received(t, "\033"));
		vt_free(t);
	}
}
END_TEST

START_TEST(test_no_terminal_is_refused)
{
	struct run_result r;

	run_line(&r, desk_config, "console");
	ck_assert_int_eq(r.status, 64);
	ck_assert_ptr_nonnull(strstr(r.err, "list"));
	ck_assert_str_eq(r.out, "");
	ck_assert_ptr_null(strchr(r.err, '\033'));
	run_clear(&r);
}
END_TEST

START_TEST(test_no_color)
{
	static const char *const plain[] = {"NO_COLOR", "1", NULL};
	struct vt *t = desk_open(24, 80, "xterm-256color", "--read-only", plain);

	desk_expect(t, STATUS, "1/200");
	vt_keys(t, "d"); /* an alert, which has a colour otherwise */
	desk_expect(t, LAST, "read only:");
	ck_assert(!vt_has_colour(t));
	desk_quit(t);
	t = desk_open(24, 80, "xterm-256color", "--read-only", NULL);
	desk_expect(t, STATUS, "1/200");
	desk_press(t, "d", LAST, "read only:");
	ck_assert(vt_has_colour(t));
	desk_quit(t);
}
END_TEST

START_TEST(test_paste_is_for_questions_only)
{
	struct vt *t = desk_open(24, 80, "xterm", "", NULL);

	desk_expect(t, STATUS, "1/200");
	ck_assert(vt_received(t, "\033[?2004h"));
	desk_press(t, "\033[200~djdj$Q\r\033[201~", LAST, "pasted text");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_press(t, "l\033[200~class:orphan\n\033[201~", STATUS, "Limit: class:orphan");
	desk_press(t, "\r", STATUS, "limit: class:orphan");
	desk_quit(t);
}
END_TEST

/* A line that is lost while a question is open: nothing is deleted, and what was staged is
 * offered again. */
START_TEST(test_hang_up_keeps_what_was_staged)
{
	struct vt *t = desk_open_list();

	desk_press(t, "djdj $", TITLE, "2 go, 0 stay");
	desk_press(t, "cwhy\r\r", LAST, "Delete 2 entries? y/N");
	vt_hang_up(t);
	ck_assert_int_eq(vt_exit(t), 0);
	vt_free(t);
	ck_assert_uint_eq(desk_count(""), 200);
	t = desk_open(24, 80, "xterm", "", NULL);
	desk_expect(t, LAST, "2 staged, 1 marked when the line was lost. Take them up? y/N");
	desk_press(t, "y", STATUS, "1 marked  2 staged");
	desk_expect(t, FIRST, ">D  gone00.example");
	desk_quit(t);
	t = desk_open(24, 80, "xterm", "", NULL);
	desk_expect(t, STATUS, "1/200");
	ck_assert(!vt_has(t, LAST, "staged"));
	desk_quit(t);
}
END_TEST

static const int ends[] = {SIGTERM, SIGHUP, SIGINT};

START_TEST(test_signals_that_end_give_the_terminal_back)
{
	struct vt *t = desk_open_list();

	ck_assert(vt_is_alternate(t));
	ck_assert(!vt_is_cooked(t));
	desk_press(t, "jjjjjjjjjjjjjjjjjjjj", STATUS, "21/200"); /* a scroll region is set */
	vt_mark(t);
	kill(vt_pid(t), ends[_i]);
	ck_assert_int_eq(vt_exit(t), 0);
	ck_assert(!vt_is_alternate(t));
	ck_assert(vt_is_cooked(t));
	ck_assert(vt_received(t, "\033[?2004l"));
	ck_assert(vt_received(t, "\033[r")); /* all lines scroll again */
	vt_free(t);
}
END_TEST

/* Under a shell with job control, as in life: a program alone on its terminal cannot be
 * stopped. */
START_TEST(test_suspend_and_go_on)
{
	static char *const argv[] = {"/bin/bash", "--norc", "--noprofile", "-i", NULL};
	const char *environment[] = {"PS1", "ready> ", "HISTFILE", "/dev/null", NULL};
	char line[3000];
	struct vt *t;

	if (access("/bin/bash", X_OK) != 0)
		return;
	t = vt_start(argv, 24, 80, "xterm", environment);
	desk_expect(t, -1, "ready>");
	snprintf(line, sizeof line, "%s -c %s\r", run_mxward(), desk_config);
	vt_keys(t, line);
	desk_expect(t, FIRST, ">   gone00.example");
	desk_press(t, "jj\032", -1, "Stopped");
	ck_assert(!vt_is_alternate(t));
	vt_resize(t, 30, 100);
	desk_press(t, "fg\r", FIRST + 2, ">   gone02.example");
	desk_expect(t, 28, "3/200");
	ck_assert(vt_is_alternate(t));
	vt_mark(t);
	vt_keys(t, "Q");
	while (!vt_received(t, "ready> ")) /* the shell has its terminal back */
		ck_assert_int_gt(vt_pump(t, VT_DEADLINE_MS), 0);
	ck_assert(!vt_has(t, HEADER, "WHAT DNS SAYS"));
	vt_keys(t, "exit\r");
	ck_assert_int_eq(vt_exit(t), 0);
	vt_free(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, test_too_small);
	tcase_add_test(t, test_the_smallest_screen);
	tcase_add_test(t, test_wide_screens_show_more);
	tcase_add_loop_test(t, test_kinds_of_terminal, 0, sizeof terms / sizeof *terms);
	tcase_add_test(t, test_unknown_terminal_falls_back);
	tcase_add_test(t, test_dumb_terminal_is_refused);
	tcase_add_test(t, test_no_terminal_is_refused);
	tcase_add_test(t, test_no_color);
	tcase_add_test(t, test_paste_is_for_questions_only);
	tcase_add_test(t, test_hang_up_keeps_what_was_staged);
	tcase_add_loop_test(t, test_signals_that_end_give_the_terminal_back, 0,
			    sizeof ends / sizeof *ends);
	tcase_add_test(t, test_suspend_and_go_on);
	return desk_run("terminal", (TCase *[]){t, NULL});
}
