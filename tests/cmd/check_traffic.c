/*
 * check_traffic: `mxward traffic` by the command line, with and without a database.
 */
#include <check.h>
#include <glob.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];
static time_t began; /* the test, or the life of its entries, which are not measured before that */

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
			       "database = %s/db\n",
		       dir);
	setenv("TZ", "UTC", 1);
	began = time(NULL);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* The day of the logs, all the while: by the end of a test it may be yesterday. */
static time_t today(void)
{
	return began;
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

/* The sample day of a file, moved to another one: lines [from, to) of it. */
static void write_day(const char *path, const char *sample, const char *day, int from, int to)
{
	FILE *in = fopen(run_source(sample), "r"), *out = fopen(path, "w");
	char line[1000];

	ck_assert(in && out);
	for (int i = 0; fgets(line, sizeof line, in); i++)
		if (i >= from && i < to)
			fprintf(out, "%s%s", day, line + strlen(day));
	fclose(in);
	fclose(out);
}

/* Three times the same lines: as a file, again, and in the other format.  That has no year, which is taken from the time
 * of the file; so the day is yesterday, which is over whatever the hour. */
START_TEST(a_line_counts_once)
{
	time_t yesterday = today() - 86400;
	char full[1100], traditional[1100], logs[3500], day[20];

	snprintf(full, sizeof full, "%s/full.log", dir);
	snprintf(traditional, sizeof traditional, "%s/traditional.log", dir);
	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&yesterday));
	write_day(full, "tests/mta/logs/day-rfc3339.log", day, 0, 1000);
	strftime(day, sizeof day, "%b %e", gmtime(&yesterday));
	write_day(traditional, "tests/mta/logs/day-traditional.log", day, 0, 1000);
	snprintf(logs, sizeof logs, "%s %s %s", full, full, traditional);
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

START_TEST(a_pipe_is_a_log_too)
{
	char line[4000];
	struct run_result r;

	snprintf(line, sizeof line, "cat %s | %s -c %s traffic --dry-run --format jsonl /dev/stdin",
		 run_source("tests/mta/logs/day-rfc3339.log"), run_mxward(), config);
	run_program(&r, (const char *[]){"/bin/sh", "-c", line, NULL}, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	ck_assert_str_eq(r.out, day_alone);
	run_clear(&r);
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
	began = time(NULL);
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

/* --- what is stored ---------------------------------------------------------------------------- */

/* Of the sample day, moved to today, since what is shown are the last 30 days. */
static void write_today(const char *path, int from, int to)
{
	time_t now = today();
	char day[20];

	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
	write_day(path, "tests/mta/logs/day-rfc3339.log", day, from, to);
}

/* What `show` says of a figure; -1: null. */
static long figure(const char *name, const char *key)
{
	struct run_result r;
	const char *at;
	char want[100];
	long n = -1;

	run_line(&r, config, "show %s --format json", name);
	ck_assert_msg(r.status == 0, "%s", r.err);
	snprintf(want, sizeof want, "\"%s\":", key);
	at = strstr(r.out, want);
	ck_assert_msg(at != NULL, "%s", r.out);
	if (strncmp(at + strlen(want), "null", 4) != 0)
		n = strtol(at + strlen(want), NULL, 10);
	run_clear(&r);
	return n;
}

static void store(const char *words)
{
	struct run_result r;

	run_line(&r, config, "traffic %s", words);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

static void assert_stored(void)
{
	ck_assert_int_eq(figure("alpha.example", "mail30_msgs"), 2);
	ck_assert_int_eq(figure("alpha.example", "mail30_bytes"), 12888);
	ck_assert_int_eq(figure("alpha.example", "mail30_outside"), 1);
	ck_assert_int_eq(figure("alpha.example", "mail365_held"), 0);
	ck_assert_int_eq(figure("beta.example", "mail30_msgs"), 1);
	ck_assert_int_eq(figure("beta.example", "mail30_bytes"), 12000);
	ck_assert_int_eq(figure("beta.example", "mail365_held"), 1);
	ck_assert_int_eq(figure("alpha.example", "mail365_at_once"), 2);
	ck_assert_int_eq(figure("beta.example", "mail365_at_once"), 0);
	ck_assert_int_eq(figure("gamma.example", "mail30_msgs"), 2);
	ck_assert_int_eq(figure("quiet.example", "mail30_msgs"), 0);
}

static const char four[] = "alpha.example\nbeta.example\ngamma.example\nquiet.example\n";

START_TEST(nothing_measured_is_not_nothing)
{
	struct run_result r;

	make_database(four);
	ck_assert_int_eq(figure("alpha.example", "mail30_msgs"), -1);
	run_line(&r, config, "show alpha.example");
	ck_assert_ptr_nonnull(strstr(r.out, "Mail: not measured"));
	run_clear(&r);
	assert_prints("list --format names held:0", "");
	assert_prints("list --format names bytes:<1G", "");
}
END_TEST

START_TEST(the_same_log_twice_counts_once)
{
	char log[1100];

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	write_today(log, 0, 1000);
	for (int i = 0; i < 3; i++) {
		store(log);
		assert_stored();
	}
	assert_prints("list --format names held:0", "alpha.example\ngamma.example\nquiet.example\n");
	assert_prints("list --format names bytes:>5k", "alpha.example\nbeta.example\n");
	assert_prints("list --format names bytes:0", "quiet.example\n");
}
END_TEST

/* What is printed is what the logs given say, also of a message that an earlier run has known and that is on its way. */
START_TEST(the_same_log_prints_the_same)
{
	static const char json[] = "{\"name\":\"beta.example\",\"in_msgs\":1,\"in_bytes\":500,\"out_transactions\":0,\"out_bytes\":0,"
				   "\"backscatter_msgs\":0,\"backscatter_bytes\":0,\"relay_denied\":0}\n";
	time_t now = today();
	char log[1100], day[20];
	FILE *f;

	make_database(four);
	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
	snprintf(log, sizeof log, "%s/a.log", dir);
	f = fopen(log, "w");
	fprintf(f, "%sT00:15:01+00:00 relay1 postfix/qmgr[2]: AAAAAA01: from=<a@h.test>, size=500, nrcpt=1 (queue active)\n"
		   "%sT00:15:02+00:00 relay1 postfix/smtp[4]: AAAAAA01: to=<x@beta.example>, relay=none, delay=1, delays=0/0/0/1, "
		   "dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: Connection refused)\n", day, day);
	fclose(f);
	for (int i = 0; i < 3; i++) {
		assert_prints(traffic("", log), json);
		ck_assert_int_eq(figure("beta.example", "mail30_msgs"), 1);
	}
	f = fopen(log, "w"); /* the next log goes on */
	fprintf(f, "%sT00:25:02+00:00 relay1 postfix/smtp[4]: AAAAAA01: to=<x@beta.example>, relay=mx[192.0.2.1]:25, delay=601, "
		   "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n", day);
	fclose(f);
	store(log);
	ck_assert_int_eq(figure("beta.example", "mail30_msgs"), 1);
	ck_assert_int_eq(figure("beta.example", "mail365_held"), 1);
	ck_assert_int_eq(figure("beta.example", "mail30_bytes_out"), 500);
}
END_TEST

START_TEST(quiet_for_timers)
{
	char log[1100];
	struct run_result r;

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	write_today(log, 0, 1000);
	run_line(&r, config, "traffic --quiet %s", log);
	ck_assert_msg(r.status == 0 && !*r.out && !*r.err, "%d %s%s", r.status, r.out, r.err);
	run_clear(&r);
	assert_stored();
	run_line(&r, config, "traffic --quiet /nonexistent.log");
	ck_assert_int_eq(r.status, 66);
	ck_assert_str_ne(r.err, "");
	run_clear(&r);
}
END_TEST

/* Read by an hourly job while it grows, and once more after it was rotated. */
START_TEST(a_log_that_grows_counts_once)
{
	char log[1100];

	for (int step = 1; step < 12; step += 5) {
		make_database(four);
		snprintf(log, sizeof log, "%s/a.log", dir);
		for (int lines = step; lines < 40; lines += step) {
			write_today(log, 0, lines);
			store(log);
		}
		write_today(log, 0, 1000);
		store(log);
		assert_stored();
		write_today(log, 20, 1000);
		store(log);
		assert_stored();
		tear_down();
		set_up();
	}
}
END_TEST

/* Each line in a file of its own, read by a run of its own: all that is known of a message was stored. */
START_TEST(messages_stay_known_from_run_to_run)
{
	char log[1100];

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	for (int i = 0; i < 34; i++) {
		write_today(log, i, i + 1);
		store(log);
	}
	assert_stored();
}
END_TEST

START_TEST(relays_are_kept_apart)
{
	struct run_result r;
	char log[1100], words[1200];

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	write_today(log, 0, 1000);
	for (int i = 0; i < 2; i++) {
		snprintf(words, sizeof words, "--relay mx1.isp.example %s", log);
		store(words);
		snprintf(words, sizeof words, "--relay mx2.isp.example %s", log);
		store(words);
	}
	ck_assert_int_eq(figure("alpha.example", "mail30_msgs"), 4);
	run_line(&r, config, "show alpha.example");
	ck_assert_ptr_nonnull(strstr(r.out, "Measured: 1 of 30 days, 2 relays\n"));
	run_clear(&r);
}
END_TEST

START_TEST(a_dry_run_stores_nothing)
{
	char log[1100], words[1200];
	struct run_result r;

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	write_today(log, 0, 1000);
	snprintf(words, sizeof words, "--dry-run %s", log);
	store(words);
	ck_assert_int_eq(figure("alpha.example", "mail30_msgs"), -1);
	run_line(&r, config, "--read-only traffic %s", log);
	ck_assert_int_eq(r.status, 77);
	run_clear(&r);
}
END_TEST

/* A damaged log among good ones: nothing of them is stored, so that all can be given again. */
START_TEST(all_or_nothing)
{
	char log[1100];
	struct run_result r;

	make_database(four);
	snprintf(log, sizeof log, "%s/a.log", dir);
	write_today(log, 0, 1000);
	run_line(&r, config, "traffic %s /nonexistent/mail.log", log);
	ck_assert_int_eq(r.status, 66);
	run_clear(&r);
	ck_assert_int_eq(figure("alpha.example", "mail30_msgs"), -1);
}
END_TEST

/* Of a log of four months ago it is not known for ever which lines were counted; its days are closed then. */
START_TEST(old_lines_are_forgotten_and_do_not_count_again)
{
	time_t then = today() - 120 * 86400;
	char old[1100], new[1100], day[20];
	FILE *f;

	make_database(four);
	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&then));
	snprintf(old, sizeof old, "%s/old.log", dir);
	snprintf(new, sizeof new, "%s/new.log", dir);
	f = fopen(old, "w");
	fprintf(f, "%sT09:15:01+00:00 relay1 postfix/qmgr[2]: AAAAAA01: from=<a@h.test>, size=100, nrcpt=1 (queue active)\n"
		   "%sT09:15:02+00:00 relay1 postfix/smtp[4]: AAAAAA01: to=<x@alpha.example>, relay=mx[192.0.2.1]:25, delay=1, "
		   "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
		   "%sT09:15:03+00:00 relay1 postfix/qmgr[2]: AAAAAA01: removed\n", day, day, day);
	fclose(f);
	write_today(new, 0, 1000);
	for (int i = 0; i < 2; i++) {
		store(old);
		ck_assert_int_eq(figure("alpha.example", "mail365_msgs"), 1);
	}
	if (!clock_can_move())
		return;
	clock_ahead(1);
	store(new); /* the next day: the old lines are forgotten */
	store(new);
	clock_back();
	ck_assert_int_eq(figure("alpha.example", "mail365_msgs"), 3);
	store(old);
	ck_assert_int_eq(figure("alpha.example", "mail365_msgs"), 3);
}
END_TEST

/* What the logs cannot have seen is not measured, though other entries are. */
START_TEST(who_came_later_was_not_measured)
{
	char log[1100];
	time_t two_days_ago = today() - 2 * 86400;
	char day[20];
	FILE *f;

	make_database(four);
	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&two_days_ago));
	snprintf(log, sizeof log, "%s/a.log", dir);
	f = fopen(log, "w");
	fprintf(f, "%sT09:15:01+00:00 r postfix/qmgr[2]: AAAAAA01: from=<a@h.test>, size=100, nrcpt=1 (queue active)\n"
		   "%sT09:15:02+00:00 r postfix/smtp[4]: AAAAAA01: to=<x@alpha.example>, relay=mx[192.0.2.1]:25, delay=1, "
		   "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n", day, day);
	fclose(f);
	store(log);
	ck_assert_int_eq(figure("quiet.example", "mail365_held"), -1);
	ck_assert_int_eq(figure("alpha.example", "mail365_held"), 0);
	assert_prints("list --format names held:0", "alpha.example\n");
	assert_prints("list --format names -held:0", "beta.example\ngamma.example\nquiet.example\n");
	assert_prints("list --format names bytes:>=0", "alpha.example\n");
}
END_TEST

/* A database from before there were figures. */
START_TEST(an_older_database_gets_its_place)
{
	char path[1100];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	struct run_result r;

	make_database(four);
	snprintf(path, sizeof path, "%s/db/data.mdb", dir);
	ck_assert_int_eq(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 32);
	mdb_env_set_mapsize(env, 1 << 28);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, "traffic", 0, &dbi), 0);
	ck_assert_int_eq(mdb_drop(txn, dbi, 1), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	run_line(&r, config, "--read-only list");
	ck_assert_int_eq(r.status, 65);
	ck_assert_ptr_nonnull(strstr(r.err, "older mxward"));
	run_clear(&r);
	assert_prints("list --format names quiet*", "quiet.example\n");
	run_line(&r, config, "check");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
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

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, without_a_database);
	tcase_add_test(c, a_line_counts_once);
	tcase_add_test(c, like_lines_of_one_file_count_apart);
	tcase_add_test(c, a_pipe_is_a_log_too);
	tcase_add_test(c, names_that_are_no_text_are_escaped);
	tcase_add_test(c, folds_to_the_longest_entry);
	tcase_add_test(c, bad_input_gets_a_sentence_and_a_status);
	tcase_add_test(c, nothing_measured_is_not_nothing);
	tcase_add_test(c, the_same_log_twice_counts_once);
	tcase_add_test(c, a_log_that_grows_counts_once);
	tcase_add_test(c, messages_stay_known_from_run_to_run);
	tcase_add_test(c, relays_are_kept_apart);
	tcase_add_test(c, a_dry_run_stores_nothing);
	tcase_add_test(c, all_or_nothing);
	tcase_add_test(c, the_same_log_prints_the_same);
	tcase_add_test(c, old_lines_are_forgotten_and_do_not_count_again);
	tcase_add_test(c, quiet_for_timers);
	tcase_add_test(c, who_came_later_was_not_measured);
	tcase_add_test(c, an_older_database_gets_its_place);
	tcase_add_test(c, agrees_with_the_reference);
	suite_add_tcase(s, c);
	return suite_run(s);
}
