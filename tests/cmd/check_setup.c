/*
 * init --from-postfix: a configuration, a database and the list, from what a postconf says; nothing written over.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], table[1100];

static void set_up(void)
{
	static const struct target_change c[] = {{"a.example", "OK"}, {"b.example", "OK"}};
	struct target_version at;
	struct err e;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "%s/relay_domains.lmdb", dir);
	ck_assert_int_eq(postfix_create(table, c, 2, &at, &e), 0);
	run_stand_in_begin(dir);
	run_stand_in(dir, "postconf",
		     "echo 'postconf: warning: an unused parameter' >&2\n"
		     "echo relay.isp.example\necho 127.0.0.1\necho 8.8.8.8\necho 127.0.0.0/8 8.8.0.0/16\n"
		     "echo lmdb:%s/relay_domains c.example hash:%s/absent\necho permit_mx_backup\necho\n",
		     dir, dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static void ran(struct run_result *r, int status, const char *words, const char *options)
{
	run_line(r, config, "-d %s/db init%s", dir, options);
	ck_assert_msg(r->status == status, "%d\n%s%s", r->status, r->out, r->err);
	ck_assert_msg(strstr(r->out, words) || strstr(r->err, words), "no '%s' in\n%s%s", words, r->out, r->err);
}

START_TEST(a_postfix_becomes_a_list)
{
	struct run_result r;
	char want[1300];

	ran(&r, 65, "3 names imported", " --from-postfix"); /* of three tables one is not there */
	ck_assert_ptr_nonnull(strstr(r.err, "absent"));
	ck_assert_ptr_nonnull(strstr(r.err, "permit_mx_backup is in use"));
	ck_assert_ptr_nonnull(strstr(r.err, "names more than the table that is published to"));
	ck_assert_ptr_nonnull(strstr(r.out, "next: look that file through"));
	ck_assert_ptr_nonnull(strstr(r.err, "network has no IPv6"));
	run_clear(&r);
	run_line(&r, config, "list --format names");
	ck_assert_msg(r.status == 0, "%s", r.err);
	ck_assert_str_eq(r.out, "a.example\nb.example\nc.example\n");
	run_clear(&r);
	run_line(&r, config, "publish --dry-run");
	snprintf(want, sizeof want, "%s: 2 keys; 1 to put", table);
	ck_assert_msg(strstr(r.out, want) != NULL, "%s", r.out);
	run_clear(&r);
}
END_TEST

START_TEST(what_is_there_is_not_written_over)
{
	struct run_result r;
	struct stat st;
	char path[1200];

	run_write_file(config, "relay-host = mine.example\n");
	ran(&r, 73, "is there already", " --from-postfix");
	run_clear(&r);
	snprintf(path, sizeof path, "%s/db", dir);
	ck_assert_int_ne(stat(path, &st), 0);
	unlink(config);
	ck_assert_int_eq(mkdir(path, 0750), 0);
	snprintf(path, sizeof path, "%s/db/data.mdb", dir);
	run_write_file(path, "somebody's\n");
	ran(&r, 73, "there is a database", " --from-postfix");
	run_clear(&r);
	ck_assert_int_ne(access(config, F_OK), 0); /* a configuration without its list would be half a job */
}
END_TEST

START_TEST(without_a_postfix_it_says_so)
{
	struct run_result r;

	run_stand_in(dir, "postconf", "echo 'postconf: fatal: open main.cf'\nexit 1\n");
	ran(&r, 69, "open main.cf", " --from-postfix");
	run_clear(&r);
	ck_assert_int_ne(access(config, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("setup");
	TCase *c = tcase_create("init --from-postfix");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_postfix_becomes_a_list);
	tcase_add_test(c, what_is_there_is_not_written_over);
	tcase_add_test(c, without_a_postfix_it_says_so);
	suite_add_tcase(s, c);
	return suite_run(s);
}
