/*
 * check_report: the night's report: what it says, when it is silent, and its status.
 */
#include <check.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "support/run.h"
#include "support/suite.h"

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
	ck_assert_ptr_nonnull(strstr(r.out, "2 entries, 2 fine\n1 scan ended, 1 of them trusted\ntrusted on 1 of the last 1 night with a scan\n"
					     "wrong 0.0 % ("));
	ck_assert_ptr_nonnull(strstr(r.out, "\naudit log: size "));
	ck_assert_ptr_nonnull(strstr(r.out, "\nNothing to do.\n\naudit log")); /* behind the root in base64 */
	run_clear(&r);
	report(&r, "", 0);
	ck_assert_str_eq(r.out, "");
	ck_assert_str_eq(r.err, "");
	run_clear(&r);
	report(&r, "--since 2020-01-01", 0);
	ck_assert_ptr_nonnull(strstr(r.out, "2 entries"));
	run_clear(&r);
	run_expect(config, 64, "a day that is to come", "report --since 2999-01-01");
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

/* A canary that does not list us: what the scan saw is no news, that it was distrusted is. */
START_TEST(orphans_of_a_distrusted_scan_are_none)
{
	struct run_result r;
	FILE *f;

	import("kept000.example\n");
	report(&r, "", 0);
	run_clear(&r);
	f = fopen(config, "a");
	fputs("canary-listed = gone05.example\n", f);
	fclose(f);
	must("add gone00.example");
	run_line(&r, config, "scan");
	ck_assert_int_eq(r.status, 1);
	run_clear(&r);
	report(&r, "", 1);
	ck_assert_msg(strstr(r.out, "Scans that went wrong: 1\n+ scan 2 ") != NULL, "%s", r.out);
	ck_assert_ptr_null(strstr(r.out, "New orphans"));
	run_clear(&r);
	write_config("backup.isp.example, relay2.isp.example");
	must("scan");
	report(&r, "", 1);
	ck_assert_msg(strstr(r.out, "New orphans: 1\n+ gone00.example ") != NULL, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, ", to be confirmed\n"));
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

/* A mail log of today: n messages of that size for a domain, all delivered. */
static void add_mail(FILE *f, const char *name, int n, long size)
{
	static int id = 0x1000000;
	time_t now = time(NULL);
	char stamp[40];

	strftime(stamp, sizeof stamp, "%Y-%m-%dT00:00:01+00:00", gmtime(&now));
	for (int i = 0; i < n; i++) {
		id++;
		fprintf(f, "%s r postfix/qmgr[2]: %X: from=<a@h.test>, size=%ld, nrcpt=1 (queue active)\n", stamp, id, size);
		fprintf(f, "%s r postfix/smtp[4]: %X: to=<x@%s>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
			   "status=sent (250 ok)\n", stamp, id, name);
	}
}

/* 50 EUR a GB, in and out; what was not measured comes last and costs nothing that is known. */
START_TEST(moved_ones_by_what_they_cost)
{
	char log[1100], words[1200];
	struct run_result r;
	json_t *j;
	FILE *f;

	import("kept000.example\nmoved00.example\nmoved01.example\nmoved02.example\n");
	report(&r, "--since 2020-01-01", 1);
	ck_assert_ptr_nonnull(strstr(r.out, "mail not measured"));
	ck_assert_ptr_null(strstr(r.out, "EUR"));
	run_clear(&r);
	snprintf(log, sizeof log, "%s/mail.log", dir);
	f = fopen(log, "w");
	add_mail(f, "moved00.example", 2, 20000000);
	add_mail(f, "moved02.example", 3, 70000000);
	add_mail(f, "kept000.example", 9, 90000000);
	fclose(f);
	snprintf(words, sizeof words, "traffic %s", log);
	must(words);
	report(&r, "--since 2020-01-01", 1);
	ck_assert_msg(strstr(r.out, "Moved, the dearest first: 3\n  500 MB carried twice in 30 days = 25.00 EUR\n+ moved02.example ") != NULL,
		      "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, "420 MB, 21.00 EUR, C-7\n+ moved00.example "));
	ck_assert_ptr_nonnull(strstr(r.out, " 0 B, 0.00 EUR, C-7\n"));
	run_clear(&r);
	report(&r, "--since 2020-01-01 --format jsonl", 1);
	j = json_loads(strtok(r.out, "\n"), 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(j, "name")), "moved02.example");
	ck_assert_int_eq(json_integer_value(json_object_get(j, "bytes")), 420000000);
	ck_assert_double_eq_tol(json_real_value(json_object_get(j, "cost")), 21, 0.001);
	ck_assert_str_eq(json_string_value(json_object_get(j, "currency")), "EUR");
	json_decref(j);
	run_clear(&r);
	run_line(&r, config, "show moved02.example");
	ck_assert_msg(strstr(r.out, "Carried twice in 30 days: 420 MB = 21.00 EUR\n") != NULL, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, "Backup mattered: 0 of 3 were held by an outage in 12 months.\n"));
	ck_assert_ptr_nonnull(strstr(r.out, "All went on at once; 1 of 365 days were measured.\n"));
	run_clear(&r);
	run_line(&r, config, "show kept000.example");
	ck_assert_ptr_nonnull(strstr(r.out, "Carried in and out in 30 days: 1.6 GB = 81.00 EUR\n"));
	run_clear(&r);
	run_line(&r, config, "show moved01.example"); /* without any mail */
	ck_assert_msg(strstr(r.out, "held by an outage in 12 months.\n1 of 365 days were measured.\n") != NULL, "%s", r.out);
	run_clear(&r);
	run_line(&r, config, "list class:moved");
	ck_assert_msg(strstr(r.out, " 3  420 MB    21.00 EUR C-7\n") != NULL, "%s", r.out);
	run_clear(&r);
}
END_TEST

/* What the last look found is said until it is settled. */
START_TEST(missing_names_until_they_are_added)
{
	char log[1100], words[1200];
	struct run_result r;
	FILE *f;

	import("kept000.example\nkept00.example\n");
	report(&r, "", 1);
	run_clear(&r);
	snprintf(log, sizeof log, "%s/mail.log", dir);
	f = fopen(log, "w");
	fprintf(f, "2026-03-04T09:15:02.1+00:00 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[203.0.113.1]: 554 5.7.1 "
		   "<i@kept001.example>: Relay access denied; from=<a@b.test> to=<i@kept001.example>\n");
	fclose(f);
	snprintf(words, sizeof words, "missing %s", log);
	must(words);
	for (int i = 0; i < 2; i++) {
		report(&r, "", 1);
		ck_assert_msg(strstr(r.out, "Missing: their MX names us, and we refuse them: 1\n") != NULL, "%s", r.out);
		ck_assert_ptr_nonnull(strstr(r.out, "names us, 1 client was refused; one letter from kept00"));
		run_clear(&r);
	}
	must("add kept001.example");
	run_line(&r, config, "report");
	ck_assert_ptr_null(strstr(r.out, "Missing"));
	run_clear(&r);
}
END_TEST

/* As a program of somebody else's does that knows Postfix's tables. */
static void put_foreign(const char *path, const char *name)
{
	MDB_val key = {strlen(name) + 1, (void *)name}, value = {3, "OK"};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &key, &value, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* A table that somebody else wrote to, and one that cannot be read. */
START_TEST(tables_beside_the_list)
{
	char path[1100];
	struct run_result r;
	FILE *f;

	import("kept000.example\nkept001.example\n");
	snprintf(path, sizeof path, "%s/relay.lmdb", dir);
	f = fopen(config, "a");
	fprintf(f, "postfix-table = %s\nparent-domain-matches-subdomains = yes\n", path);
	fclose(f);
	must("publish");
	report(&r, "", 0);
	run_clear(&r);
	put_foreign(path, "foreign.example");
	report(&r, "", 1);
	ck_assert_msg(strstr(r.out, "Changed by others in the mail server's tables: 1\n") != NULL, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, "1 key was changed by others"));
	run_clear(&r);
	f = fopen(path, "w");
	fputs("no table", f);
	fclose(f);
	report(&r, "", 1);
	ck_assert_msg(strstr(r.out, "Tables of the mail server that are not in line: 1\n") != NULL, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, path));
	run_clear(&r);
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
	ck_assert_ptr_nonnull(strstr(r.out, "2 entries, 1 fine, 1 not judged\n")); /* the pinned one, as in stat and limits */
	run_clear(&r);
}
END_TEST

/* The timers' script: a mail when there are words, none when there are none, and status 0 either way. */
START_TEST(mailed_only_when_it_has_words)
{
	char script[1100], mail[1100], text[1200], command[4000];
	const char *argv[] = {"/bin/sh", script, "-c", config, NULL};
	struct run_result r;

	import("kept000.example\n"); /* the first report is a sign of life */
	snprintf(text, sizeof text, "%s", run_mxward());
	*strrchr(text, '/') = '\0';
	snprintf(script, sizeof script, "%s/report-mail", dir);
	snprintf(command, sizeof command, "sed 's|@BIN@|%s|' %s >%s", text, run_source("share/system/report-mail.in"), script);
	run_program(&r, (const char *[]){"/bin/sh", "-c", command, NULL}, NULL);
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(mail, sizeof mail, "%s/sendmail", dir);
	run_write_file(mail, "#!/bin/sh\ncat >>%s/mailed\n", dir);
	ck_assert_int_eq(chmod(mail, 0755), 0);
	setenv("SENDMAIL", mail, 1);
	setenv("MAILTO", "jk@isp.example", 1);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == 0 && !*r.out && !*r.err, "%d %s%s", r.status, r.out, r.err);
	run_clear(&r);
	snprintf(mail, sizeof mail, "%s/mailed", dir);
	run_program(&r, (const char *[]){"/bin/cat", mail, NULL}, NULL);
	ck_assert_ptr_nonnull(strstr(r.out, "To: jk@isp.example\nSubject: relay list of "));
	ck_assert_ptr_nonnull(strstr(r.out, "\nNothing to do.\n"));
	run_clear(&r);
	ck_assert_int_eq(unlink(mail), 0);
	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	ck_assert_int_ne(access(mail, F_OK), 0);
	argv[3] = "/nonexistent.conf";
	run_program(&r, argv, NULL);
	ck_assert_int_gt(r.status, 2);
	run_clear(&r);
	ck_assert_int_eq(access(mail, F_OK), 0); /* that it failed is mailed as well */
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

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, silent_when_there_is_nothing);
	tcase_add_test(c, new_orphans_are_named);
	tcase_add_test(c, orphans_of_a_distrusted_scan_are_none);
	tcase_add_test(c, what_fails_now_is_said_every_time);
	tcase_add_test(c, moved_ones_by_what_they_cost);
	tcase_add_test(c, missing_names_until_they_are_added);
	tcase_add_test(c, tables_beside_the_list);
	tcase_add_test(c, pins_and_confirmations_come_due);
	tcase_add_test(c, mailed_only_when_it_has_words);
	tcase_add_test(c, a_page_of_its_own);
	tcase_add_test(c, bad_words);
	suite_add_tcase(s, c);
	return suite_run(s);
}
