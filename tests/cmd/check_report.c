/*
 * check_report: the night's report: what it says, when it is silent, and its status.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "support/run.h"

static char *dir, config[1100];
static struct run_world world;

static void write_config(const char *hosts)
{
	run_write_file(config, "relay-host = %s\nnetwork = 11.11.0.0/16\nresolver = 127.0.0.1:%d\ndatabase = %s/db\n"
			       "price-per-gb = 50 EUR\n",
		       hosts, world.port, dir);
}

static void must(const char *words)
{
	struct run_result r;

	run_line(&r, config, "%s", words);
	ck_assert_msg(r.status == 0, "%s: %d %s", words, r.status, r.err);
	run_clear(&r);
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	write_config("backup.isp.example, relay2.isp.example");
	must("init");
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

static void import(const char *names)
{
	char path[1100], words[1200];

	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "%s", names);
	snprintf(words, sizeof words, "import --customer C-7 %s", path);
	must(words);
	must("scan");
}

static void report(struct run_result *r, const char *words, int status)
{
	run_line(r, config, "report %s", words);
	ck_assert_msg(r->status == status, "%d %s%s", r->status, r->out, r->err);
}

START_TEST(silent_when_there_is_nothing)
{
	struct run_result r;

	import("kept000.example\nkept001.example\n");
	report(&r, "", 0); /* the first is a sign of life */
	ck_assert_ptr_nonnull(strstr(r.out, "2 entries, 2 fine\n1 scan ended, 1 of them trusted\n\nNothing to do.\n"));
	run_clear(&r);
	report(&r, "", 0);
	ck_assert_str_eq(r.out, "");
	ck_assert_str_eq(r.err, "");
	run_clear(&r);
	report(&r, "--since 2020-01-01", 0);
	ck_assert_ptr_nonnull(strstr(r.out, "2 entries"));
	run_clear(&r);
}
END_TEST

START_TEST(new_orphans_are_named)
{
	struct run_result r;

	import("kept000.example\ngone00.example\ngone01.example\n");
	report(&r, "--since 2020-01-01", 1); /* a look, after which all is still new */
	ck_assert_ptr_nonnull(strstr(r.out, "New orphans: 2\n+ gone00.example "));
	run_clear(&r);
	run_line(&r, config, "--read-only report");
	ck_assert_int_eq(r.status, 1);
	run_clear(&r);
	report(&r, "--format jsonl", 1);
	ck_assert_ptr_nonnull(strstr(r.out, "{\"kind\":\"orphan\",\"name\":\"gone00.example\",\"customer\":\"C-7\""));
	for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *j = json_loads(line, 0, NULL);

		ck_assert_msg(j != NULL, "%s", line);
		json_decref(j);
	}
	run_clear(&r);
}
END_TEST

START_TEST(what_fails_now_is_said_every_time)
{
	struct run_result r;

	import("kept000.example\nkept001.example\n");
	report(&r, "", 0);
	run_clear(&r);
	write_config("backup.isp.example, mail.isp.example"); /* now we are all of its MX: mail bounces */
	must("scan");
	for (int i = 0; i < 2; i++) {
		report(&r, "", 2);
		ck_assert_msg(strstr(r.out, "Mail is failing now: 2\n") != NULL, "%s", r.out);
		ck_assert_ptr_nonnull(strstr(r.out, "kept001.example"));
		run_clear(&r);
	}
}
END_TEST

START_TEST(pins_and_confirmations_come_due)
{
	struct run_result r;
	char words[200], day[20];
	time_t soon = time(NULL) + 5 * 86400;

	import("kept000.example\nkept001.example\n");
	strftime(day, sizeof day, "%Y-%m-%d", localtime(&soon));
	snprintf(words, sizeof words, "pin kept000.example --reason outage --until %s", day);
	must(words);
	must("edit kept001.example --confirmed 2020-02-03");
	report(&r, "", 1);
	snprintf(words, sizeof words, "ends %s", day);
	ck_assert_ptr_nonnull(strstr(r.out, words));
	ck_assert_ptr_nonnull(strstr(r.out, "last 2020-02-03, C-7"));
	run_clear(&r);
}
END_TEST

START_TEST(a_page_of_its_own)
{
	struct run_result r;

	import("gone00.example\n<b>gone&.example\n");
	report(&r, "--format html", 1);
	ck_assert_ptr_nonnull(strstr(r.out, "<!DOCTYPE html>"));
	ck_assert_ptr_nonnull(strstr(r.out, "<svg "));
	ck_assert_ptr_nonnull(strstr(r.out, "gone00.example"));
	ck_assert_ptr_null(strstr(r.out, "<b>"));
	ck_assert_ptr_null(strstr(r.out, "http"));
	ck_assert_ptr_null(strstr(r.out, "src="));
	ck_assert_ptr_nonnull(strstr(r.out, "</body></html>\n"));
	run_clear(&r);
}
END_TEST

START_TEST(bad_words)
{
	struct run_result r;

	report(&r, "--since yesterday", 64);
	run_clear(&r);
	report(&r, "--format pdf", 64);
	run_clear(&r);
	report(&r, "kept000.example", 64);
	run_clear(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *c = tcase_create("command line");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, silent_when_there_is_nothing);
	tcase_add_test(c, new_orphans_are_named);
	tcase_add_test(c, what_fails_now_is_said_every_time);
	tcase_add_test(c, pins_and_confirmations_come_due);
	tcase_add_test(c, a_page_of_its_own);
	tcase_add_test(c, bad_words);
	suite_add_tcase(s, c);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
