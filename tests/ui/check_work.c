/*
 * check_work: the review on a real screen: what is left is counted, r takes an item off, the next one comes under the
 * cursor, and what needs a decision is decided from there.
 */
#include <check.h>
#include <stdlib.h>

#include "support/desk.h"
#include "support/vt.h"

enum { TITLE, COUNTS, FIRST = 3, STATUS = 22, LAST = 23 };

START_TEST(a_review)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "w");
	desk_expect(t, TITLE, "REVIEW  nobody has gone through it yet");
	desk_expect(t, TITLE, "40 of 40 left");
	desk_expect(t, COUNTS, "ready 40");
	desk_expect(t, FIRST, ">  READY    gone00.example");
	desk_expect(t, STATUS, "r reviewed");
	/* Each kind is named once. */
	desk_expect(t, FIRST + 1, "gone01.example");
	ck_assert(!vt_has(t, FIRST + 1, "READY"));
	vt_keys(t, "r");
	desk_expect(t, FIRST, ">  READY    gone01.example");
	desk_expect(t, TITLE, "39 of 40 left");
	desk_expect(t, TITLE, "REVIEW  last by ");
	vt_keys(t, "jjd");
	desk_expect(t, FIRST + 2, ">D          gone03.example");
	vt_keys(t, "\r");
	desk_expect(t, TITLE, "ENTRY");
	desk_expect(t, -1, "staged for deletion");
	vt_keys(t, "q$");
	desk_expect(t, TITLE, "1 goes, 0 stay");
	vt_keys(t, "c\025left us\r\025\r");
	desk_expect(t, LAST, "y/N");
	vt_keys(t, "y");
	/* Back in the review, without it. */
	desk_expect(t, TITLE, "38 of 39 left");
	desk_expect(t, FIRST + 2, ">           gone04.example");
	vt_keys(t, "po2099-01-01\r");
	desk_expect(t, -1, "pinned, but mail");
	desk_expect(t, FIRST + 2, ">           gone05.example");
	vt_keys(t, "/gone39\r");
	desk_expect(t, -1, ">           gone39.example");
	vt_keys(t, "/nowhere\r");
	desk_expect(t, LAST, "not found: nowhere");
	vt_keys(t, "A");
	desk_expect(t, TITLE, "AUDIT");
	vt_keys(t, "q");
	desk_quit(t);
}
END_TEST

START_TEST(nothing_to_review)
{
	struct vt *t = desk_open(24, 80, "xterm", "", NULL);

	desk_expect(t, FIRST, "no entries yet");
	vt_keys(t, "w");
	desk_expect(t, TITLE, "0 of 0 left");
	desk_expect(t, FIRST, "nothing waits for a look");
	vt_keys(t, "rd\rjG");
	desk_expect(t, FIRST, "nothing waits for a look");
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens"), *empty = desk_case_empty("empty");

	tcase_add_test(t, a_review);
	tcase_add_test(empty, nothing_to_review);
	return desk_run("worklist on the screen", (TCase *[]){t, empty, NULL});
}
