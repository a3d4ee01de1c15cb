/*
 * check_message: what is said can be read whole, on a screen of any size: messages, what Tab found, the mistake of a
 * limit at its place, and the lines that a command printed.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "support/desk.h"
#include "support/vt.h"
#include "ui/lines.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

static void wraps(const char *line, size_t width, const char *want)
{
	struct str out = {0};

	lines_add_wrapped(&out, line, width);
	ck_assert_str_eq(str_text(&out), want);
	str_clear(&out);
}

START_TEST(lines_are_cut_at_blanks)
{
	wraps("", 10, "\n");
	wraps("0123456789", 10, "0123456789\n");
	wraps("01234 6789 b", 10, "01234 6789\n  b\n");
	wraps("01234 678901 b", 10, "01234\n  678901 b\n");
	wraps("  a  12  34  5", 10, "  a  12 \n    34  5\n");
	wraps("0123456789abcdefgh ij", 10, "0123456789\n  abcdefgh\n  ij\n");
	wraps("        0123456789", 10, "        01\n  23456789\n");
	wraps("0123456789  ", 10, "0123456789\n");
	wraps("{\"a\":1,\"b\":23}", 10, "{\"a\":1,\n  \"b\":23}\n");
}
END_TEST

/* The lines from a row down, put together as they are read. */
static const char *read_from(struct vt *t, int row, int rows)
{
	static char text[4000];
	size_t used = 0;

	text[0] = '\0';
	for (; row < rows; row++) {
		const char *line = vt_row(t, row);

		line += strspn(line, " ");
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", line);
	}
	return text;
}

#define UNKNOWN "unknown key 'bytez'; keys are class reason state "

/* The caret stands under the word, and all the keys there are can be read, wherever it is. */
START_TEST(a_mistake_is_read_whole_at_its_place)
{
	static const struct {
		int rows, cols;
		const char *before;
	} at[] = {{24, 80, ""},	 {24, 80, "customer:C-1 "}, {24, 80, "customer:C-1 class:orphan state:deletable "}, {24, 80, "-class:ok -class:moved -class:broken customer:C-0 -state:new "},
		  {30, 200, "customer:C-1 "}, {10, 40, ""}, {24, 40, "customer:C-1 -class:orphan "}};
	struct vt *t = desk_open_list_at(at[_i].rows, at[_i].cols, "xterm");
	char keys[200], caret[200];
	const char *text, *word;
	int row, place;

	snprintf(keys, sizeof keys, "l%sbytez:1", at[_i].before);
	vt_keys(t, keys);
	desk_expect(t, -1, "^");
	desk_expect(t, -1, " to action");
	row = vt_find(t, "Limit: ");
	ck_assert_int_ge(row, FIRST + 1); /* something of the list is seen still */
	word = strstr(vt_row(t, row), "bytez:1");
	ck_assert_ptr_nonnull(word);
	place = (int)(word - vt_row(t, row));
	snprintf(caret, sizeof caret, "%s", vt_row(t, row + 1));
	ck_assert_ptr_nonnull(strchr(caret, '^'));
	ck_assert_int_eq((int)(strchr(caret, '^') - caret), place);
	text = read_from(t, row + 1, at[_i].rows);
	ck_assert_msg(strstr(text, UNKNOWN) != NULL, "%s", text);
	ck_assert_ptr_null(strchr(text, '~'));
	desk_press(t, "\025\r", at[_i].rows - 2, "1/200");
	desk_quit(t);
}
END_TEST

/* A short one far to the right stands before its caret. */
START_TEST(a_short_mistake_stays_on_one_line)
{
	struct vt *t = desk_open_list();

	desk_press(t, "l-class:ok -class:moved -class:broken customer:C-0417-001 ready:x", LAST, "wants yes or no ^");
	desk_expect(t, STATUS, "Limit: ");
	desk_press(t, "\007", STATUS, "1/200");
	desk_quit(t);
}
END_TEST

/* It takes lines of the foot and of the list until the next key; the cursor stays in sight with its entry. */
START_TEST(a_long_message_is_read_whole)
{
	struct vt *t = desk_open_list();

	desk_press(t, "G:restore --colour red --and more --of this\r", -1, "restore");
	desk_press(t, ":edit kept159.example --confirmed never-and-this-is-a-word-that-is-far-too-long-for-a-day\r", LAST, "");
	desk_press(t, ":delete nobody-at-all-in-a-name-that-is-long.of-many-labels-and-longer-than-most.example --reason x\r",
		   LAST, "nothing was staged");
	ck_assert(vt_has(t, STATUS, "'nobody-at-all-in-a-name-that-is-long.of-many-labels-and-longer-than-most"));
	ck_assert_int_ge(vt_find(t, ">   kept159.example"), FIRST);
	desk_press(t, "k", STATUS, "199/200");
	ck_assert_str_eq(vt_row(t, LAST), "");
	desk_quit(t);
}
END_TEST

START_TEST(what_tab_found_is_read_whole)
{
	struct vt *t = desk_open_list();
	const char *text;

	desk_press(t, ":\t", -1, "limit  save");
	desk_expect(t, LAST, ":");
	text = read_from(t, vt_find(t, "limit  save"), LAST);
	ck_assert_msg(strstr(text, "publish  report  audit") != NULL, "%s", text);
	vt_keys(t, "\033");
	desk_expect_gone(t, -1, "limit  save");
	desk_expect(t, STATUS, "1/200");
	desk_quit(t);
}
END_TEST

/* Also after the screen became another. */
START_TEST(what_was_printed_is_read_whole)
{
	struct vt *t = desk_open_list();

	desk_press(t, ":list --format jsonl gone0*\r", TITLE, "OUTPUT");
	desk_expect(t, 2, "{\"name\":\"gone00.example\"");
	ck_assert(!vt_has(t, -1, "~"));
	desk_expect(t, 5, "\"deletable\":");
	ck_assert_int_lt(vt_find(t, "\"note\":"), vt_find(t, "gone01.example"));
	desk_press(t, "G", -1, "gone09.example");
	desk_expect(t, STATUS - 1, "\"deletable\":");
	vt_resize(t, 24, 200);
	desk_expect(t, 4, "{\"name\":\"gone01.example\"");
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *pure = tcase_create("lines"), *t = desk_case("screens");

	tcase_add_test(pure, lines_are_cut_at_blanks);
	tcase_add_loop_test(t, a_mistake_is_read_whole_at_its_place, 0, 7);
	tcase_add_test(t, a_short_mistake_stays_on_one_line);
	tcase_add_test(t, a_long_message_is_read_whole);
	tcase_add_test(t, what_tab_found_is_read_whole);
	tcase_add_test(t, what_was_printed_is_read_whole);
	return desk_run("what is said", (TCase *[]){pure, t, NULL});
}
