/*
 * A fleet of real servers: what mxward commits on one host, four relays refuse and accept,
 * through a directory's replicas and a database's standby; and what is said and kept while a
 * part is down.
 *
 * Runs inside fleet.sh (`make check-fleet`), which has the servers running in namespaces of
 * their own.
 */
#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/str.h"
#include "fleet/parts.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/smtp.h"
#include "support/suite.h"
#include "support/vt.h"

enum { TITLE = 0, STATUS = 22, LAST = 23 };

/* Stages all orphans, up to the number that has to be typed. */
static void stage_orphans(struct vt *t)
{
	vt_keys(t, "T");
	desk_expect(t, LAST, "Mark all of limit");
	vt_keys(t, "class:orphan\r");
	desk_expect(t, LAST, "40 marked");
	vt_keys(t, ";d");
	desk_expect(t, STATUS, "40 staged");
	vt_keys(t, "$");
	desk_expect(t, TITLE, "40 go, 0 stay");
	vt_keys(t, "c");
	desk_expect(t, LAST, "Reason:");
	vt_keys(t, "left us\r");
	desk_expect(t, LAST, "Ticket");
	vt_keys(t, "INC-9921\r");
	desk_expect(t, LAST, "Type 40 to delete");
}

START_TEST(a_bulk_delete_in_the_console_is_refused_by_all)
{
	struct vt *t = desk_open_list();
	int64_t began, refused;

	for (int i = 0; i < FLEET_RELAYS; i++) {
		fleet_answers(i, 250, "gone00.example");
		fleet_answers(i, 250, "gone39.example");
		fleet_answers(i, 250, "kept000.example");
	}
	stage_orphans(t);
	began = loop_now();
	vt_keys(t, "40\r");
	desk_expect(t, -1, "40 deleted, batch b");
	fleet_all_answer(554, "gone00.example");
	refused = fleet_all_answer(554, "gone39.example");
	printf("note: 40 deleted in the console; the last of four relays refused %lld ms after "
	       "the number was typed\n",
	       (long long)(refused - began));
	for (int i = 0; i < FLEET_RELAYS; i++)
		fleet_answers(i, 250, "kept000.example");
	vt_keys(t, "B");
	desk_expect(t, TITLE, "BATCHES");
	vt_keys(t, "r");
	desk_expect(t, LAST, "Reason for bringing 40 back:");
	vt_keys(t, "phoned\r");
	desk_expect(t, LAST, "Type 40 to bring back batch b");
	began = loop_now();
	vt_keys(t, "40\r");
	desk_expect(t, -1, "40 brought back");
	refused = fleet_all_answer(250, "gone39.example");
	printf("note: 40 restored; the last of four relays accepted after %lld ms\n",
	       (long long)(refused - began));
	desk_quit(t);
	fleet_ran(0, "in line", "publish");
	fleet_shell(
		0, NULL,
		"%s -c %s audit list --format jsonl | grep publish.intent | grep -q 'ldap:%s'",
		run_mxward(), desk_config, fleet_directory_cf);
	fleet_shell(
		0, NULL,
		"%s -c %s audit list --format jsonl | grep publish.done | grep -q 'pgsql:%s'",
		run_mxward(), desk_config, fleet_database_cf);
}
END_TEST

/* Both spellings of an IDN, through both engines and Postfix's own escaping. */
START_TEST(a_name_with_an_umlaut_is_found_in_both_spellings)
{
	fleet_ran(0, "2 in, 0 out", "add m\xc3\xbcller.example");
	for (int r = 1; r <= FLEET_RELAYS; r++) {
		const char *engine = r < 3 ? "ldap" : "pgsql";

		fleet_shell(0, "OK",
			    "i=0; until postmap -c %s/relay%d/etc -q m\xc3\xbcller.example "
			    "%s:%s/relay%d/etc/relay-%s.cf || "
			    "[ $i = 2400 ]; do i=$((i + 1)); sleep 0.05; done",
			    fleet_live, r, engine, fleet_live, r, engine);
		fleet_shell(0, "OK",
			    "postmap -c %s/relay%d/etc -q xn--mller-kva.example "
			    "%s:%s/relay%d/etc/relay-%s.cf",
			    fleet_live, r, engine, fleet_live, r, engine);
	}
	fleet_ran(0, "0 in, 2 out",
		  "delete m\xc3\xbcller.example --override --reason test --yes 1");
	fleet_all_answer(554, "xn--mller-kva.example");
}
END_TEST

START_TEST(a_replica_that_was_killed_catches_up)
{
	fleet_ctl("kill replica1 standby");
	fleet_answers(0, 250, "gone00.example"); /* by the other replica, and by the primary */
	fleet_answers(2, 250, "gone00.example");
	fleet_ran(0, "0 in, 1 out", "delete gone00.example --override --reason test --yes 1");
	fleet_all_answer(554, "gone00.example");
	fleet_ctl("start replica1 standby");
	while (fleet_is_at("ldap2.isp.example", "gone00.example"))
		usleep(20000);
	ck_assert(fleet_is_at("ldap2.isp.example", "gone01.example"));
	fleet_ran(0, "1 in, 0 out", "restore gone00.example --reason test");
	while (!fleet_is_at("ldap2.isp.example", "gone00.example"))
		usleep(20000);
	fleet_all_answer(250, "gone00.example");
}
END_TEST

static void pull(void)
{
	/* The one Postfix that a relay has is its own. */
	fleet_shell(0, NULL,
		    "MAIL_CONFIG=%s/relay5/etc PATH=%s/bin:$PATH sh %s root@admin.isp.example "
		    "%s/relay5/etc/relay_domains",
		    fleet_live, fleet_live, run_source("share/fleet/mxward-pull"), fleet_live);
}

/* Over a real ssh, by a key that is bound to the one command. */
START_TEST(a_relay_fetches_its_table)
{
	static const char at[] = "127.2.0.5";

	fleet_shell(0, NULL,
		    "{ printf 'restrict,command=\"%s -c %s --read-only publish --print "
		    "postfix\" '; cat %s/relay5.key.pub; } "
		    ">%s/keys/root",
		    run_mxward(), desk_config, fleet_live, fleet_live);
	ck_assert_int_eq(smtp_ask_unseen(at, "gone00.example"), 554);
	/* Until sshd is there. */
	fleet_shell(0, NULL,
		    "i=0; until PATH=%s/bin:$PATH ssh root@admin.isp.example >/dev/null 2>&1; "
		    "do i=$((i + 1)); "
		    "[ $i -lt 2400 ] || exit 1; sleep 0.05; done",
		    fleet_live);
	pull();
	while (smtp_ask_unseen(at, "gone00.example") != 250)
		usleep(20000);
	fleet_ran(0, "1 in", "add unseen.example");
	fleet_ran(0, "0 in, 1 out", "delete gone00.example --override --reason test --yes 1");
	pull();
	while (smtp_ask_unseen(at, "gone00.example") != 554)
		usleep(20000);
	ck_assert_int_eq(smtp_ask_unseen(at, "unseen.example"), 250);
	/* Whatever the relay asks for, it gets the list. */
	fleet_shell(0, "# end of the list",
		    "PATH=%s/bin:$PATH ssh root@admin.isp.example 'cat /etc/shadow'",
		    fleet_live);
}
END_TEST

/* A server that takes the connection and then says nothing more. */
START_TEST(a_provider_that_hangs_costs_a_bounded_wait)
{
	fleet_shell(0, NULL, "kill -STOP $(cat %s/provider/pid)", fleet_live);
	fleet_ran(75, "ldap1.isp.example",
		  "delete gone00.example --override --reason test --yes 1");
	while (smtp_ask_unseen(fleet_relay[2], "gone00.example") != 554)
		usleep(5000);
	fleet_answers(0, 250, "gone00.example");
	fleet_shell(0, NULL, "kill -CONT $(cat %s/provider/pid)", fleet_live);
	fleet_ran(0, "0 in, 1 out", "publish --queued");
	fleet_ran(0, "", "publish --queued");
	fleet_all_answer(554, "gone00.example");
}
END_TEST

START_TEST(without_the_provider_relays_answer_and_the_commit_is_queued)
{
	struct run_result r;
	struct vt *t;

	fleet_ctl("kill provider");
	fleet_ran(75, "is not in line",
		  "delete gone00.example --override --reason test --yes 1");
	fleet_answers(0, 250, "gone00.example"); /* the directory has not heard of it */
	fleet_answers(1, 250, "kept000.example");
	while (smtp_ask_unseen(fleet_relay[2], "gone00.example") !=
	       554) /* the other target has */
		usleep(5000);
	run_line(&r, desk_config, "list --format names gone00*");
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
	t = desk_open(24, 100, "xterm-256color", "", NULL);
	desk_expect(t, -1, "is not in line ("); /* since when: now, or a while ago where all of this took long */
	desk_expect(t, -1, "): cannot connect");
	desk_press(t, "j", STATUS, "directory.cf behind "); /* the message takes its place until a key comes */
	fleet_ran(75, "cannot be reached", "publish");
	fleet_ran(1, "1 change to be done there: cannot connect at ldap://ldap1.isp.example",
		  "report");
	fleet_ctl("start provider");
	fleet_ran(0, "0 in, 1 out", "publish");
	desk_expect_gone(t, STATUS, "directory.cf behind");
	desk_quit(t);
	fleet_all_answer(554, "gone00.example");
	fleet_ran(0, "in line", "publish");
}
END_TEST

START_TEST(without_the_primary_relays_answer_and_the_commit_is_queued)
{
	fleet_ctl("kill primary");
	fleet_ran(75, "is not in line",
		  "delete gone00.example --override --reason test --yes 1");
	fleet_answers(2, 250, "gone00.example");
	fleet_answers(3, 250, "kept000.example"); /* by the standby */
	while (smtp_ask_unseen(fleet_relay[0], "gone00.example") != 554)
		usleep(5000);
	fleet_ctl("start primary");
	fleet_ran(0, "0 in, 1 out", "publish");
	fleet_all_answer(554, "gone00.example");
	fleet_ran(0, "in line", "publish");
}
END_TEST

START_TEST(what_others_keep_there_is_never_touched)
{
	fleet_ldif(
		"ldapadd",
		"dn: cn=printer,ou=relay,dc=isp,dc=example\\nobjectClass: device\\ncn: "
		"printer\\n\\n"
		"dn: associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\nobjectClass: "
		"mxwardRelayDomain\\n"
		"mxwardList: other\\nmxwardValue: OK\\nassociatedDomain: theirs.example\\n");
	fleet_sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('other', "
			    "'theirs.example')");
	fleet_ran(0, "in line", "publish");
	fleet_ran(0, "in line", "publish --overrule --yes 1000");
	fleet_ran(75,
		  "1 entry of others stands where ours should and was left alone, first "
		  "associatedDomain=theirs.example,ou=relay",
		  "add theirs.example");
	fleet_ran(75, "left alone", "publish");
	fleet_ldif("ldapdelete",
		   "associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\n");
	fleet_ran(0, "1 in, 0 out", "publish");
	fleet_ran(0, "0 in, 1 out", "delete theirs.example --override --reason test --yes 1");
	fleet_sql("other|theirs.example",
		  "SELECT list, name FROM mxward_relay_domain WHERE name = 'theirs.example'");
	fleet_ldif(
		"ldapadd",
		"dn: associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\nobjectClass: "
		"mxwardRelayDomain\\n"
		"mxwardList: other\\nmxwardValue: OK\\nassociatedDomain: theirs.example\\n");
	fleet_ran(0, "in line", "publish --overrule --yes 1000");
	fleet_shell(0, "printer",
		    "ldapsearch -x -LLL -H ldap://ldap1.isp.example -b "
		    "ou=relay,dc=isp,dc=example cn=printer cn");
	ck_assert(fleet_is_at("ldap1.isp.example", "theirs.example"));
	fleet_ldif("ldapdelete", "associatedDomain=theirs.example,ou=relay,dc=isp,dc="
				 "example\\ncn=printer,ou=relay,dc=isp,dc=example\\n");
	fleet_sql("DELETE", "DELETE FROM mxward_relay_domain WHERE list = 'other'");
}
END_TEST

START_TEST(drift_is_told_adopted_and_overruled)
{
	fleet_ldif("ldapdelete",
		   "associatedDomain=gone01.example,ou=relay,dc=isp,dc=example\\n");
	fleet_ldif(
		"ldapadd",
		"dn: associatedDomain=extra.example,ou=relay,dc=isp,dc=example\\nobjectClass: "
		"mxwardRelayDomain\\n"
		"mxwardList: mxward\\nmxwardValue: OK\\nassociatedDomain: extra.example\\n");
	fleet_sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('mxward', "
			    "'extra2.example')");
	fleet_ran(1, "missing gone01.example", "publish --dry-run");
	fleet_ran(1, "extra   extra.example", "publish --dry-run");
	fleet_ran(1, "extra   extra2.example", "publish --dry-run");
	fleet_ran(0, "1 in, 0 out", "add more.example"); /* and drift stays as it is */
	ck_assert(fleet_is_at("ldap1.isp.example", "extra.example"));
	ck_assert(!fleet_is_at("ldap1.isp.example", "gone01.example"));
	fleet_ran(0, "", "publish --overrule --yes 100");
	ck_assert(!fleet_is_at("ldap1.isp.example", "extra.example"));
	ck_assert(fleet_is_at("ldap1.isp.example", "gone01.example"));
	fleet_sql("0",
		  "SELECT count(*) FROM mxward_relay_domain WHERE name = 'extra2.example'");
	fleet_sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('mxward', "
			    "'extra3.example')");
	fleet_ran(0, "adopted extra3.example", "publish --adopt");
	ck_assert(fleet_is_at("ldap1.isp.example", "extra3.example")); /* what one target had, the other gets */
	fleet_ran(0, "in line", "publish");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fleet");
	TCase *c = tcase_create("a fleet");

	fleet_live = getenv("LIVE");
	if (!fleet_live) {
		fprintf(stderr, "run it by: make check-fleet\n");
		return 2;
	}
	snprintf(fleet_tls, sizeof fleet_tls, "%s/tls", fleet_live);
	tcase_set_timeout(c, 600);
	tcase_add_checked_fixture(c, fleet_set_up, fleet_tear_down);
	tcase_add_test(c, a_bulk_delete_in_the_console_is_refused_by_all);
	tcase_add_test(c, a_name_with_an_umlaut_is_found_in_both_spellings);
	tcase_add_test(c, a_replica_that_was_killed_catches_up);
	tcase_add_test(c, a_relay_fetches_its_table);
	tcase_add_test(c, a_provider_that_hangs_costs_a_bounded_wait);
	tcase_add_test(c, without_the_provider_relays_answer_and_the_commit_is_queued);
	tcase_add_test(c, without_the_primary_relays_answer_and_the_commit_is_queued);
	tcase_add_test(c, what_others_keep_there_is_never_touched);
	tcase_add_test(c, drift_is_told_adopted_and_overruled);
	fleet_add_wrong(c);
	fleet_add_many(c);
	suite_add_tcase(s, c);
	return suite_run(s);
}
