/*
 * check_records: which records of the audit log a limit picks, by `audit list` and by the console's finder.
 */
#include "ops/records.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "ops/commit.h"
#include "ops/config_record.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];

static int64_t local_ms(int day, int hour, int minute)
{
	struct tm tm = {.tm_year = 126, .tm_mon = 2, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * 1000;
}

/* Records 0 to 4 of March 2026, local time; what the commands below write is of today. */
static void tell(void)
{
	static const struct {
		int day, hour, minute;
		enum audit_action action;
		const char *customer, *domain;
	} told[] = {
		{1, 0, 0, AUDIT_ADD, "C-1", "one.example"},
		{1, 23, 59, AUDIT_EDIT, "C-1", "one.example"},
		{2, 0, 0, AUDIT_DELETE, "C-2", "two.example"},
		{3, 12, 0, AUDIT_OBSERVE_CHANGE, "C-1", "one.example"},
		{4, 12, 0, AUDIT_SCAN_DISTRUSTED, "", ""},
	};
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct ward w;
	struct err e;

	ck_assert_int_eq(ward_open(&w, &o, &e), 0);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		struct audit_note note = {.reason = "test", .text = "", .ticket = ""};
		struct audit_what what = {.action = told[i].action, .customer = told[i].customer, .domain = told[i].domain,
					  .before = "", .after = "x", .batch = ""};
		struct commit c;

		ck_assert_int_eq(commit_begin(&c, &w, "a test", 0, note, &e), 0);
		c.audit.time_ms = local_ms(told[i].day, told[i].hour, told[i].minute);
		ck_assert_msg(auditlog_append(&c.audit, &what, &e) == 0, "%s", e.text);
		ck_assert_int_eq(commit_end(&c, &e), 0);
	}
	ward_close(&w);
}

static void run_ok(const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s", line, r.err);
	run_clear(&r);
}

static void set_up(void)
{
	setenv("TZ", "UTC", 1); /* as run_line() has it */
	tzset();
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n", dir);
	run_ok("init");
	tell();
	run_ok("add one.example --customer C-9");
	run_ok("add three.example");
	run_ok("pin three.example --reason etrn");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* The numbers of the records that are printed, as in "0 1 5". */
static void lists(const char *operands, int status, const char *numbers)
{
	char got[400] = "", *line, *next;
	struct run_result r;

	run_line(&r, config, "audit list %s", operands);
	ck_assert_msg(r.status == status, "%s: status %d, %s", operands, r.status, r.err);
	for (line = r.out; line && *line; line = next ? next + 1 : NULL) {
		next = strchr(line, '\n');
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%ld", *got ? " " : "", strtol(line, NULL, 10));
	}
	ck_assert_msg(strcmp(got, numbers) == 0, "%s: %s, not %s", operands, got, numbers);
	run_clear(&r);
}

START_TEST(days_include_both_ends)
{
	lists("", 0, "0 1 2 3 4 5 6 7");
	lists("--from 2026-03-01 --to 2026-03-01", 0, "0 1");
	lists("--from 2026-03-02 --to 2026-03-03", 0, "2 3");
	lists("from:2026-03-02 to:2026-03-02", 0, "2");
	lists("customer:C-1 --to 2026-03-01", 0, "0 1");
	lists("one.example --from 2026-03-02 --to 2026-03-31", 0, "3");
	lists("--from 2026-3-1", 64, "");
	lists("--from tomorrow", 64, "");
}
END_TEST

START_TEST(records_by_what_they_say)
{
	lists("customer:C-1", 0, "0 1 3");
	lists("customer:C-9", 0, "5");
	lists("customer: --to 2026-03-31", 0, "4");
	lists("action:delete", 0, "2");
	lists("action:observe.*", 0, "3");
	lists("*two*", 0, "2");
	lists("one.example two.example one.example", 0, "0 1 2 3 5");
	lists("none.example", 66, "");
	lists("one.example customer:C-1", 64, "");
	lists("class:orfan", 64, "");
	lists("action:delet", 64, "");
	lists("-action:month", 64, "");
	lists("action:observe.* -action:MON*", 64, "");
	lists("action:PIN -action:unpin", 0, "7");
}
END_TEST

/* What is no word of the record is asked of the entry as it is now; two.example has none. */
START_TEST(records_by_how_their_entry_stands)
{
	lists("pinned:yes", 0, "6 7");
	lists("pinned:no", 0, "0 1 3 5");
	lists("pinned:no customer:C-1 from:2026-03-02", 0, "3");
	lists("state:new", 0, "0 1 3 5");
	lists("-state:new", 0, "6 7");
}
END_TEST

START_TEST(an_erased_record_fits_no_limit)
{
	run_ok("audit erase body 1 --reason retention");
	lists("--to 2026-03-31", 0, "0 2 3 4");
	lists("-customer:C-2 to:2026-03-31", 0, "0 3 4");
	lists("one.example", 0, "0 1 3 5 8");
	lists("", 0, "0 1 2 3 4 5 6 7 8");
}
END_TEST

START_TEST(the_finder_goes_on_bit_by_bit)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	static const uint64_t expected[] = {5, 3, 1, 0};
	struct records_finder f = {0};
	struct limit *limit;
	struct ward w;
	struct err e;
	int turns = 1, more;

	ck_assert_int_eq(ward_open(&w, &o, &e), 0);
	ck_assert_int_eq(limit_parse(&limit, "pinned:no", &e, NULL), 0);
	ck_assert_int_eq(records_finder_begin(&f, &w.config, w.db, limit, &e), 0);
	while ((more = records_finder_go_on(&f, w.db, 3, &e)) == 1)
		turns++;
	ck_assert_int_eq(more, 0);
	ck_assert_int_eq(turns, 3);
	ck_assert_uint_eq(f.size, 8);
	ck_assert_uint_eq(f.n, 4);
	ck_assert_mem_eq(f.seq, expected, sizeof expected);
	/* No limit: all of them. */
	ck_assert_int_eq(records_finder_begin(&f, &w.config, w.db, NULL, &e), 0);
	ck_assert_int_eq(records_finder_go_on(&f, w.db, 1000, &e), 0);
	ck_assert_uint_eq(f.n, 8);
	ck_assert_uint_eq(f.seq[0], 7);
	records_finder_clear(&f);
	limit_free(limit);
	ward_close(&w);
}
END_TEST

static void look_at_config(const char *more)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct ward w;
	struct err e;

	run_write_file(config, "database = %s/db\n%s", dir, more);
	ck_assert_msg(ward_open(&w, &o, &e) == 0, "%s", e.text);
	ck_assert_msg(config_record_changes(&w, &e) == 0, "%s", e.text);
	ck_assert_int_eq(config_record_changes(&w, &e), 0); /* once */
	ward_close(&w);
}

/* The first look leaves nothing, the order of lines means nothing, and long lists are told by their hash. */
START_TEST(what_the_configuration_was)
{
	char many[9000] = "network = ";
	struct run_result r;

	look_at_config("mail-trickle = 5\nrelay-host = a.isp.example,\n  b.isp.example\n");
	look_at_config("relay-host = a.isp.example b.isp.example\nmail-trickle = 5\n");
	lists("action:config.change", 0, "");
	look_at_config("relay-host = a.isp.example, b.isp.example\nmail-trickle = 900\n");
	run_line(&r, config, "audit list action:config.change");
	ck_assert_msg(strstr(r.out, "mail-trickle=5 -> mail-trickle=900;"), "%s", r.out);
	ck_assert_uint_eq(run_count_lines(r.out), 1);
	run_clear(&r);
	for (int i = 0; i < 100; i++)
		snprintf(many + strlen(many), sizeof many - strlen(many), "%s198.51.%d.0/24", i ? ", " : "", i);
	strcat(many, "\nmail-trickle = 900\n");
	look_at_config(many);
	run_line(&r, config, "audit list action:config.change --format jsonl");
	ck_assert_msg(strstr(r.out, "\"after\":\"relay-host=\""), "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, "\"before\":\"network=\""));
	ck_assert_ptr_nonnull(strstr(r.out, " bytes, sha256:"));
	ck_assert_uint_eq(run_count_lines(r.out), 3);
	run_clear(&r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records");
	TCase *t = tcase_create("records");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, days_include_both_ends);
	tcase_add_test(t, records_by_what_they_say);
	tcase_add_test(t, records_by_how_their_entry_stands);
	tcase_add_test(t, an_erased_record_fits_no_limit);
	tcase_add_test(t, what_the_configuration_was);
	tcase_add_test(t, the_finder_goes_on_bit_by_bit);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
