/*
 * check_console: the review of a morning on a real screen: look, limit, mark, stage, preview,
 * commit, bring back.
 */
#include <check.h>
#include <stdlib.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, SUMMARY, HEADER, FIRST, STATUS = 22, LAST = 23, NAME = 4 };

START_TEST(test_first_screen)
{
	struct vt *t = desk_open_list();
	int row, col;

	desk_expect(t, TITLE, "mxward  backup relay2  200 entries");
	desk_expect(t, TITLE, "scan ");
	desk_expect(t, SUMMARY, "FAILING 0 | moved 0 | orphan 40, 40 ready | no answer 0");
	desk_expect(t, HEADER, "NAME");
	desk_expect(t, HEADER, "WHAT DNS SAYS");
	desk_expect(t, FIRST, ">   gone00.example");
	desk_expect(t, FIRST, "MX elsewhere, outside");
	desk_expect(t, STATUS, "? help");
	ck_assert(vt_is_reverse(t, FIRST, NAME));
	ck_assert(!vt_is_reverse(t, FIRST, NAME + 30));
	ck_assert(!vt_is_reverse(t, FIRST + 1, NAME));
	vt_cursor(t, &row, &col);
	ck_assert_int_eq(row, FIRST);
	ck_assert_int_eq(col, 0);
	desk_quit(t);
}
END_TEST

START_TEST(test_move)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjj", FIRST + 3, ">   gone03.example");
	desk_expect(t, STATUS, "4/200");
	desk_press(t, "\033OA", FIRST + 2, ">");
	desk_press(t, "G", STATUS - 1, ">   kept159.example");
	desk_press(t, "\033[5~", STATUS - 1, ">   kept140.example");
	desk_press(t, "g", FIRST, ">   gone00.example");
	desk_press(t, "/pt077\r", -1, ">   kept077.example");
	desk_press(t, "/nowhere\r", LAST, "not found: nowhere");
	desk_quit(t);
}
END_TEST

START_TEST(test_limit_works_while_it_is_typed)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjjjl", STATUS, "Limit:");
	desk_press(t, "class:ok", FIRST, "kept000.example");
	desk_press(t, "\b\bbogus", STATUS, "Limit: class:bogus");
	/* Under its place, and under the place of a second word. */
	desk_expect(t, LAST, "       ^ unknown class 'bogus'; classes are ok moved broken orphan unknown na");
	desk_press(t, "\025ready:yes held:x", STATUS, "Limit: ready:yes held:x");
	desk_expect(t, LAST, "                 ^ wants a number");
	desk_press(t, "\025class:orphan cust:1", -1, "                    ^ unknown key 'cust'; keys are class reason");
	desk_press(t, "\025ready:yes held:x", LAST, "                 ^ wants a number");
	vt_keys(t, "\r");
	desk_expect(t, LAST, "                 ^ wants a number"); /* to be mended */
	desk_expect(t, STATUS, "Limit: ready:yes held:x");
	desk_press(t, "\025class:orphan\r", STATUS, "limit: class:orphan");
	/* The cursor belongs to its entry all the while. */
	desk_expect(t, -1, ">   gone04.example");
	desk_press(t, "l\025kept\033", STATUS, "limit: class:orphan");
	desk_press(t, "l\025class:moved\r", FIRST, "no entry matches the limit; l changes it");
	desk_press(t, "l\025\r", -1, ">   gone04.example");
	desk_quit(t);
}
END_TEST

/* A word that is none yet picks nothing, and nothing is said of it but what it lacks; those before it pick the rows. */
START_TEST(test_a_mistake_picks_nothing)
{
	struct vt *t = desk_open_list();

	desk_press(t, "lready", FIRST, "no entry matches the limit; l changes it");
	desk_press(t, ":", LAST, "^ ");
	desk_expect(t, FIRST, ">   gone00.example");
	desk_press(t, "\025class:ok ready:", FIRST, "kept000.example");
	desk_press(t, "\025nowhere ready:", FIRST, "no entry matches the words before the mistake");
	desk_press(t, "yes", FIRST, "no entry matches the limit; l changes it");
	desk_press(t, "\a", FIRST, ">   gone00.example");
	desk_quit(t);
}
END_TEST

/* Who has marked is on the way to a deletion: beside a long limit that is what the foot has room for. */
START_TEST(test_what_is_marked_comes_first_at_the_foot)
{
	struct vt *t = desk_open_list();

	desk_press(t, "lclass:orphan\r", STATUS, "limit: class:orphan  Enter open  l limit");
	desk_press(t, "T\r", STATUS, "40 marked  limit: class:orphan  d stage  $ preview");
	desk_expect(t, STATUS, "? help");
	desk_quit(t);
}
END_TEST

/* From marks to the preview of all 40 orphans, and the first two questions. */
static void preview_orphans(struct vt *t)
{
	desk_press(t, "T", LAST, "Mark all of limit");
	desk_press(t, "class:orphan\r", LAST, "40 marked");
	desk_expect(t, FIRST, ">*  gone00.example");
	desk_press(t, ";d", STATUS, "40 staged");
	desk_expect(t, FIRST, ">D  gone00.example");
	desk_press(t, "$", TITLE, "40 go, 0 stay");
}

static void answer_questions(struct vt *t)
{
	desk_press(t, "c", LAST, "Reason:");
	desk_press(t, "left us\r", LAST, "Ticket");
	vt_keys(t, "INC-9921\r");
}

START_TEST(test_bulk_delete_and_restore)
{
	struct vt *t = desk_open_list();
	struct run_result added;

	preview_orphans(t);
	answer_questions(t);
	desk_expect(t, LAST, "Type 40 to delete, else nothing happens:");
	desk_press(t, "39\r", LAST, "nothing was deleted");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_press(t, "c\025left us\r\025INC-9921\r", LAST, "Type 40 to delete");
	desk_press(t, "40\r", LAST, "40 deleted, batch b");
	desk_expect(t, TITLE, "160 entries");
	ck_assert_uint_eq(desk_count(""), 160);
	desk_press(t, "B", TITLE, "BATCHES");
	desk_expect(t, 2, "left us  INC-9921");
	run_line(&added, desk_config, "add gone00.example");
	ck_assert_int_eq(added.status, 0);
	run_clear(&added);
	desk_press(t, "r", LAST, "Reason for bringing 40 back:");
	desk_press(t, "phoned\r", LAST, "Type 40 to bring back batch b");
	desk_press(t, "y\r", LAST, "nothing was brought back");
	ck_assert_uint_eq(desk_count(""), 161);
	desk_press(t, "rphoned\r", LAST, "Type 40 to bring back batch b");
	desk_press(t, "40\r", -1, "39 brought back, 1 kept as it is now: gone00.example");
	/* The restore is a batch too, above the one that the cursor stays on. */
	desk_expect(t, 2, "  b");
	desk_expect(t, 2, "restore");
	desk_expect(t, 3, "> b");
	desk_expect(t, 3, "left us");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_press(t, "q", TITLE, "200 entries");
	desk_press(t, "A", 2, "restore");
	desk_expect(t, 2, "phoned");
	vt_keys(t, "q");
	desk_quit(t);
}
END_TEST

/* Enter never agrees, and what was typed before the question could be read is no answer to it.
 */
START_TEST(test_few_are_confirmed_with_y_only)
{
	struct vt *t = desk_open_list();

	desk_press(t, "djd", STATUS, "2 staged");
	desk_press(t, "$", TITLE, "2 go, 0 stay");
	answer_questions(t);
	desk_expect(t, LAST, "Delete 2 entries? y/N");
	desk_press(t, "\r", LAST, "nothing was deleted");
	desk_press(t, "c\r\ryyyyyy", LAST, "Delete 2 entries? y/N");
	ck_assert_uint_eq(desk_count(""), 200);
	vt_keys(t, "\033[200~y\033[201~");
	desk_press(t, "n", LAST, "nothing was deleted");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_press(t, "c\r\r", LAST, "Delete 2 entries? y/N");
	desk_press(t, "y", LAST, "2 deleted, batch b");
	ck_assert_uint_eq(desk_count(""), 198);
	desk_press(t, "Brphoned\r", LAST, "Bring back batch b");
	desk_expect(t, LAST, "? y/N");
	desk_press(t, "\r", LAST, "nothing was brought back");
	desk_press(t, "rphoned\r", LAST, "? y/N");
	desk_press(t, "y", LAST, "2 brought back from b");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_quit(t);
}
END_TEST

START_TEST(test_what_is_listed_stays)
{
	struct vt *t = desk_open_list();

	desk_press(t, "dGd$", TITLE, "1 goes, 1 stays");
	desk_expect(t, FIRST, "STAY  kept159.example");
	desk_expect(t, FIRST + 1, "gone00.example");
	desk_press(t, "jc\025x\r\025\r", LAST, "Delete 1 entry? y/N");
	desk_press(t, "y", LAST, "1 deleted");
	ck_assert_uint_eq(desk_count("class:ok"), 160);
	desk_press(t, "G", STATUS - 1, ">D  kept159.example");
	desk_press(t, "u", LAST, "no longer staged");
	desk_press(t, "$", LAST, "nothing is staged");
	desk_quit(t);
}
END_TEST

START_TEST(test_marked_or_this_one)
{
	struct vt *t = desk_open_list();

	desk_press(t, "   d", LAST, "3 marked: (m)arked or (t)his one?");
	vt_keys(t, "\r");
	desk_expect_gone(t, LAST, "3 marked:");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_press(t, "d", LAST, "(t)his one?");
	desk_press(t, "t", STATUS, "1 staged");
	desk_expect(t, FIRST + 3, ">D  gone03.example");
	desk_press(t, "lkept\r", STATUS, "limit: kept");
	desk_press(t, "d", LAST, "3 marked, 3 outside the limit:");
	desk_press(t, "m", STATUS, "4 staged");
	desk_press(t, "U;", LAST, "nothing is marked");
	/* What is marked or unmarked already is not counted again. */
	desk_press(t, "l\x15\r Tgone0\r", LAST, "9 marked, 10 marked in all");
	desk_press(t, "Tgone0\r", LAST, "0 marked, 10 marked in all");
	desk_press(t, "\x14gone\r", LAST, "10 unmarked, 0 marked in all");
	desk_quit(t);
}
END_TEST

START_TEST(test_pin_and_edit)
{
	struct vt *t = desk_open_list();

	desk_press(t, "p", LAST, "(e)trn (o)utage (c)ustomer (x) other?");
	desk_press(t, "o", LAST, "Outage until");
	desk_press(t, "soon\r", STATUS, "no date");
	vt_keys(t, "\0252099-03-31\r");
	desk_expect(t, -1, "pinned, but mail that waits longer"); /* no queue keeps it until 2099 */
	desk_expect(t, FIRST, "pinned");
	desk_press(t, "d$", FIRST, "STAY  gone00.example");
	desk_expect(t, FIRST, "pinned (outage)");
	desk_press(t, "qP", LAST, "unpinned");
	desk_press(t, "u", LAST, "gone00.example no longer staged; 0 left");
	desk_press(t, "u", LAST, "gone00.example is not staged");
	desk_press(t, "e", LAST, "Customer of gone00.example:");
	desk_press(t, "C-1042\r", LAST, "Note:");
	desk_press(t, "told by phone\r", FIRST, "C-1042");
	desk_press(t, "\r", TITLE, "ENTRY");
	desk_expect(t, -1, "Note: told by phone");
	desk_expect(t, -1, "Asked");
	desk_press(t, "q:add new.example\r", TITLE, "201 entries");
	/* Of the marked, some are not pinned. */
	desk_press(t, "gpe", LAST, "pinned (etrn)");
	desk_press(t, "jjpe", LAST, "pinned (etrn)");
	desk_press(t, "Tgone0\r", LAST, "10 marked");
	desk_press(t, ";P", LAST, "2 unpinned");
	ck_assert_uint_eq(desk_count("pinned:yes"), 0);
	desk_press(t, ";P", LAST, "none of the 10 is pinned");
	desk_press(t, ";po\x15" "2099-03-31\r", -1, "pinned, but mail that waits longer");
	ck_assert_uint_eq(desk_count("pinned:yes"), 10);
	desk_quit(t);
}
END_TEST

/* Above twenty of them a key changes nothing by itself, as it deletes nothing. */
START_TEST(test_many_are_changed_by_their_number)
{
	struct vt *t = desk_open_list();

	desk_press(t, "Tgone0\r", LAST, "10 marked");
	desk_press(t, "Tgone1\r", LAST, "20 marked in all");
	desk_press(t, ";pe", LAST, "20 entries pinned (etrn)");
	desk_press(t, ";P", LAST, "20 unpinned");
	desk_press(t, "Tgone20\r", LAST, "21 marked in all");
	desk_press(t, ";p", LAST, "Type 21 to pin them, else nothing happens:");
	desk_press(t, "\r", LAST, "nothing was changed");
	desk_press(t, ";p", LAST, "Type 21 to pin them");
	desk_press(t, "20\r", LAST, "nothing was changed");
	ck_assert_uint_eq(desk_count("pinned:yes"), 0);
	desk_press(t, ";p", LAST, "Type 21 to pin them");
	desk_press(t, "21\r", LAST, "Pin 21 entries: (e)trn");
	desk_press(t, "e", LAST, "21 entries pinned (etrn)");
	desk_press(t, ";P", LAST, "Type 21 to unpin them");
	desk_press(t, "y\r", LAST, "nothing was changed");
	ck_assert_uint_eq(desk_count("pinned:yes"), 21);
	desk_press(t, ";P", LAST, "Type 21 to unpin them");
	desk_press(t, "21\r", LAST, "21 unpinned");
	desk_press(t, ";r", LAST, "Type 21 to note them as reviewed");
	desk_press(t, "\x07", LAST, "nothing was changed");
	desk_press(t, ";r", LAST, "Type 21 to note them as reviewed");
	desk_press(t, "21\r", LAST, "21 entries: reviewed today");
	desk_press(t, ";c", LAST, "Type 21 to note that their customers were told");
	desk_press(t, "\r;e", LAST, "Type 21 to edit them");
	desk_press(t, "21\r", LAST, "Customer of 21 entries");
	desk_press(t, "\x07;d", STATUS, "21 staged"); /* nothing is changed by that */
	desk_quit(t);
}
END_TEST

/* The list follows what a colleague does, and the cursor stays with its entry. */
START_TEST(test_changes_of_others_come_in)
{
	struct vt *t = desk_open_list();
	struct run_result r;

	desk_press(t, "jjjjj", FIRST + 5, ">   gone05.example");
	run_line(&r, desk_config, "add aaa.example");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	desk_expect(t, TITLE, "201 entries");
	desk_expect(t, FIRST + 5, ">   gone05.example");
	desk_expect(t, STATUS, "7/201");
	desk_quit(t);
}
END_TEST

START_TEST(test_help_lists_the_keys_of_the_view)
{
	struct vt *t = desk_open_list();

	desk_press(t, "?", TITLE, "HELP");
	desk_expect(t, -1, "one row down");
	desk_press(t, "/bulk\r/stage a del\r", -1, "stage a deletion");
	desk_press(t, "q", TITLE, "200 entries");
	desk_press(t, "B?", -1, "HELP");
	desk_press(t, "G", -1, "repaint");
	ck_assert(!vt_has(t, -1, "stage a deletion"));
	vt_keys(t, "qq");
	desk_quit(t);
}
END_TEST

START_TEST(test_read_only_changes_nothing)
{
	struct vt *t = desk_open(24, 80, "xterm", "--read-only", NULL);

	desk_expect(t, TITLE, "read only");
	desk_expect(t, STATUS, "1/200");
	for (const char *key = "dpea$Pr"; *key; key++) {
		char one[2] = {*key, '\0'};

		vt_keys(t, one);
		desk_expect(t, LAST, "read only:");
		vt_keys(t, "j");
		desk_expect_gone(t, LAST, "read only:");
	}
	desk_press(t, ":add new.example\r", LAST, "read only:");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_quit(t);
}
END_TEST

START_TEST(test_empty_database_says_what_to_do)
{
	struct vt *t = desk_open(24, 80, "xterm", "", NULL);

	desk_expect(t, FIRST, "no entries yet: mxward import FILE");
	desk_press(t, "jGd\r$BqAq", FIRST, "no entries yet");
	desk_press(t, "B\r", LAST, "there is no batch yet");
	desk_press(t, "q\r", LAST, "there is no entry under the cursor");
	desk_press(t, "agone07.example\r", FIRST, ">   gone07.example");
	desk_expect(t, TITLE, "1 entry ");
	desk_expect(t, FIRST, "MX elsewhere, outside"); /* by the live answer alone */
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens"), *empty = desk_case_empty("empty");

	tcase_add_test(t, test_first_screen);
	tcase_add_test(t, test_move);
	tcase_add_test(t, test_limit_works_while_it_is_typed);
	tcase_add_test(t, test_a_mistake_picks_nothing);
	tcase_add_test(t, test_what_is_marked_comes_first_at_the_foot);
	tcase_add_test(t, test_bulk_delete_and_restore);
	tcase_add_test(t, test_few_are_confirmed_with_y_only);
	tcase_add_test(t, test_what_is_listed_stays);
	tcase_add_test(t, test_marked_or_this_one);
	tcase_add_test(t, test_pin_and_edit);
	tcase_add_test(t, test_many_are_changed_by_their_number);
	tcase_add_test(t, test_changes_of_others_come_in);
	tcase_add_test(t, test_help_lists_the_keys_of_the_view);
	tcase_add_test(t, test_read_only_changes_nothing);
	tcase_add_test(empty, test_empty_database_says_what_to_do);
	return desk_run("console", (TCase *[]){t, empty, NULL});
}
