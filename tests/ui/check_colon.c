/*
 * check_colon: the `:` line on a real screen: the shell's commands under their own names, completed by Tab; and the
 * texts that are read after Enter.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "relay/limit.h"
#include "relay/words.h"
#include "support/desk.h"
#include "support/vt.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

START_TEST(changes_by_their_shell_names)
{
	struct vt *t = desk_open_list();

	vt_keys(t, ":pin --reason etrn --note 'by ETRN only'\r"); /* the entry under the cursor */
	desk_expect(t, FIRST, "pinned");
	ck_assert_uint_eq(desk_count("pinned:yes"), 1);
	desk_press(t, ":edit gone01.example --customer C-7\r", LAST, "1 of 1 changed");
	desk_expect(t, FIRST + 1, "C-7");
	vt_keys(t, ":unpin gone00.example\r");
	desk_expect_gone(t, FIRST, "pinned");
	desk_press(t, ":pin gone00.example --reason nonsense\r", -1, "pin needs --reason etrn, outage, customer or other");
	desk_press(t, "q:edit gone01.example --colour red\r", LAST, "no option --colour");
	desk_press(t, ":reviewed nobody.example\r", LAST, "nobody.example");
	ck_assert(!vt_has(t, LAST, "mxward:"));
	desk_press(t, ":scan\r", LAST, "'scan' would hold up the console while it runs; in a shell: mxward scan");
	desk_press(t, ":edit --note 'open\r", LAST, "a quote is open");
	desk_press(t, ":frobnicate\r", LAST, "no such command: frobnicate");
	desk_quit(t);
}
END_TEST

START_TEST(looking)
{
	struct vt *t = desk_open_list();

	desk_press(t, ":stat\r", TITLE, "OUTPUT  stat");
	desk_expect(t, -1, "entries 200");
	desk_press(t, "/failing\r", -1, "failing now 0");
	desk_press(t, "q:list class:orphan\r", STATUS, "limit: class:orphan");
	desk_press(t, ":list --format names gone3*\r", TITLE, "OUTPUT");
	desk_expect(t, -1, "gone39.example");
	ck_assert(!vt_has(t, -1, "gone20.example"));
	desk_press(t, "q:show kept003.example\r", -1, "We back up a local primary");
	/* In it a command without a name means this one. */
	desk_press(t, ":edit --customer C-3\r", LAST, "1 of 1 changed");
	ck_assert_uint_eq(desk_count("customer:C-3"), 1);
	desk_press(t, "\t:audit list\r", TITLE, "AUDIT");
	desk_expect(t, 2, "transfer");
	desk_press(t, "\r", TITLE, "RECORD");
	desk_expect(t, -1, "relay.transfer");
	desk_expect(t, -1, "kept003.example");
	desk_press(t, "qq:limit\r", STATUS, "/200");
	desk_quit(t);
}
END_TEST

/* From here nothing is deleted without the preview and its question. */
START_TEST(delete_stages_and_asks)
{
	struct vt *t = desk_open_list();

	desk_press(t, ":delete gone00.example nobody.example --reason x\r", LAST, "'nobody.example' is not in the list; nothing was staged");
	desk_press(t, ":delete gone0* --reason 'left us' --ticket INC-1 --yes 10\r", LAST, "--yes is for the shell");
	desk_press(t, ":delete gone0* --reason 'left us' --ticket INC-1\r", TITLE, "10 go, 0 stay");
	desk_press(t, "c", LAST, "Reason: left us");
	desk_press(t, "\r", LAST, "INC-1");
	desk_press(t, "\r", LAST, "Delete 10 entries? y/N");
	desk_press(t, "y", LAST, "10 deleted, batch b");
	ck_assert_uint_eq(desk_count(""), 190);
	desk_press(t, "B\r", TITLE, "BATCH b");
	desk_expect(t, -1, "gone09.example");
	desk_press(t, "qq:restore gone04.example --reason phoned\r", LAST, "1 restored");
	ck_assert_uint_eq(desk_count(""), 191);
	desk_press(t, ":restore b9999 --reason x\r", -1, "B in the console shows those there are");
	desk_quit(t);
}
END_TEST

/* Every rule is lifted for the names that were typed, and for no other that happens to be staged. */
START_TEST(override_goes_alone)
{
	struct vt *t = desk_open_list();

	desk_press(t, "Gd:delete gone00.example --reason x --override\r", -1, "--override would lift the rules of the 1 that is staged too; commit or unstage");
	desk_press(t, "u:delete kept* --reason x --override\r", LAST, "exact names");
	desk_press(t, ":delete kept159.example --reason x --override\r", TITLE, "1 goes, 0 stay");
	desk_press(t, "c\r\r", LAST, "Type 1 to delete");
	desk_press(t, "y\r", LAST, "nothing was deleted");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_quit(t);
}
END_TEST

START_TEST(tab_completes)
{
	struct vt *t = desk_open_list();

	desk_press(t, ":ackn\t", LAST, ": acknowledge");
	desk_expect(t, STATUS, "acknowledge NAME"); /* how it is used */
	desk_press(t, "\025re\t\t", STATUS, "reviewed");
	desk_expect(t, STATUS, "report");
	desk_press(t, "\025pin gone1\t\t", -1, "gone12.example");
	desk_press(t, "7\t--rea\tc\t", LAST, ": pin gone17.example --reason customer");
	desk_press(t, "\025list cl\tor\t", LAST, ": list class:orphan");
	desk_press(t, "\025delete x --zz\t", STATUS, "nothing begins so");
	vt_keys(t, "\033");
	desk_expect_gone(t, LAST, "zz");
	desk_press(t, "lst\tdel\t", LAST - 1, "Limit: state:deletable");
	desk_expect(t, FIRST, "gone00.example");
	desk_press(t, "\r", STATUS, "limit: state:deletable");
	desk_quit(t);
}
END_TEST

/* Each key of a limit stands in the help of the views that take one, with an example; and each word of READY. */
START_TEST(help_has_each_word)
{
	struct vt *t = desk_open_list();
	char keys[100], want[80];

	desk_press(t, "?", TITLE, "HELP");
	for (size_t i = 0; limit_key(i); i++) {
		snprintf(want, sizeof want, "  %s:%s ", limit_key(i), limit_key_value(i));
		snprintf(keys, sizeof keys, "/%s\r", want);
		desk_press(t, keys, -1, want);
		desk_expect(t, -1, limit_key_help(i));
	}
	for (size_t i = 0; words_ready_word(i); i++) {
		snprintf(keys, sizeof keys, "/  %s \r", words_ready_word(i));
		desk_press(t, keys, -1, words_ready_help(i));
	}
	desk_press(t, "qA?", TITLE, "HELP");
	desk_press(t, "/  action:\r", -1, "  action:delete ");
	desk_press(t, "qq", TITLE, "200 entries");
	desk_quit(t);
}
END_TEST

/* Of a command that does several things each has its own options, and those alone. */
START_TEST(tab_completes_what_a_command_does)
{
	struct vt *t = desk_open_list();

	desk_press(t, ":aud\t", LAST, ": audit");
	desk_expect(t, STATUS, "audit list|key|checkpoint|anchors|export|verify|withhold|erase");
	desk_press(t, "\t", STATUS, "list  key  checkpoint  anchors  export  verify  withhold  erase");
	desk_press(t, "exp\t", LAST, ": audit export");
	desk_expect(t, -1, "audit export --customer ID|--domain NAME");
	desk_expect(t, -1, "[--internal]");
	desk_press(t, "--int\t", LAST, ": audit export --internal");
	desk_press(t, "\025audit key --int\t", STATUS, "nothing begins so");
	desk_press(t, "\025audit w\top\t", LAST, ": audit withhold operator");
	desk_press(t, "\025audit list cl\tor\t", LAST, ": audit list class:orphan");
	desk_press(t, "\025audit list --format \t", STATUS, "text  csv  jsonl");
	desk_press(t, "c\tgone1\t\t", -1, "gone12.example");
	desk_press(t, "\025edit --note 'cl\t", STATUS, "nothing begins so");
	vt_keys(t, "\007");
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
	tcase_add_test(t, tab_completes_what_a_command_does);
	tcase_add_test(t, help_has_each_word);
	return desk_run("command line of the console", (TCase *[]){t, NULL});
}
