/*
 * A fleet of real servers: what mxward commits on one host, four relays refuse and accept, through a directory's replicas
 * and a database's standby; and what is said and kept while a part is down.
 *
 * Runs inside fleet.sh (`make check-fleet`), which has the servers running in namespaces of their own.
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
#include "support/desk.h"
#include "support/run.h"
#include "support/smtp.h"
#include "support/suite.h"
#include "support/vt.h"

enum { TITLE = 0, STATUS = 22, LAST = 23, RELAYS = 4 };

static const char *const relay[RELAYS] = {"127.2.0.1", "127.2.0.2", "127.2.0.3", "127.2.0.4"};
static const char *live;
static char tls[1100], directory_cf[1200], database_cf[1200];

/* --- parts --------------------------------------------------------------------------------------------- */

static void shell(int status, const char *words, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void shell(int status, const char *words, const char *fmt, ...)
{
	char command[6000];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == status, "%s: %d\n%s%s", command, r.status, r.out, r.err);
	ck_assert_msg(!words || strstr(r.out, words) || strstr(r.err, words), "%s: no '%s' in\n%s%s", command, words, r.out,
		      r.err);
	run_clear(&r);
}

static void ctl(const char *words)
{
	/* What is started must not keep our pipes open. */
	shell(0, NULL, "sh %s/ctl %s >%s/ctl.out 2>&1 </dev/null || { cat %s/ctl.out; exit 1; }", live, words, live, live);
}

static void sql(const char *words, const char *statement)
{
	shell(0, words, "$(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d mail -v ON_ERROR_STOP=1 -At -c \"%s\"",
	      live, statement);
}

static void ldif(const char *tool, const char *text)
{
	shell(0, NULL, "printf '%%b' '%s' | %s -x -H ldap://ldap1.isp.example -D cn=mxward,dc=isp,dc=example -w secret", text,
	      tool);
}

/* The entry of a name at one server: 1 there, 0 not. */
static int is_at(const char *server, const char *name)
{
	char command[600];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;
	int is;

	snprintf(command, sizeof command, "ldapsearch -x -LLL -H ldap://%s -b ou=relay,dc=isp,dc=example associatedDomain=%s dn",
		 server, name);
	run_program(&r, argv, NULL);
	is = strstr(r.out, "dn: ") != NULL;
	run_clear(&r);
	return is;
}

/* --- what relays answer ---------------------------------------------------------------------------------- */

/* Every relay gives code for a recipient that it has not seen: waits for it; returns when the last one did. */
static int64_t all_answer(int code, const char *domain)
{
	for (int i = 0; i < RELAYS; i++)
		while (smtp_ask_unseen(relay[i], domain) != code)
			usleep(5000);
	return loop_now();
}

static void answers(int i, int code, const char *domain)
{
	ck_assert_msg(smtp_ask_unseen(relay[i], domain) == code, "relay%d, %s: not %d", i + 1, domain, code);
}

/* --- mxward -------------------------------------------------------------------------------------------- */

static void write_directory(const char *more)
{
	run_write_file(directory_cf,
		       "%s%sbase = ou=relay,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\nbind-dn = cn=mxward,dc=isp,dc=example\n"
		       "password-file = %s/password\n",
		       strstr(more, "server =") ? "" : "server = ldap://ldap1.isp.example\n", more, tls, desk_dir);
}

static void write_database(const char *host, const char *more)
{
	run_write_file(database_cf,
		       "connection = host=%s dbname=mail user=mxward sslmode=verify-full sslrootcert=%s/ca.pem\n"
		       "password-file = %s/password\n%s",
		       host, tls, desk_dir, more);
}

static void ran(int status, const char *words, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void ran(int status, const char *words, const char *fmt, ...)
{
	struct run_result r;
	char line[3000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == status, "%s: %d\n%.1500s%.1500s", line, r.status, r.out, r.err);
	ck_assert_msg(strstr(r.out, words) || strstr(r.err, words), "%s: no '%s' in\n%.1500s%.1500s", line, words, r.out,
		      r.err);
	run_clear(&r);
}

static void add_targets(void)
{
	FILE *f = fopen(desk_config, "a");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "publish-target = ldap:%s\npublish-target = pgsql:%s\n", directory_cf, database_cf);
	fclose(f);
}

static void set_up(void)
{
	char path[1200];

	ctl("start provider replica1 replica2 primary standby");
	/* Postfix looks at a database that had failed again after a minute. */
	shell(0, NULL, "for r in 3 4; do postfix -c %s/relay$r/etc reload; done >/dev/null 2>&1", live);
	desk_set_up();
	snprintf(path, sizeof path, "%s/password", desk_dir);
	run_write_file(path, "secret\n");
	ck_assert_int_eq(chmod(path, 0640), 0);
	snprintf(directory_cf, sizeof directory_cf, "%s/directory.cf", desk_dir);
	snprintf(database_cf, sizeof database_cf, "%s/database.cf", desk_dir);
	write_directory("");
	write_database("db.isp.example", "");
	add_targets();
	/* What an earlier test left there is not of this list. */
	ran(0, "", "publish --overrule --yes 1000000");
	all_answer(250, "gone00.example");
}

static void tear_down(void)
{
	desk_tear_down();
}

/* --- the tests ------------------------------------------------------------------------------------------- */

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

	for (int i = 0; i < RELAYS; i++) {
		answers(i, 250, "gone00.example");
		answers(i, 250, "gone39.example");
		answers(i, 250, "kept000.example");
	}
	stage_orphans(t);
	began = loop_now();
	vt_keys(t, "40\r");
	desk_expect(t, LAST, "40 deleted, batch b");
	all_answer(554, "gone00.example");
	refused = all_answer(554, "gone39.example");
	printf("note: 40 deleted in the console; the last of four relays refused %lld ms after the number was typed\n",
	       (long long)(refused - began));
	for (int i = 0; i < RELAYS; i++)
		answers(i, 250, "kept000.example");
	vt_keys(t, "B");
	desk_expect(t, TITLE, "BATCHES");
	vt_keys(t, "r");
	desk_expect(t, LAST, "Reason for bringing 40 back:");
	vt_keys(t, "phoned\r");
	desk_expect(t, LAST, "y/N");
	began = loop_now();
	vt_keys(t, "y");
	desk_expect(t, LAST, "40 brought back");
	refused = all_answer(250, "gone39.example");
	printf("note: 40 restored; the last of four relays accepted after %lld ms\n", (long long)(refused - began));
	desk_quit(t);
	ran(0, "in line", "publish");
	shell(0, NULL, "%s -c %s audit list --format jsonl | grep publish.intent | grep -q 'ldap:%s'", run_mxward(), desk_config,
	      directory_cf);
	shell(0, NULL, "%s -c %s audit list --format jsonl | grep publish.done | grep -q 'pgsql:%s'", run_mxward(), desk_config,
	      database_cf);
}
END_TEST

/* Both spellings of an IDN, through both engines and Postfix's own escaping. */
START_TEST(a_name_with_an_umlaut_is_found_in_both_spellings)
{
	ran(0, "2 in, 0 out", "add m\xc3\xbcller.example");
	for (int r = 1; r <= RELAYS; r++) {
		const char *engine = r < 3 ? "ldap" : "pgsql";

		shell(0, "OK", "i=0; until postmap -c %s/relay%d/etc -q m\xc3\xbcller.example %s:%s/relay%d/etc/relay-%s.cf || "
		      "[ $i = 200 ]; do i=$((i + 1)); sleep 0.05; done", live, r, engine, live, r, engine);
		shell(0, "OK", "postmap -c %s/relay%d/etc -q xn--mller-kva.example %s:%s/relay%d/etc/relay-%s.cf", live, r, engine,
		      live, r, engine);
	}
	ran(0, "0 in, 2 out", "delete m\xc3\xbcller.example --override --reason test --yes 1");
	all_answer(554, "xn--mller-kva.example");
}
END_TEST

START_TEST(a_replica_that_was_killed_catches_up)
{
	ctl("kill replica1 standby");
	answers(0, 250, "gone00.example"); /* by the other replica, and by the primary */
	answers(2, 250, "gone00.example");
	ran(0, "0 in, 1 out", "delete gone00.example --override --reason test --yes 1");
	all_answer(554, "gone00.example");
	ctl("start replica1 standby");
	while (is_at("ldap2.isp.example", "gone00.example"))
		usleep(20000);
	ck_assert(is_at("ldap2.isp.example", "gone01.example"));
	ran(0, "1 in, 0 out", "restore gone00.example --reason test");
	while (!is_at("ldap2.isp.example", "gone00.example"))
		usleep(20000);
	all_answer(250, "gone00.example");
}
END_TEST

static void pull(void)
{
	/* The one Postfix that a relay has is its own. */
	shell(0, NULL, "MAIL_CONFIG=%s/relay5/etc PATH=%s/bin:$PATH sh %s root@admin.isp.example %s/relay5/etc/relay_domains", live,
	      live, run_source("share/fleet/mxward-pull"), live);
}

/* Over a real ssh, by a key that is bound to the one command. */
START_TEST(a_relay_fetches_its_table)
{
	static const char at[] = "127.2.0.5";

	shell(0, NULL, "{ printf 'restrict,command=\"%s -c %s --read-only publish --print postfix\" '; cat %s/relay5.key.pub; } "
	      ">%s/keys/root", run_mxward(), desk_config, live, live);
	ck_assert_int_eq(smtp_ask_unseen(at, "gone00.example"), 554);
	/* Until sshd is there. */
	shell(0, NULL, "i=0; until PATH=%s/bin:$PATH ssh root@admin.isp.example >/dev/null 2>&1; do i=$((i + 1)); "
	      "[ $i -lt 200 ] || exit 1; sleep 0.05; done", live);
	pull();
	while (smtp_ask_unseen(at, "gone00.example") != 250)
		usleep(20000);
	ran(0, "1 in", "add unseen.example");
	ran(0, "0 in, 1 out", "delete gone00.example --override --reason test --yes 1");
	pull();
	while (smtp_ask_unseen(at, "gone00.example") != 554)
		usleep(20000);
	ck_assert_int_eq(smtp_ask_unseen(at, "unseen.example"), 250);
	/* Whatever the relay asks for, it gets the list. */
	shell(0, "# end of the list", "PATH=%s/bin:$PATH ssh root@admin.isp.example 'cat /etc/shadow'", live);
}
END_TEST

/* A server that takes the connection and then says nothing more. */
START_TEST(a_provider_that_hangs_costs_a_bounded_wait)
{
	shell(0, NULL, "kill -STOP $(cat %s/provider/pid)", live);
	ran(75, "ldap1.isp.example", "delete gone00.example --override --reason test --yes 1");
	while (smtp_ask_unseen(relay[2], "gone00.example") != 554)
		usleep(5000);
	answers(0, 250, "gone00.example");
	shell(0, NULL, "kill -CONT $(cat %s/provider/pid)", live);
	ran(0, "0 in, 1 out", "publish --queued");
	ran(0, "", "publish --queued");
	all_answer(554, "gone00.example");
}
END_TEST

START_TEST(without_the_provider_relays_answer_and_the_commit_is_queued)
{
	struct run_result r;
	struct vt *t;

	ctl("kill provider");
	ran(75, "is not in line", "delete gone00.example --override --reason test --yes 1");
	answers(0, 250, "gone00.example"); /* the directory has not heard of it */
	answers(1, 250, "kept000.example");
	while (smtp_ask_unseen(relay[2], "gone00.example") != 554) /* the other target has */
		usleep(5000);
	run_line(&r, desk_config, "list --format names gone00*");
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
	t = desk_open(24, 100, "xterm-256color", "", NULL);
	desk_expect(t, LAST, "is not in line (now): cannot connect");
	desk_expect(t, STATUS, "directory.cf behind now");
	ran(75, "cannot be reached", "publish");
	ran(1, "1 change to be done there: cannot connect at ldap://ldap1.isp.example", "report");
	ctl("start provider");
	ran(0, "0 in, 1 out", "publish");
	desk_expect_gone(t, STATUS, "directory.cf behind");
	desk_quit(t);
	all_answer(554, "gone00.example");
	ran(0, "in line", "publish");
}
END_TEST

START_TEST(without_the_primary_relays_answer_and_the_commit_is_queued)
{
	ctl("kill primary");
	ran(75, "is not in line", "delete gone00.example --override --reason test --yes 1");
	answers(2, 250, "gone00.example");
	answers(3, 250, "kept000.example"); /* by the standby */
	while (smtp_ask_unseen(relay[0], "gone00.example") != 554)
		usleep(5000);
	ctl("start primary");
	ran(0, "0 in, 1 out", "publish");
	all_answer(554, "gone00.example");
	ran(0, "in line", "publish");
}
END_TEST

START_TEST(what_others_keep_there_is_never_touched)
{
	ldif("ldapadd", "dn: cn=printer,ou=relay,dc=isp,dc=example\\nobjectClass: device\\ncn: printer\\n\\n"
		       "dn: associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\nobjectClass: mxwardRelayDomain\\n"
		       "mxwardList: other\\nmxwardValue: OK\\nassociatedDomain: theirs.example\\n");
	sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('other', 'theirs.example')");
	ran(0, "in line", "publish");
	ran(0, "in line", "publish --overrule --yes 1000");
	ran(75, "1 entry of others stands where ours should and was left alone, first associatedDomain=theirs.example,ou=relay",
	    "add theirs.example");
	ran(75, "left alone", "publish");
	ldif("ldapdelete", "associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\n");
	ran(0, "1 in, 0 out", "publish");
	ran(0, "0 in, 1 out", "delete theirs.example --override --reason test --yes 1");
	sql("other|theirs.example", "SELECT list, name FROM mxward_relay_domain WHERE name = 'theirs.example'");
	ldif("ldapadd", "dn: associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\nobjectClass: mxwardRelayDomain\\n"
		       "mxwardList: other\\nmxwardValue: OK\\nassociatedDomain: theirs.example\\n");
	ran(0, "in line", "publish --overrule --yes 1000");
	shell(0, "printer", "ldapsearch -x -LLL -H ldap://ldap1.isp.example -b ou=relay,dc=isp,dc=example cn=printer cn");
	ck_assert(is_at("ldap1.isp.example", "theirs.example"));
	ldif("ldapdelete", "associatedDomain=theirs.example,ou=relay,dc=isp,dc=example\\ncn=printer,ou=relay,dc=isp,dc=example\\n");
	sql("DELETE", "DELETE FROM mxward_relay_domain WHERE list = 'other'");
}
END_TEST

START_TEST(drift_is_told_adopted_and_overruled)
{
	ldif("ldapdelete", "associatedDomain=gone01.example,ou=relay,dc=isp,dc=example\\n");
	ldif("ldapadd", "dn: associatedDomain=extra.example,ou=relay,dc=isp,dc=example\\nobjectClass: mxwardRelayDomain\\n"
		       "mxwardList: mxward\\nmxwardValue: OK\\nassociatedDomain: extra.example\\n");
	sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('mxward', 'extra2.example')");
	ran(1, "missing gone01.example", "publish --dry-run");
	ran(1, "extra   extra.example", "publish --dry-run");
	ran(1, "extra   extra2.example", "publish --dry-run");
	ran(0, "1 in, 0 out", "add more.example"); /* and drift stays as it is */
	ck_assert(is_at("ldap1.isp.example", "extra.example"));
	ck_assert(!is_at("ldap1.isp.example", "gone01.example"));
	ran(0, "", "publish --overrule --yes 100");
	ck_assert(!is_at("ldap1.isp.example", "extra.example"));
	ck_assert(is_at("ldap1.isp.example", "gone01.example"));
	sql("0", "SELECT count(*) FROM mxward_relay_domain WHERE name = 'extra2.example'");
	sql("INSERT", "INSERT INTO mxward_relay_domain (list, name) VALUES ('mxward', 'extra3.example')");
	ran(0, "adopted extra3.example", "publish --adopt");
	ran(0, "1 in", "publish"); /* what one target had, the other gets */
	ck_assert(is_at("ldap1.isp.example", "extra3.example"));
}
END_TEST

/* One target is wrong, the other is not: the sentence is there, nothing is lost, and the other has it. */
static void is_wrong(int is_directory, const char *words)
{
	static int serial;
	char name[40];

	snprintf(name, sizeof name, "wrong%d.example", serial++);
	ran(75, words, "add %s", name);
	ran(75, is_directory ? directory_cf : database_cf, "publish");
	if (is_directory)
		sql(name, "SELECT name FROM mxward_relay_domain WHERE name LIKE 'wrong%'");
	else
		ck_assert(is_at("ldap1.isp.example", name));
}

static void is_right_again(void)
{
	write_directory("");
	write_database("db.isp.example", "");
	ran(0, "1 in, 0 out", "publish");
	ran(0, "in line", "publish");
}

START_TEST(a_wrong_password)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/wrong", desk_dir);
	run_write_file(path, "wrong\n");
	ck_assert_int_eq(chmod(path, 0600), 0);
	run_write_file(directory_cf,
		       "server = ldaps://ldap1.isp.example\nbase = ou=relay,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "bind-dn = cn=mxward,dc=isp,dc=example\npassword-file = %s\n", tls, path);
	is_wrong(1, "the password of bind-dn was refused");
	is_right_again();
	run_write_file(database_cf,
		       "connection = host=db.isp.example dbname=mail user=mxward sslmode=verify-full sslrootcert=%s/ca.pem\n"
		       "password-file = %s\n", tls, path);
	is_wrong(0, "password authentication failed");
	is_right_again();
}
END_TEST

static void use_certificate(const char *which, int is_directory)
{
	if (is_directory) {
		shell(0, NULL, "cp %s/server-%s.pem %s/server.pem && cp %s/server-%s.key %s/server.key", tls, which, tls, tls, which,
		      tls);
		ctl("stop provider");
		ctl("start provider");
	} else {
		shell(0, NULL, "cat %s/server-%s.pem >%s/run/server.pem && cat %s/server-%s.key >%s/run/server.key", tls, which,
		      live, tls, which, live);
		ctl("stop primary");
		ctl("start primary");
	}
}

START_TEST(an_expired_certificate)
{
	write_directory("server = ldaps://ldap1.isp.example\n");
	use_certificate("expired", 1);
	is_wrong(1, "its certificate has expired");
	use_certificate("good", 1);
	ran(0, "1 in, 0 out", "publish");
	use_certificate("expired", 1);
	write_directory("");
	is_wrong(1, "its certificate has expired"); /* by STARTTLS */
	use_certificate("good", 1);
	is_right_again();
	use_certificate("expired", 0);
	is_wrong(0, "certificate verify failed");
	use_certificate("good", 0);
	is_right_again();
}
END_TEST

START_TEST(a_base_or_a_table_or_a_schema_that_is_missing)
{
	run_write_file(directory_cf,
		       "server = ldap://ldap1.isp.example\nbase = ou=nowhere,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "bind-dn = cn=mxward,dc=isp,dc=example\npassword-file = %s/password\n", tls, desk_dir);
	is_wrong(1, "the base does not exist there");
	is_right_again();
	ctl("start bare");
	write_directory("server = ldap://127.1.0.9\nstart-tls = no\n");
	is_wrong(1, "load share/fleet/mxward.ldif");
	ctl("stop bare");
	is_right_again();
	write_database("db.isp.example", "table = nowhere\n");
	is_wrong(0, "the table is not there; make it with share/fleet/mxward.sql");
	is_right_again();
}
END_TEST

START_TEST(a_replica_that_takes_no_changes)
{
	write_directory("server = ldap://ldap2.isp.example\nstart-tls = no\n");
	is_wrong(1, "it is a read-only replica; 'server' must name the provider");
	is_right_again();
	run_write_file(database_cf,
		       "connection = host=db2.isp.example dbname=mail user=mxward sslmode=disable\npassword-file = %s/password\n",
		       desk_dir);
	shell(0, NULL, "echo 'host mail mxward all scram-sha-256' >>%s/standby/data/pg_hba.conf", live);
	ctl("stop standby");
	ctl("start standby");
	is_wrong(0, "it is a read-only standby; 'connection' must name the primary");
	is_right_again();
}
END_TEST

START_TEST(a_row_that_somebody_locked)
{
	pid_t pid;
	int status;

	ran(0, "1 in", "add held.example");
	pid = fork();
	if (pid == 0) {
		char command[2000];

		snprintf(command, sizeof command, "exec $(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d mail -q "
			 "-c 'BEGIN' -c \"SELECT 1 FROM mxward_relay_domain WHERE name = 'held.example' FOR UPDATE\" "
			 "-c 'SELECT pg_sleep(600)' >/dev/null 2>&1", live);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(1);
	}
	/* Until the lock is held a statement that refuses to wait for it succeeds. */
	shell(0, NULL, "while $(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d mail -q -v ON_ERROR_STOP=1 -c "
	      "\"SELECT 1 FROM mxward_relay_domain WHERE name = 'held.example' FOR UPDATE NOWAIT\" >/dev/null 2>&1; do "
	      "sleep 0.05; done", live);
	ran(75, "another session holds a lock on the table or on a row of it",
	    "delete held.example --override --reason test --yes 1");
	while (is_at("ldap1.isp.example", "held.example"))
		usleep(20000);
	sql("held.example", "SELECT name FROM mxward_relay_domain WHERE name = 'held.example'");
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	sql(NULL, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> "
		  "pg_backend_pid()");
	ran(0, "0 in, 1 out", "publish");
	sql("0", "SELECT count(*) FROM mxward_relay_domain WHERE name = 'held.example'");
}
END_TEST

/* By the certificate of a client, and by the account on a local socket, without a password. */
START_TEST(sasl_external_by_a_certificate)
{
	run_write_file(directory_cf,
		       "server = ldaps://ldap1.isp.example\nbase = ou=relay,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "tls-cert-file = %s/client.pem\ntls-key-file = %s/client.key\n", tls, tls, tls);
	ran(0, "published to 'ldap:", "add external.example");
	ck_assert(is_at("ldap1.isp.example", "external.example"));
	write_directory("");
	ran(0, "in line", "publish");
}
END_TEST

START_TEST(a_service_file_names_the_database)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/pg_service.conf", desk_dir);
	run_write_file(path, "[mxward]\nhost=db.isp.example\ndbname=mail\nuser=mxward\nsslrootcert=%s/ca.pem\n", tls);
	run_write_file(database_cf, "connection = service=mxward\nservice-file = %s\npassword-file = %s/password\n", path, desk_dir);
	ran(0, "published to 'pgsql:", "add service.example");
	sql("service.example", "SELECT name FROM mxward_relay_domain WHERE name = 'service.example'");
}
END_TEST

/* --- many --------------------------------------------------------------------------------------------------- */

static void write_names(const char *path, const char *stem, int n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%06d.example\n", stem, i);
	fclose(f);
}

/* The names are imported into a list of its own, so that it alone is read and compared. */
static void many(int n, const char *engine)
{
	char path[1200], other[1200];
	int64_t began, in_line, refused;
	struct run_result r;
	int first = *engine == 'l' ? 0 : 2;

	snprintf(path, sizeof path, "%s/many", desk_dir);
	snprintf(other, sizeof other, "%s/many.conf", desk_dir);
	write_names(path, "many", n);
	run_write_file(other, "relay-host = x.isp.example\nparent-domain-matches-subdomains = yes\ndatabase = %s/many-%s-%d\npublish-target = %s:%s\n", desk_dir, engine, n,
		       engine, *engine == 'l' ? directory_cf : database_cf);
	run_line(&r, other, "init");
	run_clear(&r);
	run_line(&r, other, "publish --overrule --yes 1000000");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	began = loop_now();
	run_line(&r, other, "import %s", path);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	in_line = loop_now() - began;
	run_clear(&r);
	snprintf(path, sizeof path, "many%06d.example", n - 1);
	for (int i = first; i < first + 2; i++)
		while (smtp_ask_unseen(relay[i], path) != 250)
			usleep(5000);
	printf("note: %s: %d added in %lld ms\n", engine, n, (long long)in_line);
	/* An empty list in the place of the full one: what stands there goes, as a deletion's delta does. */
	run_write_file(other, "relay-host = x.isp.example\nparent-domain-matches-subdomains = yes\ndatabase = %s/none-%s-%d\npublish-target = %s:%s\n", desk_dir, engine, n,
		       engine, *engine == 'l' ? directory_cf : database_cf);
	run_line(&r, other, "init");
	run_clear(&r);
	began = loop_now();
	run_line(&r, other, "publish --overrule --yes %d", n);
	in_line = loop_now() - began;
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	for (int i = first; i < first + 2; i++)
		while (smtp_ask_unseen(relay[i], path) != 554)
			usleep(5000);
	refused = loop_now() - began;
	printf("note: %s: %d deleted in %lld ms (%lld a second), the last relay refused after %lld ms\n", engine, n,
	       (long long)in_line, (long long)n * 1000 / (in_line ? in_line : 1), (long long)refused);
}

static int how_many(void)
{
	const char *n = getenv("FLEET_MANY");

	return n ? atoi(n) : 10000;
}

START_TEST(many_entries_of_a_directory)
{
	many(1, "ldap");
	many(how_many(), "ldap");
}
END_TEST

START_TEST(many_rows_of_a_database)
{
	many(1, "pgsql");
	many(how_many(), "pgsql");
}
END_TEST

/* Killed in the midst of its deletions: what is left is done by the next. */
START_TEST(a_publisher_that_was_killed_is_finished_by_the_next)
{
	char path[1200], none[1200];
	struct run_result r;
	int status;
	pid_t pid;

	snprintf(path, sizeof path, "%s/many", desk_dir);
	write_names(path, "torn", 3000);
	ran(0, "3000 added", "import %s", path);
	snprintf(none, sizeof none, "%s/none.conf", desk_dir);
	run_write_file(none, "relay-host = x.isp.example\nparent-domain-matches-subdomains = yes\ndatabase = %s/none\npublish-target = ldap:%s\n", desk_dir, directory_cf);
	run_line(&r, none, "init");
	run_clear(&r);
	pid = fork();
	if (pid == 0) {
		execl(run_mxward(), "mxward", "-c", none, "publish", "--overrule", "--yes", "4000", (char *)NULL);
		_exit(1);
	}
	while (is_at("ldap1.isp.example", "torn000000.example"))
		usleep(2000);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert(is_at("ldap1.isp.example", "torn002999.example"));
	run_line(&r, none, "publish --overrule --yes 4000");
	ck_assert_msg(r.status == 0 && strstr(r.out, "cut off"), "%s%s", r.out, r.err);
	run_clear(&r);
	ck_assert(!is_at("ldap1.isp.example", "torn002999.example"));
	run_line(&r, none, "publish");
	ck_assert_msg(strstr(r.out, "in line") != NULL, "%s%s", r.out, r.err);
	run_clear(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fleet");
	TCase *c = tcase_create("a fleet");

	live = getenv("LIVE");
	if (!live) {
		fprintf(stderr, "run it by: make check-fleet\n");
		return 2;
	}
	snprintf(tls, sizeof tls, "%s/tls", live);
	tcase_set_timeout(c, 600);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_bulk_delete_in_the_console_is_refused_by_all);
	tcase_add_test(c, a_name_with_an_umlaut_is_found_in_both_spellings);
	tcase_add_test(c, a_replica_that_was_killed_catches_up);
	tcase_add_test(c, a_relay_fetches_its_table);
	tcase_add_test(c, a_provider_that_hangs_costs_a_bounded_wait);
	tcase_add_test(c, without_the_provider_relays_answer_and_the_commit_is_queued);
	tcase_add_test(c, without_the_primary_relays_answer_and_the_commit_is_queued);
	tcase_add_test(c, what_others_keep_there_is_never_touched);
	tcase_add_test(c, drift_is_told_adopted_and_overruled);
	tcase_add_test(c, a_wrong_password);
	tcase_add_test(c, an_expired_certificate);
	tcase_add_test(c, a_base_or_a_table_or_a_schema_that_is_missing);
	tcase_add_test(c, a_replica_that_takes_no_changes);
	tcase_add_test(c, a_row_that_somebody_locked);
	tcase_add_test(c, sasl_external_by_a_certificate);
	tcase_add_test(c, a_service_file_names_the_database);
	tcase_add_test(c, a_publisher_that_was_killed_is_finished_by_the_next);
	tcase_add_test(c, many_rows_of_a_database);
	tcase_add_test(c, many_entries_of_a_directory);
	suite_add_tcase(s, c);
	return suite_run(s);
}
