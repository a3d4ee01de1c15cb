/* What leaves the program as text: base/escape, json, str, date, err. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "support/suite.h"

static struct str out;

static void set_up(void)
{
	out = (struct str){0};
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
}

static void tear_down(void)
{
	str_clear(&out);
}

START_TEST(every_byte_leaves_as_printable_ascii)
{
	for (int c = 0; c < 256; c++) {
		char in = (char)c, one[8];

		escape(one, sizeof one, &in, 1);
		ck_assert(escape_is_plain(one, strlen(one)));
		if (c == '\\')
			ck_assert_str_eq(one, "\\\\");
		else if (c >= 0x20 && c <= 0x7e)
			ck_assert(one[0] == in && one[1] == '\0');
		else
			ck_assert_uint_eq(strlen(one), 4);
	}
	escape_add(&out, "a\x1b[2J\0b\xff", 8);
	ck_assert_str_eq(str_text(&out), "a\\027[2J\\000b\\255");
}
END_TEST

START_TEST(what_does_not_fit_is_cut_at_a_whole_escape)
{
	char buf[8];

	ck_assert_str_eq(escape(buf, 8,
				"abc\x01"
				"d",
				5),
			 "abc\\001");
	ck_assert_str_eq(escape(buf, 7,
				"abc\x01"
				"d",
				5),
			 "abc");
	ck_assert_str_eq(escape(buf, 4, "abcd", 4), "abc");
	ck_assert_str_eq(escape(buf, 1, "abcd", 4), "");
	buf[0] = 'x';
	escape(buf, 0, "abcd", 4);
	ck_assert_int_eq(buf[0], 'x');
}
END_TEST

START_TEST(plain_is_what_needs_no_escape)
{
	ck_assert(escape_is_plain("a b~", 4));
	ck_assert(!escape_is_plain("a\tb", 3));
	ck_assert(!escape_is_plain("a\x7f", 2));
	ck_assert(!escape_is_plain("a\x80", 2));
	ck_assert(!escape_is_plain("a\0", 2));
}
END_TEST

START_TEST(csv_cells_hold_no_formula)
{
	escape_add_csv(&out, "a \"b\", c");
	ck_assert_str_eq(str_text(&out), "\"a \"\"b\"\", c\"");
	for (const char *p = "=+-@|%"; *p; p++) {
		char text[] = {*p, '1', '\0'}, want[] = {'"', '\'', *p, '1', '"', '\0'};

		str_truncate(&out, 0);
		escape_add_csv(&out, text);
		ck_assert_str_eq(str_text(&out), want);
	}
	str_truncate(&out, 0);
	escape_add_csv(&out, "");
	ck_assert_str_eq(str_text(&out), "\"\"");
	str_truncate(&out, 0);
	escape_add_csv(&out, "a\nb");
	ck_assert_str_eq(str_text(&out), "\"a\\010b\"");
}
END_TEST

/* What a spreadsheet would compute is guarded, what looks guarded too, so that both come back. */
START_TEST(a_guard_comes_off_again)
{
	static const char *const texts[] = {"", "a", "'", "''", "=1", "'=1", "''=1", "'a", "-", "+1", "@x", "|x", "%x", " =1", "it's"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char cell[20];

		str_truncate(&out, 0);
		escape_add_csv_text(&out, texts[i]);
		ck_assert(out.bytes[0] == '"' && out.bytes[out.len - 1] == '"');
		snprintf(cell, sizeof cell, "%.*s", (int)out.len - 2, out.bytes + 1);
		ck_assert(!*cell || !strchr(ESCAPE_FORMULA, *cell));
		ck_assert_str_eq(escape_take_guard(cell), texts[i]);
	}
}
END_TEST

START_TEST(text_for_people_is_seen)
{
	static const struct {
		const char *text, *line, *lines;
	} cases[] = {
		{"M\xc3\xbcller \xe4\xbe\x8b \xf0\x9f\x98\x80 \\027", "M\xc3\xbcller \xe4\xbe\x8b \xf0\x9f\x98\x80 \\027",
		 "M\xc3\xbcller \xe4\xbe\x8b \xf0\x9f\x98\x80 \\027"},
		{"a\n\tb\r", "a\\010\\009b\\013", "a\n\tb\\013"},
		{"\x1b[2J\x7f\xc2\x9b", "\\027[2J\\127\\194\\155", "\\027[2J\\127\\194\\155"},
		{"\xff\xc3", "\\255\\195", "\\255\\195"},
		{"a\xe2\x80\xae" "b\xe2\x80\x8b", "a\\226\\128\\174b\\226\\128\\139", "a\\226\\128\\174b\\226\\128\\139"},
		{"\xe2\x80\xa8\xef\xbb\xbf\xd8\x9c", "\\226\\128\\168\\239\\187\\191\\216\\156",
		 "\\226\\128\\168\\239\\187\\191\\216\\156"},
		{"\xf3\xa0\x81\xa1", "\\243\\160\\129\\161", "\\243\\160\\129\\161"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		str_truncate(&out, 0);
		escape_add_line(&out, cases[i].text);
		ck_assert_str_eq(str_text(&out), cases[i].line);
		str_truncate(&out, 0);
		escape_add_lines(&out, cases[i].text);
		ck_assert_str_eq(str_text(&out), cases[i].lines);
	}
}
END_TEST

START_TEST(json_for_readers_holds_the_value_and_shows_nothing_else)
{
	json_add_shown(&out, "\"\\\n\x7f\xc2\x9b\xe2\x80\xa8\xc3\xbc\xff\xf3\xa0\x81\xa1\xf0\x9f\x98\x80");
	ck_assert_str_eq(str_text(&out),
			 "\"\\\"\\\\\\n\\u007f\\u009b\\u2028\xc3\xbc\\ufffd\\udb40\\udc61\xf0\x9f\x98\x80\"");
}
END_TEST

/* Whatever stands in it: the same value, and no end of a line. */
START_TEST(a_line_of_json_is_shown_as_the_same_value)
{
	static const char line[] = "{\"a\":\"\\\"\\\\\\n\\u001b\x7f\xc2\x9b\xe2\x80\xae\xc3\xbc\",\"b\":[1,true]}\n\0\xff";

	json_show_line(&out, line, sizeof line - 1);
	ck_assert_str_eq(str_text(&out), "{\"a\":\"\\\"\\\\\\n\\u001b\\u007f\\u009b\\u202e\xc3\xbc\",\"b\":[1,true]}\\n\\u0000\\ufffd");
}
END_TEST

START_TEST(json_strings_as_rfc_8785_spells_them)
{
	json_add_string(&out, "\b\t\n\v\f\r\"\\/\x01\x1f\x7f\xc3\xbc", 14);
	ck_assert_str_eq(str_text(&out),
			 "\"\\b\\t\\n\\u000b\\f\\r\\\"\\\\/\\u0001\\u001f\x7f\xc3\xbc\"");
	str_truncate(&out, 0);
	json_add_string(&out, "\0", 1);
	ck_assert_str_eq(str_text(&out), "\"\\u0000\"");
}
END_TEST

START_TEST(json_lines_put_their_commas)
{
	struct json_line j = json_begin(&out);

	json_text(&j, "a", "x\"y");
	json_int(&j, "b", INT64_MIN);
	json_bool(&j, "c", 7);
	json_bool(&j, "d", 0);
	json_add_null(&j, "e");
	json_key(&j, "f");
	str_add(&out, "[]");
	json_end(&j);
	ck_assert_str_eq(str_text(&out),
			 "{\"a\":\"x\\\"y\",\"b\":-9223372036854775808,\"c\":true,\"d\":false,"
			 "\"e\":null,\"f\":[]}");
	str_truncate(&out, 0);
	j = json_begin(&out);
	json_end(&j);
	ck_assert_str_eq(str_text(&out), "{}");
}
END_TEST

START_TEST(utf8_is_checked_to_the_letter)
{
	static const struct {
		const char *text;
		int valid;
	} cases[] = {
		{"", 1},
		{"abc", 1},
		{"\xc2\x80", 1},
		{"\xdf\xbf", 1},
		{"\xe0\xa0\x80", 1},
		{"\xed\x9f\xbf", 1},
		{"\xee\x80\x80", 1},
		{"\xef\xbf\xbf", 1},
		{"\xf0\x90\x80\x80", 1},
		{"\xf4\x8f\xbf\xbf", 1},
		{"\x80", 0},
		{"\xc0\x80", 0},
		{"\xc1\xbf", 0},
		{"\xc3", 0},
		{"\xc3\x28", 0},
		{"\xe0\x9f\xbf", 0},
		{"\xed\xa0\x80", 0},
		{"\xe2\x82", 0},
		{"\xe2\x82\x28", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xf4\x90\x80\x80", 0},
		{"\xf5\x80\x80\x80", 0},
		{"\xff", 0},
		{"a\xf0\x9f\x98", 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(utf8_is_valid(cases[i].text, strlen(cases[i].text)) ==
				      cases[i].valid,
			      "case %zu", i);
}
END_TEST

START_TEST(strings_grow)
{
	ck_assert_str_eq(str_text(&out), "");
	for (int i = 0; i < 1000; i++)
		str_addf(&out, "%d,", i);
	ck_assert_uint_eq(out.len, 10 * 2 + 90 * 3 + 900 * 4);
	ck_assert_uint_eq(strlen(str_text(&out)), out.len);
	str_truncate(&out, 4);
	ck_assert_str_eq(str_text(&out), "0,1,");
	str_truncate(&out, 99);
	ck_assert_uint_eq(out.len, 4);
	str_add_bytes(&out, NULL, 0);
	str_add_bytes(&out, "x\0y", 3);
	ck_assert_uint_eq(out.len, 7);
	ck_assert_int_eq(out.bytes[7], '\0');
}
END_TEST

START_TEST(days_are_counted_in_utc)
{
	ck_assert_int_eq(date_day(0), 0);
	ck_assert_int_eq(date_day(86399), 0);
	ck_assert_int_eq(date_day(86400), 1);
	ck_assert_int_eq(date_day(-1), -1);
	ck_assert_int_eq(date_day(-86400), -1);
	ck_assert_int_eq(date_day(-86401), -2);
}
END_TEST

START_TEST(times_as_records_spell_them)
{
	char buf[DATE_SIZE];

	ck_assert_str_eq(date_rfc3339(buf, 1764014321), "2025-11-24T19:58:41Z");
	ck_assert_str_eq(date_rfc3339(buf, 0), "");
	ck_assert_str_eq(date_rfc3339_ms(buf, 1764014321007), "2025-11-24T19:58:41.007Z");
	ck_assert_uint_eq(strlen(buf), 24);
}
END_TEST

START_TEST(times_as_people_read_them)
{
	char buf[DATE_SIZE];

	ck_assert_str_eq(date_local_day(buf, 1764025200), "2025-11-25");
	ck_assert_str_eq(date_local_minute(buf, 1764014321), "2025-11-24 20:58");
	ck_assert_str_eq(date_local_day(buf, 0), "-");
	ck_assert_str_eq(date_local_minute(buf, 0), "-");
}
END_TEST

START_TEST(ages_are_short)
{
	static const struct {
		int64_t ago;
		const char *text;
	} cases[] = {
		{-5, "now"},	     {0, "now"},	   {59, "now"},
		{60, "1min"},	     {3599, "59min"},	   {3600, "1h"},
		{86399, "23h"},	     {86400, "1d"},	   {33 * 86400, "33d"},
		{99 * 86400, "99d"}, {160 * 86400, "5mo"}, {3 * 366 * 86400, "3y"},
	};
	char buf[DATE_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_str_eq(date_ago(buf, 2000000000 - cases[i].ago, 2000000000),
				 cases[i].text);
	ck_assert_str_eq(date_ago(buf, 0, 2000000000), "-");
}
END_TEST

START_TEST(dates_are_local_midnights)
{
	int64_t t = 0;
	char buf[DATE_SIZE];

	ck_assert_int_eq(date_parse("2025-11-24", &t), 0);
	ck_assert_str_eq(date_rfc3339(buf, t), "2025-11-23T23:00:00Z");
	ck_assert_int_eq(date_parse("2024-02-29", &t), 0);
	ck_assert_int_eq(date_parse("2026-03-29", &t), 0);
	ck_assert_str_eq(date_rfc3339(buf, t), "2026-03-28T23:00:00Z");
	for (const char *const *p =
		     (const char *const[]){"2025-02-29", "2025-13-01", "2025-00-10",
					   "2025-04-31", "2025-4-3", "25-04-03", "2025-04-03x",
					   "", "2025/04/03", "yyyy-mm-dd", "2025- 4- 3", "2025-+4-03",
					   "+025-04-03", " 025-04-03", "2025-04-00", "0000-00-00", NULL};
	     *p; p++)
		ck_assert_msg(date_parse(*p, &t) == -1, "%s", *p);
}
END_TEST

START_TEST(errors_keep_code_and_sentence)
{
	struct err e;

	ck_assert_int_eq(err_set(&e, ERR_DATA, "line %d", 7), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_str_eq(e.text, "line 7");
	ck_assert_int_eq(err_errno(&e, EACCES, "cannot open '%s'", "x"), -1);
	ck_assert_int_eq(e.code, ERR_PERM);
	ck_assert_str_eq(e.text, "cannot open 'x': Permission denied");
	err_errno(&e, ENOENT, "x");
	ck_assert_int_eq(e.code, ERR_NOINPUT);
	err_errno(&e, ENOSPC, "cannot write");
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_str_eq(e.text, "cannot write: disk full");
}
END_TEST

START_TEST(a_long_sentence_is_cut_not_overrun)
{
	char big[2000];
	struct err e;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_errno(&e, EIO, "%s", big);
	ck_assert_uint_eq(strlen(e.text), sizeof e.text - 1);
}
END_TEST

START_TEST(exit_statuses_are_those_of_sysexits)
{
	static const int want[] = {0, 64, 65, 66, 69, 70, 71, 73, 74, 75, 77, 78};

	for (int code = ERR_NONE; code <= ERR_CONFIG; code++)
		ck_assert_int_eq(err_status((enum err_code)code), want[code]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("escape");
	TCase *t = tcase_create("escape");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, every_byte_leaves_as_printable_ascii);
	tcase_add_test(t, what_does_not_fit_is_cut_at_a_whole_escape);
	tcase_add_test(t, plain_is_what_needs_no_escape);
	tcase_add_test(t, csv_cells_hold_no_formula);
	tcase_add_test(t, a_guard_comes_off_again);
	tcase_add_test(t, text_for_people_is_seen);
	tcase_add_test(t, json_for_readers_holds_the_value_and_shows_nothing_else);
	tcase_add_test(t, a_line_of_json_is_shown_as_the_same_value);
	tcase_add_test(t, json_strings_as_rfc_8785_spells_them);
	tcase_add_test(t, json_lines_put_their_commas);
	tcase_add_test(t, utf8_is_checked_to_the_letter);
	tcase_add_test(t, strings_grow);
	tcase_add_test(t, days_are_counted_in_utc);
	tcase_add_test(t, times_as_records_spell_them);
	tcase_add_test(t, times_as_people_read_them);
	tcase_add_test(t, ages_are_short);
	tcase_add_test(t, dates_are_local_midnights);
	tcase_add_test(t, errors_keep_code_and_sentence);
	tcase_add_test(t, a_long_sentence_is_cut_not_overrun);
	tcase_add_test(t, exit_statuses_are_those_of_sysexits);
	suite_add_tcase(s, t);
	return suite_run(s);
}
