/*
 * check_audit: the audit log on a real screen: words for what was done, limited to what is asked for, and what a
 * colleague records meanwhile.
 */
#include <check.h>
#include <stdlib.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, FIRST = 2, STATUS = 22, LAST = 23 };

static void shell(const char *line)
{
	struct run_result r;

	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s", line, r.err);
	run_clear(&r);
}

START_TEST(records_of_a_limit)
{
	struct vt *t;

	shell("edit gone01.example --customer C-7");
	shell("pin gone02.example --reason etrn --note by-etrn");
	t = desk_open_list();
	vt_keys(t, "A");
	desk_expect(t, TITLE, "AUDIT LOG  newest first");
	desk_expect(t, TITLE, "243 records"); /* 200 imported, 40 that left, two of the transfer, the pin */
	desk_expect(t, FIRST, "pin       gone02.example");
	desk_expect(t, FIRST, "by-etrn");
	vt_keys(t, "lcustomer:C-7\r");
	desk_expect(t, TITLE, "limit: customer:C-7");
	desk_expect(t, TITLE, "1 record");
	desk_expect(t, FIRST, "transfer  gone01.example");
	shell("edit gone01.example --note written-by-a-colleague");
	desk_expect(t, TITLE, "2 records");
	desk_expect(t, FIRST, "written-by");
	/* The cursor stayed with its record. */
	desk_expect(t, FIRST + 1, ">");
	/* What only entries have is not known of one that was deleted, and that is said. */
	vt_keys(t, "l\025class:moved\r");
	desk_expect(t, FIRST, "no record of an entry in the list matches the limit; l changes it");
	desk_expect(t, -1, "of entries in the list, as they are now");
	vt_keys(t, "l\025customer:C-9999\r");
	desk_expect(t, FIRST, "no record matches the limit; l changes it");
	desk_expect_gone(t, -1, "as they are now");
	vt_keys(t, "l\025class:moved\r");
	desk_expect(t, TITLE, "limit: class:moved");
	vt_keys(t, "l\025nonsense:1\r");
	desk_expect(t, -1, "unknown key 'nonsense'");
	vt_keys(t, "l\025action:delet\r");
	desk_expect(t, -1, "unknown action 'delet'");
	desk_expect(t, TITLE, "limit: class:moved");
	vt_keys(t, "l\025\r");
	desk_expect(t, TITLE, "244 records");
	vt_keys(t, "/gone02\r");
	desk_expect(t, FIRST + 1, ">");
	desk_expect(t, FIRST + 1, "gone02.example");
	vt_keys(t, "/nowhere\r");
	desk_expect(t, LAST, "not found: nowhere");
	vt_keys(t, "q");
	desk_quit(t);
}
END_TEST

START_TEST(records_of_an_entry)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "\rA");
	desk_expect(t, TITLE, "AUDIT LOG  gone00.example, newest first");
	desk_expect(t, TITLE, "2 records");
	desk_expect(t, FIRST, "orphan: MX elsewhere");
	ck_assert(!vt_has(t, 1, "DOMAIN"));
	vt_keys(t, "j\r");
	desk_expect(t, TITLE, "RECORD");
	desk_expect(t, -1, "relay.import");
	vt_keys(t, "qqq");
	desk_expect(t, TITLE, "200 entries");
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, records_of_a_limit);
	tcase_add_test(t, records_of_an_entry);
	return desk_run("audit log on the screen", (TCase *const[]){t, NULL});
}
