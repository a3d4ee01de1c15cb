/*
 * check_statement: a story of eleven months, told by records with times of their own: what the statement answers, what
 * billing.csv counts, and that no code or hash is on the page but in its last part.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "ops/commit.h"
#include "ops/ward.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];

static const struct event {
	int64_t time; /* seconds since 1970 */
	enum audit_action action;
	const char *before, *after, *text;
} left[] = {
	{1768035600, AUDIT_IMPORT, "", "accepted, customer C-1", "first import"},		    /* 2026-01-10 */
	{1768210800, AUDIT_OBSERVE_CHANGE, "NONE", "OK OK_BACKUP", ""},			    /* 2026-01-12 */
	{1769904600, AUDIT_OBSERVE_MONTH, "OK OK_BACKUP", "2026-01: 20 checks, 0 away, 412 messages, 2000000000 bytes",
	 "delivered 410 messages, 1980000000 bytes; refused 3; mail logs read of 31 days"},
	{1777691401, AUDIT_OBSERVE_CHANGE, "OK OK_BACKUP", "ORPHAN ORPHAN_OFFNET", ""},	    /* 2026-05-02 */
	{1780272600, AUDIT_OBSERVE_MONTH, "ORPHAN ORPHAN_OFFNET", "2026-05: 31 checks, 29 away, 7 messages, 90000 bytes",
	 "delivered 7 messages, 90000 bytes; refused 0; mail logs read of 30 days"},
	{1780272660, AUDIT_OBSERVE_MONTH, "ORPHAN ORPHAN_OFFNET", "2026-04: 30 checks, 0 away, not measured", ""},
	{1780653600, AUDIT_DELETE, "accepted, customer C-1", "deleted", "confirmed <gone> \"by phone\""}, /* 2026-06-05 */
};

static void set_up(void)
{
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
			       "audit-origin = mx.test/audit\naudit-key = %s/audit.key\nprice-per-gb = 0.35 EUR, 9 EUR from 2026-02-01\n"
			       "billing-timezone = Europe/Berlin\n", dir, dir);
	run_line(&r, config, "init");
	run_clear(&r);
	run_line(&r, config, "audit key");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
}

/* A customer who stays with us though his mail server left, and an entry that an exception removed. */
static const struct event moved[] = {
	{1768035600, AUDIT_ADD, "", "accepted, customer C-1", ""},					       /* 2026-01-10 */
	{1768210800, AUDIT_OBSERVE_CHANGE, "", "OK OK_BACKUP", ""},					       /* 2026-01-12 */
	{1770076800, AUDIT_OBSERVE_CHANGE, "OK OK_BACKUP", "MOVED MOVED_OFFNET", ""},			       /* 2026-02-03 */
	{1770163200, AUDIT_EDIT, "accepted, customer C-1",
	 "accepted, customer C-1, acknowledged 0123456789abcdef, in brownout, lifted: WAITING GROUP_HOLD", ""},					       /* 2026-02-04 */
	{1772538000, AUDIT_DELETE, "accepted, customer C-1", "deleted, override: GROUP_HOLD WAITING LISTED", ""}, /* 2026-03-03 */
};

static void tell(const struct event *told, size_t n)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct ward w;
	struct err e;

	ck_assert_int_eq(ward_open(&w, &o, &e), 0);
	for (size_t i = 0; i < n; i++) {
		struct audit_note note = {.reason = "test", .text = told[i].text, .ticket = "INC-1"};
		struct audit_what what = {.action = told[i].action, .customer = "C-1", .domain = "shop.example",
					  .before = told[i].before, .after = told[i].after, .batch = ""};
		struct commit c;

		ck_assert_int_eq(commit_begin(&c, &w, "a test", 0, note, &e), 0);
		c.audit.time_ms = told[i].time * 1000;
		ck_assert_msg(auditlog_append(&c.audit, &what, &e) == 0, "%s", e.text);
		ck_assert_int_eq(commit_end(&c, &e), 0);
	}
	ward_close(&w);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static struct str read_below(const char *file)
{
	struct str text = {0};
	char path[1200];
	struct err e;

	snprintf(path, sizeof path, "%s/out/%s", dir, file);
	ck_assert_msg(file_read(AT_FDCWD, path, 1 << 20, &text, &e) == 0, "%s", e.text);
	return text;
}

/* Of a page what is shown. */
static const char *shown(const struct str *page)
{
	const char *body = strstr(page->bytes, "<body>");

	return body ? body : page->bytes;
}

#define has(page, words) ck_assert_msg(strstr((page).bytes, words) != NULL, "'%s' is not in:\n%.3500s", words, shown(&(page)))

/* The texts of a row's cells, with a blank between; marks within them are left out. */
static void has_row(const struct str *page, const char *cells)
{
	struct str text = {0};
	const char *row = page->bytes;
	int found = 0;

	while (!found && (row = strstr(row, "<tr"))) {
		const char *end = strstr(row, "</tr>");
		int cells_seen = 0;

		ck_assert_ptr_nonnull(end);
		str_truncate(&text, 0);
		for (const char *at = row; at < end; at++) {
			if (*at != '<') {
				if (*at != '\n')
					str_add_char(&text, *at);
				continue;
			}
			if (strncmp(at, "<td", 3) == 0 && cells_seen++ && (text.len == 0 || text.bytes[text.len - 1] != ' '))
				str_add_char(&text, ' ');
			at = strchr(at, '>');
		}
		found = strcmp(str_text(&text), cells) == 0;
		row = end;
	}
	ck_assert_msg(found, "no row '%s' in:\n%.3500s", cells, shown(page));
	str_clear(&text);
}

/* What is on the page before its last part is for people. */
static void is_for_people(struct str *page)
{
	static const char *const codes[] = {"ORPHAN",   "MOVED_",   "NX",	"sha256", "<script",
					    "http",	"override", "GROUP_", "WAITING"};
	char *end = strstr(page->bytes, "<h2>How to check this");
	size_t hex = 0;

	ck_assert_ptr_nonnull(end);
	*end = '\0';
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		ck_assert_msg(!strstr(page->bytes, codes[i]), "'%s' is on the page", codes[i]);
	for (const char *p = page->bytes; *p; p++) {
		hex = strchr("0123456789abcdef", *p) ? hex + 1 : 0;
		ck_assert_msg(hex < 12, "a hash: %.40s", p - 12);
	}
}

START_TEST(the_statement_answers)
{
	struct run_result r;
	struct str page;

	tell(left, sizeof left / sizeof *left);
	run_line(&r, config, "audit export --customer C-1 --from 2025-01-01 --invoice R-2026-11 --claimed '240 EUR' %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("shop.example/statement.html");
	has(page, "<td>First seen away</td><td>2 May 2026</td>");
	has(page, "<td>Acted on</td><td>Taken off our list on 5 June 2026</td>");
	has(page, "<td>Between the two</td><td>34 days, 1 monthly invoice</td>");
	has(page, "We first looked on 12 January 2026.");
	has(page, "2026-05-02 05:10 +0200<br><span class=\"soft small\">2026-05-02 03:10 UTC");
	has(page, "confirmed &lt;gone&gt; &quot;by phone&quot; [INC-1]");
	has_row(&page, "2026-01 20 0 412 2,000,000,000 410 1,980,000,000 3 3");
	has_row(&page, "2026-04 30 0 ? ? ? ? ? 6");
	has_row(&page, "Sum 81 29 419 2,000,090,000 417 1,980,090,000 3 ");
	has_row(&page, "2026-01 22 20 0 2 0.35 1.39 EUR");
	has_row(&page, "2026-05 31 1 30 0 9.00 0.00 EUR");
	has_row(&page, "2026-06 4 0 4 0 9.00 ?");
	has(page, "3 months have no record of that month's checks");
	has(page, "In January 2026 there were 20 checks on the 22 days that it was on our list.");
	has(page, "In May 2026 mail logs were read of 30 days only; it was on our list on 31.");
	ck_assert_ptr_null(strstr(page.bytes, "In January 2026 mail logs"));
	has(page, "Claimed by the customer</td><td>240 EUR");
	is_for_people(&page);
	str_clear(&page);
	page = read_below("billing.csv");
	has(page, "\"C-1\",\"shop.example\",\"2026-01\",22,20,0,2,412,2000000000,410,1980000000,0.35,\"EUR\",1.39,"
		  "\"R-2026-11\",\"1 2 3\"\r\n");
	has(page, "\"C-1\",\"shop.example\",\"2026-02\",28,28,0,0,?,?,?,?,9.00,\"EUR\",?,\"R-2026-11\",\"2\"\r\n");
	has(page, "\"2026-04\",30,30,0,0,?,?,?,?,9.00,\"EUR\",?,\"R-2026-11\",\"2 6\"\r\n");
	str_clear(&page);
	page = read_below("statement.html");
	has(page, "<a href=\"shop.example/statement.html\">shop.example</a>");
	has_row(&page, "shop.example 2026-01-12 2026-05-02 2026-06-05 34 days, 1 invoice 1.39 EUR");
	has_row(&page, "1 domain, 1 seen away, 1 taken off our list 1.39 EUR");
	str_clear(&page);
}
END_TEST

START_TEST(moved_is_in_use)
{
	struct run_result r;
	struct str page;

	tell(moved, sizeof moved / sizeof *moved);
	run_line(&r, config, "audit export --domain shop.example --invoice '<script>' %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("statement.html");
	has(page, "<td>First seen away</td><td>Never: whenever we looked, it was in use</td>");
	has_row(&page, "2026-02 28 28 0 0 9.00 ?");
	has(page, "<b>First check</b><br>in use: its MX records name us");
	has(page, "Although it was held with others that left together, the waiting time was not over, its MX records named us");
	has(page, "accepted, customer C-1, acknowledged, in brownout, although the waiting time was not over, it was held with others");
	has(page, "&lt;script&gt;");
	is_for_people(&page);
	str_clear(&page);
}
END_TEST

START_TEST(the_range_limits_the_statement)
{
	struct run_result r;
	struct str page;

	tell(left, sizeof left / sizeof *left);
	run_line(&r, config, "audit export --customer C-1 --from 2026-05-02 --to 2026-05-31 %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("shop.example/statement.html");
	has_row(&page, "Sum 31 29 7 90,000 7 90,000 0 ");
	has_row(&page, "Sum 31 1 30 0 0.00 EUR");
	has(page, "Only the range that was asked for is shown");
	ck_assert_ptr_null(strstr(page.bytes, "<b>Taken off our list"));
	str_clear(&page);
	page = read_below("billing.csv");
	has(page, "\"2026-05\"");
	ck_assert_ptr_null(strstr(page.bytes, "\"2026-04\""));
	ck_assert_ptr_null(strstr(page.bytes, "\"2026-06\""));
	str_clear(&page);
	page = read_below("shop.example/records.jsonl");
	has(page, "2026-01-10");
	str_clear(&page);
}
END_TEST

START_TEST(what_was_erased_is_not_counted)
{
	struct run_result r;
	struct str page;

	tell(left, sizeof left / sizeof *left);
	run_line(&r, config, "audit erase body 0 --reason retention");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	run_line(&r, config, "audit erase note 2 --reason retention");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	run_line(&r, config, "audit export --domain shop.example %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("statement.html");
	has_row(&page, "2026-05 ? ? ? ? 9.00 0.00 EUR");
	has(page, "The text of one record was erased after its retention time.");
	has_row(&page, "2026-01 20 0 412 2,000,000,000 ? ? ? 3");
	has(page, "or its figures were erased; what it stands for is not in the sum");
	str_clear(&page);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement");
	TCase *t = tcase_create("statement");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_statement_answers);
	tcase_add_test(t, moved_is_in_use);
	tcase_add_test(t, the_range_limits_the_statement);
	tcase_add_test(t, what_was_erased_is_not_counted);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
