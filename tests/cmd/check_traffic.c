/*
 * check_traffic: `mxward traffic` by the command line, with and without a database.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/run.h"

static char *dir, config[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
			       "database = %s/db\n",
		       dir);
	setenv("TZ", "UTC", 1);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static const char day_alone[] =
	"{\"name\":\"alpha.example\",\"in_msgs\":2,\"in_bytes\":12888,\"out_transactions\":2,\"out_bytes\":12888,"
	"\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":0}\n"
	"{\"name\":\"beta.example\",\"in_msgs\":1,\"in_bytes\":12000,\"out_transactions\":1,\"out_bytes\":12000,"
	"\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":0}\n"
	"{\"name\":\"delta.example\",\"in_msgs\":0,\"in_bytes\":0,\"out_transactions\":0,\"out_bytes\":0,"
	"\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":2}\n"
	"{\"name\":\"gamma.example\",\"in_msgs\":2,\"in_bytes\":3700,\"out_transactions\":0,\"out_bytes\":0,"
	"\"backscatter_msgs\":1,\"backscatter_bytes\":5200,\"relay_denied\":0}\n"
	"{\"name\":\"sub.alpha.example\",\"in_msgs\":1,\"in_bytes\":888,\"out_transactions\":1,\"out_bytes\":888,"
	"\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":0}\n";

static void assert_prints(const char *words, const char *text)
{
	struct run_result r;

	run_line(&r, config, "%s", words);
	ck_assert_msg(r.status == 0, "%s", r.err);
	ck_assert_str_eq(r.out, text);
	run_clear(&r);
}

static const char *traffic(const char *options, const char *logs)
{
	static char line[4000];

	snprintf(line, sizeof line, "traffic --format jsonl %s %s", options, logs);
	return line;
}

START_TEST(without_a_database)
{
	assert_prints(traffic("--dry-run", run_source("tests/mta/logs/day-rfc3339.log")), day_alone);
	assert_prints(traffic("--dry-run", run_source("tests/mta/logs/day-traditional.log")), day_alone);
}
END_TEST

/* Three times the same lines: as a file, again, and in the other format. */
START_TEST(a_line_counts_once)
{
	char logs[3000];

	snprintf(logs, sizeof logs, "%s %s %s", run_source("tests/mta/logs/day-rfc3339.log"),
		 run_source("tests/mta/logs/day-rfc3339.log"), run_source("tests/mta/logs/day-traditional.log"));
	assert_prints(traffic("--dry-run", logs), day_alone);
}
END_TEST

/* Two lines that are alike are two refusals; the file again adds none. */
START_TEST(like_lines_of_one_file_count_apart)
{
	static const char line[] = "Mar  4 09:15:02 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[203.0.113.5]: 454 4.7.1 "
				   "<i@d.example>: Relay access denied; from=<> to=<i@d.example>\n";
	char logs[2500];

	snprintf(logs, sizeof logs, "%s/a.log", dir);
	run_write_file(logs, "%s%s%s", line, line, line);
	snprintf(logs, sizeof logs, "%s/b.log", dir);
	run_write_file(logs, "%s%s", line, line);
	snprintf(logs, sizeof logs, "%s/b.log %s/a.log %s/b.log", dir, dir, dir);
	assert_prints(traffic("--dry-run", logs),
		      "{\"name\":\"d.example\",\"in_msgs\":0,\"in_bytes\":0,\"out_transactions\":0,\"out_bytes\":0,"
		      "\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":3}\n");
}
END_TEST

START_TEST(names_that_are_no_text_are_escaped)
{
	char log[1100];

	snprintf(log, sizeof log, "%s/a.log", dir);
	run_write_file(log, "Mar  4 09:15:02 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[203.0.113.5]: 454 4.7.1 "
			    "<i@\xff\x1b[2Jd.example>: Relay access denied; from=<> to=<i@d.example>\n");
	assert_prints(traffic("--dry-run", log),
		      "{\"name\":\"\\\\255\\\\027[2jd.example\",\"in_msgs\":0,\"in_bytes\":0,\"out_transactions\":0,"
		      "\"out_bytes\":0,\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":1}\n");
}
END_TEST

static void make_database(const char *names)
{
	char path[1100];
	struct run_result r;

	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "%s", names);
	run_line(&r, config, "import %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

START_TEST(folds_to_the_longest_entry)
{
	struct run_result r;

	make_database("alpha.example\nexample\n");
	run_line(&r, config, "%s", traffic("--dry-run", run_source("tests/mta/logs/day-rfc3339.log")));
	ck_assert_int_eq(r.status, 0);
	ck_assert_ptr_nonnull(strstr(r.out, "{\"name\":\"alpha.example\",\"in_msgs\":2,\"in_bytes\":12888,"
					    "\"out_transactions\":2,\"out_bytes\":12888,"));
	ck_assert_ptr_null(strstr(r.out, "sub.alpha.example"));
	ck_assert_ptr_null(strstr(r.out, "beta.example"));
	ck_assert_ptr_nonnull(strstr(r.out, "{\"name\":\"example\",\"in_msgs\":3,"));
	ck_assert_ptr_nonnull(strstr(r.out, "{\"name\":\"delta.example\",\"in_msgs\":0,"));
	run_clear(&r);
}
END_TEST

START_TEST(bad_input_gets_a_sentence_and_a_status)
{
	static const struct {
		const char *words;
		int status;
	} cases[] = {
		{"traffic --dry-run", 64},
		{"traffic --dry-run --format xml x", 64},
		{"traffic --dry-run --relay 'a b' x", 64},
		{"traffic --dry-run /nonexistent/mail.log", 66},
		{"traffic --dry-run /tmp", 66},
	};
	struct run_result r;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		run_line(&r, config, "%s", cases[i].words);
		ck_assert_msg(r.status == cases[i].status, "case %zu: %d %s", i, r.status, r.err);
		ck_assert_str_eq(r.out, "");
		ck_assert_int_gt((int)strlen(r.err), 10);
		run_clear(&r);
	}
}
END_TEST

/* Against the reference implementation, on real logs and on ours, where it is at hand. */
START_TEST(agrees_with_the_reference)
{
	const char *shared = getenv("SHARED") ? getenv("SHARED") : run_source("../shared"), *argv[300];
	char oracle[1100], pattern[1100];
	struct run_result r;
	glob_t found = {0};
	size_t n = 0;

	snprintf(oracle, sizeof oracle, "%s/tools/accounting.py", shared);
	if (access(oracle, R_OK) != 0 || access("/usr/bin/python3", X_OK) != 0) {
		printf("note: no reference implementation to compare with\n");
		return;
	}
	snprintf(pattern, sizeof pattern, "%s/mail-logs/*.log", shared);
	glob(pattern, 0, NULL, &found);
	glob(run_source("tests/mta/logs/*.log"), GLOB_APPEND, NULL, &found);
	ck_assert_uint_ge(found.gl_pathc, 2);
	argv[n++] = "/usr/bin/python3";
	argv[n++] = run_source("tests/mta/compare_accounting.py");
	argv[n++] = run_mxward();
	argv[n++] = config;
	argv[n++] = oracle;
	for (size_t i = 0; i < found.gl_pathc && n < 299; i++)
		argv[n++] = found.gl_pathv[i];
	argv[n] = NULL;
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	printf("note: equal to the reference on %zu logs\n", found.gl_pathc);
	globfree(&found);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("traffic");
	TCase *c = tcase_create("command line");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, without_a_database);
	tcase_add_test(c, a_line_counts_once);
	tcase_add_test(c, like_lines_of_one_file_count_apart);
	tcase_add_test(c, names_that_are_no_text_are_escaped);
	tcase_add_test(c, folds_to_the_longest_entry);
	tcase_add_test(c, bad_input_gets_a_sentence_and_a_status);
	tcase_add_test(c, agrees_with_the_reference);
	suite_add_tcase(s, c);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
