/*
 * Notices, acknowledgements and pins from end to end: what they allow, when they end, and what the record says.  Later
 * days are made by libfaketime.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/clock.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], zones[1100];
static struct run_world world;

static void write_zones(const char *more)
{
	run_write_file(zones,
		       "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
		       "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmail.isp A 11.11.5.1\nmx1.cloud A 22.22.0.1\n"
		       "moved MX 10 mx1.cloud\nmoved MX 50 backup.isp\n"
		       "fine MX 10 mail.isp\nfine MX 50 backup.isp\ngone MX 10 mx1.cloud\n%s",
		       more);
}

/* The same line some days later. */
static void expect(int days, const char *line, int status, const char *text)
{
	clock_ahead(days);
	run_expect(config, status, text, line);
	clock_back();
}

/* Counted from the day on which the test began, which may be yesterday by now. */
static const char *day_in(int days)
{
	static char text[4][20];
	static unsigned next;
	static time_t began;
	char *out = text[next++ % 4];
	time_t t;
	struct tm tm;

	if (!began)
		began = time(NULL);
	t = began + (time_t)days * 86400;
	strftime(out, sizeof text[0], "%Y-%m-%d", gmtime_r(&t, &tm));
	return out;
}

/* The line with % in it, in place of which that day stands. */
static const char *with_day(const char *line, int days)
{
	static char text[300];

	size_t before = strcspn(line, "%");

	snprintf(text, sizeof text, "%.*s%s%s", (int)before, line, day_in(days), line + before + 1);
	return text;
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(zones, sizeof zones, "%s/world.zone", dir);
	write_zones("");
	run_world_start(&world, dir, zones, NULL);
	run_write_config(config, dir, world.port,
			 "parent-domain-matches-subdomains = no\npostfix-config-directory = %s/none\n", dir);
	expect(0, "init", 0, "");
	expect(0, "add moved.example", 0, "");
	expect(0, "add fine.example", 0, "");
	expect(0, "add gone.example", 0, "");
	expect(0, "scan", 0, "");
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

START_TEST(a_moved_entry_goes_after_its_deadline_and_not_before)
{
	expect(0, "delete moved.example --reason x --yes 1", 1, "names us now");
	expect(0, with_day("notice moved.example --deadline % --ticket INC-7", 10), 0, "1 of 1 noted");
	expect(0, "list notice:pending --format names", 0, "moved.example");
	expect(0, "delete moved.example --reason x --yes 1", 1, "the customer has until 20");
	expect(9, "delete moved.example --reason x --yes 1", 1, "the customer has until 20");
	expect(12, "list notice:expired --format names", 0, "moved.example");
	expect(12, "delete moved.example --reason x --yes 1", 0, "1 deleted");
	expect(12, "audit list moved.example", 0, "deleted, lifted: NOTICE_EXPIRED");
	expect(12, "audit list moved.example", 0, "INC-7");
	/* Who brings it back takes that back: before it goes again the customer has to be told again. */
	expect(12, "restore moved.example --reason back", 0, "");
	expect(12, "list notice:none --format names", 0, "moved.example");
	expect(12, "delete moved.example --reason x --yes 1", 1, "names us now");
	/* One that went while its deadline was to come has it still. */
	expect(12, with_day("notice moved.example --deadline %", 20), 65, "never looked at");
	expect(12, "scan", 0, "");
	expect(12, with_day("notice moved.example --deadline %", 20), 0, "1 of 1 noted");
	expect(13, "delete moved.example --override --reason x --yes 1", 0, "1 deleted");
	expect(13, "restore moved.example --reason back", 0, "");
	expect(13, "list notice:pending --format names", 0, "moved.example");
}
END_TEST

/* What the customer reads names the domain, where it went, and each line that has to go. */
START_TEST(a_letter_is_filled_in_for_each_customer)
{
	char template[1200], wanted[1000], line[1500];
	struct run_result r;

	snprintf(template, sizeof template, "%s/letter", dir);
	run_write_file(template, "%s",
		       "About <DOMAIN>, <CUSTOMER>: <PRIMARY>\n<DOMAIN>. MX <PREFERENCE> <RELAY>.\nby <DEADLINE> <TICKET> "
		       "<SIGNATURE> a<b>\n");
	expect(0, "add also.example --customer C-7", 0, "");
	write_zones("also MX 5 mx1.cloud\nalso MX 50 backup.isp\nalso MX 60 backup2.isp\nbackup2.isp A 11.11.0.10\n");
	run_world_read_again(&world);
	expect(0, "scan", 0, "");
	snprintf(line, sizeof line, "notice moved.example also.example fine.example --ticket INC-7 --letter %s --deadline %%",
		 template);
	run_line(&r, config, "%s", with_day(line, 10));
	snprintf(wanted, sizeof wanted,
		 "About moved.example, <CUSTOMER>: mx1.cloud.example\nmoved.example. MX 50 backup.isp.example.\n"
		 "by %s INC-7 <SIGNATURE> a<b>\n\f\n"
		 "About also.example, C-7: mx1.cloud.example\nalso.example. MX 50 backup.isp.example.\n"
		 "also.example. MX 60 backup2.isp.example.\nby %s INC-7 <SIGNATURE> a<b>\n",
		 day_in(10), day_in(10));
	ck_assert_msg(r.status == 0 && strcmp(r.out, wanted) == 0, "%d %s\n%s", r.status, r.err, r.out);
	run_clear(&r);
	expect(0, with_day("notice moved.example --letter /nowhere/letter --deadline %", 20), 66, "/nowhere/letter");
	expect(0, "show moved.example --format json", 0, day_in(10)); /* nobody was told another day */
}
END_TEST

START_TEST(a_notice_can_be_taken_back)
{
	expect(0, with_day("notice moved.example --deadline %", 10), 0, "");
	expect(5, "notice moved.example --deadline=", 0, "1 of 1 noted");
	expect(12, "delete moved.example --reason x --yes 1", 1, "names us now");
}
END_TEST

START_TEST(a_notice_lets_go_what_moved_and_nothing_else)
{
	expect(0, with_day("notice moved.example --deadline %", 10), 0, "");
	write_zones("moved MX 5 mail.isp\n"); /* back home: an on-net primary */
	run_world_read_again(&world);
	expect(12, "delete moved.example --reason x --yes 1", 1, "stay moved.example");
}
END_TEST

START_TEST(notices_are_for_what_moved)
{
	expect(0, with_day("notice fine.example --deadline %", 10), 65, "'fine.example' has not moved (fine, local primary); a notice is for entries that moved");
	expect(0, with_day("notice *.example --deadline %", 10), 0, "1 of 3 noted, 2 left alone");
	expect(0, with_day("notice moved.example --deadline %", -3), 65, "has passed already");
	expect(0, with_day("notice nobody.example --deadline %", 10), 66, "not in the list");
	expect(0, "notice moved.example --deadline soon", 64, "YYYY-MM-DD");
	expect(0, "notice moved.example", 64, "--deadline");
}
END_TEST

START_TEST(an_acknowledgement_holds_for_one_mx_set)
{
	expect(0, "acknowledge fine.example", 65, "has not moved");
	expect(0, "acknowledge moved.example", 0, "");
	expect(0, "show moved.example", 0, "Acknowledged: ");
	expect(0, "show moved.example --format json", 0, "\"acknowledged\":true");
	write_zones("moved MX 20 mx1.cloud\n");
	run_world_read_again(&world);
	expect(0, "scan", 0, "");
	expect(0, "show moved.example", 0, "the MX set has changed since");
	expect(0, "show moved.example --format json", 0, "\"acknowledged\":false");
}
END_TEST

START_TEST(pins_end_by_themselves)
{
	expect(0, "pin gone.example --reason outage", 64, "--until");
	expect(0, with_day("pin gone.example --reason outage --until %", 2), 0, "");
	expect(1, "delete gone.example --reason x --yes 1", 1, "pinned (outage)");
	expect(4, "scan", 0, ""); /* of four days ago is no fresh word any more */
	expect(4, "delete gone.example --reason x --yes 1", 0, "1 deleted");
}
END_TEST

START_TEST(an_outage_longer_than_the_queue_keeps_mail_is_warned_of)
{
	struct run_result r;

	run_line(&r, config, "%s", with_day("pin gone.example --reason outage --until %", 3));
	ck_assert_str_eq(r.err, "");
	run_clear(&r);
	expect(0, with_day("pin gone.example --reason outage --until %", 20), 0, "longer than 5 days is returned");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("notice");
	TCase *t = tcase_create("notice");

	if (!clock_can_move())
		return 77;
	setenv("TZ", "UTC", 1);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_moved_entry_goes_after_its_deadline_and_not_before);
	tcase_add_test(t, a_letter_is_filled_in_for_each_customer);
	tcase_add_test(t, a_notice_can_be_taken_back);
	tcase_add_test(t, a_notice_lets_go_what_moved_and_nothing_else);
	tcase_add_test(t, notices_are_for_what_moved);
	tcase_add_test(t, an_acknowledgement_holds_for_one_mx_set);
	tcase_add_test(t, pins_end_by_themselves);
	tcase_add_test(t, an_outage_longer_than_the_queue_keeps_mail_is_warned_of);
	suite_add_tcase(s, t);
	return suite_run(s);
}
