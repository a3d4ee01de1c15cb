/*
 * check_colleagues: several people on one list: what another did shows, the cursor and the marks stay with their
 * entries, and a commit passes over what was changed while it was being agreed to, and says so.
 */
#include <check.h>
#include <stdlib.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

static void colleague(const char *line)
{
	struct run_result r;

	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s%s", line, r.out, r.err);
	run_clear(&r);
}

static void agree(struct vt *t, const char *question)
{
	desk_press(t, "c", LAST, "Reason:");
	desk_press(t, "left us\r", LAST, "Ticket");
	vt_keys(t, "\r");
	desk_expect(t, LAST, question);
}

START_TEST(cursor_and_marks_stay_with_their_entries)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jj jj", FIRST + 5, ">   gone05.example");
	desk_expect(t, FIRST + 2, " *  gone02.example");
	colleague("add aaa.example");
	desk_expect(t, TITLE, "201 entries");
	colleague("delete gone00.example gone01.example --reason x --yes 2");
	desk_expect(t, TITLE, "199 entries");
	colleague("edit gone04.example --note x --customer C-77");
	desk_expect(t, -1, "C-77");
	desk_expect(t, -1, ">   gone05.example");
	desk_expect(t, -1, " *  gone02.example");
	desk_expect(t, STATUS, "5/199");
	desk_quit(t);
}
END_TEST

/* Who looks at an entry while a colleague deletes it reads so, and how it comes back. */
START_TEST(the_entry_in_view_is_deleted)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjj\r", -1, "[ORPHAN_");
	colleague("delete gone03.example --reason x --yes 1");
	desk_expect(t, -1, "'gone03.example' is not in the list");
	desk_expect(t, -1, "what DNS says of it tells");
	desk_expect(t, -1, "B on the list brings it back");
	desk_press(t, "d", LAST, "'gone03.example' is not in the list any more; nothing was staged");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_quit(t);
}
END_TEST

/* Who left the customer as it was keeps the one that a colleague noted meanwhile. */
START_TEST(what_was_not_edited_stays)
{
	struct vt *t = desk_open_list();

	desk_press(t, "e", LAST, "Customer of gone00.example:");
	desk_press(t, "\r", LAST, "Note:");
	colleague("edit gone00.example --customer C-77");
	desk_press(t, "phoned\r", LAST, "1 changed");
	desk_press(t, "\r", 1, "C-77");
	desk_expect(t, -1, "Note: phoned");
	desk_quit(t);
}
END_TEST

/* Of an entry that a colleague deletes the cursor goes to its neighbour. */
START_TEST(the_entry_under_the_cursor_is_deleted)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjj", FIRST + 3, ">   gone03.example");
	colleague("delete gone03.example --reason x --yes 1");
	desk_expect(t, TITLE, "199 entries");
	desk_expect(t, FIRST + 3, ">   gone04.example");
	desk_press(t, "d", FIRST + 3, ">D  gone04.example");
	desk_quit(t);
}
END_TEST

START_TEST(a_commit_passes_over_what_was_changed_meanwhile)
{
	struct vt *t = desk_open_list();

	desk_press(t, "djdjdjd$", TITLE, "4 go, 0 stay");
	agree(t, "Delete 4 entries? y/N");
	colleague("delete gone01.example --reason x --yes 1");
	colleague("pin gone02.example --reason etrn");
	colleague("edit gone03.example --note keep");
	desk_press(t, "y", LAST, "1 deleted, b");
	desk_expect(t, LAST, "; 3 not: gone01.example: a colleague deleted it meanwhile");
	ck_assert_uint_eq(desk_count(""), 198);
	ck_assert_uint_eq(desk_count("gone03*"), 1);
	ck_assert_uint_eq(desk_count("pinned:yes"), 1);
	desk_expect(t, STATUS, "2 staged");
	desk_expect(t, FIRST, " D  gone02.example");
	desk_expect(t, FIRST + 1, ">D  gone03.example");
	desk_quit(t);
}
END_TEST

/* What a colleague wrote of it is read before it goes. */
START_TEST(a_note_of_a_colleague_keeps_it)
{
	struct vt *t = desk_open_list();

	desk_press(t, "d$", TITLE, "1 go, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	colleague("edit gone00.example --note keep");
	desk_press(t, "y", LAST, "nothing deleted; not gone00.example: a colleague edited it meanwhile");
	/* Asked again it may go, now that its note could be seen. */
	desk_press(t, "$", TITLE, "1 go, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	desk_press(t, "y", LAST, "1 deleted");
	desk_quit(t);
}
END_TEST

START_TEST(nothing_is_left_to_commit)
{
	struct vt *t = desk_open_list();

	desk_press(t, "d$", TITLE, "1 go, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	colleague("delete gone00.example --reason x --yes 1");
	desk_press(t, "y", LAST, "nothing deleted; not gone00.example: a colleague deleted it meanwhile");
	ck_assert_uint_eq(desk_count(""), 199);
	desk_expect(t, TITLE, "199 entries");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, cursor_and_marks_stay_with_their_entries);
	tcase_add_test(t, the_entry_under_the_cursor_is_deleted);
	tcase_add_test(t, the_entry_in_view_is_deleted);
	tcase_add_test(t, what_was_not_edited_stays);
	tcase_add_test(t, a_commit_passes_over_what_was_changed_meanwhile);
	tcase_add_test(t, a_note_of_a_colleague_keeps_it);
	tcase_add_test(t, nothing_is_left_to_commit);
	return desk_run("colleagues", (TCase *[]){t, NULL});
}
