/*
 * check_colon: the `:` line on a real screen: the shell's commands under their own names, completed by Tab; and the
 * texts that are read after Enter.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

START_TEST(changes_by_their_shell_names)
{
	struct vt *t = desk_open_list();

	vt_keys(t, ":pin --reason etrn --note 'by ETRN only'\r"); /* the entry under the cursor */
	desk_expect(t, FIRST, "pinned");
	ck_assert_uint_eq(desk_count("pinned:yes"), 1);
	vt_keys(t, ":edit gone01.example --customer C-7\r");
	desk_expect(t, LAST, "1 of 1 changed");
	desk_expect(t, FIRST + 1, "C-7");
	vt_keys(t, ":unpin gone00.example\r");
	desk_expect_gone(t, FIRST, "pinned");
	vt_keys(t, ":pin gone00.example --reason nonsense\r");
	desk_expect(t, -1, "pin needs --reason etrn, outage, customer or other");
	vt_keys(t, "q:edit gone01.example --colour red\r");
	desk_expect(t, LAST, "no option --colour");
	vt_keys(t, ":reviewed nobody.example\r");
	desk_expect(t, LAST, "nobody.example");
	ck_assert(!vt_has(t, LAST, "mxward:"));
	vt_keys(t, ":scan\r");
	desk_expect(t, LAST, "'scan' is for the shell: mxward scan");
	vt_keys(t, ":edit --note 'open\r");
	desk_expect(t, LAST, "a quote is open");
	vt_keys(t, ":frobnicate\r");
	desk_expect(t, LAST, "no such command: frobnicate");
	desk_quit(t);
}
END_TEST

START_TEST(looking)
{
	struct vt *t = desk_open_list();

	vt_keys(t, ":stat\r");
	desk_expect(t, TITLE, "OUTPUT  stat");
	desk_expect(t, -1, "entries 200");
	vt_keys(t, "/failing\r");
	desk_expect(t, -1, "failing now 0");
	vt_keys(t, "q:list class:orphan\r");
	desk_expect(t, STATUS, "limit: class:orphan");
	vt_keys(t, ":list --format names gone3*\r");
	desk_expect(t, TITLE, "OUTPUT");
	desk_expect(t, -1, "gone39.example");
	ck_assert(!vt_has(t, -1, "gone20.example"));
	vt_keys(t, "q:show kept003.example\r");
	desk_expect(t, -1, "We back up a local primary");
	/* In it a command without a name means this one. */
	vt_keys(t, ":edit --customer C-3\r");
	desk_expect(t, LAST, "1 of 1 changed");
	ck_assert_uint_eq(desk_count("customer:C-3"), 1);
	vt_keys(t, "\t:audit list\r");
	desk_expect(t, TITLE, "AUDIT");
	desk_expect(t, 2, "transfer");
	vt_keys(t, "\r");
	desk_expect(t, TITLE, "RECORD");
	desk_expect(t, -1, "relay.transfer");
	desk_expect(t, -1, "kept003.example");
	vt_keys(t, "qq:limit\r");
	desk_expect(t, STATUS, "/200");
	desk_quit(t);
}
END_TEST

/* From here nothing is deleted without the preview and its question. */
START_TEST(delete_stages_and_asks)
{
	struct vt *t = desk_open_list();

	vt_keys(t, ":delete gone00.example nobody.example --reason x\r");
	desk_expect(t, LAST, "'nobody.example' is not in the list; nothing was staged");
	vt_keys(t, ":delete gone0* --reason 'left us' --ticket INC-1 --yes 10\r");
	desk_expect(t, LAST, "--yes is for the shell");
	vt_keys(t, ":delete gone0* --reason 'left us' --ticket INC-1\r");
	desk_expect(t, TITLE, "10 go, 0 stay");
	vt_keys(t, "c");
	desk_expect(t, LAST, "Reason: left us");
	vt_keys(t, "\r");
	desk_expect(t, LAST, "INC-1");
	vt_keys(t, "\r");
	desk_expect(t, LAST, "Delete 10 entries? y/N");
	vt_keys(t, "y");
	desk_expect(t, LAST, "10 deleted, batch b");
	ck_assert_uint_eq(desk_count(""), 190);
	vt_keys(t, "B\r");
	desk_expect(t, TITLE, "BATCH b");
	desk_expect(t, -1, "gone09.example");
	vt_keys(t, "qq:restore gone04.example --reason phoned\r");
	desk_expect(t, LAST, "1 restored");
	ck_assert_uint_eq(desk_count(""), 191);
	desk_quit(t);
}
END_TEST

/* Every rule is lifted for the names that were typed, and for no other that happens to be staged. */
START_TEST(override_goes_alone)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "Gd:delete gone00.example --reason x --override\r");
	desk_expect(t, LAST, "--override would lift the rules of the 1 that are staged too");
	vt_keys(t, "u:delete kept* --reason x --override\r");
	desk_expect(t, LAST, "exact names");
	vt_keys(t, ":delete kept159.example --reason x --override\r");
	desk_expect(t, TITLE, "1 go, 0 stay");
	vt_keys(t, "c\r\r");
	desk_expect(t, LAST, "Type 1 to delete");
	vt_keys(t, "y\r");
	desk_expect(t, LAST, "nothing was deleted");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_quit(t);
}
END_TEST

START_TEST(tab_completes)
{
	struct vt *t = desk_open_list();

	vt_keys(t, ":ackn\t");
	desk_expect(t, LAST, ": acknowledge");
	desk_expect(t, STATUS, "acknowledge NAME"); /* how it is used */
	vt_keys(t, "\025re\t\t");
	desk_expect(t, STATUS, "reviewed");
	desk_expect(t, STATUS, "report");
	vt_keys(t, "\025pin gone1\t\t");
	desk_expect(t, STATUS, "gone12.example");
	vt_keys(t, "7\t--rea\tc\t");
	desk_expect(t, LAST, ": pin gone17.example --reason customer");
	vt_keys(t, "\025list cl\tor\t");
	desk_expect(t, LAST, ": list class:orphan");
	vt_keys(t, "\025delete x --zz\t");
	desk_expect(t, STATUS, "nothing begins so");
	vt_keys(t, "\033");
	desk_expect_gone(t, LAST, "zz");
	vt_keys(t, "lst\tdel\t");
	desk_expect(t, LAST - 1, "Limit: state:deletable");
	desk_expect(t, FIRST, "gone00.example");
	vt_keys(t, "\r");
	desk_expect(t, STATUS, "limit: state:deletable");
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, changes_by_their_shell_names);
	tcase_add_test(t, looking);
	tcase_add_test(t, delete_stages_and_asks);
	tcase_add_test(t, override_goes_alone);
	tcase_add_test(t, tab_completes);
	return desk_run("command line of the console", (TCase *[]){t, NULL});
}
