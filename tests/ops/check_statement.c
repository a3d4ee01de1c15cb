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

static char *dir, config[1100];

static const struct {
	int64_t time; /* seconds since 1970 */
	enum audit_action action;
	const char *before, *after, *text;
} told[] = {
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

static void tell(void)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct ward w;
	struct err e;

	ck_assert_int_eq(ward_open(&w, &o, &e), 0);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
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

#define has(page, words) ck_assert_msg(strstr((page).bytes, words) != NULL, "'%s' is not in:\n%.3000s", words, (page).bytes)

START_TEST(the_statement_answers)
{
	struct run_result r;
	struct str page;
	char *end;

	tell();
	run_line(&r, config, "audit export --customer C-1 --from 2025-01-01 --invoice R-2026-11 --claimed '240 EUR' %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("shop.example/statement.html");
	has(page, "First seen away: <b>2026-05-02</b>");
	has(page, "removed from our list on <b>2026-06-05</b>");
	has(page, "<b>34</b> days, <b>1</b> monthly invoice.");
	has(page, "We first looked on 2026-01-12");
	has(page, "2026-05-02 03:10 UTC (05:10 +0200)");
	has(page, "confirmed &lt;gone&gt; &quot;by phone&quot; [INC-1]");
	has(page, "<td>2026-01</td><td>20</td><td>0</td><td>412</td><td>2000000000</td><td>410</td><td>1980000000</td><td>3</td>");
	has(page, "<td>2026-04</td><td>30</td><td>0</td><td>?</td><td>?</td><td>?</td><td>?</td><td>?</td>");
	has(page, "<td>2026-01</td><td>22</td><td>20</td><td>0</td><td>2</td><td>1.39 EUR</td>");
	has(page, "<td>2026-05</td><td>31</td><td>1</td><td>30</td><td>0</td><td>0.00 EUR</td>");
	has(page, "<td>2026-06</td><td>4</td><td>0</td><td>4</td><td>0</td><td>?</td>");
	has(page, "3 months have no record of that month's checks");
	has(page, "Claimed by the customer</td><td>240 EUR");
	/* Words before the last part, codes behind it. */
	end = strstr(page.bytes, "<h2>How to check this");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	ck_assert_ptr_null(strstr(page.bytes, "ORPHAN"));
	ck_assert_ptr_null(strstr(page.bytes, "sha256"));
	ck_assert_ptr_null(strstr(page.bytes, "<script"));
	ck_assert_ptr_null(strstr(page.bytes, "http"));
	str_clear(&page);
	page = read_below("billing.csv");
	has(page, "\"C-1\",\"shop.example\",\"2026-01\",22,20,0,2,412,2000000000,410,1980000000,0.35,\"EUR\",1.39,"
		  "\"R-2026-11\",\"1 2 3\"\r\n");
	has(page, "\"C-1\",\"shop.example\",\"2026-02\",28,28,0,0,?,?,?,?,9.00,\"EUR\",?,\"R-2026-11\",\"2\"\r\n");
	has(page, "\"2026-04\",30,30,0,0,?,?,?,?,9.00,\"EUR\",?,\"R-2026-11\",\"2 6\"\r\n");
	str_clear(&page);
	page = read_below("statement.html");
	has(page, "<a href=\"shop.example/statement.html\">shop.example</a></td><td>2026-01-10</td><td>2026-01-12</td>"
		  "<td>2026-05-02</td><td>2026-06-05</td><td class=\"n\">34</td>");
	str_clear(&page);
}
END_TEST

START_TEST(what_was_erased_is_not_counted)
{
	struct run_result r;
	struct str page;

	tell();
	run_line(&r, config, "audit erase body 0 --reason retention");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	run_line(&r, config, "audit export --domain shop.example %s/out", dir);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	page = read_below("statement.html");
	has(page, "<td>2026-05</td><td>?</td><td>?</td><td>?</td><td>?</td>");
	has(page, "The text of one record was erased after its retention time.");
	str_clear(&page);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement");
	TCase *t = tcase_create("statement");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_statement_answers);
	tcase_add_test(t, what_was_erased_is_not_counted);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
