/*
 * check_prompt: editing a line, and that nothing but the agreed key ever agrees.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"
#include "ui/key.h"
#include "ui/prompt.h"

static struct prompt prompt;
static struct history history;

static void setup(void)
{
	prompt = (struct prompt){0};
	history = (struct history){0};
}

static void teardown(void)
{
	prompt_clear(&prompt);
	history_clear(&history);
}

static enum prompt_did key(int code)
{
	return prompt_feed(&prompt, &(struct key){.code = code});
}

static enum prompt_did type(const char *text)
{
	enum prompt_did did = PROMPT_NOTHING;

	for (; *text; text++)
		did = key((unsigned char)*text);
	return did;
}

static enum prompt_did paste(const char *text)
{
	return prompt_feed(&prompt, &(struct key){CODE_PASTE, text, strlen(text)});
}

static const char *text(void)
{
	return str_text(&prompt.text);
}

START_TEST(test_edit)
{
	prompt_open(&prompt, PROMPT_TEXT, "Limit:", "");
	ck_assert_int_eq(type("class:orphan ready"), PROMPT_CHANGED);
	key(CODE_HOME);
	type("x ");
	ck_assert_str_eq(text(), "x class:orphan ready");
	key('F' & 0x1f);
	key(CODE_DELETE);
	ck_assert_str_eq(text(), "x cass:orphan ready");
	key(CODE_END);
	key('W' & 0x1f);
	ck_assert_str_eq(text(), "x cass:orphan ");
	key(CODE_BACKSPACE);
	ck_assert_str_eq(text(), "x cass:orphan");
	key(CODE_LEFT);
	key('K' & 0x1f);
	ck_assert_str_eq(text(), "x cass:orpha");
	key('U' & 0x1f);
	ck_assert_str_eq(text(), "");
	ck_assert_int_eq(key(CODE_BACKSPACE), PROMPT_NOTHING);
	ck_assert_int_eq(key(CODE_LEFT), PROMPT_NOTHING);
	ck_assert_int_eq(key(CODE_ENTER), PROMPT_DONE);
}
END_TEST

START_TEST(test_utf8_is_edited_by_characters)
{
	prompt_open(&prompt, PROMPT_TEXT, "Note:", "");
	type("M\303\274ller");
	for (int i = 0; i < 4; i++)
		key(CODE_LEFT);
	ck_assert_int_eq(key(CODE_BACKSPACE), PROMPT_CHANGED);
	ck_assert_str_eq(text(), "Mller");
}
END_TEST

START_TEST(test_length_is_bounded)
{
	prompt_open(&prompt, PROMPT_TEXT, "", "");
	for (int i = 0; i < 3 * PROMPT_MAX; i++)
		key('x');
	ck_assert_uint_eq(prompt.text.len, PROMPT_MAX);
	ck_assert_int_eq(paste("more"), PROMPT_NOTHING);
}
END_TEST

START_TEST(test_paste_becomes_one_line)
{
	prompt_open(&prompt, PROMPT_TEXT, "", "");
	ck_assert_int_eq(paste("\nmail.acme.example\r\n\033[2J two\n"), PROMPT_CHANGED);
	ck_assert_str_eq(text(), "mail.acme.example [2J two");
}
END_TEST

START_TEST(test_cancel)
{
	static const int codes[] = {CODE_ESCAPE, 'G' & 0x1f, 'C' & 0x1f};
	static const enum prompt_kind kinds[] = {PROMPT_TEXT, PROMPT_LETTER, PROMPT_CONFIRM,
						 PROMPT_NUMBER};

	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < 3; i++) {
			prompt_open(&prompt, kinds[k], "?", "");
			prompt.letters = "mt";
			prompt.number = 3;
			ck_assert_int_eq(key(codes[i]), PROMPT_CANCELLED);
		}
}
END_TEST

/* Of all keys only y and Y agree. */
START_TEST(test_confirm)
{
	for (int code = 1; code < CODE_ALT; code++) {
		prompt_open(&prompt, PROMPT_CONFIRM, "Delete 3 entries? y/N", "");
		if (code == 'y' || code == 'Y')
			ck_assert_int_eq(key(code), PROMPT_DONE);
		else
			ck_assert_int_ne(key(code), PROMPT_DONE);
	}
	prompt_open(&prompt, PROMPT_CONFIRM, "", "");
	ck_assert_int_eq(key(CODE_ALT | 'y'), PROMPT_CANCELLED);
	prompt_open(&prompt, PROMPT_CONFIRM, "", "");
	ck_assert_int_eq(paste("y"), PROMPT_NOTHING);
}
END_TEST

static enum prompt_did number(const char *typed)
{
	prompt_open(&prompt, PROMPT_NUMBER, "Type 1044", "");
	prompt.number = 1044;
	type(typed);
	return key(CODE_ENTER);
}

START_TEST(test_number_has_to_be_typed)
{
	ck_assert_int_eq(number("1044"), PROMPT_DONE);
	ck_assert_int_eq(number("1,044"), PROMPT_DONE);
	ck_assert_int_eq(number(""), PROMPT_CANCELLED);
	ck_assert_int_eq(number(","), PROMPT_CANCELLED);
	ck_assert_int_eq(number("y"), PROMPT_CANCELLED);
	ck_assert_int_eq(number("104"), PROMPT_CANCELLED);
	ck_assert_int_eq(number("10440"), PROMPT_CANCELLED);
	ck_assert_int_eq(number("18446744073709552660"), PROMPT_CANCELLED); /* 2^64 + 1044 */
	prompt_open(&prompt, PROMPT_NUMBER, "", "");
	prompt.number = 1044;
	ck_assert_int_eq(paste("1044"), PROMPT_NOTHING);
	ck_assert_int_eq(key(CODE_ENTER), PROMPT_CANCELLED);
}
END_TEST

START_TEST(test_letter)
{
	prompt_open(&prompt, PROMPT_LETTER, "12 marked: (m)arked or (t)his one?", "");
	prompt.letters = "mt";
	ck_assert_int_eq(key('d'), PROMPT_NOTHING);
	ck_assert_int_eq(key(' '), PROMPT_NOTHING);
	ck_assert_int_eq(key(CODE_UP), PROMPT_NOTHING);
	ck_assert_int_eq(key('m'), PROMPT_DONE);
	ck_assert_str_eq(text(), "m");
	prompt_open(&prompt, PROMPT_LETTER, "", "");
	prompt.letters = "mt";
	ck_assert_int_eq(key(CODE_ENTER), PROMPT_CANCELLED);
}
END_TEST

START_TEST(test_history)
{
	history_add(&history, "one");
	history_add(&history, "two");
	history_add(&history, "two");
	history_add(&history, "");
	ck_assert_uint_eq(history.n, 2);
	prompt_open(&prompt, PROMPT_TEXT, "", "typed");
	prompt.history = &history;
	key(CODE_UP);
	ck_assert_str_eq(text(), "two");
	key(CODE_UP);
	ck_assert_str_eq(text(), "one");
	ck_assert_int_eq(key(CODE_UP), PROMPT_NOTHING);
	key(CODE_DOWN);
	key(CODE_DOWN);
	ck_assert_str_eq(text(), "typed");
	ck_assert_int_eq(key(CODE_DOWN), PROMPT_NOTHING);
	key(CODE_ENTER);
	ck_assert_uint_eq(history.n, 3);
	for (int i = 0; i < 2 * PROMPT_HISTORY; i++) {
		char line[20] = {(char)('a' + i % 26), (char)('a' + i / 26), '\0'};

		history_add(&history, line);
	}
	ck_assert_uint_eq(history.n, PROMPT_HISTORY);
}
END_TEST

START_TEST(test_show_keeps_the_cursor_on_the_line)
{
	char out[200];

	prompt_open(&prompt, PROMPT_TEXT, "Limit:", "abc");
	ck_assert_int_eq(prompt_show(&prompt, out, sizeof out, 40), 10);
	ck_assert_str_eq(out, "Limit: abc");
	for (int i = 0; i < 300; i++) {
		int at;

		key(i % 7 ? 'x' : '\t' + 0x80);
		at = prompt_show(&prompt, out, sizeof out, 40);
		ck_assert_int_ge(at, 0);
		ck_assert_int_lt(at, 40);
		ck_assert_uint_lt(strlen(out), 40);
		ck_assert(strncmp(out, "Limit: ", 7) == 0);
	}
	key(CODE_HOME);
	ck_assert_int_eq(prompt_show(&prompt, out, sizeof out, 40), 7);
	ck_assert_int_eq(prompt_column(&prompt, 0, 40), 7);
	ck_assert_int_eq(prompt_column(&prompt, 3, 40), 10);
	key(CODE_END);
	ck_assert_int_eq(prompt_column(&prompt, prompt.text.len, 40), prompt_show(&prompt, out, sizeof out, 40));
	ck_assert_int_eq(prompt_column(&prompt, 0, 40), 7); /* what is not shown begins behind the label */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("prompt");
	TCase *t = tcase_create("prompt");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_edit);
	tcase_add_test(t, test_utf8_is_edited_by_characters);
	tcase_add_test(t, test_length_is_bounded);
	tcase_add_test(t, test_paste_becomes_one_line);
	tcase_add_test(t, test_cancel);
	tcase_add_test(t, test_confirm);
	tcase_add_test(t, test_number_has_to_be_typed);
	tcase_add_test(t, test_letter);
	tcase_add_test(t, test_history);
	tcase_add_test(t, test_show_keeps_the_cursor_on_the_line);
	suite_add_tcase(s, t);
	return suite_run(s);
}
