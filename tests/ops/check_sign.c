/*
 * check_sign: the signer's rule, and erasing: a log that was rolled back, forked or changed behind the signer's back is
 * not signed; one whose notes and bodies were erased is, and its exports still verify.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "db/check.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], key[256];

static struct run_result run_last;

static int status_of(const char *line)
{
	run_clear(&run_last);
	run_line(&run_last, config, "%s", line);
	return run_last.status;
}

#define run_ok(line) ck_assert_msg(status_of(line) == 0, "%s: %s", line, run_last.err)

static void copy(const char *from, const char *to)
{
	char command[2400];

	snprintf(command, sizeof command, "cp '%s/%s' '%s/%s'", dir, from, dir, to);
	ck_assert_int_eq(system(command), 0);
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
			       "audit-origin = mx.test/audit\naudit-key = %s/audit.key\n", dir, dir);
	run_line(&run_last, config, "init");
	run_ok("audit key");
	snprintf(key, sizeof key, "%s", run_last.out);
	key[strcspn(key, "\n")] = '\0';
	run_ok("add a.example --customer C-1 --note 'A secret of the customer'");
	run_ok("add b.example --customer C-1");
	run_ok("audit checkpoint");
}

static void tear_down(void)
{
	run_clear(&run_last);
	run_remove_dir(dir);
}

START_TEST(a_growing_log_is_signed_again_and_again)
{
	char first[600];

	ck_assert_ptr_nonnull(strstr(run_last.out, "mx.test/audit\n2\n"));
	snprintf(first, sizeof first, "%s", run_last.out);
	run_ok("audit checkpoint");
	ck_assert_str_eq(run_last.out, first); /* Ed25519 is deterministic, and nothing changed */
	run_ok("add c.example");
	run_ok("audit checkpoint");
	ck_assert_ptr_nonnull(strstr(run_last.out, "mx.test/audit\n3\n"));
}
END_TEST

/* Whoever archived the mail holds a checkpoint that `verify --known` takes. */
START_TEST(the_report_bears_witness)
{
	char bundle[1100], line[2600], *checkpoint, *end;

	run_ok("report --since 2020-01-01");
	ck_assert_ptr_nonnull(strstr(run_last.out, "audit log mx.test/audit: size 2, root "));
	run_ok("audit checkpoint");
	run_ok("add c.example");
	run_ok("report --since 2020-01-01");
	ck_assert_ptr_nonnull(strstr(run_last.out, "audit log mx.test/audit: size 3, root "));
	checkpoint = strstr(run_last.out, "mx.test/audit\n2\n");
	ck_assert_ptr_nonnull(checkpoint);
	snprintf(line, sizeof line, "%s/mailed", dir);
	end = strchr(strstr(checkpoint, "\n\n") + 2, '\n');
	end[1] = '\0';
	run_write_file(line, "%s", checkpoint);
	snprintf(bundle, sizeof bundle, "%s/bundle", dir);
	snprintf(line, sizeof line, "audit export --domain a.example --known %s/mailed %s", dir, bundle);
	run_ok(line);
	snprintf(line, sizeof line, "audit verify --key %s --known %s/mailed %s", key, dir, bundle);
	ck_assert_int_eq(status_of(line), 3);
	/* What is not a checkpoint of this log is not passed on. */
	snprintf(line, sizeof line, "%s/audit.key.state", dir);
	run_write_file(line, "mx.test/other\n2\n\033[2J\n");
	run_ok("report --since 2020-01-01");
	ck_assert_ptr_null(strstr(run_last.out, "last signed"));
}
END_TEST

START_TEST(a_rolled_back_log_is_not_signed)
{
	char never[1100], line[1200];

	copy("db/data.mdb", "older");
	run_ok("add c.example");
	run_ok("audit checkpoint");
	copy("older", "db/data.mdb");
	ck_assert_int_eq(status_of("audit checkpoint"), 65);
	ck_assert_ptr_nonnull(strstr(run_last.err, "ALARM"));
	ck_assert_ptr_nonnull(strstr(run_last.err, "rolled back"));
	/* An export is a signature too. */
	snprintf(never, sizeof never, "%s/never-made", dir);
	snprintf(line, sizeof line, "audit export --domain a.example %s", never);
	ck_assert_int_eq(status_of(line), 65);
	ck_assert_int_ne(access(never, F_OK), 0);
	run_ok("audit list a.example --format jsonl");
	ck_assert_msg(strstr(run_last.out, "audit.export") == NULL, "a record of what was not made: %s", run_last.out);
	/* Filling it up to the old length with other records makes it a fork. */
	run_ok("add d.example");
	run_ok("add e.example");
	ck_assert_int_eq(status_of("audit checkpoint"), 65);
	ck_assert_ptr_nonnull(strstr(run_last.err, "forked"));
}
END_TEST

START_TEST(a_state_of_another_key_is_refused)
{
	char path[1100];

	snprintf(path, sizeof path, "%s/audit.key", dir);
	unlink(path);
	run_ok("audit key");
	ck_assert_int_eq(status_of("audit checkpoint"), 65);
	ck_assert_ptr_nonnull(strstr(run_last.err, "no signature by the trusted key"));
}
END_TEST

START_TEST(without_a_key_it_says_how_to_make_one)
{
	char path[1100];

	snprintf(path, sizeof path, "%s/audit.key", dir);
	unlink(path);
	ck_assert_int_eq(status_of("audit checkpoint"), 66);
	ck_assert_ptr_nonnull(strstr(run_last.err, "mxward audit key"));
}
END_TEST

START_TEST(erasing_breaks_no_proof)
{
	char line[2600], bundle[1100];
	struct db_report report;
	struct err e;

	snprintf(bundle, sizeof bundle, "%s/bundle", dir);
	ck_assert_int_eq(status_of("audit erase note 0"), 64); /* no reason */
	run_ok("audit erase note 0 --reason 'asked for by the customer'");
	run_ok("audit erase body 1 --reason retention");
	run_ok("audit list");
	ck_assert_ptr_null(strstr(run_last.out, "A secret"));
	ck_assert_ptr_nonnull(strstr(run_last.out, "note of record 0 -> erased"));
	run_ok("audit checkpoint");
	snprintf(line, sizeof line, "%s/db", dir);
	ck_assert_int_eq(db_check(line, &report, &e), 0);
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	snprintf(line, sizeof line, "audit export --domain b.example --customer C-1 --internal %s", bundle);
	run_ok(line);
	snprintf(line, sizeof line, "audit verify --key %s %s", key, bundle);
	ck_assert_int_eq(status_of(line), 3);
	ck_assert_ptr_nonnull(strstr(run_last.out, "withheld: body of record 1 (erased)\n"));
	/* The closing record of that export stays. */
	ck_assert_int_eq(status_of("audit erase body 4 --reason retention"), 65);
	snprintf(line, sizeof line, "audit withhold operator 3 %s", bundle);
	run_ok(line);
	snprintf(line, sizeof line, "audit verify --key %s %s", key, bundle);
	ck_assert_int_eq(status_of(line), 3);
	ck_assert_ptr_nonnull(strstr(run_last.out, "withheld: operator of record 3\n"));
}
END_TEST

/* When a domain gets another customer, each of the two sees its own side only. */
START_TEST(a_transfer_names_nobody_else)
{
	char line[2600], command[2600];

	run_ok("edit a.example --customer C-77");
	for (int i = 0; i < 3; i++) {
		/* The last one is not told which: an export of the old chain does not make it the present one. */
		snprintf(line, sizeof line, "audit export --domain a.example --internal %s %s/t%d",
			 i == 0 ? "--customer C-77" : i == 1 ? "--customer C-1" : "", dir, i);
		run_ok(line);
		snprintf(line, sizeof line, "audit verify --key %s %s/t%d", key, dir, i);
		run_ok(line);
		ck_assert_ptr_nonnull(strstr(run_last.out, i == 1 ? "chain C-1/a.example" : "chain C-77/a.example"));
		snprintf(command, sizeof command, "grep -rq %s %s/t%d", i == 1 ? "C-77" : "'C-1[^0-9]'", dir, i);
		ck_assert_msg(system(command) != 0, "export %d names the other customer", i);
	}
	snprintf(command, sizeof command, "grep -q '\"after\":\"transferred out\",\"batch\":\"b2\"' %s/t1/records.jsonl", dir);
	ck_assert_int_eq(system(command), 0);
	snprintf(command, sizeof command, "grep -q '\"batch\":\"b2\",\"before\":\"transferred in\"' %s/t0/records.jsonl", dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sign");
	TCase *t = tcase_create("sign");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_growing_log_is_signed_again_and_again);
	tcase_add_test(t, the_report_bears_witness);
	tcase_add_test(t, a_rolled_back_log_is_not_signed);
	tcase_add_test(t, a_state_of_another_key_is_refused);
	tcase_add_test(t, without_a_key_it_says_how_to_make_one);
	tcase_add_test(t, erasing_breaks_no_proof);
	tcase_add_test(t, a_transfer_names_nobody_else);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
