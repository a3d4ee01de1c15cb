/*
 * check_record: what the audit log lets in and what it refuses, at the borders of each rule.
 *
 * Every refusal must name its reason and leave the caller's string as it was.
 */
#include "audit/record.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "audit/sample_log.h"
#include "base/err.h"
#include "base/str.h"
#include "support/suite.h"

static struct audit_record good_record(void)
{
	return (struct audit_record){.action = AUDIT_ADD,
				     .before = "",
				     .after = "accepted",
				     .batch = "",
				     .clock = "ok",
				     .customer = "K-1",
				     .domain = "a.example",
				     .number = 1,
				     .seq = 7,
				     .time_ms = INT64_C(1767225600000)};
}

static void assert_record_refused(const struct audit_record *r, const char *word)
{
	struct str out = {0};
	struct err e = {0};

	str_add(&out, "before");
	ck_assert_int_eq(audit_record_line(&out, r, &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_msg(strstr(e.text, word) != NULL, "'%s' has no '%s'", e.text, word);
	ck_assert_str_eq(str_text(&out), "before");
	str_clear(&out);
}

static void assert_record_taken(const struct audit_record *r)
{
	struct str out = {0};
	struct err e = {0};

	ck_assert_msg(audit_record_line(&out, r, &e) == 0, "%s", e.text);
	str_clear(&out);
}

START_TEST(actions_have_one_name_each)
{
	for (int a = 0; a < N_AUDIT_ACTIONS; a++)
		ck_assert_int_eq(
			audit_action_from_name(audit_action_name((enum audit_action)a)), a);
	ck_assert_int_eq(audit_action_from_name("relay.destroy"), -1);
	ck_assert_int_eq(audit_action_from_name(""), -1);
	ck_assert_int_eq(audit_action_from_name("relay.delet"), -1);
}
END_TEST

START_TEST(texts_with_controls_are_refused)
{
	static const char *const refused[] = {
		"\x01",		"\x1f",		"\x7f",		"\x1b[2J",
		"a\nb",		"a\tb",		"a\r",		"\xc2\x80",
		"\xc2\x9f",	"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
		"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9", "\xef\xbb\xbf",
	};
	static const char *const invalid[] = {
		"\x80",		"\xc0\x80",	"\xc1\xbf",	    "\xe0\x80\x80",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff",		"a\xc3",	"\xe2\x82",	    "\xf0\x9f\x90",
	};
	/* The neighbours of what is refused. */
	static const char *const taken[] = {"",
					    " ~",
					    "\xc2\xa0",
					    "\xe2\x80\x8d",
					    "\xe2\x80\x90",
					    "\xe2\x80\xa7",
					    "\xe2\x80\xaf",
					    "\xe2\x81\xa5",
					    "\xe2\x81\xaa",
					    "\xef\xbb\xbe",
					    "\xf4\x8f\xbf\xbf",
					    "\"\\/"};
	struct err e = {0};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		ck_assert_msg(audit_check_text(refused[i], 0, "the state", &e) == -1,
			      "text %zu", i);
		ck_assert_ptr_nonnull(strstr(e.text, "the state has the control character U+"));
	}
	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
		ck_assert_msg(audit_check_text(invalid[i], 1, "the note", &e) == -1, "text %zu",
			      i);
		ck_assert_ptr_nonnull(strstr(e.text, "the note is not valid UTF-8"));
	}
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		ck_assert_msg(audit_check_text(taken[i], 0, "the state", &e) == 0,
			      "text %zu: %s", i, e.text);
	ck_assert_int_eq(audit_check_text("a\n\tb", 1, "the note", &e), 0);
	ck_assert_int_eq(audit_check_text("a\rb", 1, "the note", &e), -1);
	ck_assert_int_eq(audit_check_text("ab\xe2\x80\xae", 1, "the note", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "U+202E at byte 3"));
}
END_TEST

START_TEST(every_text_of_a_line_is_checked)
{
	static const char bad[] = "x\xe2\x80\xae";
	static const uint8_t salt[AUDIT_SALT];
	struct audit_record r;
	struct audit_note n;
	struct str out = {0};
	struct err e = {0};

	r = good_record();
	r.before = bad;
	assert_record_refused(&r, "the state before");
	r = good_record();
	r.after = "two\nlines";
	assert_record_refused(&r, "the state after");
	n = (struct audit_note){.reason = "a\nb"};
	ck_assert_int_eq(audit_note_line(&out, &n, salt, &e), -1);
	n = (struct audit_note){.ticket = "a\tb"};
	ck_assert_int_eq(audit_note_line(&out, &n, salt, &e), -1);
	n = (struct audit_note){.text = bad};
	ck_assert_int_eq(audit_note_line(&out, &n, salt, &e), -1);
	n = (struct audit_note){.text = "a\n\tb"};
	ck_assert_int_eq(audit_note_line(&out, &n, salt, &e), 0);
	ck_assert_str_eq(str_text(&out), "{\"kind\":\"note\",\"reason\":\"\",\"salt\":"
					 "\"00000000000000000000000000000000\","
					 "\"text\":\"a\\n\\tb\",\"ticket\":\"\"}");
	str_clear(&out);
}
END_TEST

START_TEST(every_text_of_operator_and_evidence_is_checked)
{
	static const uint8_t salt[AUDIT_SALT];
	const size_t at[] = {
		offsetof(struct audit_operator, login),
		offsetof(struct audit_operator, boot),
		offsetof(struct audit_operator, tty),
		offsetof(struct audit_operator, from),
		offsetof(struct audit_operator, claim),
		offsetof(struct audit_operator, host),
		offsetof(struct audit_operator, program),
		offsetof(struct audit_operator, session),
		offsetof(struct audit_operator, trust),
	};
	const char *bad[] = {"a\033b"};
	struct audit_evidence v;
	struct str out = {0};
	struct err e = {0};

	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		struct audit_operator o = sample_operators[0];

		strcpy((char *)&o + at[i], "\033[m");
		ck_assert_msg(audit_operator_line(&out, &o, salt, &e) == -1, "field %zu", i);
	}
#define REFUSED(...)                                                                           \
	v = (struct audit_evidence){__VA_ARGS__};                                              \
	ck_assert_int_eq(audit_evidence_line(&out, &v, &e), -1)
	REFUSED(.question = "m\xc3\xbcller.example. MX");
	REFUSED(.rcode = bad[0]);
	REFUSED(.resolver = bad[0]);
	REFUSED(.verdict = bad[0]);
	REFUSED(.reason = bad[0]);
	REFUSED(.records = bad, .n_records = 1);
	REFUSED(.flags = bad, .n_flags = 1);
	REFUSED(.time_ms = -1);
#undef REFUSED
	ck_assert_uint_eq(out.len, 0);
	str_clear(&out);
}
END_TEST

START_TEST(customers_and_domains_keep_to_their_alphabets)
{
	char word[300];
	struct err e = {0};
	struct audit_record r = good_record();

	for (int c = 1; c < 256; c++) {
		int customer = c >= 0x21 && c <= 0x7e && !strchr("\"/\\", c);
		int domain =
			c >= 0x21 && c <= 0x7e && !strchr("\"\\", c) && !(c >= 'A' && c <= 'Z');

		snprintf(word, sizeof word, "a%c", c);
		ck_assert_msg(audit_check_customer(word, &e) == (customer ? 0 : -1),
			      "customer byte %d", c);
		ck_assert_msg(audit_check_domain(word, &e) == (domain ? 0 : -1),
			      "domain byte %d", c);
	}
	memset(word, 'x', sizeof word);
	word[64] = '\0';
	ck_assert_int_eq(audit_check_customer(word, &e), 0);
	word[64] = 'x', word[65] = '\0';
	ck_assert_int_eq(audit_check_customer(word, &e), -1);
	r.customer = word;
	assert_record_refused(&r, "the customer id has 65 bytes");
	r = good_record();
	word[65] = 'x', word[254] = '\0';
	r.domain = word;
	assert_record_taken(&r);
	word[254] = 'x', word[255] = '\0';
	assert_record_refused(&r, "the domain name has 255 bytes");
	r.domain = r.customer = "";
	assert_record_taken(&r);
	r.domain = ".suffix.example";
	assert_record_taken(&r);
}
END_TEST

START_TEST(numbers_times_batches_clocks_keep_to_their_ranges)
{
	static const char *const batches[] = {
		"b8", "b", "b07", "b-1", "x7", "7", "b7 ", "b7x", "b18446744073709551617"};
	struct audit_record r = good_record();

	r.seq = r.number = (UINT64_C(1) << 53) - 1;
	r.batch = "b9007199254740991";
	assert_record_taken(&r);
	r.seq++;
	assert_record_refused(&r, "2^53-1");
	r = good_record();
	r.number = UINT64_C(1) << 53;
	assert_record_refused(&r, "2^53-1");
	r.number = 0;
	assert_record_refused(&r, "begins with 1");
	r = good_record();
	r.batch = "b7";
	assert_record_taken(&r);
	r.batch = "b0";
	assert_record_taken(&r);
	for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
		r.batch = batches[i];
		assert_record_refused(&r, "b<number");
	}
	r = good_record();
	r.time_ms = -1;
	assert_record_refused(&r, "outside 1970 to 9999");
	r.time_ms = INT64_C(253402300799999);
	assert_record_taken(&r);
	r.time_ms++;
	assert_record_refused(&r, "outside 1970 to 9999");
	r = good_record();
	r.clock = "";
	assert_record_refused(&r, "the clock");
	r.clock = NULL;
	assert_record_refused(&r, "the clock");
}
END_TEST

START_TEST(lines_end_at_their_limits)
{
	static const uint8_t salt[AUDIT_SALT];
	struct audit_record r = good_record();
	struct str line = {0}, text = {0};
	struct err e = {0};
	struct audit_note n = {0};
	struct audit_evidence v = {0};

	ck_assert_int_eq(audit_record_line(&line, &r, &e), 0);
	for (size_t i = line.len - strlen("accepted"); i < AUDIT_RECORD_MAX; i++)
		str_add_char(&text, 'x');
	r.after = text.bytes;
	assert_record_taken(&r);
	str_add_char(&text, 'x');
	r.after = text.bytes;
	assert_record_refused(&r, "8193 bytes");

	str_truncate(&line, 0);
	str_truncate(&text, 0);
	ck_assert_int_eq(audit_note_line(&line, &n, salt, &e), 0);
	/* A line feed takes two bytes of the line: what counts is the line. */
	for (size_t i = line.len; i + 2 <= AUDIT_LINE_MAX; i += 2)
		str_add_char(&text, '\n');
	n.text = text.bytes;
	str_truncate(&line, 0);
	ck_assert_int_eq(audit_note_line(&line, &n, salt, &e), 0);
	str_add_char(&text, '\n');
	n.text = text.bytes;
	ck_assert_int_eq(audit_note_line(&line, &n, salt, &e), -1);

	str_truncate(&line, 0);
	str_truncate(&text, 0);
	ck_assert_int_eq(audit_evidence_line(&line, &v, &e), 0);
	for (size_t i = line.len; i < AUDIT_EVIDENCE_MAX; i++)
		str_add_char(&text, 'x');
	v.question = text.bytes;
	str_truncate(&line, 0);
	ck_assert_int_eq(audit_evidence_line(&line, &v, &e), 0);
	ck_assert_uint_eq(line.len, AUDIT_EVIDENCE_MAX);
	str_add_char(&text, 'x');
	v.question = text.bytes;
	ck_assert_int_eq(audit_evidence_line(&line, &v, &e), -1);
	ck_assert_uint_eq(line.len, AUDIT_EVIDENCE_MAX);
	str_clear(&line);
	str_clear(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_add_test(t, actions_have_one_name_each);
	tcase_add_test(t, texts_with_controls_are_refused);
	tcase_add_test(t, every_text_of_a_line_is_checked);
	tcase_add_test(t, every_text_of_operator_and_evidence_is_checked);
	tcase_add_test(t, customers_and_domains_keep_to_their_alphabets);
	tcase_add_test(t, numbers_times_batches_clocks_keep_to_their_ranges);
	tcase_add_test(t, lines_end_at_their_limits);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
