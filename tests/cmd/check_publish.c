/*
 * Publishing from end to end, by the command line: each change arrives in the table, what fails is remembered and done
 * later, what others changed is told and left alone until it is adopted or overruled, and the audit log has it all.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/env.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "db/publish.h"
#include "mta/target.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], table[1100];
static struct run_world world;

static void write_config(const char *more)
{
	run_write_file(config,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d\ndatabase = %s/db\npostfix-table = %s\n"
		       "postfix-config-directory = %s/postfix\n%s",
		       world.port, dir, table, dir, more);
}

static void set_up(void)
{
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "%s/relay_domains.lmdb", dir);
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	write_config("");
	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

static void ran(int status, const char *words, const char *line)
{
	run_expect(config, status, words, line);
}

static void import_names(const char *names)
{
	char path[1200], line[1300];

	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "%s", names);
	snprintf(line, sizeof line, "import --format names %s", path);
	ran(0, "added", line);
}

static int add_row(void *ctx, const struct table_row *row)
{
	str_addf(ctx, "%s ", row->name);
	return 0;
}

static void has(const char *keys)
{
	struct str out = {0};
	struct err e;

	ck_assert_msg(postfix_read(table, add_row, &out, &e) == 0, "%s", e.text);
	ck_assert_str_eq(str_text(&out), keys);
	str_clear(&out);
}

static void change_by_hand(const char *key, const char *value)
{
	struct target_change c = {key, value};
	struct target_version at;
	struct str ignored = {0};
	struct err e;

	ck_assert_int_eq(postfix_read_version(table, add_row, &ignored, &at, &e), 0);
	ck_assert_int_eq(postfix_apply(table, &c, 1, &at, &e), 0);
	str_clear(&ignored);
}

/* Actions of the audit log in their order, by their last word. */
static void logged(const char *actions)
{
	struct run_result r;
	struct str got = {0};

	run_line(&r, config, "audit list --format jsonl");
	ck_assert_int_eq(r.status, 0);
	for (const char *p = r.out; (p = strstr(p, "\"action\":\"")); p++) {
		const char *dot = strchr(p, '.');

		str_addf(&got, "%.*s ", (int)strcspn(dot + 1, "\""), dot + 1);
	}
	ck_assert_msg(strstr(str_text(&got), actions) != NULL, "'%s' is not in '%s'", actions, str_text(&got));
	str_clear(&got);
	run_clear(&r);
}

START_TEST(each_change_arrives_in_the_table)
{
	import_names("kept000.example\ngone00.example\nm\xc3\xbcller.example\n");
	has("gone00.example kept000.example m\xc3\xbcller.example xn--mller-kva.example ");
	ran(0, "1 in, 0 out", "add kept001.example");
	has("gone00.example kept000.example kept001.example m\xc3\xbcller.example xn--mller-kva.example ");
	ran(0, "0 in, 1 out", "delete gone00.example --override --reason test --yes 1");
	has("kept000.example kept001.example m\xc3\xbcller.example xn--mller-kva.example ");
	ran(0, "1 in, 0 out", "restore gone00.example --reason test");
	has("gone00.example kept000.example kept001.example m\xc3\xbcller.example xn--mller-kva.example ");
	ran(0, "0 in, 2 out", "delete m\xc3\xbcller.example --override --reason test --yes 1");
	has("gone00.example kept000.example kept001.example ");
	logged("import import import intent done add intent done delete intent done restore intent done delete intent done ");
	ran(0, "", "edit kept000.example --note x");
	logged("delete intent done edit ");
	ran(0, "in line", "publish");
	logged("delete intent done edit "); /* nothing to do is no record */
	ran(0, "sound", "check");
}
END_TEST

START_TEST(the_record_names_the_sum_of_what_postmap_prints)
{
	char path[1200];
	struct run_result r;
	const char *argv[] = {"/usr/bin/sha256sum", path, NULL};
	char sum[65];

	import_names("b.example\na.example\n");
	snprintf(path, sizeof path, "%s/printed", dir);
	run_write_file(path, "a.example\tOK\nb.example\tOK\n");
	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 0);
	snprintf(sum, sizeof sum, "%.64s", r.out);
	run_clear(&r);
	run_line(&r, config, "audit list --format jsonl");
	ck_assert_msg(strstr(r.out, sum) != NULL, "%s is not in\n%s", sum, r.out);
	run_clear(&r);
}
END_TEST

START_TEST(what_could_not_be_published_is_done_by_the_next)
{
	char away[1200];

	import_names("kept000.example\ngone00.example\n");
	snprintf(away, sizeof away, "%s/away", dir);
	ck_assert_int_eq(rename(table, away), 0);
	run_write_file(table, "a text where the table was\n");
	ran(75, "is not in line", "add kept001.example");
	ran(75, "is not in line", "delete gone00.example --override --reason test --yes 1");
	ran(1, "is no LMDB table", "publish --dry-run");
	ck_assert_int_eq(rename(away, table), 0);
	has("gone00.example kept000.example ");
	ran(0, "1 in, 1 out", "publish");
	has("kept000.example kept001.example ");
	ran(0, "0 to put, 0 to remove, 0 changed by others", "publish --dry-run");
}
END_TEST

START_TEST(a_table_that_vanished_is_made_again)
{
	import_names("kept000.example\ngone00.example\n");
	ck_assert_int_eq(unlink(table), 0);
	ran(1, "there is no table; it would be made with 2 keys", "publish --dry-run");
	ran(0, "3 in", "add kept001.example");
	has("gone00.example kept000.example kept001.example ");
}
END_TEST

static void make_drift(void)
{
	import_names("kept000.example\nkept001.example\ngone00.example\n");
	change_by_hand("theirs.example", "by hand");
	change_by_hand("kept001.example", NULL);
}

START_TEST(what_others_changed_is_told_and_left_alone)
{
	struct run_result r;

	make_drift();
	ran(1, "extra   theirs.example", "publish --dry-run");
	ran(1, "missing kept001.example", "publish --dry-run");
	ran(0, "1 in, 0 out", "add kept002.example");
	has("gone00.example kept000.example kept002.example theirs.example ");
	ran(1, "2 keys were changed by others", "publish");
	run_line(&r, config, "publish");
	ck_assert_msg(strstr(r.out, "in line") == NULL, "%s", r.out);
	run_clear(&r);
	has("gone00.example kept000.example kept002.example theirs.example ");
}
END_TEST

START_TEST(what_others_changed_can_be_adopted)
{
	struct run_result r;

	make_drift();
	ran(0, "1 adopted into the list, 1 deleted", "publish --adopt");
	has("gone00.example kept000.example theirs.example ");
	logged("intent done drift delete import ");
	run_line(&r, config, "list --format names");
	ck_assert_ptr_nonnull(strstr(r.out, "theirs.example"));
	ck_assert_ptr_null(strstr(r.out, "kept001.example"));
	run_clear(&r);
	ran(0, "1 restored", "restore kept001.example --reason test");
	has("gone00.example kept000.example kept001.example theirs.example ");
	ran(0, "in line", "publish");
	ran(0, "sound", "check");
}
END_TEST

static int add_value(void *ctx, const struct table_row *row)
{
	str_addf(ctx, "%s=%s ", row->name, row->value);
	return 0;
}

static void both_have(const char *const path[2], const char *rows)
{
	for (int i = 0; i < 2; i++) {
		struct str out = {0};
		struct err e;

		ck_assert_msg(postfix_read(path[i], add_value, &out, &e) == 0, "%s", e.text);
		ck_assert_msg(strcmp(str_text(&out), rows) == 0, "%s has '%s'", path[i], str_text(&out));
		str_clear(&out);
	}
}

/* A table that nobody touched says nothing against what was found in another, whichever of them comes first. */
START_TEST(what_is_adopted_from_one_table_arrives_in_the_others)
{
	char first[1100], second[1200], more[1300];
	const char *const both[2] = {first, second};

	snprintf(first, sizeof first, "%s", table);
	snprintf(second, sizeof second, "%s/second.lmdb", dir);
	snprintf(more, sizeof more, "postfix-table = %s\n", second);
	write_config(more);
	snprintf(more, sizeof more, "%s/values", dir);
	run_write_file(more, "kept.example one\nother.example two\n");
	snprintf(more, sizeof more, "import --format postfix %.1200s/values", dir);
	ran(0, "added", more);
	change_by_hand("kept.example", "theirs");
	change_by_hand("late.example", "OK");
	ran(0, "1 adopted into the list, 0 deleted", "publish --adopt");
	both_have(both, "kept.example=theirs late.example=OK other.example=two ");
	ck_assert_uint_lt(strlen(second), sizeof table);
	strcpy(table, second);
	change_by_hand("other.example", "second");
	change_by_hand("more.example", "OK");
	change_by_hand("late.example", NULL);
	strcpy(table, first);
	ran(0, "1 adopted into the list, 1 deleted", "publish --adopt");
	both_have(both, "kept.example=theirs more.example=OK other.example=second ");
	ran(0, "0 to put, 0 to remove, 0 changed by others", "publish --dry-run");
	/* An edit of ours is no such thing: what others changed meanwhile stays told. */
	change_by_hand("other.example", "again");
	ran(0, "1 of 1 changed", "edit other.example --note x");
	ran(1, "value   other.example", "publish");
	ran(0, "sound", "check");
}
END_TEST

START_TEST(adopting_does_not_lift_a_pin)
{
	make_drift();
	ran(0, "", "pin kept001.example --reason customer");
	ran(1, "pinned (customer)", "publish --adopt");
	ran(0, "in, 0 out", "publish --overrule");
	has("gone00.example kept000.example kept001.example theirs.example ");
}
END_TEST

START_TEST(what_others_changed_can_be_overruled)
{
	make_drift();
	ran(0, "1 in, 1 out", "publish --overrule");
	has("gone00.example kept000.example kept001.example ");
	logged("intent done drift intent done ");
	ran(0, "in line", "publish");
}
END_TEST

START_TEST(many_names_go_only_when_the_number_was_agreed_to)
{
	struct str names = {0};
	char key[40];

	for (int i = 0; i < 30; i++)
		str_addf(&names, "kept%03d.example\n", i);
	import_names(str_text(&names));
	str_clear(&names);
	for (int i = 0; i < 25; i++) {
		snprintf(key, sizeof key, "kept%03d.example", i);
		change_by_hand(key, NULL);
	}
	ran(75, "agree to that with --yes 25", "publish --adopt");
	ran(75, "agree to that with --yes 25", "publish --adopt --yes 24");
	ran(0, "25 deleted", "publish --adopt --yes 25");
}
END_TEST

/* As it is left by a process that was killed between its intent and its done. */
static void cut_off(const struct target_sum *from, const struct target_sum *to)
{
	char path[1200];
	struct arena a = {0};
	struct publish_state state;
	struct db_txn *t;
	struct db *db;
	struct err e;

	snprintf(path, sizeof path, "%s/db", dir);
	ck_assert_int_eq(db_open(&db, path, DB_READ_WRITE, &e), 0);
	ck_assert_int_eq(db_begin_write(&t, db, "a test", 0, 1000, &e), 0);
	ck_assert_int_eq(publish_get(t, table, &a, &state, &e), 1);
	state.is_intended = 1;
	state.from = from ? *from : state.sum;
	state.to = to ? *to : state.sum;
	ck_assert_int_eq(publish_put(t, table, &state, &e), 0);
	ck_assert_int_eq(db_commit(t, &e), 0);
	db_close(db);
	arena_clear(&a);
}

START_TEST(an_intent_without_a_done_is_closed_by_the_next)
{
	struct target_sum other = {.count = 7};
	struct run_result r;

	import_names("kept000.example\n");
	cut_off(&other, NULL);
	ran(1, "cut off", "publish --dry-run");
	ran(0, "the table holds what was intended", "publish");
	cut_off(NULL, &other);
	ran(0, "the table is as it was before", "publish");
	cut_off(&other, &other);
	ran(0, "neither", "publish");
	run_line(&r, config, "audit list --format jsonl");
	ck_assert_ptr_nonnull(strstr(r.out, "unknown, recovered"));
	run_clear(&r);
	logged("intent done done done done ");
}
END_TEST

START_TEST(a_stale_text_covered_names_and_inert_keys_are_told)
{
	char path[1200];

	import_names("kept000.example\nsub.kept000.example\n.kept001.example\n");
	snprintf(path, sizeof path, "%s/relay_domains", dir);
	run_write_file(path, "kept000.example OK\nresurrected.example OK\n");
	ran(0, "still has 1 name that the list does not have (resurrected.example)", "publish --dry-run");
	ran(0, "covered: sub.kept000.example by kept000.example", "publish --dry-run");
	ran(0, "never finds the key .kept001.example", "publish --dry-run");
	write_config("parent-domain-matches-subdomains = no\n");
	ran(0, "0 changed by others", "publish --dry-run");
}
END_TEST

/* A postconf that says what it is told to, by name, and leaves a trace of having been started. */
static void write_postconf(const char *parents)
{
	run_stand_in_begin(dir);
	run_stand_in(dir, "postconf",
		     "touch %s/started\nfor p; do case $p in\n"
		     "relay_domains) echo hash:/x ;;\n"
		     "parent_domain_matches_subdomains) echo '%s' ;;\n"
		     "smtpd_relay_restrictions) echo permit_mynetworks, permit_mx_backup, reject ;;\n"
		     "smtpd_recipient_restrictions) echo ;;\n"
		     "maximal_queue_lifetime) echo 2d ;;\nesac; done\n",
		     dir, parents);
}

START_TEST(postfix_is_asked_but_for_a_restricted_console)
{
	char started[1200];

	write_postconf("");
	snprintf(started, sizeof started, "%s/started", dir);
	write_config("restricted = yes\n");
	import_names("kept000.example\n");
	ran(0, "restricted = yes starts no program", "publish --dry-run");
	ran(0, "1 in", "add kept001.example");
	ck_assert_int_ne(access(started, F_OK), 0);
	write_config("");
	ran(0, "permit_mx_backup is in use", "publish --dry-run");
	ran(0, "does not name lmdb:", "publish --dry-run");
	ran(0, "names hash:/x too; what that accepts stays accepted", "publish --dry-run");
	ck_assert_int_eq(access(started, F_OK), 0);
}
END_TEST

static void says(int yes, const char *words, const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s", line, r.err);
	ck_assert_msg((strstr(r.out, words) || strstr(r.err, words)) == yes, "%s: '%s' in\n%s%s", line, words, r.out, r.err);
	run_clear(&r);
}

/* Whatever needs to know whether an entry covers what is below it hears the same of Postfix. */
START_TEST(the_mode_of_parents_is_postfix_s)
{
	write_postconf(_i ? "debug_peer_list, Relay_Domains" : "debug_peer_list,xrelay_domains");
	write_config("");
	import_names("kept000.example\nwww.kept000.example\n.kept001.example\n");
	says(_i, "covered: www.kept000.example", "publish --dry-run");
	says(_i, "inert: Postfix never finds the key .kept001", "publish --dry-run");
	says(_i, "*.kept000.example", "publish --print exim");
	says(_i, "Inert:", "show .kept001.example");
	says(_i, "Covered by kept000.example", "show www.kept000.example");
	ran(0, "2 days", "pin kept000.example --reason outage --until 2040-01-01");
}
END_TEST

START_TEST(without_a_table_there_is_nothing_to_publish_to)
{
	run_write_file(config, "database = %s/db\n", dir);
	ran(0, "", "add kept000.example");
	ran(78, "no postfix-table and no publish-target is configured", "publish");
	ran(64, "one of", "publish --adopt --overrule");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("publish");
	TCase *c = tcase_create("command line");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, each_change_arrives_in_the_table);
	tcase_add_test(c, the_record_names_the_sum_of_what_postmap_prints);
	tcase_add_test(c, what_could_not_be_published_is_done_by_the_next);
	tcase_add_test(c, a_table_that_vanished_is_made_again);
	tcase_add_test(c, what_others_changed_is_told_and_left_alone);
	tcase_add_test(c, what_others_changed_can_be_adopted);
	tcase_add_test(c, what_is_adopted_from_one_table_arrives_in_the_others);
	tcase_add_test(c, adopting_does_not_lift_a_pin);
	tcase_add_test(c, what_others_changed_can_be_overruled);
	tcase_add_test(c, many_names_go_only_when_the_number_was_agreed_to);
	tcase_add_test(c, an_intent_without_a_done_is_closed_by_the_next);
	tcase_add_test(c, a_stale_text_covered_names_and_inert_keys_are_told);
	tcase_add_test(c, postfix_is_asked_but_for_a_restricted_console);
	tcase_add_loop_test(c, the_mode_of_parents_is_postfix_s, 0, 2);
	tcase_add_test(c, without_a_table_there_is_nothing_to_publish_to);
	suite_add_tcase(s, c);
	return suite_run(s);
}
