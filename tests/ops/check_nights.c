/*
 * Nightly scans for real: the clock moved by faketime, a world that changes from day to day, two resolvers.
 *
 * Day 0 is 2026-03-01; each night the world is rewritten, both servers read it again, and `mxward scan` runs
 * at 02:00 UTC.  What an entry is, is asked at noon.  Skipped where libfaketime is missing.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/run.h"
#include "support/suite.h"

enum { WORLDS = 2 };

static char *dir, config[1100];
static struct run_world world[WORLDS];
static int many; /* manyNNN.test: how many there are, and until which day they name us */
static int many_until;

/* What an entry's MX is on a day, for each of the two servers. */
static int names_us(const char *entry, int day, int server)
{
	if (strcmp(entry, "leaves") == 0)
		return day < 5;
	if (strcmp(entry, "returns") == 0)
		return day == 11;
	if (strcmp(entry, "blips") == 0)
		return day != 15;
	if (strcmp(entry, "splits") == 0)
		return server == 1;
	if (strcmp(entry, "canary") == 0)
		return day != 15;
	return 1; /* stays */
}

static const char *const entries[] = {"leaves", "returns", "blips", "splits", "stays", "canary"};
enum { N_ENTRIES = sizeof entries / sizeof *entries - 1 }; /* the canary is none */

static void write_zone(int server, int day)
{
	char path[1200];
	FILE *f;

	snprintf(path, sizeof path, "%s/zones%d/world.zone", dir, server);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "$ORIGIN .\n$TTL 60\n@ SOA a.root. h.root. 1 60 60 60 60\n@ NS a.root.\na.root A 127.0.0.1\n"
		   "backup.isp.test A 11.11.0.10\nbackup2.isp.test A 11.11.0.11\nmail.isp.test A 11.11.5.1\n"
		   "mx.cloud.test A 22.22.0.1\n");
	for (int i = 0; i <= N_ENTRIES; i++)
		if (names_us(entries[i], day, server))
			fprintf(f, "%s.test MX 10 mail.isp.test.\n%s.test MX 20 backup.isp.test.\n", entries[i], entries[i]);
		else
			fprintf(f, "%s.test MX 10 mx.cloud.test.\n", entries[i]);
	/* `gone` does not exist from day 3 on: a registration that ended. */
	if (day < 3)
		fprintf(f, "gone.test MX 10 mail.isp.test.\ngone.test MX 20 backup.isp.test.\n");
	for (int i = 0; i < many; i++)
		if (day <= many_until)
			fprintf(f, "many%03d.test MX 10 mail.isp.test.\nmany%03d.test MX 20 backup.isp.test.\n", i, i);
		else
			fprintf(f, "many%03d.test MX 10 mx.cloud.test.\n", i);
	fclose(f);
}

static void change_world(int day)
{
	for (int i = 0; i < WORLDS; i++) {
		write_zone(i, day);
		run_world_read_again(&world[i]);
	}
}

/* Neither server says a word of manyNNN.test from `first` on, and before `last`. */
static void write_rules(int first, int last)
{
	char path[1200];
	FILE *f;

	snprintf(path, sizeof path, "%s/misbehave", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "silent.test ede-filtered\n");
	for (int i = first; i < last; i++)
		fprintf(f, "many%03d.test timeout\n", i);
	fclose(f);
}

static void write_config(const char *relay)
{
	run_write_file(config,
		       "relay-host = %s\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d, 127.0.0.1:%d\ncanary-listed = canary.test\n"
		       "canary-absent = nowhere.isp.test\ndatabase = %s/db\nauthoritative-port = %d\n",
		       relay, world[0].port, world[1].port, dir, world[0].port);
}

/* What is started from here on sees that hour of that day. */
static void move_clock(int day, int hour)
{
	static const time_t day0 = 1772323200; /* 2026-03-01 */
	time_t when = day0 + (time_t)day * 86400 + hour * 3600;
	char text[40];
	struct tm tm;

	strftime(text, sizeof text, "@%Y-%m-%d %H:%M:%S", gmtime_r(&when, &tm));
	clock_set(text);
}

/* Runs mxward on a day: at 02:00, or at noon. */
static void on(struct run_result *r, int day, int hour, const char *line)
{
	move_clock(day, hour);
	run_line(r, config, "%s", line);
	clock_back();
}

static void night(int day)
{
	struct run_result r;

	change_world(day);
	on(&r, day, 2, "scan");
	ck_assert_msg(r.status == (day == 15), "day %d: status %d, %s%s", day, r.status, r.out, r.err);
	if (day == 15)
		ck_assert_msg(strstr(r.err, "the canary 'canary.test' does not list us") != NULL, "%s", r.err);
	run_clear(&r);
}

static void is_on(int day, const char *entry, const char *state)
{
	char line[100], want[60];
	struct run_result r;

	snprintf(line, sizeof line, "list --format jsonl %s.test", entry);
	snprintf(want, sizeof want, "\"state\":\"%s\"", state);
	on(&r, day, 12, line);
	ck_assert_msg(strstr(r.out, want) != NULL, "day %d: wanted %s: %s%s", day, state, r.out, r.err);
	run_clear(&r);
}

static void on_clock(int day, int hour, const char *line, int status, const char *words)
{
	struct run_result r;

	on(&r, day, hour, line);
	ck_assert_msg(r.status == status, "day %d, %s: status %d, %s%s", day, line, r.status, r.out, r.err);
	ck_assert_msg(strstr(r.out, words) != NULL || strstr(r.err, words) != NULL, "day %d, %s: lacks '%s': %s%s", day,
		      line, words, r.out, r.err);
	run_clear(&r);
}

static void says_nothing(int day, const char *line)
{
	struct run_result r;

	on(&r, day, 12, line);
	ck_assert_msg(r.status == 0 && r.out[0] == '\0', "day %d, %s: %s%s", day, line, r.out, r.err);
	run_clear(&r);
}

static void says(int day, const char *line, int status, const char *words)
{
	on_clock(day, 12, line, status, words);
}

static void set_up(void)
{
	char path[1200], rules[1200];

	dir = run_make_dir();
	snprintf(rules, sizeof rules, "%s/misbehave", dir);
	write_rules(0, 0);
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	for (int i = 0; i < WORLDS; i++) {
		snprintf(path, sizeof path, "%s/zones%d", dir, i);
		ck_assert_int_eq(mkdir(path, 0700), 0);
		write_zone(i, 0);
		run_world_start(&world[i], dir, path, rules);
	}
	write_config("backup.isp.test");
	says(0, "init", 0, "");
	for (int i = 0; i < N_ENTRIES; i++) {
		snprintf(path, sizeof path, "add %s.test", entries[i]);
		says(0, path, 0, "");
	}
	says(0, "add gone.test", 0, "");
}

static void tear_down(void)
{
	for (int i = 0; i < WORLDS; i++)
		run_world_stop(&world[i]);
	run_remove_dir(dir);
}

START_TEST(from_new_to_deletable_on_the_exact_day)
{
	says(0, "add silent.test", 0, "");
	is_on(0, "leaves", "new");
	for (int day = 0; day <= 40; day++) {
		night(day);
		is_on(day, "leaves", day < 5 ? "listed" : day < 7 ? "suspect" : day < 33 ? "orphan" : "deletable");
		is_on(day, "returns",
		      day < 2	  ? "suspect"
		      : day < 11  ? "orphan"
		      : day == 11 ? "listed"
		      : day < 14  ? "suspect"
		      : day < 40  ? "orphan"
				  : "deletable");
		/* No answer is no evidence, but after a week of it somebody should look. */
		if (day == 7 || day == 8)
			says(day, "show silent.test --format json", 0, day == 7 ? "\"severity\":1" : "\"severity\":2");
		if (day == 14)
			says(14, "show leaves.test", 0, "May be deleted from 2026-04-03 on");
		/* What each of the two said, where the answer took both. */
		if (day == 20) {
			char each[200];

			snprintf(each, sizeof each, "Each resolver:\n  127.0.0.1:%d", world[0].port);
			says(20, "show splits.test", 0, each);
			says(20, "show splits.test", 0, "OK: We back up a local primary.");
			says(20, "show splits.test", 0, "ORPHAN: ");
			says(20, "show splits.test --format json", 0, "\"reason\":\"OK_BACKUP\"}");
		}
		/* What was seen in the night that was distrusted is shown and counts for nothing. */
		if (day == 15) {
			is_on(15, "blips", "listed");
			says(15, "show blips.test", 0, "The last observation is not counted");
			says(15, "list class:orphan", 0, "blips.test");
		}
		if (day == 16)
			says(16, "show blips.test", 0, "(not counted)");
		if (day == 32) {
			says(32, "delete leaves.test --reason x --yes 1", 1, "not before 2026-04-03");
			is_on(32, "leaves", "orphan");
		}
	}
	/* A record of March for each that is flagged: 31 nights of which one does not count. */
	says(31, "audit list leaves.test --from 2026-04-01", 0, "ORPHAN ORPHAN_OFFNET -> 2026-03: 30 checks, 25 away, not measured;");
	says(31, "audit list gone.test action:observe.month", 64, "");
	says(31, "audit list *gone.test action:observe.month", 0, "2026-03: 30 checks, 27 away, not measured;");
	says(31, "audit list *silent.test action:observe.month", 0, "2026-03: 30 checks, 0 away, not measured;");
	says_nothing(31, "audit list *stays.test action:observe.*");
	/* Its first look is told, though nothing changed. */
	says(1, "audit list returns.test --to 2026-03-01", 0, "ORPHAN ORPHAN_OFFNET; ");
	is_on(40, "blips", "listed");
	is_on(40, "splits", "new"); /* the resolvers never agreed */
	is_on(40, "silent", "new");
	is_on(40, "gone", "orphan");
	says(40, "show gone.test", 0, "it takes 90 days");
	is_on(43, "leaves", "orphan"); /* the last look was three days ago */
	says(40, "delete leaves.test --reason x --yes 1", 0, "1 deleted");
	says(40, "audit list leaves.test", 0, "observe.change");
	says(40, "audit list", 0, "scan.distrusted");
	says(40, "stat", 0, "trusted on 29 of the last 30 nights with a scan");
	says(44, "--read-only report", 1, "none has ended for 4 days: is the timer running?");
}
END_TEST

/* The report of each day: news once, then nothing, and after a week of that a sign of life. */
START_TEST(silence_is_broken_each_week)
{
	change_world(0);
	for (int day = 0; day <= 7; day++) {
		on_clock(day, 2, "scan", 0, "");
		if (day == 0) /* for no time yet */
			on_clock(day, 2, "show returns.test", 0, "\nSo since 2026-03-01: 1 observation on 1 day\n");
		if (day == 0)
			says(day, "report", 1, "New orphans: 1\n");
		else if (day == 7)
			on_clock(day, 13, "report", 0, "Nothing to do.\n");
		else
			says_nothing(day, "report");
	}
	says_nothing(8, "report");
	says(8, "show returns.test", 0, "\nSo since 2026-03-01, for 8d: 8 observations on 8 days\n");
	/* The timer stood for longer than a run lasts: the orphan has waited for nothing, and is no news. */
	on_clock(20, 2, "scan", 0, "");
	says(20, "show returns.test", 0, "Counted as an orphan since 2026-03-21: 1 observation on 1 day.");
	says(20, "report", 0, "Nothing to do.\n");
}
END_TEST

/* Whose an entry becomes has a chain of the log in which nothing was seen yet: the next scan tells what is so, once. */
START_TEST(another_customer_is_told_what_is_so)
{
	static const char handed[] = "audit list customer:C-2 action:observe.change";
	struct run_result r;

	change_world(0);
	on_clock(0, 2, "scan", 0, "");
	on_clock(0, 3, "edit stays.test --customer C-2", 0, "");
	on_clock(0, 3, "edit returns.test --customer C-1", 0, "");
	on_clock(0, 4, "edit returns.test --customer C-2", 0, "");
	says_nothing(0, handed);
	for (int day = 1; day < 4; day++) {
		on_clock(day, 2, "scan", 0, "");
		on(&r, day, 12, handed);
		ck_assert_uint_eq(run_count_lines(r.out), 2);
		ck_assert_msg(strstr(r.out, " ORPHAN ORPHAN_OFFNET; ") && strstr(r.out, " OK OK_BACKUP; ") && !strstr(r.out, "->"),
			      "%s", r.out);
		run_clear(&r);
	}
}
END_TEST

/* Where no scan ever ended there is no last one that could be too old. */
START_TEST(a_timer_that_never_ran_is_told)
{
	change_world(0);
	says_nothing(0, "--read-only report --format jsonl");
	says(0, "report", 0, "Nothing to do.\n");
	says(4, "report", 1, "the list is 4 days old and none has ended yet: is the timer running?");
}
END_TEST

START_TEST(other_relay_hosts_and_back_again)
{
	for (int day = 0; day <= 40; day++) {
		if (day == 21)
			says(21, "audit list action:config.change", 0, "relay-host=backup.isp.test -> relay-host=other.isp.test;");
		if (day == 15)
			continue; /* the night of the bad canary */
		if (day == 20)
			write_config("other.isp.test");
		if (day == 23)
			write_config("backup.isp.test");
		if (day < 20 || day > 22) {
			night(day);
			is_on(day, "leaves", day < 5 ? "listed" : day < 7 ? "suspect" : day < 33 ? "orphan" : "deletable");
			continue;
		}
		/* Under other hosts the clock begins anew; the address still finds those who name us. */
		night(day);
		is_on(day, "leaves", day < 22 ? "suspect" : "orphan");
		is_on(day, "stays", "listed");
	}
}
END_TEST

static void add_many(int n, int until)
{
	char path[1200];
	struct run_result r;
	FILE *f;

	many = n;
	many_until = until;
	snprintf(path, sizeof path, "%s/names", dir);
	f = fopen(path, "w");
	for (int i = 0; i < n; i++)
		fprintf(f, "many%03d.test\n", i);
	fclose(f);
	run_line(&r, config, "import %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

/* More new suspects at once than the circuit breaker lets pass; the same ones on the third day are believed. */
START_TEST(the_same_suspects_on_three_days)
{
	add_many(20, 0);
	for (int day = 0; day < 5; day++) {
		struct run_result r;

		change_world(day);
		on(&r, day, 2, "scan");
		ck_assert_msg(r.status == (day == 1 || day == 2), "day %d: status %d, %s%s", day, r.status, r.out, r.err);
		if (day == 1)
			ck_assert_msg(strstr(r.err, "20 of 26 entries newly are orphans that listed us before") != NULL, "%s",
				      r.err);
		run_clear(&r);
		is_on(day, "many007", day < 3 ? "listed" : "hold");
	}
	/* They share an MX domain, so they wait as a group, and then as everybody does. */
	says(4, "show many007.test", 0, "left us in one night with others");
	says(4, "delete many007.test --reason x --yes 1", 1, "left us in one night with others");
	is_on(9, "many007", "hold");
	is_on(10, "many007", "suspect");
}
END_TEST

START_TEST(accepted_at_once)
{
	add_many(20, 0);
	for (int day = 0; day < 2; day++) {
		struct run_result r;

		change_world(day);
		on(&r, day, 2, "scan");
		ck_assert_int_eq(r.status, day);
		run_clear(&r);
	}
	is_on(1, "many007", "listed");
	says(1, "scan --accept", 0, "accepted although: 20 of 26 entries");
	is_on(1, "many007", "hold");
	says(1, "audit list", 0, "accepted although");
	says(1, "audit list --format jsonl", 0, "more than 5 and 2 %\""); /* and no word that they do not count */
	says(1, "delete many007.test --reason x --yes 1 --override", 0, "1 deleted");
	says(1, "audit list many007.test", 0, "override: GROUP_HOLD WAITING");
}
END_TEST

/* Bad canaries are never accepted. */
START_TEST(a_bad_canary_is_not_accepted)
{
	change_world(15);
	says(15, "scan --accept", 1, "the canary 'canary.test' does not list us");
	is_on(15, "stays", "new");
}
END_TEST

/* A scan in a process group of its own, with its worker.  Its standard error goes to `errors`; NULL: to ours. */
static pid_t begin_scan(int day, const char *rate, const char *errors)
{
	const char *argv[] = {run_mxward(), "-c", config, "scan", "--rate", rate, NULL};
	pid_t pid;

	move_clock(day, 2);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setpgid(0, 0);
		if (errors && !freopen(errors, "w", stderr))
			_exit(126);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	setpgid(pid, pid);
	clock_back();
	return pid;
}

/* Whether a part of the scan is committed, and not all of it. */
static int is_on_its_way(int day)
{
	struct run_result r;
	int has_begun;

	on(&r, day, 2, "stat");
	has_begun = !strstr(r.out, "no scan yet") && !strstr(r.out, ": 0 of 1506");
	ck_assert_msg(!has_begun || strstr(r.out, " of 1506, began "), "%s", r.out);
	run_clear(&r);
	return has_begun;
}

/* The servers are silent about one name, which a third of the list is behind: so it is met while it has patience with
 * them, which is for many seconds. */
static void cut_off(int day)
{
	pid_t pid;

	write_rules(200, 201);
	change_world(day);
	pid = begin_scan(day, "0", NULL);
	while (!is_on_its_way(day))
		;
	says(day, "scan", 75, "is running; wait for it or end that process");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	write_rules(0, 0);
	change_world(day);
}

START_TEST(a_scan_that_was_cut_off_goes_on)
{
	add_many(1500, 100);
	cut_off(0);
	is_on(0, "many000", "new"); /* looked at, but its scan is not through */
	on_clock(0, 7, "scan", 0, "scan 1: 1506 looked up");
	is_on(0, "many000", "listed");
	says(0, "list --format names class:ok", 0, "many1499.test");
}
END_TEST

/* Both resolvers lose the world in the middle: the scan stops instead of calling the rest of the list unknown, and goes
 * on once they have it again. */
START_TEST(a_scan_stops_when_its_resolvers_fail)
{
	char errors[1200], path[1200], text[1000] = "";
	struct run_result r;
	int status;
	pid_t pid;
	FILE *f;

	add_many(1500, 100);
	change_world(0);
	snprintf(errors, sizeof errors, "%s/errors", dir);
	pid = begin_scan(0, "500", errors);
	/* It goes on only while nobody looks, so that it is not through before it is met. */
	do {
		kill(-pid, SIGCONT);
		usleep(100000);
		kill(-pid, SIGSTOP);
	} while (!is_on_its_way(0));
	for (int i = 0; i < WORLDS; i++) {
		snprintf(path, sizeof path, "%s/zones%d/world.zone", dir, i);
		run_write_file(path, "$ORIGIN nothing.\n@ 60 SOA a.root. h.root. 1 60 60 60 60\n@ 60 NS a.root.\n");
		run_world_read_again(&world[i]);
	}
	kill(-pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	f = fopen(errors, "r");
	ck_assert_uint_gt(fread(text, 1, sizeof text - 1, f), 0);
	fclose(f);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 69, "%d %s", status, text);
	ck_assert_msg(strstr(text, "no resolver answers any more") && strstr(text, "goes on where it was"), "%s", text);
	/* None of the rest was stored as a name without an answer. */
	on(&r, 0, 3, "list class:unknown --format names");
	ck_assert_msg(r.status == 0 && r.out[0] == '\0', "%s%s", r.out, r.err);
	run_clear(&r);
	is_on(0, "many000", "new");
	change_world(0);
	on_clock(0, 7, "scan", 0, "scan 1: 1506 looked up");
	is_on(0, "many000", "listed");
	says(0, "list --format names class:ok", 0, "many1499.test");
}
END_TEST

START_TEST(a_scan_that_was_cut_off_long_ago_is_abandoned)
{
	add_many(1500, 100);
	cut_off(0);
	on_clock(0, 9, "scan", 0, "scan 2: 1506 looked up");
	is_on(0, "many000", "listed");
	says(0, "show many000.test --format json", 0, "\"observations\":2");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nights");
	TCase *c = tcase_create("faketime");

	if (!clock_can_move())
		return 77;
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 200);
	tcase_add_test(c, from_new_to_deletable_on_the_exact_day);
	tcase_add_test(c, silence_is_broken_each_week);
	tcase_add_test(c, another_customer_is_told_what_is_so);
	tcase_add_test(c, a_timer_that_never_ran_is_told);
	tcase_add_test(c, other_relay_hosts_and_back_again);
	tcase_add_test(c, the_same_suspects_on_three_days);
	tcase_add_test(c, accepted_at_once);
	tcase_add_test(c, a_bad_canary_is_not_accepted);
	tcase_add_test(c, a_scan_that_was_cut_off_goes_on);
	tcase_add_test(c, a_scan_that_was_cut_off_long_ago_is_abandoned);
	tcase_add_test(c, a_scan_stops_when_its_resolvers_fail);
	suite_add_tcase(s, c);
	return suite_run(s);
}
