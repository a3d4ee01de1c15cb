/*
 * Where else a name stands: in tables of the mail server that mxward does not write, before and after a deletion.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "ops/leftovers.h"
#include "ops/ward.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], path[1200];
static struct run_world world;

static void write_config(const char *more)
{
	run_write_config(config, dir, world.port, "parent-domain-matches-subdomains = yes\npostfix-config-directory = %s/postfix\n%s",
			 dir, more);
}

static void write_postconf(void)
{
	run_stand_in_begin(dir);
	run_stand_in(dir, "postconf",
		     "for p; do case $p in\n"
		     "relay_recipient_maps) echo proxy:lmdb:%s/recipients, pgsql:/etc/postfix/pg.cf ;;\n"
		     "transport_maps) echo hash:%s/transport ;;\n"
		     "virtual_alias_maps|recipient_canonical_maps|smtp_tls_policy_maps) echo ;;\n"
		     "smtpd_relay_restrictions) echo permit_mynetworks, reject_unauth_destination ;;\n"
		     "smtpd_recipient_restrictions) echo check_sender_access hash:%s/transport, "
		     "check_recipient_access texthash:%s/access, check_recipient_access regexp:%s/patterns, reject ;;\n"
		     "*) ;;\nesac; done\n",
		     dir, dir, dir, dir, dir);
}

static void ran(int status, const char *words, const char *line)
{
	run_expect(config, status, words, line);
}

static void write_tables(void)
{
	static const struct target_change rows[] = {
		{"@gone.example", "x"}, {"a@gone.example", "x"}, {"b@gone.example", "x"}, {"c@fine.example", "x"}};
	struct target_version at;
	struct err e;

	snprintf(path, sizeof path, "%s/recipients.lmdb", dir);
	ck_assert_int_eq(postfix_create(path, rows, 4, &at, &e), 0);
	snprintf(path, sizeof path, "%s/transport", dir);
	run_write_file(path, "# routes\n.GONE.example\tsmtp:[mx1.gone.example]\nother.example smtp:\n");
	snprintf(path, sizeof path, "%s/access", dir);
	run_write_file(path, "notgone.example REJECT\nm\xc3\xbcller.example OK\n");
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(path, sizeof path, "%s/world.zone", dir);
	run_write_file(path, "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
			     "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmail.isp A 11.11.5.1\nmx1.cloud A 22.22.0.1\n"
			     "gone MX 10 mx1.cloud\nfine MX 10 mail.isp\nfine MX 20 backup.isp\n"
			     "xn--mller-kva MX 10 mx1.cloud\n");
	run_world_start(&world, dir, path, NULL);
	write_postconf();
	write_tables();
	write_config("");
	ran(0, "", "init");
	ran(0, "", "add gone.example");
	ran(0, "", "add fine.example");
	ran(0, "", "add xn--mller-kva.example");
	ran(0, "", "scan");
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

START_TEST(show_names_the_tables_and_what_cannot_be_read)
{
	ran(0, "Other tables: relay_recipient_maps", "show gone.example");
	ran(0, "has @gone.example and 2", "show gone.example");
	ran(0, "transport_maps", "show gone.example");
	ran(0, ".GONE.example", "show gone.example");
	ran(0, "(pgsql:/etc/postfix/pg.cf) was not looked", "show gone.example");
	ran(0, "it holds patterns", "show gone.example");
	ran(0, "smtpd_recipient_restrictions", "show xn--mller-kva.example");
	ran(0, "Other tables: relay_recipient_maps", "show fine.example");
}
END_TEST

static void deletes(const char *words, int yes)
{
	struct run_result r;

	run_line(&r, config, "delete gone.example --reason x --yes 1");
	ck_assert_int_eq(r.status, 0);
	ck_assert_msg((strstr(r.err, words) != NULL) == yes, "%s%s", r.out, r.err);
	run_clear(&r);
}

START_TEST(a_deletion_says_what_is_left_over)
{
	ran(0, "left over in relay_recipient_maps, transport_maps", "delete gone.example --reason x --dry-run");
	deletes("left over of gone.example: relay_recipient_maps (proxy:lmdb:", 1);
}
END_TEST

START_TEST(a_restricted_console_asks_nothing)
{
	write_config("restricted = yes\n");
	deletes("left over", 0);
}
END_TEST

START_TEST(a_table_that_is_broken_or_missing_is_named)
{
	snprintf(path, sizeof path, "%s/recipients.lmdb", dir);
	run_write_file(path, "this is no table at all, but it is long enough to be looked at by everybody who cares\n");
	snprintf(path, sizeof path, "%s/transport", dir);
	unlink(path);
	deletes("left over of", 0);
	ran(0, "", "restore gone.example --reason x");
	ran(0, "", "scan");
	deletes("transport_maps (hash:", 1);
}
END_TEST

/* How often the file was opened since this was asked last. */
static int times_opened(int watch)
{
	char events[4096];
	ssize_t len = read(watch, events, sizeof events);
	int n = 0;

	for (ssize_t at = 0; at < len;) {
		const struct inotify_event *event = (const struct inotify_event *)(events + at);

		at += (ssize_t)(sizeof *event + event->len);
		n += (event->mask & IN_OPEN) != 0;
	}
	return n;
}

START_TEST(a_screen_reads_a_table_again_only_when_it_has_changed)
{
	struct ward_options o = {.config_file = config};
	struct ward w;
	struct err e;
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	snprintf(path, sizeof path, "%s/transport", dir);
	ck_assert_int_ge(inotify_add_watch(watch, path, IN_OPEN), 0);
	ck_assert_msg(ward_open(&w, &o, &e) == 0, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, "gone.example"), "has @gone.example and 2 more; transport_maps"));
	ck_assert_int_eq(times_opened(watch), 1);
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, "xn--mller-kva.example"), "smtpd_recipient_restrictions"));
	ck_assert_ptr_null(strstr(leftovers_lines(&w, "xn--mller-kva.example"), "transport_maps"));
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, ".gone.example"), "has .GONE.example"));
	ck_assert_ptr_null(strstr(leftovers_lines(&w, "nowhere.example"), "Other tables"));
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, "nowhere.example"), "it holds patterns"));
	ck_assert_int_eq(times_opened(watch), 0);

	run_write_file(path, "gone.example.org smtp:\nxn--mller-kva.example smtp:\n");
	times_opened(watch);
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, "xn--mller-kva.example"), "transport_maps"));
	ck_assert_int_eq(times_opened(watch), 1);
	ck_assert_ptr_null(strstr(leftovers_lines(&w, "gone.example"), "transport_maps"));
	unlink(path);
	ck_assert_ptr_nonnull(strstr(leftovers_lines(&w, "gone.example"), "cannot open"));
	ward_close(&w);
	close(watch);
}
END_TEST

/* More domains than the first room of what is kept, and several keys of each. */
START_TEST(every_domain_of_a_long_table_is_found_again)
{
	struct ward_options o = {.config_file = config};
	struct str text = {0};
	struct ward w;
	struct err e;

	snprintf(path, sizeof path, "%s/transport", dir);
	for (int i = 0; i < 3000; i++)
		str_addf(&text, "%sd%d.example smtp:\n", i % 3 == 0 ? "u@" : i % 3 == 1 ? "." : "", i % 1000);
	run_write_file(path, "%s", str_text(&text));
	ck_assert_msg(ward_open(&w, &o, &e) == 0, "%s", e.text);
	for (int i = 0; i < 1000; i++) {
		char name[40], words[80];

		snprintf(name, sizeof name, "d%d.example", i);
		snprintf(words, sizeof words, "has %s%s and 2 more", i % 3 == 0 ? "u@" : i % 3 == 1 ? "." : "", name);
		ck_assert_msg(strstr(leftovers_lines(&w, name), words) != NULL, "no '%s' in %s", words,
			      leftovers_lines(&w, name));
	}
	ck_assert_ptr_null(strstr(leftovers_lines(&w, "d1000.example"), "transport_maps"));
	ward_close(&w);
	str_clear(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("leftovers");
	TCase *c = tcase_create("leftovers");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, show_names_the_tables_and_what_cannot_be_read);
	tcase_add_test(c, a_deletion_says_what_is_left_over);
	tcase_add_test(c, a_restricted_console_asks_nothing);
	tcase_add_test(c, a_table_that_is_broken_or_missing_is_named);
	tcase_add_test(c, a_screen_reads_a_table_again_only_when_it_has_changed);
	tcase_add_test(c, every_domain_of_a_long_table_is_found_again);
	suite_add_tcase(s, c);
	return suite_run(s);
}
