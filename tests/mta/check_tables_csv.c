/*
 * check_tables_csv: CSV with its quotes, line breaks and header lines.
 */
#include "mta/tables.h"

#include <check.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "mta/line_reader.h"
#include "mta/rows.h"
#include "support/suite.h"

START_TEST(csv)
{
	assert_rows(TABLE_CSV,
		    "# export\r\n"
		    "Domain,invoice,\"Customer\", Note ,value,contact\r\n"
		    "a.example,17,K-1,\"said \"\"yes\"\", twice\",OK,jk@isp.example\r\n"
		    "\r\n"
		    "b.example\r\n"
		    "\"c.example\" ,1\r\n"
		    "\"d.example\",\"\",\" K-2 \",\"one\r\ntwo\"\r\n"
		    "e.example,,,,,,too much\r\n"
		    ",1,K-3\r\n"
		    ",,,\r\n"
		    "f.example,,,in \"the\" middle\r\n"
		    "\"g.\nexample\"\r\n"
		    "h.example,,,,\"a\nb\"\r\n"
		    "i.example,,K-4",
		    "3 a.example|OK|K-1|said \"yes\", twice|jk@isp.example\n5 b.example|\n"
		    "6! text behind a closing quote\n7 d.example||K-2|one\ntwo|\n"
		    "9! more cells than the header line names\n10! the name is missing\n"
		    "12 f.example|||in \"the\" middle|\n13! a line break or a TAB in the name\n"
		    "15! a line break in the value or the contact\n17 i.example||K-4||\n");
	assert_rows(TABLE_AUTO, "\xef\xbb\xbf\"Kunde\";\"Name\"\r\nK-1;a.example\r\n",
		    "2 a.example|\n");
	assert_rows(TABLE_AUTO, "name\tcustomer\na.example\tK-1\n", "2 a.example||K-1||\n");
	assert_rows(TABLE_CSV, "name\na.example\n", "2 a.example|\n");
	assert_rows(TABLE_CSV, "", "");
	assert_rows(TABLE_CSV, "name,note\na.example,\"open\nb.example,x\nc.example,y\n",
		    "2! a quote that is not closed\n3! a quote that is not closed\n4! a quote "
		    "that is not closed\n");
}
END_TEST

START_TEST(csv_headers_must_make_sense)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{"a.example,K-1\n", "no column name or domain"},
		{"name,domain\n", "two columns"},
		{"name,\"open\n", "not closed"},
		{"\"name\"x,y\n", "behind a closing quote"},
		{"name,\x01\n", "control byte"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rows rows = {0};
		struct err e = {0};

		ck_assert_int_eq(
			read_bytes(&rows, TABLE_CSV, cases[i].text, strlen(cases[i].text), &e),
			-1);
		ck_assert_int_eq(e.code, ERR_DATA);
		ck_assert_msg(strstr(e.text, cases[i].word) != NULL, "%s", e.text);
		ck_assert_ptr_nonnull(strstr(e.text, "a table:1: "));
		ck_assert_int_eq(rows.n, 0);
	}
}
END_TEST

START_TEST(csv_with_an_open_quote_loses_no_line)
{
	struct str text = {0};
	struct rows rows = {0};
	struct err e = {0};

	str_add(&text, "name,note\na.example,\"open\n");
	for (int i = 0; i < 9000; i++)
		str_add(&text, "\n");
	str_add(&text, "b.example,x\n");
	ck_assert_int_eq(read_bytes(&rows, TABLE_CSV, text.bytes, text.len, &e), 0);
	/* The first line, the empty ones that fit behind it and the one that does not are
	 * refused one by one; empty ones after them are skipped as ever. */
	ck_assert_int_eq(rows.n, 1 + (LINE_READER_MAX - 15) + 1 + 1);
	ck_assert_int_eq(
		strncmp(rows.text.bytes, "2! the lines of one record are longer than 4096", 47),
		0);
	ck_assert_str_eq(rows.text.bytes + rows.text.len - 20, "9003 b.example|||x|\n");
	str_clear(&rows.text);
	str_clear(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables_csv");
	TCase *t = tcase_create("tables_csv");

	tcase_add_test(t, csv);
	tcase_add_test(t, csv_headers_must_make_sense);
	tcase_add_test(t, csv_with_an_open_quote_loses_no_line);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
