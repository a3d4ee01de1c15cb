/*
 * A Postfix table when the system does not want it to be written, read or copied: what is said, that the table is as it was,
 * and that no other file is left beside it.
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
#include "base/str.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, path[1100];
static struct err err;
static struct target_version at; /* of the table as it was made */

static const struct target_change three[] = {{"a.example", "OK"}, {"b.example", "OK"}, {"c.example", "OK"}};

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(path, sizeof path, "%s/relay_domains.lmdb", dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static void make_table(void)
{
	ck_assert_msg(postfix_create(path, three, 3, &at, &err) == 0, "%s", err.text);
}

static int add_row(void *ctx, const struct table_row *row)
{
	str_addf(ctx, "%s=%s ", row->name, row->value);
	return 0;
}

static void is_rows(const char *wanted)
{
	struct str out = {0};

	ck_assert_msg(postfix_read(path, add_row, &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(out.bytes, wanted);
	str_clear(&out);
}

struct trouble {
	struct fault fault;
	const char *said;
	enum err_code code;
};

static void assert_said(const struct trouble *t)
{
	ck_assert_msg(strstr(err.text, t->said), "no '%s' in: %s", t->said, err.text);
	ck_assert_msg(strstr(err.text, dir), "%s", err.text);
	ck_assert_msg(err.code == t->code, "code %d: %s", err.code, err.text);
}

/* --- changes in place ----------------------------------------------------------------------------------- */

enum { O_LOOK = O_NONBLOCK | O_ACCMODE, O_FRESH = O_CREAT | O_EXCL };

static const struct trouble changes[] = {
	{{SYS_openat, EACCES, 2, O_LOOK, O_NONBLOCK | O_RDWR},
	 "': permission denied; give the account that runs mxward the right to write to that file", ERR_PERM},
	{{SYS_openat, EROFS, 2, O_LOOK, O_NONBLOCK | O_RDWR}, "cannot write to the table '", ERR_PERM},
	{{SYS_fcntl, ENOLCK, 1, ~0u, F_OFD_SETLK}, "cannot lock '", ERR_IO},
	{{SYS_pwrite64, ENOSPC, 0, 0, 0}, "': disk full; it is as it was, make room and try again", ERR_IO},
	{{SYS_pwrite64, EIO, 0, 0, 0}, "': Input/output error; it is as it was, look at the disk and try again", ERR_IO},
	{{SYS_fdatasync, EIO, 0, 0, 0}, "': Input/output error; it is as it was, look at the disk and try again", ERR_IO},
	{{SYS_pwrite64, EPERM, 0, 0, 0}, "': Operation not permitted", ERR_PERM},
};

static int apply_with_fault(void *ctx, struct err *e)
{
	const struct target_change c = {"new.example", "OK"};
	const struct fault *f = ctx;

	fault_set(f);
	if (f->number == SYS_pwrite64)
		fault_call(SYS_writev, f->error); /* several pages at once */
	return postfix_apply(path, &c, 1, &at, e);
}

START_TEST(a_change_that_cannot_be_written_is_said)
{
	make_table();
	ck_assert_int_eq(fault_run(apply_with_fault, (void *)&changes[_i].fault, &err), -1);
	assert_said(&changes[_i]);
	is_rows("a.example=OK b.example=OK c.example=OK ");
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

static int without_processes(void *ctx, struct err *e)
{
	const struct target_change c = {"new.example", "OK"};
	struct target_version now = at;

	(void)ctx;
	fault_call(SYS_clone, EAGAIN);
	if (postfix_read(path, add_row, &(struct str){0}, e) != -1)
		return 1;
	return postfix_apply(path, &c, 1, &now, e);
}

START_TEST(without_a_process_more_nothing_is_done)
{
	make_table();
	ck_assert_int_eq(fault_run(without_processes, NULL, &err), -1);
	ck_assert_str_eq(err.text, "cannot start a process: Resource temporarily unavailable");
	ck_assert_int_eq(err.code, ERR_OS);
	is_rows("a.example=OK b.example=OK c.example=OK ");
}
END_TEST

/* Nothing of this says that the table is damaged. */
static const struct trouble readings[] = {
	{{SYS_fcntl, EMFILE, 1, ~0u, F_DUPFD_CLOEXEC}, "no memory or no file descriptor to read '", ERR_OS},
	{{SYS_openat, ENFILE, 2, O_ACCMODE | O_NONBLOCK, O_RDONLY}, "': Too many open files in system", ERR_OS},
	{{SYS_pread64, EIO, 0, 0, 0}, "': Input/output error", ERR_IO},
	{{SYS_write, EPIPE, 0, 0, 0}, "no memory or no file descriptor to read '", ERR_OS},
};

static int read_with_fault(void *ctx, struct err *e)
{
	fault_set(ctx);
	return postfix_read(path, add_row, &(struct str){0}, e);
}

START_TEST(what_keeps_a_table_from_being_read_is_no_damage)
{
	make_table();
	ck_assert_int_eq(fault_run(read_with_fault, (void *)&readings[_i].fault, &err), -1);
	assert_said(&readings[_i]);
	ck_assert_msg(!strstr(err.text, "postmap"), "%s", err.text);
}
END_TEST

START_TEST(a_child_without_means_to_write_is_no_damage)
{
	static const struct trouble without = {{SYS_fcntl, EMFILE, 1, ~0u, F_DUPFD_CLOEXEC},
					       "no memory or no file descriptor to write to the table '", ERR_OS};

	make_table();
	ck_assert_int_eq(fault_run(apply_with_fault, (void *)&without.fault, &err), -1);
	assert_said(&without);
	is_rows("a.example=OK b.example=OK c.example=OK ");
}
END_TEST

START_TEST(a_table_that_went_is_another_edition)
{
	const struct target_change c = {"new.example", "OK"};

	make_table();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(postfix_apply(path, &c, 1, &at, &err), 1);
	ck_assert_int_eq(run_count_files(dir), 0);
}
END_TEST

/* --- a new table -------------------------------------------------------------------------------------------- */

static const struct trouble makings[] = {
	{{SYS_openat, EACCES, 2, O_FRESH, O_FRESH}, "cannot make '", ERR_PERM},
	{{SYS_fchmod, EPERM, 0, 0, 0}, "cannot set the mode of '", ERR_PERM},
	{{SYS_pwrite64, ENOSPC, 0, 0, 0}, "': disk full; it is as it was, make room and try again", ERR_IO},
	{{SYS_renameat2, EIO, 0, 0, 0}, "cannot make the table '", ERR_IO},
};

static int create_with_fault(void *ctx, struct err *e)
{
	struct target_version made;

	fault_set(ctx);
	return postfix_create(path, three, 3, &made, e);
}

START_TEST(a_table_that_cannot_be_made_leaves_nothing)
{
	ck_assert_int_eq(fault_run(create_with_fault, (void *)&makings[_i].fault, &err), -1);
	assert_said(&makings[_i]);
	ck_assert_int_eq(run_count_files(dir), 0);
	make_table();
	is_rows("a.example=OK b.example=OK c.example=OK ");
}
END_TEST

/* It is there, but whether it outlives a power cut is not known. */
static const struct trouble late[] = {
	{{SYS_openat, EACCES, 2, O_DIRECTORY, O_DIRECTORY}, "cannot open the directory of '", ERR_PERM},
	{{SYS_fsync, EIO, 0, 0, 0}, "cannot write to the directory of '", ERR_IO},
};

START_TEST(a_directory_that_cannot_be_written_through_is_said)
{
	ck_assert_int_eq(fault_run(create_with_fault, (void *)&late[_i].fault, &err), -1);
	assert_said(&late[_i]);
	is_rows("a.example=OK b.example=OK c.example=OK ");
}
END_TEST

START_TEST(a_table_larger_than_its_first_map_is_made)
{
	enum { N = 40000 };
	static struct target_change c[N];
	static char key[N][40];
	struct str out = {0};

	for (int i = 0; i < N; i++) {
		snprintf(key[i], sizeof key[i], "name%06d.example", i);
		c[i] = (struct target_change){key[i], "OK"};
	}
	ck_assert_msg(postfix_create(path, c, N, &at, &err) == 0, "%s", err.text);
	ck_assert_int_eq(postfix_read(path, add_row, &out, &err), 0);
	ck_assert_uint_eq(out.len, (size_t)N * sizeof "name000000.example=OK");
	ck_assert_ptr_nonnull(strstr(out.bytes, "name039999.example=OK "));
	str_clear(&out);
}
END_TEST

/* --- a copy in its place --------------------------------------------------------------------------------------- */

static const struct trouble copies[] = {
	{{SYS_openat, EACCES, 2, O_LOOK, O_NONBLOCK | O_RDWR}, "cannot open '", ERR_PERM},
	{{SYS_openat, ENOSPC, 2, O_FRESH, O_FRESH}, "cannot make '", ERR_IO},
	{{SYS_fchmod, EPERM, 0, 0, 0}, "cannot set the mode of '", ERR_PERM},
	{{SYS_copy_file_range, EIO, 0, 0, 0}, "cannot put a copy in the place of '", ERR_IO},
	{{SYS_copy_file_range, 0, 0, 0, 0}, "cannot put a copy in the place of '", ERR_IO}, /* it "ends" too early */
	{{SYS_fsync, ENOSPC, 0, 0, 0}, "': disk full", ERR_IO},
	{{FAULT_RENAME, EIO, 0, 0, 0}, "cannot put a copy in the place of '", ERR_IO},
};

static int refresh_with_fault(void *ctx, struct err *e)
{
	fault_set(ctx);
	return postfix_refresh(path, &at, e);
}

START_TEST(a_copy_that_cannot_be_made_leaves_the_table)
{
	struct stat before, after;

	make_table();
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(fault_run(refresh_with_fault, (void *)&copies[_i].fault, &err), -1);
	assert_said(&copies[_i]);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	is_rows("a.example=OK b.example=OK c.example=OK ");
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

START_TEST(a_copy_keeps_the_owner_or_is_not_made)
{
	struct fault fault = {.number = SYS_fchown, .error = EPERM};
	struct target_version now;
	struct stat st;

	if (geteuid() != 0)
		return; /* only root has files of others to copy */
	make_table();
	ck_assert_int_eq(chown(path, 7, 8), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(fault_run(refresh_with_fault, &fault, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot put a copy in the place of '"));
	ck_assert_int_eq(run_count_files(dir), 1);
	now = at;
	ck_assert_msg(postfix_refresh(path, &now, &err) == 0, "%s", err.text);
	ck_assert_uint_ne(now.inode, at.inode);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(st.st_uid == 7 && st.st_gid == 8 && (st.st_mode & 07777) == 0640);
}
END_TEST

START_TEST(another_file_is_not_copied_over)
{
	struct target_version now;

	make_table();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(postfix_create(path, three, 2, &now, &err), 0);
	now = at;
	now.inode++;
	ck_assert_int_eq(postfix_refresh(path, &now, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "somebody else put another file in the place of '"));
	is_rows("a.example=OK b.example=OK ");
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

START_TEST(a_table_too_large_to_be_copied_under_its_lock_is_said)
{
	make_table();
	ck_assert_int_eq(truncate(path, (64l << 20) + 1), 0);
	ck_assert_int_eq(postfix_refresh(path, &at, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is too large to be copied while others wait"));
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

START_TEST(too_long_a_path_is_said)
{
	char part[251], deep[1100];
	size_t n = (size_t)snprintf(deep, sizeof deep, "%s", dir);
	struct target_version made;

	memset(part, 'x', sizeof part - 1);
	part[250] = '\0';
	while (n + 251 < 1010) {
		n += (size_t)snprintf(deep + n, sizeof deep - n, "/%s", part);
		ck_assert_int_eq(mkdir(deep, 0755), 0);
	}
	snprintf(deep + n, sizeof deep - n, "/%.*s", (int)(1020 - n), part);
	ck_assert_int_eq(postfix_create(deep, three, 3, &made, &err), -1);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "is too long"));
	ck_assert_int_ne(access(deep, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("postfix_faults");
	TCase *c = tcase_create("tables");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, a_change_that_cannot_be_written_is_said, 0, sizeof changes / sizeof *changes);
	tcase_add_test(c, without_a_process_more_nothing_is_done);
	tcase_add_loop_test(c, what_keeps_a_table_from_being_read_is_no_damage, 0, sizeof readings / sizeof *readings);
	tcase_add_test(c, a_child_without_means_to_write_is_no_damage);
	tcase_add_test(c, a_table_that_went_is_another_edition);
	tcase_add_loop_test(c, a_table_that_cannot_be_made_leaves_nothing, 0, sizeof makings / sizeof *makings);
	tcase_add_loop_test(c, a_directory_that_cannot_be_written_through_is_said, 0, sizeof late / sizeof *late);
	tcase_add_test(c, a_table_larger_than_its_first_map_is_made);
	tcase_add_loop_test(c, a_copy_that_cannot_be_made_leaves_the_table, 0, sizeof copies / sizeof *copies);
	tcase_add_test(c, a_copy_keeps_the_owner_or_is_not_made);
	tcase_add_test(c, another_file_is_not_copied_over);
	tcase_add_test(c, a_table_too_large_to_be_copied_under_its_lock_is_said);
	tcase_add_test(c, too_long_a_path_is_said);
	suite_add_tcase(s, c);
	return suite_run(s);
}
