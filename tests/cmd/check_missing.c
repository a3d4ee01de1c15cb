/*
 * check_missing: what is refused although its MX names us, by logs and by zones.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], log_path[1100], zone_path[1100];
static struct run_world world;

static void write_config(void)
{
	run_write_file(config, "relay-host = backup.isp.example, relay2.isp.example\nrelay-address = 11.11.0.10\n"
			       "network = 11.11.0.0/16\nresolver = 127.0.0.1:%d\ndatabase = %s/db\n",
		       world.port, dir);
}

static void set_up(void)
{
	dir = run_make_dir();
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(log_path, sizeof log_path, "%s/mail.log", dir);
	snprintf(zone_path, sizeof zone_path, "%s/firm.example.zone", dir);
	write_config();
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

static void must(const char *words)
{
	struct run_result r;

	run_line(&r, config, "%s", words);
	ck_assert_msg(r.status == 0, "%s: %s", words, r.err);
	run_clear(&r);
}

static void make_database(const char *names)
{
	char words[1200], path[1100];

	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "%s", names);
	must("init");
	snprintf(words, sizeof words, "import %s", path);
	must(words);
	must("scan");
}

static void refuse(FILE *f, const char *id, const char *client, const char *code, const char *domain)
{
	fprintf(f, "2026-03-04T09:15:02.1+00:00 r postfix/smtpd[9]: %s: reject: RCPT from u[%s]: %s <info@%s>: Relay access "
		   "denied; from=<a@b.test> to=<info@%s>\n",
		id, client, code, domain, domain);
}

static void write_log(void)
{
	FILE *f = fopen(log_path, "w");

	refuse(f, "NOQUEUE", "203.0.113.1", "554 5.7.1", "kept001.example");
	refuse(f, "NOQUEUE", "203.0.113.1", "554 5.7.1", "kept001.example");
	refuse(f, "NOQUEUE", "203.0.113.1", "554 5.7.1", "kept000.example");
	refuse(f, "4YxKqQ3LzVz1cJB", "2001:db8::25", "454 4.7.1", "Kept000.Example.");
	refuse(f, "NOQUEUE", "2001:db8:0:7::9", "454 4.7.1", "kept000.example"); /* of the network before */
	for (int i = 0; i < 5; i++) { /* one network, however many addresses it has */
		char client[40];

		snprintf(client, sizeof client, "203.0.113.%d", 90 + i);
		refuse(f, "NOQUEUE", client, "554 5.7.1", "kept001.example");
	}
	for (int i = 0; i < 9; i++) { /* strangers: not ours, whoever asks */
		char client[40];

		snprintf(client, sizeof client, "203.0.113.%d", 20 + i);
		refuse(f, "NOQUEUE", client, "554 5.7.1", "gone01.example");
		refuse(f, "NOQUEUE", client, "554 5.7.1", "no-such-name.example");
		refuse(f, "NOQUEUE", client, "554 5.7.1", "[127.0.0.2]");
	}
	refuse(f, "NOQUEUE", "203.0.113.1", "554 5.7.1", "kept002.example"); /* listed meanwhile */
	fclose(f);
}

static void print(struct run_result *r, const char *words, const char *file)
{
	run_line(r, config, "missing %s %s", words, file);
	ck_assert_msg(r->status == 0, "%s", r->err);
}

START_TEST(what_is_no_log_of_postfix_is_said)
{
	struct run_result r;

	write_log();
	make_database("kept002.example\n");
	print(&r, "", log_path);
	ck_assert_ptr_null(strstr(r.err, "no line of Postfix"));
	run_clear(&r);
	print(&r, "", config);
	ck_assert_ptr_nonnull(strstr(r.err, "no line of Postfix"));
	run_clear(&r);
}
END_TEST

START_TEST(refused_and_proved_by_dns)
{
	struct run_result r;
	const char *first, *second;

	write_log();
	make_database("kept00.example\nkept002.example\n"); /* the first is a typing mistake: it does not exist */
	print(&r, "--format jsonl", log_path);
	ck_assert_uint_eq(run_count_lines(r.out), 2);
	first = strstr(r.out, "{\"name\":\"kept000.example\",\"kind\":\"missing\",\"clients\":2,\"refusals\":3,");
	second = strstr(r.out, "{\"name\":\"kept001.example\",\"kind\":\"missing\",\"clients\":1,\"refusals\":7,");
	ck_assert_msg(first && second && first < second, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(first, "\"class\":\"OK\""));
	ck_assert_ptr_nonnull(strstr(first, "\"near\":\"kept00.example\",\"near_class\":\"ORPHAN\""));
	run_clear(&r);
	print(&r, "", log_path);
	ck_assert_ptr_nonnull(strstr(r.out, "kept000.example: 2 clients, 3 refusals"));
	ck_assert_ptr_nonnull(strstr(r.out, "; one letter from kept00.example, which is orphan"));
	ck_assert_ptr_nonnull(strstr(r.err, "4 names were refused and are not listed; the MX of 2 names us"));
	run_clear(&r);
}
END_TEST

/* The same log twice is no more clients and no more refusals; and no database is needed. */
START_TEST(twice_and_without_a_database)
{
	char words[2300];
	struct run_result r;

	write_log();
	snprintf(words, sizeof words, "%s %s", log_path, log_path);
	print(&r, "--format jsonl", words);
	ck_assert_uint_eq(run_count_lines(r.out), 3);
	ck_assert_ptr_nonnull(strstr(r.out, "{\"name\":\"kept000.example\",\"kind\":\"missing\",\"clients\":2,\"refusals\":3,"));
	run_clear(&r);
}
END_TEST

static void report_says(const char *words)
{
	struct run_result r;

	run_line(&r, config, "report --since 2020-01-01");
	ck_assert_msg(strstr(r.out, words) != NULL, "%s", r.out);
	run_clear(&r);
}

/* No answer is no proof, in either direction: what was proved before stays. */
START_TEST(a_dead_resolver_proves_nothing)
{
	char misbehave[1100];
	struct run_result r;

	write_log();
	make_database("kept002.example\n");
	print(&r, "", log_path);
	run_clear(&r);
	report_says("we refuse them: 2\n");
	run_world_stop(&world);
	run_line(&r, config, "missing %s", log_path);
	ck_assert_int_eq(r.status, 69);
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
	report_says("we refuse them: 2\n");
	/* Now it answers, but not for one of them. */
	snprintf(misbehave, sizeof misbehave, "%s/misbehave", dir);
	run_write_file(misbehave, "kept000.example servfail\n");
	run_world_start(&world, dir, run_source("tests/cmd/zones"), misbehave);
	write_config();
	print(&r, "--format jsonl", log_path);
	ck_assert_uint_eq(run_count_lines(r.out), 1);
	ck_assert_ptr_nonnull(strstr(r.out, "kept001.example"));
	ck_assert_ptr_nonnull(strstr(r.err, "DNS gave no answer for 1"));
	run_clear(&r);
	report_says("we refuse them: 2\n");
}
END_TEST

static void write_zone(void)
{
	run_write_file(zone_path, "$TTL 300\n"
				  "@ SOA ns hostmaster 1 3600 900 604800 300\n"
				  "@ NS ns\n"
				  "@ MX 10 mail\n@ MX 20 Backup.ISP.example.\n"
				  "mail A 22.22.0.5\n"
				  "near A 11.11.0.10\n"
				  "shop MX 10 near ; ours by its address\n"
				  "left MX 10 mail\n"
				  "lent NS ns.elsewhere.example.\n"
				  "alias CNAME www.elsewhere.example.\n"
				  "$ORIGIN any.firm.example.\n"
				  "* MX 20 backup.isp.example.\n");
}

START_TEST(zones_beside_the_list)
{
	struct run_result r;

	write_zone();
	make_database("sho.firm.example\nleft.firm.example\nlent.firm.example\na.lent.firm.example\nalias.firm.example\n"
		      "x.any.firm.example\nother.example\n");
	print(&r, "--zone", zone_path);
	ck_assert_ptr_nonnull(strstr(r.out, "\nfirm.example: its zone names us, but it is not listed"));
	ck_assert_ptr_nonnull(strstr(r.out, "\nshop.firm.example: its zone names us, but it is not listed"));
	ck_assert_ptr_nonnull(strstr(r.out, "; one letter from sho.firm.example, which is orphan"));
	ck_assert_ptr_nonnull(strstr(r.out, ".any.firm.example: its zone names us, but it is not listed"));
	ck_assert_ptr_nonnull(strstr(r.out, "\nleft.firm.example: listed, but its zone names us no more"));
	ck_assert_ptr_nonnull(strstr(r.out, "\nsho.firm.example: listed, but its zone names us no more"));
	/* What the zone delegates, leads elsewhere or covers by a wildcard is not its to say. */
	ck_assert_uint_eq(run_count_lines(r.out), 5);
	ck_assert_ptr_nonnull(strstr(r.err, "3 missing, 2 listed whose zone names us no more"));
	run_clear(&r);
}
END_TEST

START_TEST(bad_zones_are_named_with_their_line)
{
	static const struct {
		const char *text;
		int status;
		const char *words;
	} cases[] = {
		{"@ SOA ns hostmaster 1 3600 900 604800 300\n$INCLUDE more\n", 65, "$INCLUDE"},
		{"@ SOA ns hostmaster 1 3600 900 604800 300\nx MX ten mail\n", 65, "line 2"},
		{"x MX 10 mail\n", 65, "no SOA"},
		{"\x7f\x45\x4c\x46\x01\xff\xfe rubbish\n", 65, "is no zone"},
		{"", 65, "no SOA"},
	};
	struct run_result r;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		run_write_file(zone_path, "%s", cases[i].text);
		run_line(&r, config, "missing --zone %s", zone_path);
		ck_assert_msg(r.status == cases[i].status && strstr(r.err, cases[i].words), "case %zu: %d %s", i, r.status,
			      r.err);
		ck_assert_str_eq(r.out, "");
		run_clear(&r);
	}
	run_line(&r, config, "missing --zone /nonexistent.zone");
	ck_assert_int_eq(r.status, 66);
	run_clear(&r);
	/* What no byte can be read from has no end by itself. */
	run_expect(config, 66, "is a directory; name the zones in it", "missing --zone /");
	run_expect(config, 74, "cannot read '/proc/self/mem'", "missing --zone /proc/self/mem");
	run_line(&r, config, "missing");
	ck_assert_int_eq(r.status, 64);
	run_clear(&r);
}
END_TEST

/* With no capability root may write to no more than anybody else. */
static void look_on(struct run_result *r, const char *words)
{
	char line[2600];
	const char *argv[] = {"/bin/sh", "-c", line, NULL};

	snprintf(line, sizeof line, "exec %s %s -c %s %s", geteuid() == 0 ? "setpriv --bounding-set=-all --inh-caps=-all" : "",
		 run_mxward(), config, words);
	run_program(r, argv, NULL);
}

START_TEST(who_may_only_read_is_told_that_nothing_is_kept)
{
	char words[1200], data[1200];
	struct run_result r;

	write_zone();
	make_database("left.firm.example\n");
	snprintf(data, sizeof data, "%s/db/data.mdb", dir);
	ck_assert_int_eq(chmod(data, 0400), 0);
	snprintf(words, sizeof words, "missing --zone %s", zone_path);
	look_on(&r, words);
	ck_assert_msg(r.status == 0, "%d: %s", r.status, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "\nleft.firm.example: listed, but its zone names us no more"));
	ck_assert_msg(strstr(r.err, "may only be read by you, so this is not kept") != NULL, "%s", r.err);
	run_clear(&r);
	strcat(words, " --quiet");
	look_on(&r, words);
	ck_assert_msg(r.status == 77 && strstr(r.err, "is open read only; nothing was changed"), "%d: %s", r.status, r.err);
	run_clear(&r);
	look_on(&r, "report");
	ck_assert_msg(strstr(r.err, "so this is not kept") != NULL, "%d: %s", r.status, r.err);
	run_clear(&r);
	look_on(&r, "--read-only report");
	ck_assert_str_eq(r.err, "");
	run_clear(&r);
}
END_TEST

/* It is not the same as none, whose list is empty: every name in the zone would be missing. */
START_TEST(a_database_that_cannot_be_opened_is_said)
{
	char data[1200], away[1200];
	struct run_result r;

	write_zone();
	write_log();
	make_database("left.firm.example\n");
	snprintf(data, sizeof data, "%s/db/data.mdb", dir);
	snprintf(away, sizeof away, "%s/away.mdb", dir);
	ck_assert_int_eq(rename(data, away), 0);
	ck_assert_int_eq(symlink(data, data), 0);
	run_line(&r, config, "missing --zone %s", zone_path);
	ck_assert_msg(r.status == 78 && strstr(r.err, "data.mdb' is a symbolic link"), "%d: %s", r.status, r.err);
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
	run_line(&r, config, "traffic --dry-run %s", log_path);
	ck_assert_msg(r.status == 78 && strstr(r.err, "data.mdb' is a symbolic link"), "%d: %s", r.status, r.err);
	run_clear(&r);
	/* DNS is asked all the same. */
	run_line(&r, config, "lookup kept001.example");
	ck_assert_msg(r.status == 0 && strstr(r.err, "data.mdb' is a symbolic link") && strstr(r.err, "; no pin counts here\n"),
		      "%d: %s", r.status, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "kept001.example"));
	run_clear(&r);
}
END_TEST

/* The timers' script, on a log that syslog wrote and on a journal: silent, and both figures and names are kept. */
START_TEST(read_each_night)
{
	char script[1100], text[1200], command[4000];
	const char *argv[] = {"/bin/sh", script, "-c", config, NULL};
	struct run_result r;

	write_log();
	make_database("kept00.example\n");
	snprintf(script, sizeof script, "%s/figures", dir);
	snprintf(text, sizeof text, "%s", run_mxward());
	*strrchr(text, '/') = '\0';
	snprintf(command, sizeof command,
		 "sed 's|@BIN@|%s|' %s >%s; printf '#!/bin/sh\\ncat %s\\n' >%s/journalctl; chmod 755 %s/journalctl", text,
		 run_source("share/system/figures.in"), script, log_path, dir, dir);
	run_program(&r, (const char *[]){"/bin/sh", "-c", command, NULL}, NULL);
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(text, sizeof text, "%s:%s", dir, getenv("PATH"));
	setenv("PATH", text, 1);
	for (int i = 0; i < 2; i++) {
		setenv("MAIL_LOG", i ? "/nonexistent/mail.log" : log_path, 1);
		run_program(&r, argv, NULL);
		ck_assert_msg(r.status == 0 && !*r.out && !*r.err, "%d %s%s", r.status, r.out, r.err);
		run_clear(&r);
		run_line(&r, config, "report --since 2020-01-01");
		ck_assert_msg(strstr(r.out, "we refuse them: 3\n") != NULL, "%s", r.out);
		ck_assert_ptr_nonnull(strstr(r.out, "kept000.example                    names us, 2 clients were refused; one letter from "
						    "kept00.example, which is orphan"));
		run_clear(&r);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("missing");
	TCase *c = tcase_create("command line");

	setenv("TZ", "UTC", 1);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, refused_and_proved_by_dns);
	tcase_add_test(c, what_is_no_log_of_postfix_is_said);
	tcase_add_test(c, twice_and_without_a_database);
	tcase_add_test(c, a_dead_resolver_proves_nothing);
	tcase_add_test(c, read_each_night);
	tcase_add_test(c, zones_beside_the_list);
	tcase_add_test(c, who_may_only_read_is_told_that_nothing_is_kept);
	tcase_add_test(c, a_database_that_cannot_be_opened_is_said);
	tcase_add_test(c, bad_zones_are_named_with_their_line);
	suite_add_tcase(s, c);
	return suite_run(s);
}
