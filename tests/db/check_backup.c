/*
 * check_backup: backup, restore-backup and compact: copies are whole and sound, a backup that is behind does not fork
 * the log, what was erased is gone from a compacted file, and nothing is replaced under somebody who has it open.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "db/env.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], copy[1100], data[1100];
static struct run_result last;

#define status_of(...) (run_clear(&last), run_line(&last, config, __VA_ARGS__), last.status)
#define run_ok(...) ck_assert_msg(status_of(__VA_ARGS__) == 0, "%s", last.err)

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(copy, sizeof copy, "%s/copy", dir);
	snprintf(data, sizeof data, "%s/db/data.mdb", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
			       "audit-origin = mx.test/audit\naudit-key = %s/audit.key\n", dir, dir);
	run_line(&last, config, "init");
	run_ok("add %s --note firstsecret", "a.example");
	run_ok("edit %s --note ordinary", "a.example");
}

static void tear_down(void)
{
	run_clear(&last);
	run_remove_dir(dir);
}

static int holds(const char *path, const char *text)
{
	struct str bytes = {0};
	struct err e;
	int found;

	ck_assert_int_eq(file_read(AT_FDCWD, path, 1 << 26, &bytes, &e), 0);
	found = memmem(bytes.bytes, bytes.len, text, strlen(text)) != NULL;
	str_clear(&bytes);
	return found;
}

START_TEST(a_backup_comes_back)
{
	struct stat st;

	run_ok("backup %s", copy);
	ck_assert_int_eq(stat(copy, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	run_ok("restore-backup %s", copy); /* nothing was recorded since */
	run_ok("%s", "check");
	ck_assert_ptr_nonnull(strstr(last.out, "2 audit records"));
	/* The disk was lost. */
	ck_assert_int_eq(unlink(data), 0);
	run_ok("restore-backup %s", copy);
	run_ok("list --format %s", "names");
	ck_assert_str_eq(last.out, "a.example\n");
	run_ok("add %s", "b.example");
}
END_TEST

/* The older one may be the only good one. */
START_TEST(a_backup_that_is_there_is_not_replaced_unasked)
{
	struct stat before, now;
	char link[1200];

	run_ok("backup %s", copy);
	ck_assert_int_eq(stat(copy, &before), 0);
	run_ok("add %s", "later.example");
	ck_assert_int_eq(status_of("backup %s", copy), 73);
	ck_assert_ptr_nonnull(strstr(last.err, "is there already and may be the one good backup; nothing was written"));
	ck_assert_int_eq(stat(copy, &now), 0);
	ck_assert_uint_eq(now.st_ino, before.st_ino);
	ck_assert_int_eq(holds(copy, "later"), 0);
	ck_assert_int_eq(chmod(copy, 0644), 0);
	run_ok("backup --replace %s", copy);
	ck_assert_int_eq(stat(copy, &now), 0);
	ck_assert_uint_ne(now.st_ino, before.st_ino);
	ck_assert_uint_eq(now.st_mode & 07777, 0600);
	ck_assert_int_eq(holds(copy, "later"), 1);
	/* Nor does it go where a link leads. */
	snprintf(link, sizeof link, "%s.link", copy);
	ck_assert_int_eq(symlink(copy, link), 0);
	ck_assert_int_eq(status_of("backup --replace %s", link), 73);
	ck_assert_ptr_nonnull(strstr(last.err, "is no plain file"));
	ck_assert_int_eq(status_of("backup %s", link), 73);
}
END_TEST

/* What is copied page by page may be damaged, and would then replace what was sound. */
START_TEST(a_damaged_database_replaces_no_backup)
{
	struct str bytes = {0};
	struct stat before, now;
	struct err e;
	size_t at;
	int fd;

	run_ok("backup %s", copy);
	ck_assert_int_eq(stat(copy, &before), 0);
	ck_assert_int_eq(file_read(AT_FDCWD, data, 1 << 26, &bytes, &e), 0);
	fd = open(data, O_WRONLY);
	for (char *p = bytes.bytes; (p = memmem(p, bytes.len - (size_t)(p - bytes.bytes), "ordinary", 8)); p += 8) {
		at = (size_t)(p - bytes.bytes);
		ck_assert_int_eq(pwrite(fd, "O", 1, (off_t)at), 1);
	}
	close(fd);
	str_clear(&bytes);
	ck_assert_int_eq(status_of("backup --replace %s", copy), 65);
	ck_assert_ptr_nonnull(strstr(last.err, "the database is damaged"));
	ck_assert_int_eq(stat(copy, &now), 0);
	ck_assert_uint_eq(now.st_ino, before.st_ino);
	ck_assert_int_eq(unlink(copy), 0);
	ck_assert_int_eq(status_of("backup %s", copy), 65);
	ck_assert_int_eq(stat(copy, &now), -1);
}
END_TEST

START_TEST(a_backup_that_is_behind_forks_nothing)
{
	run_ok("audit %s", "key");
	run_ok("backup %s", copy);
	run_ok("add %s", "later.example");
	run_ok("audit %s", "checkpoint");
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	ck_assert_ptr_nonnull(strstr(last.err, "fork the log"));
	run_ok("list --format %s", "names");
	ck_assert_ptr_nonnull(strstr(last.out, "later.example"));
	/* With the database gone the signer still knows. */
	ck_assert_int_eq(unlink(data), 0);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	run_ok("restore-backup --origin mx.test/audit/2 %s", copy);
	run_ok("audit %s", "list");
	ck_assert_ptr_nonnull(strstr(last.out, "audit.epoch"));
	ck_assert_ptr_nonnull(strstr(last.out, "size 3 root "));
	ck_assert_ptr_nonnull(strstr(last.out, "-> mx.test/audit/2"));
	ck_assert_int_eq(status_of("audit %s", "checkpoint"), 65);
}
END_TEST

static int restore_without_sync(void *ctx, struct err *e)
{
	int status;

	(void)ctx;
	fault_call(SYS_fdatasync, ENOSPC); /* LMDB's; the file itself is copied and synced in another way */
	status = status_of("restore-backup --origin mx.test/audit/2 %s", copy);
	err_set(e, ERR_OS, "%s", last.err);
	return status;
}

/* In place without the record of its new log, the old one would go on from it, forked. */
START_TEST(a_backup_whose_new_log_cannot_be_begun_is_not_put_in_place)
{
	char db[1100];
	struct err e;
	int files;

	snprintf(db, sizeof db, "%s/db", dir);
	run_ok("backup %s", copy);
	run_ok("add %s", "later.example");
	files = run_count_files(db);
	ck_assert_int_eq(fault_run(restore_without_sync, NULL, &e), 74);
	ck_assert_ptr_nonnull(strstr(e.text, "nothing was replaced"));
	ck_assert_int_eq(run_count_files(db), files);
	run_ok("list --format %s", "names");
	ck_assert_ptr_nonnull(strstr(last.out, "later.example"));
	run_ok("restore-backup --origin mx.test/audit/2 %s", copy);
	ck_assert_ptr_nonnull(strstr(last.err, "the log goes on as mx.test/audit/2"));
	ck_assert_int_eq(run_count_files(db), files + 1); /* data.mdb.replaced */
	run_ok("audit %s", "list");
	ck_assert_ptr_nonnull(strstr(last.out, "size 3 root "));
	run_ok("%s", "check");
}
END_TEST

/* What the signer has signed is not "nothing" because it cannot be read: the log might fork. */
START_TEST(a_signers_state_that_cannot_be_read_lets_nothing_back)
{
	char state[1200], kept[1200];

	snprintf(state, sizeof state, "%s/audit.key.state", dir);
	snprintf(kept, sizeof kept, "%s/kept", dir);
	run_ok("audit %s", "key");
	run_ok("backup %s", copy);
	run_ok("add %s", "later.example");
	run_ok("audit %s", "checkpoint");
	ck_assert_int_eq(unlink(data), 0);
	ck_assert_int_eq(rename(state, kept), 0);
	run_write_file(state, "nonsense\n");
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	ck_assert_ptr_nonnull(strstr(last.err, "audit.key.state"));
	ck_assert_int_eq(access(data, F_OK), -1);
	ck_assert_int_eq(rename(kept, state), 0);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	ck_assert_ptr_nonnull(strstr(last.err, "fork the log"));
}
END_TEST

START_TEST(what_was_erased_is_gone_after_compact)
{
	run_ok("audit erase note 0 --reason %s", "asked");
	run_ok("%s", "compact");
	ck_assert_int_eq(holds(data, "firstsecret"), 0);
	ck_assert_int_eq(holds(data, "ordinary"), 1);
	run_ok("%s", "check");
	run_ok("add %s", "b.example");
	run_ok("%s", "check");
	ck_assert_ptr_nonnull(strstr(last.out, "4 audit records"));
}
END_TEST

START_TEST(nothing_is_replaced_under_a_reader)
{
	char database[1100];
	struct db *db;
	struct err e;

	snprintf(database, sizeof database, "%s/db", dir);
	run_ok("backup %s", copy);
	ck_assert_int_eq(db_open(&db, database, DB_READ_ONLY, &e), 0);
	ck_assert_int_eq(status_of("%s", "compact"), 75);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 75);
	db_close(db);
	run_ok("%s", "compact");
	run_ok("%s", "check");
}
END_TEST

START_TEST(where_no_backup_can_be_made_nothing_is_left)
{
	char folder[1200];

	snprintf(folder, sizeof folder, "%s.folder", copy);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(status_of("backup %s", folder), 73);
	ck_assert_int_eq(status_of("backup %s/nowhere/file", folder), 73);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(a_damaged_backup_is_refused)
{
	struct str bytes = {0};
	struct err e;
	char *found;

	run_ok("backup %s", copy);
	ck_assert_int_eq(file_read(AT_FDCWD, copy, 1 << 26, &bytes, &e), 0);
	found = memmem(bytes.bytes, bytes.len, "ordinary", 8);
	ck_assert_ptr_nonnull(found);
	*found = 'O';
	ck_assert_int_eq(file_replace(copy, bytes.bytes, bytes.len, 0600, &e), 0);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	ck_assert_int_eq(file_replace(copy, bytes.bytes, bytes.len / 2, 0600, &e), 0);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	ck_assert_int_eq(file_replace(copy, "no database", 11, 0600, &e), 0);
	ck_assert_int_eq(status_of("restore-backup %s", copy), 65);
	run_ok("%s", "check");
	str_clear(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backup");
	TCase *t = tcase_create("backup");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_backup_comes_back);
	tcase_add_test(t, a_backup_that_is_there_is_not_replaced_unasked);
	tcase_add_test(t, a_damaged_database_replaces_no_backup);
	tcase_add_test(t, a_backup_that_is_behind_forks_nothing);
	tcase_add_test(t, a_backup_whose_new_log_cannot_be_begun_is_not_put_in_place);
	tcase_add_test(t, a_signers_state_that_cannot_be_read_lets_nothing_back);
	tcase_add_test(t, what_was_erased_is_gone_after_compact);
	tcase_add_test(t, nothing_is_replaced_under_a_reader);
	tcase_add_test(t, a_damaged_backup_is_refused);
	tcase_add_test(t, where_no_backup_can_be_made_nothing_is_left);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
