/*
 * Backup, compact and restore when the system does not want to: what is said, that the database is as it was, and that no
 * half-made copy is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "db/backup.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "support/fault.h"

static char copy[600];

struct trouble {
	struct fault fault;
	const char *said;
	enum err_code code;
};

enum { O_FRESH = O_CREAT | O_EXCL };

static void add_entry(const char *name)
{
	struct entry e = entry_named(name);
	struct db_txn *t = begin_write();

	OK(entry_put(t, &e, &err));
	OK(db_commit(t, &err));
}

/* A database with one entry that nobody has open, and a place for copies. */
static void set_up(void)
{
	open_database();
	add_entry("kept.example");
	db_close(db);
	db = NULL;
	snprintf(copy, sizeof copy, "%s/copies", top);
	ck_assert_int_eq(mkdir(copy, 0750), 0);
	snprintf(copy, sizeof copy, "%s/copies/today", top);
}

static void tear_down(void)
{
	db_close(db);
	db = NULL;
	run_remove_dir(top);
}

/* As before, and can be written to. */
static void assert_as_before(int n_files)
{
	struct db_txn *t;
	struct entry e;

	ck_assert_msg(run_count_files(dir) == n_files, "%d files, there were %d", run_count_files(dir), n_files);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_read();
	IS(entry_get(t, "kept.example", NULL, &e, &err), 1);
	IS(entry_get(t, "later.example", NULL, &e, &err), 0);
	db_abort(t);
	add_entry("later.example");
}

static void assert_said(const struct trouble *t, const char *where)
{
	SAYS(t->said);
	SAYS(where);
	ck_assert_msg(err.code == t->code, "code %d: %s", err.code, err.text);
}

/* --- backup --------------------------------------------------------------------------------------------------- */

static int take_backup(void *ctx, struct err *e)
{
	int rc;

	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return 1;
	if (ctx)
		fault_set(ctx);
	rc = backup_write(db, copy, 1, e);
	db_close(db);
	return rc;
}

static const struct trouble backups[] = {
	{{SYS_openat, EACCES, 2, O_FRESH, O_FRESH}, "cannot make '", ERR_PERM},
	{{SYS_openat, ENOENT, 2, O_FRESH, O_FRESH}, "cannot make '", ERR_CANTCREAT},
	{{SYS_write, ENOSPC, 2, ~0u, 8192}, "cannot copy the database in '", ERR_IO}, /* LMDB's two first pages */
	{{SYS_fsync, EIO, 0, 0, 0}, "cannot write '", ERR_IO},
	{{FAULT_RENAME, EIO, 0, 0, 0}, "cannot rename '", ERR_IO},
};

START_TEST(a_backup_that_fails_leaves_the_old_one)
{
	int before;
	struct stat old, now;

	ck_assert_msg(fault_run(take_backup, NULL, &err) == 0, "%s", err.text);
	before = run_count_files(dir);
	ck_assert_int_eq(stat(copy, &old), 0);
	ck_assert_int_eq(fault_run(take_backup, (void *)&backups[_i].fault, &err), -1);
	assert_said(&backups[_i], top);
	ck_assert_int_eq(stat(copy, &now), 0);
	ck_assert_uint_eq(old.st_ino, now.st_ino);
	snprintf(copy, sizeof copy, "%s/copies", top);
	ck_assert_int_eq(run_count_files(copy), 1);
	assert_as_before(before);
}
END_TEST

START_TEST(a_backup_whose_directory_cannot_be_written_through_is_said)
{
	const struct trouble t = {{SYS_openat, EMFILE, 2, O_DIRECTORY | O_PATH, O_DIRECTORY}, "cannot write to the directory '", ERR_OS};

	ck_assert_int_eq(fault_run(take_backup, (void *)&t.fault, &err), -1);
	assert_said(&t, top);
	ck_assert_int_eq(access(copy, R_OK), 0);
}
END_TEST

START_TEST(a_backup_that_cannot_be_noted_is_one_all_the_same)
{
	const struct fault fault = {SYS_fchmod, EPERM, 0, 0, 0};
	int files = run_count_files(dir);
	char words[400];

	ck_assert_msg(fault_run(take_backup, (void *)&fault, &err) == 0, "%s", err.text);
	ck_assert_int_eq(access(copy, R_OK), 0);
	backup_way_back(words, sizeof words, dir);
	ck_assert_str_eq(words, "mxward restore-backup FILE");
	ck_assert_int_eq(run_count_files(dir), files);
	ck_assert_msg(fault_run(take_backup, NULL, &err) == 0, "%s", err.text);
	backup_way_back(words, sizeof words, dir);
	ck_assert_ptr_nonnull(strstr(words, copy));
}
END_TEST

/* What stands in that file comes from a disk, too. */
START_TEST(a_note_that_is_no_path_is_not_repeated)
{
	char words[400];

	run_write_file(path_of("newest-backup"), "today\n");
	backup_way_back(words, sizeof words, dir);
	ck_assert_str_eq(words, "mxward restore-backup FILE");
	run_write_file(path_of("newest-backup"), "/a\033[2Jb\n");
	backup_way_back(words, sizeof words, dir);
	ck_assert_str_eq(words, "mxward restore-backup FILE");
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
	static char deep[1400];

	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	memset(deep, 'x', 1300);
	deep[0] = '/';
	FAILS(backup_write(db, deep, 0, &err), ERR_CANTCREAT);
	SAYS("is too long");
	FAILS(backup_restore(deep, copy, NULL, NULL, &err), ERR_CANTCREAT);
	SAYS("is too long");
}
END_TEST

/* --- compact ---------------------------------------------------------------------------------------------------- */

static int compact(void *ctx, struct err *e)
{
	uint64_t before, after;

	fault_set(ctx);
	return backup_compact(dir, &before, &after, e);
}

static const struct trouble compactions[] = {
	{{FAULT_MKDIR, ENOSPC, 0, 0, 0}, "cannot make the directory '", ERR_IO},
	{{SYS_openat, EACCES, 2, O_FRESH | O_WRONLY, O_FRESH | O_WRONLY}, "cannot make '", ERR_PERM}, /* the copy's lock file */
	{{SYS_fsync, EIO, 0, 0, 0}, "cannot write '", ERR_IO},
	{{SYS_clone, EAGAIN, 0, CLONE_THREAD, 0}, "cannot start a process", ERR_OS}, /* to check the copy */
	{{FAULT_CHMOD, EPERM, 0, 0, 0}, "cannot set owner and mode of '", ERR_PERM},
	{{FAULT_LINK, EPERM, 0, 0, 0}, "cannot put a new database in place of '", ERR_PERM},
	{{SYS_ftruncate, EIO, 1, ~0u, 0}, "cannot put a new database in place of '", ERR_IO},
	{{FAULT_RENAME, EIO, 0, 0, 0}, "cannot put a new database in place of '", ERR_IO},
};

START_TEST(a_compaction_that_fails_leaves_the_database)
{
	int before = run_count_files(dir);

	ck_assert_int_eq(fault_run(compact, (void *)&compactions[_i].fault, &err), -1);
	SAYS(compactions[_i].said);
	ck_assert_msg(err.code == compactions[_i].code, "code %d: %s", err.code, err.text);
	assert_as_before(before);
}
END_TEST

START_TEST(what_is_not_there_is_not_compacted)
{
	uint64_t before, after;
	char none[700];

	snprintf(none, sizeof none, "%s/none", top);
	FAILS(backup_compact(none, &before, &after, &err), ERR_NOINPUT);
	SAYS("mxward init");
}
END_TEST

/* --- restore ---------------------------------------------------------------------------------------------------- */

static int take_it(void *ctx, const char *folder, struct err *e)
{
	(void)ctx;
	(void)folder;
	(void)e;
	return 0;
}

static int restore(void *ctx, struct err *e)
{
	if (ctx)
		fault_set(ctx);
	return backup_restore(dir, copy, take_it, NULL, e);
}

static const struct trouble restores[] = {
	{{FAULT_MKDIR, EACCES, 0, 0, 0}, "cannot make the directory '", ERR_PERM},
	{{SYS_openat, EACCES, 2, O_FRESH | O_WRONLY, O_FRESH | O_WRONLY}, "cannot make '", ERR_PERM},
	{{SYS_sendfile, EIO, 0, 0, 0}, "cannot copy '", ERR_IO},
	{{SYS_sendfile, ENOSPC, 0, 0, 0}, "': disk full", ERR_IO},
	{{FAULT_RENAME, EIO, 0, 0, 0}, "cannot put a new database in place of '", ERR_IO},
};

START_TEST(a_restore_that_fails_leaves_the_database)
{
	int before;

	ck_assert_msg(fault_run(take_backup, NULL, &err) == 0, "%s", err.text);
	before = run_count_files(dir);
	ck_assert_int_eq(fault_run(restore, (void *)&restores[_i].fault, &err), -1);
	assert_said(&restores[_i], dir);
	assert_as_before(before);
}
END_TEST

START_TEST(a_backup_that_is_not_there_is_said)
{
	int before = run_count_files(dir);

	FAILS(backup_restore(dir, copy, take_it, NULL, &err), ERR_NOINPUT);
	SAYS("cannot open '");
	SAYS(copy);
	assert_as_before(before);
}
END_TEST

/* One that had our number was killed in the middle. */
START_TEST(what_a_killed_one_left_is_in_nobodys_way)
{
	char left[700], file[720];
	int before, fd;

	ck_assert_msg(fault_run(take_backup, NULL, &err) == 0, "%s", err.text);
	before = run_count_files(dir);
	snprintf(left, sizeof left, "%s/.copy-%ld", dir, (long)getpid());
	snprintf(file, sizeof file, "%s/data.mdb", left);
	ck_assert_int_eq(mkdir(left, 0700), 0);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "half", 4), 4);
	close(fd);
	OK(backup_restore(dir, copy, take_it, NULL, &err));
	ck_assert_int_ne(access(left, F_OK), 0);
	assert_as_before(before + 1); /* with the database that was replaced */
}
END_TEST

START_TEST(without_a_place_for_it_nothing_is_restored)
{
	char none[700];

	ck_assert_msg(fault_run(take_backup, NULL, &err) == 0, "%s", err.text);
	snprintf(none, sizeof none, "%s/no/where", top);
	FAILS(backup_restore(none, copy, take_it, NULL, &err), ERR_CANTCREAT);
	SAYS("cannot make the directory '");
	ck_assert_int_ne(access(none, F_OK), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("backup faults");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_backup_that_fails_leaves_the_old_one, 0, sizeof backups / sizeof *backups);
	tcase_add_test(tc, a_backup_whose_directory_cannot_be_written_through_is_said);
	tcase_add_test(tc, a_backup_that_cannot_be_noted_is_one_all_the_same);
	tcase_add_test(tc, a_note_that_is_no_path_is_not_repeated);
	tcase_add_test(tc, a_path_too_long_is_refused);
	tcase_add_loop_test(tc, a_compaction_that_fails_leaves_the_database, 0, sizeof compactions / sizeof *compactions);
	tcase_add_test(tc, what_is_not_there_is_not_compacted);
	tcase_add_loop_test(tc, a_restore_that_fails_leaves_the_database, 0, sizeof restores / sizeof *restores);
	tcase_add_test(tc, a_backup_that_is_not_there_is_said);
	tcase_add_test(tc, what_a_killed_one_left_is_in_nobodys_way);
	tcase_add_test(tc, without_a_place_for_it_nothing_is_restored);
	return run_suite(tc);
}
