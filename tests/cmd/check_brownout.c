/*
 * Brownouts from end to end: what may begin one, what Postfix's table then says, how each ends.  Later days are made by
 * libfaketime.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "mta/brownout.h"
#include "mta/target.h"
#include "support/clock.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], path[1200], table[1100];
static struct run_world world;

static void write_config(const char *more)
{
	run_write_config(config, dir, world.port,
			 "parent-domain-matches-subdomains = yes\npostfix-config-directory = %s/postfix\n"
			 "postfix-table = %s/relay_domains.lmdb\n%s",
			 dir, dir, more);
}

static void write_postconf(const char *access)
{
	run_stand_in(dir, "postconf",
		     "for p; do case $p in\n-*|%s/postfix) ;;\n"
		     "smtpd_recipient_restrictions) echo permit_mynetworks, check_recipient_access %s, reject ;;\n"
		     "*) echo ;;\nesac; done\n",
		     dir, access);
}

static void write_zones(const char *more)
{
	snprintf(path, sizeof path, "%s/world.zone", dir);
	run_write_file(path, "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
			     "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmail.isp A 11.11.5.1\nmx1.cloud A 22.22.0.1\n"
			     "fine MX 10 mail.isp\nfine MX 20 backup.isp\nmoved MX 10 mx1.cloud\nmoved MX 50 backup.isp\n"
			     "left MX 10 mx1.cloud\nxn--mller-kva MX 10 mx1.cloud\nsub.gone MX 10 mx1.cloud\n%s", more);
}

/* The same line some days later. */
static void expect(int days, const char *line, int status, const char *text)
{
	clock_ahead(days);
	run_expect(config, status, text, line);
	clock_back();
}

static int add_row(void *ctx, const struct table_row *row)
{
	str_addf(ctx, "%s=%.3s ", row->name, row->value);
	return 0;
}

/* Keys with the first three letters of their values. */
static void has(const char *which, const char *rows)
{
	struct str out = {0};
	struct err e;

	snprintf(path, sizeof path, "%s/%s.lmdb", dir, which);
	ck_assert_msg(postfix_read(path, add_row, &out, &e) == 0, "%s", e.text);
	ck_assert_str_eq(str_text(&out), rows);
	str_clear(&out);
}

static void set_up(void)
{
	char with[2000];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "lmdb:%s/brownout", dir);
	run_stand_in_begin(dir);
	write_postconf(table);
	write_zones("gone MX 10 mx1.cloud\n");
	run_world_start(&world, dir, path, NULL);
	snprintf(with, sizeof with, "brownout-table = %s/brownout.lmdb\n", dir);
	write_config(with);
	expect(0, "init", 0, "");
	expect(0, "add gone.example", 0, "");
	expect(0, "add left.example", 0, "");
	expect(0, "add fine.example", 0, "");
	expect(0, "add moved.example", 0, "");
	expect(0, "add xn--mller-kva.example", 0, "");
	expect(0, "scan", 0, "");
	expect(0, "publish", 0, "");
	has("brownout", "");
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

static void change_world(const char *more)
{
	write_zones(more);
	run_world_read_again(&world);
}

START_TEST(what_may_go_is_deferred_and_then_goes)
{
	expect(0, "delete gone.example xn--mller-kva.example fine.example --reason left --ticket T-9 --brownout 3 --yes 3", 1,
	       "2 in a brownout for 3 days");
	has("brownout", ".gone.example=450 .m\xc3\xbcller.example=450 .xn--mller-kva.example=450 gone.example=450 "
			"m\xc3\xbcller.example=450 xn--mller-kva.example=450 ");
	has("relay_domains", "fine.example=OK gone.example=OK left.example=OK moved.example=OK m\xc3\xbcller.example=OK "
			     "xn--mller-kva.example=OK ");
	expect(0, "list brownout:yes --format names", 0, "gone.example\nxn--mller-kva.example\n");
	expect(0, "show gone.example", 0, "Brownout: answered 450 since");
	expect(0, "audit list gone.example", 0, "brownout until");
	expect(0, "delete gone.example --reason again --brownout 3 --yes 1", 1, "it is in a brownout until");
	expect(2, "scan", 0, "");
	expect(2, "list brownout:yes --format names", 0, "gone.example\n");
	expect(4, "scan", 0, "deleted gone.example  its brownout is over");
	has("brownout", "");
	has("relay_domains", "fine.example=OK left.example=OK moved.example=OK ");
	expect(4, "audit list gone.example", 0, "T-9");
	expect(4, "restore gone.example --reason back", 0, "");
	has("brownout", ""); /* who brings it back wants its mail */
	has("relay_domains", "fine.example=OK gone.example=OK left.example=OK moved.example=OK ");
	expect(4, "check", 0, "sound");
}
END_TEST

START_TEST(it_can_be_taken_back)
{
	expect(0, "delete gone.example left.example --reason left --brownout 3 --yes 2", 0, "2 in a brownout");
	expect(0, "unbrown nobody.example", 66, "is not in the list");
	expect(0, "unbrown fine.example", 0, "0 of 1 taken back");
	expect(0, "unbrown gone.example --reason mistake", 0, "1 of 1 taken back");
	has("brownout", ".left.example=450 left.example=450 ");
	expect(0, "audit list gone.example", 0, "mistake");
	expect(9, "scan", 0, "deleted left.example");
	expect(9, "list --format names gone*", 0, "gone.example");
}
END_TEST

START_TEST(who_names_us_again_is_accepted_again)
{
	expect(0, "delete gone.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	change_world("gone MX 10 mail.isp\ngone MX 20 backup.isp\n");
	expect(4, "scan", 0, "accepted again gone.example  names us now: 20 backup.isp.example");
	has("brownout", "");
	expect(4, "list --format names gone*", 0, "gone.example");
	expect(4, "audit list gone.example", 0, "names us now");
}
END_TEST

/* Senders give up after some days: who names us again, or is pinned, does not wait for the end of thirty. */
START_TEST(who_names_us_again_does_not_wait_for_its_end)
{
	expect(0, "delete gone.example left.example xn--mller-kva.example --reason left --brownout 30 --yes 3", 0, "3 in a brownout");
	expect(1, "pin left.example --reason customer", 0, "");
	expect(1, "scan", 0, "accepted again left.example  pinned (customer)");
	change_world("gone MX 10 mail.isp\ngone MX 20 backup.isp\n");
	expect(2, "scan", 0, "accepted again gone.example  names us again");
	expect(2, "list brownout:yes --format names", 0, "xn--mller-kva.example");
	expect(2, "audit list gone.example", 0, "names us again");
	expect(3, "scan", 0, "");
	has("brownout", ".m\xc3\xbcller.example=450 .xn--mller-kva.example=450 m\xc3\xbcller.example=450 "
			"xn--mller-kva.example=450 ");
}
END_TEST

/* A moved one names us until it goes: its customer was told. */
START_TEST(who_was_told_is_not_taken_back)
{
	char line[200], day[20];
	time_t t = time(NULL) + 2 * 86400;
	struct tm tm;

	strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&t, &tm));
	snprintf(line, sizeof line, "notice moved.example --deadline %s", day);
	expect(0, line, 0, "1 of 1 noted");
	expect(5, "delete moved.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	expect(6, "scan", 0, "");
	expect(6, "list brownout:yes --format names", 0, "moved.example");
	expect(7, "notice moved.example --deadline=", 0, "1 of 1 noted");
	expect(7, "scan", 0, "accepted again moved.example  names us again");
}
END_TEST

/* A failure of DNS is no evidence, and nobody is deferred for ever because of one. */
START_TEST(an_answer_that_does_not_come_deletes_nothing)
{
	expect(0, "delete gone.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	change_world("gone MX 10 mx1.cloud\ngone NS ns.silent\nns.silent A 127.0.0.9\n");
	expect(4, "scan", 0, "accepted again gone.example");
	has("brownout", "");
}
END_TEST

START_TEST(an_expired_notice_may_begin_one)
{
	char line[200], day[20];
	time_t t = time(NULL) + 2 * 86400;
	struct tm tm;

	strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&t, &tm));
	snprintf(line, sizeof line, "notice moved.example --deadline %s", day);
	expect(0, "delete moved.example --reason left --brownout 3 --yes 1", 1, "names us now");
	expect(0, line, 0, "1 of 1 noted");
	expect(5, "delete moved.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	expect(5, "audit list moved.example", 0, "lifted: NOTICE_EXPIRED");
	expect(9, "scan", 0, "deleted moved.example");
}
END_TEST

/* access(5) looks at parents: a living entry below one in a brownout has to be passed. */
START_TEST(living_entries_below_are_passed)
{
	expect(0, "add sub.gone.example", 0, "");
	expect(0, "scan", 0, "");
	expect(0, "delete gone.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	has("brownout", ".gone.example=450 .sub.gone.example=DUN gone.example=450 sub.gone.example=DUN ");
	expect(0, "add new.gone.example", 0, "");
	has("brownout", ".gone.example=450 .new.gone.example=DUN .sub.gone.example=DUN gone.example=450 "
			"new.gone.example=DUN sub.gone.example=DUN ");
	expect(0, "delete sub.gone.example --reason left --brownout 3 --yes 1", 0, "1 in a brownout");
	has("brownout", ".gone.example=450 .new.gone.example=DUN .sub.gone.example=450 gone.example=450 "
			"new.gone.example=DUN sub.gone.example=450 ");
	expect(0, "unbrown brownout:yes", 0, "2 of 2");
	has("brownout", "");
}
END_TEST

START_TEST(rows_of_others_stay)
{
	struct target_change rows[] = {{"a.example", "REJECT"}, {"gone.example", "REJECT go away"}};
	struct target_version at;
	struct str ignored = {0};
	struct err e;

	snprintf(path, sizeof path, "%s/brownout.lmdb", dir);
	ck_assert_int_eq(postfix_read_version(path, add_row, &ignored, &at, &e), 0);
	ck_assert_int_eq(postfix_apply(path, rows, 2, &at, &e), 0);
	str_clear(&ignored);
	expect(0, "delete gone.example left.example --reason left --brownout 3 --yes 2", 0, "2 in a brownout");
	has("brownout", ".gone.example=450 .left.example=450 a.example=REJ gone.example=REJ left.example=450 ");
	expect(0, "publish --dry-run", 0, "1 key has a value of somebody else's and keeps it (gone.example)");
	expect(0, "unbrown brownout:yes", 0, "2 of 2");
	has("brownout", "a.example=REJ gone.example=REJ ");
}
END_TEST

START_TEST(without_a_table_that_postfix_asks_nothing_begins)
{
	expect(0, "delete gone.example --reason x --override --brownout 3 --yes 1", 64, "--override");
	expect(0, "delete gone.example --reason x --brownout 0 --yes 1", 64, "1 to 30");
	write_postconf("lmdb:/etc/postfix/other");
	expect(0, "delete gone.example --reason x --brownout 3 --yes 1", 78, "Postfix does not ask the brownout-table");
	write_config("");
	expect(0, "delete gone.example --reason x --brownout 3 --yes 1", 78, "no brownout-table is configured");
	expect(0, "list brownout:no --format names gone*", 0, "gone.example");
}
END_TEST

/* Who knocks is counted from the log, shown, and too many of them keep an orphan. */
START_TEST(knocks_are_counted_and_keep_an_orphan)
{
	char line[1300], stamp[40], log[4000] = "";
	time_t now = time(NULL);
	struct tm tm;

	expect(0, "delete gone.example left.example --reason left --brownout 3 --yes 2", 0, "2 in a brownout");
	expect(0, "show gone.example", 0, "? recipients knocked so far");
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&now, &tm));
	for (int i = 0; i < 7; i++)
		snprintf(log + strlen(log), sizeof log - strlen(log),
			 "%s relay1 postfix/smtpd[%d]: NOQUEUE: reject: RCPT from a.example[192.0.2.%d]: 450 4.3.2 "
			 "<u%d@%s>: Recipient address rejected: " BROWNOUT_WORDS "; from=<s@a.example> to=<u%d@x> "
			 "proto=ESMTP helo=<a.example>\n",
			 stamp, i + 1, i + 1, i, i == 0 ? "left.example" : "www.gone.example", i);
	snprintf(path, sizeof path, "%s/mail.log", dir);
	run_write_file(path, "%s", log);
	snprintf(line, sizeof line, "traffic %s", path);
	expect(0, line, 0, "7 events were new");
	expect(0, line, 0, "0 events were new");
	expect(0, "show gone.example", 0, "6 recipients knocked so far");
	expect(0, "show left.example", 0, "1 recipient knocked so far");
	expect(0, "show left.example --format json", 0, "\"brownout_knocks\":1");
	expect(4, "scan", 0, "accepted again gone.example  6 recipients were answered 450 in its brownout");
	expect(4, "list --format names left*", 0, "");
	has("brownout", "");
	has("relay_domains", "fine.example=OK gone.example=OK moved.example=OK m\xc3\xbcller.example=OK xn--mller-kva.example=OK ");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("brownout");
	TCase *c = tcase_create("brownout");

	if (!clock_can_move())
		return 77;
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_may_go_is_deferred_and_then_goes);
	tcase_add_test(c, it_can_be_taken_back);
	tcase_add_test(c, who_names_us_again_is_accepted_again);
	tcase_add_test(c, who_names_us_again_does_not_wait_for_its_end);
	tcase_add_test(c, who_was_told_is_not_taken_back);
	tcase_add_test(c, an_answer_that_does_not_come_deletes_nothing);
	tcase_add_test(c, an_expired_notice_may_begin_one);
	tcase_add_test(c, living_entries_below_are_passed);
	tcase_add_test(c, rows_of_others_stay);
	tcase_add_test(c, without_a_table_that_postfix_asks_nothing_begins);
	tcase_add_test(c, knocks_are_counted_and_keep_an_orphan);
	suite_add_tcase(s, c);
	return suite_run(s);
}
