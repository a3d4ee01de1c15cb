/*
 * The last look before a deletion: the resolver at 127.0.0.1 answers from a stale world, in which everybody has left;
 * the name servers of the zones, at 127.0.0.2 and 127.0.0.3, know better.  And entries that cover one another.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];
static struct run_world resolver, first, second;

/* A zone of one name server or two; what the two differ in stands in more. */
static const char zone_head[] = "$TTL 300\n$ORIGIN %s.\n@ SOA ns1 hostmaster 1 3600 900 604800 300\n@ NS ns1\n%s";

static void add_zone(FILE *f, const char *origin, const char *servers, const char *more)
{
	fprintf(f, zone_head, origin, servers);
	fprintf(f, "%s\n", more);
}

#define TWO "@ NS ns2\nns1 A 127.0.0.2\nns2 A 127.0.0.3\n"
#define GONE "@ MX 10 mx1.cloud.example.\n"
#define LISTED "@ MX 10 mx1.cloud.example.\n@ MX 50 backup.isp.example.\n"

/* Everybody serves the same zones; which is 0 for the resolver. */
static void write_zones(const char *path, int which)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	add_zone(f, "example", "ns1 A 127.0.0.2\n",
		 "backup.isp A 11.11.0.10\nmx1.cloud A 22.22.0.1\nmail.isp A 11.11.5.1\n");
	add_zone(f, "left.test", TWO, GONE);
	add_zone(f, "back.test", TWO, which ? LISTED : GONE);
	add_zone(f, "half.test", TWO, which == 2 ? LISTED : GONE);
	add_zone(f, "near.test", TWO, which == 2 ? "@ MX 10 mx9.isp.example.\n" : GONE);
	add_zone(f, "silent.test", "ns1 A 127.0.0.9\n", GONE);
	add_zone(f, "lame.test", TWO, GONE);
	add_zone(f, "other.test", TWO, which == 1 ? "@ A 11.11.0.10\n" : GONE);
	/* The alias leads into a zone that the server of the first knows nothing of, and whose own one lists us. */
	add_zone(f, "alias.test", "ns1 A 127.0.0.2\n", "www CNAME www.target.away.\ngone CNAME gone.target.away.\n");
	if (which != 1)
		add_zone(f, "target.away", "ns1 A 127.0.0.3\n",
			 which ? "www MX 10 mx1.cloud.example.\nwww MX 50 backup.isp.example.\n"
				 "gone MX 10 mx1.cloud.example.\n"
			       : "www MX 10 mx1.cloud.example.\ngone MX 10 mx1.cloud.example.\n");
	add_zone(f, "chain.test", TWO, "www CNAME www.left.test.\n");
	add_zone(f, "family.test", "ns1 A 127.0.0.2\n",
		 GONE "a MX 10 mx1.cloud.example.\nb MX 10 mail.isp.example.\nb MX 50 backup.isp.example.\n");
	add_zone(f, "test", "ns1 A 127.0.0.2\n", "");
	fclose(f);
}

static void write_config(const char *more)
{
	run_write_config(config, dir, resolver.port, "%s", more);
}

static void start(struct run_world *w, const char *address, int port, int which, const char *misbehave)
{
	char path[1100];

	snprintf(path, sizeof path, "%s/zones-%d", dir, which);
	write_zones(path, which);
	run_world_start_at(w, address, port, dir, path, misbehave);
}

static void set_up(void)
{
	struct run_result r;
	char rules[1100], mute[1100];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(rules, sizeof rules, "%s/rules", dir);
	snprintf(mute, sizeof mute, "%s/mute", dir);
	run_write_file(rules, "lame.test refused\nleft.test tc\n");
	run_write_file(mute, "mute.left.test servfail\n");
	start(&resolver, "127.0.0.1", 0, 0, mute);
	start(&first, "127.0.0.2", resolver.port, 1, rules);
	start(&second, "127.0.0.3", resolver.port, 2, NULL);
	write_config("parent-domain-matches-subdomains = yes\n");
	run_line(&r, config, "init");
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

static void tear_down(void)
{
	run_world_stop(&resolver);
	run_world_stop(&first);
	run_world_stop(&second);
	run_remove_dir(dir);
}

static void run_ok(const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %d %s%s", line, r.status, r.out, r.err);
	run_clear(&r);
}

/* Deletes name, and it goes. */
static void goes(const char *name)
{
	char line[300];

	snprintf(line, sizeof line, "add %s", name);
	run_ok(line);
	run_ok("scan");
	snprintf(line, sizeof line, "delete %s --reason x --yes 1", name);
	run_ok(line);
}

/* It stays, and why is said. */
static void stays(const char *name, const char *more, const char *why)
{
	struct run_result r;
	char line[300];

	snprintf(line, sizeof line, "add %s", name);
	run_ok(line);
	run_ok("scan");
	run_line(&r, config, "delete %s --reason %s --yes 1", name, more);
	ck_assert_msg(r.status == 1, "%s: %d %s%s", name, r.status, r.out, r.err);
	ck_assert_msg(strstr(r.err, "stay ") && strstr(r.err, why), "%s: %s%s", name, r.out, r.err);
	run_clear(&r);
	snprintf(line, sizeof line, "show %s", name);
	run_ok(line);
}

START_TEST(who_left_goes)
{
	goes("left.test"); /* the first of its servers truncates, so TCP is part of it */
	goes("nobody.test"); /* gone altogether: the servers of test. say so */
	goes("www.chain.test"); /* an alias is followed to its zone */
}
END_TEST

START_TEST(a_stale_resolver_is_overruled)
{
	stays("back.test", "x", "its own name server ns1.back.test (127.0.0.2:");
	stays("other.test", "x", "lists us: Only we");
}
END_TEST

START_TEST(one_of_two_servers_is_enough)
{
	stays("half.test", "x", "its own name server ns2.half.test (127.0.0.3:");
}
END_TEST

/* What has just become a host of our domain may be a relay that nobody told us of. */
START_TEST(a_server_that_names_a_host_of_our_domain_holds)
{
	stays("near.test", "x", "names a host that resembles one of ours");
}
END_TEST

START_TEST(an_alias_is_asked_of_the_zone_it_leads_to)
{
	stays("www.alias.test", "x", "its own name server ns1.target.away (127.0.0.3:");
	goes("gone.alias.test");
}
END_TEST

START_TEST(silence_is_no_agreement)
{
	stays("silent.test", "x", "no name server of its own answered (1 asked)");
}
END_TEST

START_TEST(a_lame_server_is_ignored)
{
	goes("lame.test");
	/* With the other one gone, too, nobody is left. */
	run_world_stop(&second);
	stays("lame.test", "x", "no name server of its own answered (2 asked)");
	start(&second, "127.0.0.3", resolver.port, 2, NULL);
}
END_TEST

START_TEST(a_ticket_does_not_lift_the_gate)
{
	stays("back.test", "customer-request --ticket T-1", "lists us");
}
END_TEST

START_TEST(override_names_what_it_lifted)
{
	struct run_result r;

	run_ok("add half.test");
	run_ok("scan");
	run_ok("delete half.test --reason x --yes 1 --override");
	run_line(&r, config, "audit list half.test");
	ck_assert_msg(strstr(r.out, "deleted, override: AUTHORITY_LISTED") != NULL, "%s", r.out);
	run_clear(&r);
}
END_TEST

START_TEST(a_parent_is_held_while_a_subname_names_us)
{
	struct run_result r;

	run_ok("add family.test");
	run_ok("add a.family.test");
	run_ok("add b.family.test");
	run_ok("scan");
	run_line(&r, config, "delete family.test --reason x --yes 1");
	ck_assert_msg(r.status == 1, "%s%s", r.out, r.err);
	ck_assert_msg(strstr(r.err, "held: below it 1 name still names us: b.family.test") != NULL, "%s", r.err);
	run_clear(&r);
	run_line(&r, config, "delete a.family.test --reason x --yes 1 --dry-run");
	ck_assert_msg(strstr(r.out, "still covered by parent family.test") != NULL, "%s%s", r.out, r.err);
	run_clear(&r);
	run_ok("delete b.family.test --reason x --yes 1 --override");
	run_line(&r, config, "delete family.test --reason x --dry-run");
	ck_assert_msg(strstr(r.out, "covers a.family.test") != NULL, "%s%s", r.out, r.err);
	run_clear(&r);
	/* Both at once: nothing stays that could cover. */
	run_line(&r, config, "delete family.test a.family.test --reason x --dry-run");
	ck_assert_msg(r.status == 0 && !strstr(r.out, "still covered"), "%s%s", r.out, r.err);
	run_clear(&r);
	/* Where an entry stands for itself alone, nobody covers anybody. */
	write_config("parent-domain-matches-subdomains = no\n");
	run_line(&r, config, "delete family.test --reason x --dry-run");
	ck_assert_msg(r.status == 0 && !strstr(r.out, "covers"), "%s%s", r.out, r.err);
	run_clear(&r);
}
END_TEST

/* Mail for who.family.test, which no list has, as a relay's log tells of it. */
static void mail_for(const char *who, int id)
{
	char path[1100], line[1200], at[40];
	time_t now = time(NULL);
	struct tm tm;

	ck_assert_ptr_nonnull(gmtime_r(&now, &tm));
	ck_assert_uint_gt(strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S.000000+00:00", &tm), 0);
	snprintf(path, sizeof path, "%s/mail-%d.log", dir, id);
	run_write_file(path,
		       "%s r postfix/qmgr[1]: 4FB2C1A0%dF: from=<s@x.example>, size=900, nrcpt=1 (queue active)\n"
		       "%s r postfix/smtp[2]: 4FB2C1A0%dF: to=<a@%s>, relay=mx1.cloud.example[22.22.0.1]:25, delay=1, "
		       "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
		       "%s r postfix/qmgr[1]: 4FB2C1A0%dF: removed\n",
		       at, id, at, id, who, at, id);
	snprintf(line, sizeof line, "traffic %s", path);
	run_ok(line);
}

static void says(int status, const char *text, const char *line)
{
	run_expect(config, status, text, line);
}

START_TEST(a_parent_is_held_while_a_subname_of_the_logs_names_us)
{
	run_ok("add family.test");
	run_ok("scan");
	mail_for("A.family.test", 1);
	mail_for("b.family.test", 2);
	says(0, "Below it mail was accepted for a, b: looked up before it goes.", "show family.test");
	says(1, "held: mail was accepted for b.family.test below it, which names us", "delete family.test --reason x --yes 1");
	says(1, "held: mail was accepted for b.family.test", "delete family.test --reason customer-request --ticket T-1 --yes 1");
	/* Where an entry stands for itself alone, what lies below it was accepted for another reason. */
	write_config("parent-domain-matches-subdomains = no\n");
	run_ok("delete family.test --reason x --dry-run");
	write_config("parent-domain-matches-subdomains = yes\n");
	/* A name of the list speaks for itself. */
	run_ok("add b.family.test");
	says(0, "also cuts a", "delete family.test b.family.test --reason x --override --dry-run");
	run_ok("delete b.family.test --reason x --override --yes 1");
	run_ok("delete family.test --reason x --override --yes 1");
	says(0, "COVERS_SEEN", "audit list family.test");
}
END_TEST

START_TEST(a_subname_of_the_logs_that_left_goes_with_its_parent)
{
	run_ok("add family.test");
	run_ok("scan");
	mail_for("a.family.test", 1);
	mail_for("nobody.family.test", 2);
	says(0, "also cuts a, nobody", "delete family.test --reason x --yes 1");
	says(66, "family.test", "show family.test");
}
END_TEST

START_TEST(no_answer_about_a_subname_is_no_evidence)
{
	run_ok("add left.test");
	run_ok("scan");
	mail_for("mute.left.test", 1);
	says(1, "held: mail was accepted for mute.left.test below it, of which there is no usable answer",
	     "delete left.test --reason x --yes 1");
}
END_TEST

static void shows(const char *name, const char *text)
{
	struct run_result r;

	run_line(&r, config, "show %s", name);
	ck_assert_msg(r.status == 0 && strstr(r.out, text), "no '%s' in %s%s", text, r.out, r.err);
	run_clear(&r);
}

/* Each reason is a sentence, so that what holds it besides does not run into it. */
START_TEST(show_says_what_holds_it_in_sentences)
{
	struct run_result r;
	const char *besides;

	run_ok("add family.test");
	run_ok("add b.family.test");
	run_ok("pin family.test --reason etrn");
	run_ok("scan");
	run_line(&r, config, "show family.test");
	ck_assert_msg(strstr(r.out, "Cannot delete: pinned (etrn)") && (besides = strstr(r.out, "It is held besides: ")), "%s", r.out);
	while (besides[-1] == ' ' || besides[-1] == '\n')
		besides--;
	ck_assert_msg(besides[-1] == '.', "%s", r.out);
	run_clear(&r);
}
END_TEST

START_TEST(show_says_what_covers_what)
{
	run_ok("add family.test");
	run_ok("add b.family.test");
	run_ok("add .family.test");
	run_ok("scan");
	shows("b.family.test", "Covered by family.test: mail for it is accepted also without this entry.");
	shows("family.test", "Covers b.family.test.");
	shows("family.test", "below it b.family.test names us");
	shows(".family.test", "Inert: ");
	shows("family.test", "Mail: not measured");
	write_config("parent-domain-matches-subdomains = no\n");
	shows("b.family.test", "Covered by .family.test");
	shows(".family.test", "Covers b.family.test.");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, who_left_goes);
	tcase_add_test(t, a_stale_resolver_is_overruled);
	tcase_add_test(t, one_of_two_servers_is_enough);
	tcase_add_test(t, a_server_that_names_a_host_of_our_domain_holds);
	tcase_add_test(t, an_alias_is_asked_of_the_zone_it_leads_to);
	tcase_add_test(t, silence_is_no_agreement);
	tcase_add_test(t, a_lame_server_is_ignored);
	tcase_add_test(t, a_ticket_does_not_lift_the_gate);
	tcase_add_test(t, override_names_what_it_lifted);
	tcase_add_test(t, a_parent_is_held_while_a_subname_names_us);
	tcase_add_test(t, a_parent_is_held_while_a_subname_of_the_logs_names_us);
	tcase_add_test(t, a_subname_of_the_logs_that_left_goes_with_its_parent);
	tcase_add_test(t, no_answer_about_a_subname_is_no_evidence);
	tcase_add_test(t, show_says_what_holds_it_in_sentences);
	tcase_add_test(t, show_says_what_covers_what);
	suite_add_tcase(s, t);
	return suite_run(s);
}
