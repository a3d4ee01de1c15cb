/*
 * check_tables: tables of mail servers as text, format by format, and what no table should
 * hold.
 *
 * A row that is lost without a word would later be taken for a domain that nobody relays.
 */
#include "mta/tables.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "mta/line_reader.h"
#include "mta/rows.h"
#include "support/suite.h"

START_TEST(formats_have_names)
{
	ck_assert_int_eq(table_format_from_name("auto"), TABLE_AUTO);
	ck_assert_int_eq(table_format_from_name("lmdb"), TABLE_LMDB);
	ck_assert_int_eq(table_format_from_name("csv"), TABLE_CSV);
	ck_assert_int_eq(table_format_from_name("hash"), -1);
	ck_assert_int_eq(table_format_from_name(""), -1);
}
END_TEST

START_TEST(formats_are_guessed)
{
	static const struct {
		const char *text;
		enum table_format format;
	} cases[] = {
		{"", TABLE_NAMES},
		{"# nothing\n\n", TABLE_NAMES},
		{"a.example\nb.example\n", TABLE_NAMES},
		{"a.example # one\r\nb.example\r\n", TABLE_NAMES},
		{"# list\na.example OK\n", TABLE_POSTFIX},
		{"a.example\nb.example\trelay:[x]\n", TABLE_POSTFIX},
		{"a.example RELAY\nb.example RELAY\n", TABLE_POSTFIX},
		{"a.example\tdomain\n", TABLE_POSTFIX},
		{"a.example RELAY\nb.example REJECT\n", TABLE_SENDMAIL},
		{"a.example RELAY\nb.example ERROR:550 no\n", TABLE_SENDMAIL},
		{"To:a.example\tRELAY\n", TABLE_SENDMAIL},
		{"a.example: x\nb.example:\n", TABLE_EXIM},
		{"name,customer\na.example,K-1\n", TABLE_CSV},
		{"\xef\xbb\xbf\"Customer\";\"Domain\"\r\nK-1;a.example\r\n", TABLE_CSV},
		{"note\tname\nx\ta.example\n", TABLE_CSV},
	};
	unsigned char meta[64] = {0};
	unsigned magic = 0xbeefc0de;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(
			table_guess(cases[i].text, strlen(cases[i].text)) == cases[i].format,
			"case %zu is %d", i,
			(int)table_guess(cases[i].text, strlen(cases[i].text)));
	memcpy(meta + 16, &magic, sizeof magic);
	ck_assert_int_eq(table_guess(meta, sizeof meta), TABLE_LMDB);
	ck_assert_int_ne(table_guess(meta, 19), TABLE_LMDB);
}
END_TEST

START_TEST(names)
{
	assert_rows(TABLE_NAMES,
		    "\xef\xbb\xbf# our list\n"
		    "a.example\r\n"
		    "  B.Example.  \n"
		    "\n \t\r\n"
		    "   # indented\n"
		    "c.example # with a remark\n"
		    ".d.example\n"
		    "m\xc3\xbcller.example\n"
		    "two words\n"
		    "!x.example\n"
		    "/etc/postfix/more\n"
		    "hash:/etc/postfix/more\n"
		    "someone@x.example\n"
		    "*.x.example\n"
		    "last.example",
		    "2 a.example|\n3 B.Example.|\n7 c.example|\n8 .d.example|\n9 "
		    "m\xc3\xbcller.example|\n"
		    "10! more than one word on the line; name the format with --format\n"
		    "11! a pattern that excludes names cannot be an entry\n"
		    "12! this names another file; import that file instead\n"
		    "13! this names another table; import that one instead\n"
		    "14! an address or a special name of the mail server's, not a domain\n"
		    "15 *.x.example|\n16 last.example|\n");
	assert_rows(TABLE_NAMES, "", "");
	assert_rows(TABLE_AUTO, "", "");
	assert_rows(TABLE_NAMES, "\n\n", "");
}
END_TEST

START_TEST(bad_bytes_are_refused_and_reading_goes_on)
{
	static const char text[] =
		"a.example\nb\0c.example\n\x1b[2J.example\nd.example\x7f\n\xff.example\n"
		"x\xe2\x80\xae.example\n\xed\xa0\x80\n# \xff \x01 comment\ne.example\n";
	static const char want[] =
		"1 a.example|\n2! a NUL byte in the line; is this a text file\n"
		"3! a control byte in the line\n4! a control byte in the line\n"
		"5! the line is not valid UTF-8; type it again in UTF-8\n"
		"6! the line has the control character U+202E at byte 2, which the audit log "
		"refuses; leave it out\n"
		"7! the line is not valid UTF-8; type it again in UTF-8\n9 e.example|\n";

	for (enum table_format f = TABLE_NAMES; f < TABLE_CSV; f++) {
		struct rows rows = {0};
		struct err e = {0};

		if (f == TABLE_LMDB)
			continue;
		ck_assert_int_eq(read_bytes(&rows, f, text, sizeof text - 1, &e), 0);
		ck_assert_str_eq(str_text(&rows.text), want);
		str_clear(&rows.text);
	}
}
END_TEST

/* A line of n bytes between two others, with an LF or a CR LF. */
static void assert_length(enum table_format f, size_t n, const char *end, int is_taken)
{
	struct str text = {0};
	struct rows rows = {0};
	struct err e = {0};
	const char *middle;

	str_add(&text, "a.example\n");
	for (size_t i = 0; i < n; i++)
		str_add_char(&text, 'x');
	str_add(&text, end);
	str_add(&text, "b.example\n");
	ck_assert_int_eq(read_bytes(&rows, f, text.bytes, text.len, &e), 0);
	ck_assert_int_eq(rows.n, 3);
	ck_assert_ptr_nonnull(strstr(rows.text.bytes, "\n3 b.example|\n"));
	middle = strchr(rows.text.bytes, '\n') + 1;
	if (is_taken)
		ck_assert_uint_eq(strcspn(middle, "\n"), n + 3);
	else
		ck_assert_int_eq(strncmp(middle, "2! the line is longer than 4096 bytes\n", 37),
				 0);
	str_clear(&rows.text);
	str_clear(&text);
}

START_TEST(lines_end_at_4096_bytes)
{
	for (enum table_format f = TABLE_NAMES; f < TABLE_CSV; f++) {
		if (f == TABLE_LMDB)
			continue;
		assert_length(f, LINE_READER_MAX, "\n", 1);
		assert_length(f, LINE_READER_MAX, "\r\n", 1);
		assert_length(f, LINE_READER_MAX + 1, "\n", 0);
		assert_length(f, LINE_READER_MAX + 1, "\r\n", 0);
		assert_length(f, LINE_READER_BLOCK - 12, "\n", 0);
		assert_length(f, LINE_READER_BLOCK - 11, "\r\n", 0);
		assert_length(f, 3 * LINE_READER_BLOCK, "\n", 0);
	}
}
END_TEST

START_TEST(line_feed_may_be_the_next_block_s_first_byte)
{
	struct str text = {0};
	struct rows rows = {0};
	struct err e = {0};

	for (int i = 0; i < LINE_READER_BLOCK - LINE_READER_MAX - 1; i++)
		str_add_char(&text, '\n');
	for (int i = 0; i < LINE_READER_MAX; i++)
		str_add_char(&text, 'x');
	str_add(&text, "\r\nb.example\n");
	ck_assert_int_eq(read_bytes(&rows, TABLE_NAMES, text.bytes, text.len, &e), 0);
	ck_assert_int_eq(rows.n, 2);
	ck_assert_int_eq(strtol(rows.text.bytes, NULL, 10), LINE_READER_BLOCK - LINE_READER_MAX);
	ck_assert_int_eq(strtol(strchr(rows.text.bytes, '\n'), NULL, 10),
			 LINE_READER_BLOCK - LINE_READER_MAX + 1);
	str_clear(&rows.text);
	str_clear(&text);
}
END_TEST

START_TEST(lines_cross_the_ends_of_blocks)
{
	struct str text = {0}, want = {0};
	struct rows rows = {0};
	struct err e = {0};

	/* Lines of many lengths, so that a block ends at each place of some line. */
	for (long i = 1; text.len < 6 * LINE_READER_BLOCK; i++) {
		str_addf(&text, "%0*ld.example%s", (int)(1 + i * 37 % 211), i,
			 i % 3 ? "\n" : "\r\n");
		str_addf(&want, "%ld %0*ld.example|\n", i, (int)(1 + i * 37 % 211), i);
	}
	for (enum table_format f = TABLE_NAMES; f <= TABLE_POSTFIX; f++) {
		ck_assert_int_eq(read_bytes(&rows, f, text.bytes, text.len, &e), 0);
		ck_assert_str_eq(str_text(&rows.text), want.bytes);
		str_clear(&rows.text);
	}
	str_clear(&want);
	str_clear(&text);
}
END_TEST

START_TEST(postfix)
{
	assert_rows(
		TABLE_POSTFIX,
		"# relay_domains\n"
		"a.example\tOK\n"
		"b.example   relay:[mx.b.example]:25  \r\n"
		"c.example #1 primary on-net\n"
		"d.example one\n"
		"# a comment does not end it\n"
		"\n"
		"   # nor does this\n"
		"\ttwo\n"
		"e.example\n"
		"\"f.example\" quoted value\n"
		"\"g\\\"h\" x\n"
		"\"unclosed x\n"
		"i.example:\tOK\n"
		"!j.example\n"
		"k.example OK\t# tab inside\n"
		".l.example OK",
		"2 a.example|OK\n3 b.example|relay:[mx.b.example]:25\n4 c.example|#1 primary "
		"on-net\n"
		"5 d.example|one\ttwo\n10 e.example|\n11 f.example|quoted value\n12 g\"h|x\n"
		"13! a quote that is not closed\n"
		"14! the name ends in a colon; is this an Exim file (--format exim)\n"
		"15! a pattern that excludes names cannot be an entry\n"
		"16 k.example|OK\t# tab inside\n17 .l.example|OK\n");
	assert_rows(TABLE_POSTFIX, "  x.example OK\na.example OK\n",
		    "1! a line that continues, but nothing before it\n2 a.example|OK\n");
	assert_rows(TABLE_POSTFIX, "\"\" x\n", "1! the name is missing\n");
	assert_rows(TABLE_POSTFIX, "a.example OK\n \n\t\n", "1 a.example|OK\n");
	assert_rows(TABLE_POSTFIX, "a.example OK\r\n\r\n more\r\n", "1 a.example|OK more\n");
}
END_TEST

START_TEST(continued_lines_are_bounded_together)
{
	struct str text = {0};
	struct rows rows = {0};
	struct err e = {0};

	str_add(&text, "a.example 1\nb.example 2\n");
	for (int i = 0; i < 3000; i++)
		str_add(&text, " xy\n");
	str_add(&text, "c.example 3\nd.example 4\n \x01\ne.example 5\n");
	ck_assert_int_eq(read_bytes(&rows, TABLE_POSTFIX, text.bytes, text.len, &e), 0);
	ck_assert_str_eq(
		rows.text.bytes,
		"1 a.example|1\n"
		"2! the line and those that continue it are longer than 4096 bytes\n"
		"3003 c.example|3\n3004! a control byte in the line\n3006 e.example|5\n");
	str_clear(&rows.text);
	str_clear(&text);
}
END_TEST

START_TEST(exim)
{
	assert_rows(TABLE_EXIM,
		    "# relay_to\n"
		    "a.example: 10.0.0.1\n"
		    "b.example   data here\n"
		    "c.example:\n"
		    "d.example\n"
		    "e.example : x\n"
		    "\"f.example\": y\n"
		    "g.example: one\n"
		    "    two\n"
		    "# between\n"
		    "\n"
		    "  three\n"
		    "  # data of g, not a comment\n"
		    "*.h.example: z\n"
		    "*.i.example\n"
		    "*\n"
		    "^.*\\.j\\.example\n"
		    "!k.example\n"
		    "@mx_any\n"
		    ": data\n",
		    "2 a.example|10.0.0.1\n3 b.example|data here\n4 c.example|\n5 "
		    "d.example|\n6 e.example|x\n"
		    "7 f.example|y\n8 g.example|one two three # data of g, not a comment\n"
		    "14 h.example|z (and below)\n15 i.example| (and below)\n"
		    "16! this stands for every domain and cannot be an entry\n"
		    "17! a regular expression cannot be an entry\n"
		    "18! a pattern that excludes names cannot be an entry\n"
		    "19! an address or a special name of the mail server's, not a domain\n"
		    "20! the name is missing\n");
}
END_TEST

START_TEST(sendmail)
{
	assert_rows(
		TABLE_SENDMAIL,
		"# relay-domains\n"
		"a.example\n"
		"b.example # remark\n"
		"c.example#remark\n"
		".d.example\n"
		"  e.example\n"
		"# access\n"
		"To:f.example\tRELAY\n"
		"to:g.example   relay\n"
		"h.example RELAY\n"
		"i.example REJECT\n"
		"To:j.example ERROR:5.7.1:550 no\n"
		"Connect:k.example RELAY\n"
		"Connect:10.1 RELAY\n"
		"From:l.example RELAY\n"
		"192.0.2 RELAY\n"
		"192.0.2.7\n"
		"2001:db8::1 RELAY\n"
		"To:someone@m.example RELAY\n"
		"To:n.example\n"
		"To: RELAY\n"
		"o.example p.example\n",
		"2 a.example|\n3 b.example|\n4 c.example|\n5 .d.example|\n6 e.example|\n8 "
		"f.example|\n"
		"9 g.example|\n10 h.example|\n11! not a RELAY line\n12! not a RELAY "
		"line\n"
		"13! this tag speaks of clients or senders, not of domains that are accepted\n"
		"14! this tag speaks of clients or senders, not of domains that are accepted\n"
		"15! this tag speaks of clients or senders, not of domains that are accepted\n"
		"16! an address of clients, not a domain\n17! an address of clients, not a "
		"domain\n"
		"18! an address of clients, not a domain\n"
		"19! an address or a special name of the mail server's, not a domain\n"
		"20! no RELAY behind it\n21! the name is missing\n22! not a RELAY line\n");
}
END_TEST

START_TEST(qmail)
{
	assert_rows(TABLE_QMAIL, "# rcpthosts\na.example  \t\n.b.example\n\nC.example\r\n",
		    "2 a.example|\n3 .b.example|\n5 C.example|\n");
}
END_TEST

START_TEST(what_is_no_text_is_said)
{
	struct rows rows = {0};
	struct err e = {0};
	unsigned char meta[64] = {0};
	unsigned magic = 0xbeefc0de;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	ck_assert_int_eq(table_read(fd, "/", TABLE_AUTO, add_row, &rows, &e), -1);
	ck_assert_str_eq(e.text, "'/' is a directory; name a file in it");
	ck_assert_int_eq(e.code, ERR_NOINPUT);
	close(fd);
	ck_assert_int_eq(table_read(fd, "closed", TABLE_NAMES, add_row, &rows, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot read 'closed': "));
	memcpy(meta + 16, &magic, sizeof magic);
	ck_assert_int_eq(read_bytes(&rows, TABLE_AUTO, (char *)meta, sizeof meta, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "is an LMDB table"));
	ck_assert_int_eq(rows.n, 0);
}
END_TEST

START_TEST(callback_stops_the_reading)
{
	static const enum table_format formats[] = {TABLE_NAMES, TABLE_POSTFIX, TABLE_SENDMAIL,
						    TABLE_EXIM, TABLE_QMAIL};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct rows rows = {.stop_at = 2};
		struct err e = {.code = ERR_BUSY};

		ck_assert_int_eq(read_bytes(&rows, formats[i], "a\nb\nc\n", 6, &e), -1);
		ck_assert_int_eq(rows.n, 2);
		ck_assert_int_eq(e.code, ERR_BUSY);
		str_clear(&rows.text);
	}
}
END_TEST

START_TEST(pipes_are_read_to_their_end)
{
	struct rows rows = {0};
	struct err e = {0};
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "a.example O", 11), 11);
	ck_assert_int_eq(write(fd[1], "K\n  more\nb.example OK", 21), 21);
	close(fd[1]);
	ck_assert_int_eq(table_read(fd[0], "-", TABLE_AUTO, add_row, &rows, &e), 0);
	close(fd[0]);
	ck_assert_str_eq(rows.text.bytes, "1 a.example|OK  more\n3 b.example|OK\n");
	str_clear(&rows.text);
}
END_TEST

/* Any bytes: an answer without a failure, whatever the sanitizers and the rows' lengths say. */
START_TEST(any_bytes_are_survived)
{
	static const char bytes[] = "ab.\"\"\\,;:# \t\n\n\r!*^@/\x00\x01\xc3\xbc\xff";
	unsigned seed = 12345;
	char text[700];

	for (int round = 0; round < 400; round++) {
		size_t len = 0;

		for (; len < 40 + (size_t)round % 600; len++) {
			seed = seed * 1103515245 + 12345;
			text[len] = bytes[(seed >> 16) % (sizeof bytes - 1)];
		}
		for (enum table_format f = TABLE_NAMES; f <= TABLE_CSV; f++) {
			struct rows rows = {0};
			struct err e = {0};
			char head[720];
			int n = f == TABLE_CSV ? snprintf(head, sizeof head, "name,note\n") : 0;

			if (f == TABLE_LMDB)
				continue;
			memcpy(head + n, text, len);
			/* Of a piece of this size so many control bytes are no text any more. */
			if (read_bytes(&rows, f, head, len + (size_t)n, &e) != 0) {
				ck_assert_msg(len + (size_t)n >= 256, "%s", e.text);
				ck_assert_ptr_nonnull(strstr(e.text, "no text table"));
			}
			str_clear(&rows.text);
		}
	}
}
END_TEST

START_TEST(a_binary_file_is_refused_whole)
{
	char bytes[600];
	struct rows rows = {0};
	struct err e = {0};

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i % 7 == 0 ? '\n' : i % 3 == 0 ? 1 : 'a');
	ck_assert_int_eq(read_bytes(&rows, TABLE_NAMES, bytes, sizeof bytes, &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_uint_eq(rows.text.len, 0);
	/* One bad line in a text is refused alone. */
	memset(bytes, 'a', sizeof bytes);
	for (size_t i = 30; i < sizeof bytes; i += 30)
		bytes[i] = '\n';
	bytes[5] = 1;
	ck_assert_int_eq(read_bytes(&rows, TABLE_NAMES, bytes, sizeof bytes, &e), 0);
	ck_assert_uint_gt(rows.text.len, 0);
	str_clear(&rows.text);
}
END_TEST

/* Its lines would be names that no mail is sent to, and the domains would be missing without a word. */
START_TEST(a_csv_without_a_header_is_refused_whole)
{
	static const char *const texts[] = {"a.example,C-1\nb.example,C-2\n", "# list\n\"a.example\",\"C 1\"\r\n",
					    "a.example;C-1;x y\nb.example;;\nc.example\n"};
	static const char commas_behind[] = "a.example\tx,y\nb.example z;\nodd,name.example\n";
	struct rows rows = {0};
	struct err e = {0};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_assert_int_eq(read_bytes(&rows, TABLE_AUTO, texts[i], strlen(texts[i]), &e), -1);
		ck_assert_int_eq(e.code, ERR_DATA);
		ck_assert_msg(strstr(e.text, "CSV without a header line") != NULL, "%s", e.text);
		ck_assert_uint_eq(rows.text.len, 0);
	}
	ck_assert_int_eq(read_bytes(&rows, TABLE_AUTO, commas_behind, strlen(commas_behind), &e), 0);
	ck_assert_uint_gt(rows.text.len, 0);
	str_clear(&rows.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *t = tcase_create("tables");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, formats_have_names);
	tcase_add_test(t, formats_are_guessed);
	tcase_add_test(t, names);
	tcase_add_test(t, bad_bytes_are_refused_and_reading_goes_on);
	tcase_add_test(t, lines_end_at_4096_bytes);
	tcase_add_test(t, line_feed_may_be_the_next_block_s_first_byte);
	tcase_add_test(t, lines_cross_the_ends_of_blocks);
	tcase_add_test(t, postfix);
	tcase_add_test(t, continued_lines_are_bounded_together);
	tcase_add_test(t, exim);
	tcase_add_test(t, sendmail);
	tcase_add_test(t, qmail);
	tcase_add_test(t, what_is_no_text_is_said);
	tcase_add_test(t, callback_stops_the_reading);
	tcase_add_test(t, pipes_are_read_to_their_end);
	tcase_add_test(t, any_bytes_are_survived);
	tcase_add_test(t, a_binary_file_is_refused_whole);
	tcase_add_test(t, a_csv_without_a_header_is_refused_whole);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
