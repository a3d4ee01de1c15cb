/*
 * Making and opening a database when the system does not want to: what is said, and that nothing is left half made or
 * open.
 */
#include "db/env.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "db/db_support.h"
#include "db/entries.h"
#include "support/fault.h"

/* What fails, and what is said of it; missing: a file of the database that is not there. */
struct trouble {
	struct fault fault;
	const char *said;
	enum err_code code;
	const char *missing;
	enum db_mode mode;
};

/* --- opening ------------------------------------------------------------------------------------------ */

enum { NO_FAULT = -1, A_DIRECTORY = -2 }; /* in the place of the file that is missing */

enum { O_FRESH = O_CREAT | O_EXCL, O_LOOK = O_NONBLOCK | O_ACCMODE };

static const struct trouble openings[] = {
	{{SYS_openat, EACCES, 2, O_PATH, O_PATH}, "cannot open the directory '", ERR_PERM, NULL, DB_READ_WRITE},
	{{SYS_openat, EACCES, 2, O_LOOK, O_NONBLOCK | O_RDWR},
	 "you may look at the database in '",
	 ERR_PERM,
	 NULL,
	 DB_READ_WRITE},
	{{SYS_openat, EIO, 2, O_LOOK, O_NONBLOCK | O_RDWR}, "cannot open '", ERR_IO, NULL, DB_READ_WRITE},
	/* The lock of LMDB. */
	{{SYS_openat, ENOSPC, 2, O_FRESH, O_FRESH}, "/lock.mdb': disk full", ERR_IO, "lock.mdb", DB_READ_WRITE},
	{{SYS_fchmod, EPERM, 1, 07777, 0660}, "cannot set the mode of '", ERR_PERM, "lock.mdb", DB_READ_WRITE},
	{{SYS_openat, EACCES, 2, O_LOOK, O_NONBLOCK | O_RDWR},
	 "which readers of the database must be able to write to (chmod 0660, same group): Permission denied",
	 ERR_PERM,
	 NULL,
	 DB_READ_ONLY},
	{{.number = NO_FAULT}, "lock.mdb' is missing; let the owner of the database run mxward once", ERR_PERM, "lock.mdb", DB_READ_ONLY},
	/* Our own, and the gate. */
	{{.number = A_DIRECTORY}, "/gate': Is a directory", ERR_NOINPUT, "gate", DB_READ_WRITE},
	{{SYS_fchmod, EPERM, 0, 0, 0}, "cannot set the mode of '", ERR_PERM, "gate", DB_READ_WRITE},
	{{.number = A_DIRECTORY}, "/write.lock': Is a directory", ERR_NOINPUT, "write.lock", DB_READ_WRITE},
	{{SYS_fchmod, EPERM, 0, 0, 0}, "cannot set the mode of '", ERR_PERM, "write.lock", DB_READ_WRITE},
	/* LMDB: no lock to be had. */
	{{SYS_fcntl, EAGAIN, 1, ~1u, F_SETLK}, "cannot open the database in '", ERR_OS, NULL, DB_READ_WRITE},
	/* Only root gives files away. */
	{{SYS_fchown, EPERM, 0, 0, 0}, "cannot give '", ERR_PERM, "lock.mdb", DB_READ_WRITE},
	{{SYS_fchown, EPERM, 0, 0, 0}, "cannot give '", ERR_PERM, "write.lock", DB_READ_WRITE},
};

static int open_with_fault(void *ctx, struct err *e)
{
	const struct trouble *t = ctx;
	int before = run_count_files("/proc/self/fd"), rc;

	if (t->fault.number >= 0)
		fault_set(&t->fault);
	rc = db_open(&db, dir, t->mode, e);
	if (rc != 0 && run_count_files("/proc/self/fd") != before)
		return err_set(e, ERR_SOFTWARE, "a file is left open");
	return rc;
}

START_TEST(an_opening_that_fails_says_why_and_another_succeeds)
{
	const struct trouble *t = &openings[_i];
	struct entry entry;
	struct db_txn *txn;

	if (t->fault.number == SYS_fchown && geteuid() != 0)
		return;
	make_database();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	txn = begin_write();
	entry = entry_named("kept.example");
	OK(entry_put(txn, &entry, &err));
	OK(db_commit(txn, &err));
	db_close(db);
	if (t->missing)
		ck_assert_int_eq(unlink(path_of(t->missing)), 0);
	if (t->fault.number == A_DIRECTORY)
		ck_assert_int_eq(mkdir(path_of(t->missing), 0750), 0);
	ck_assert_int_eq(fault_run(open_with_fault, (void *)t, &err), -1);
	SAYS(t->said);
	SAYS(dir);
	ck_assert_msg(err.code == t->code, "code %d: %s", err.code, err.text);
	if (t->fault.number == A_DIRECTORY)
		ck_assert_int_eq(rmdir(path_of(t->missing)), 0);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	txn = begin_read();
	IS(entry_get(txn, "kept.example", NULL, &entry, &err), 1);
	db_abort(txn);
	remove_database();
}
END_TEST

/* A file system that is read only: nobody else can write, so a lock is not needed. */
static int look_on_a_read_only_file_system(void *ctx, struct err *e)
{
	struct entry got;
	struct db_txn *t;

	(void)ctx;
	fault_set(&(struct fault){SYS_openat, EROFS, 2, O_LOOK, O_NONBLOCK | O_RDWR});
	if (db_open(&db, dir, DB_READ_ONLY, e) != 0 || db_begin_read(&t, db, e) != 0)
		return -1;
	return entry_get(t, "kept.example", NULL, &got, e);
}

START_TEST(a_read_only_file_system_is_looked_at_without_a_lock)
{
	struct entry entry = entry_named("kept.example");
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(entry_put(t, &entry, &err));
	OK(db_commit(t, &err));
	db_close(db);
	db = NULL;
	ck_assert_int_eq(fault_run(look_on_a_read_only_file_system, NULL, &err), 1);
	run_remove_dir(top);
}
END_TEST

/* A limit as `ulimit -v` sets it. */
static int open_in_little_space(void *ctx, struct err *e)
{
	struct rlimit space;

	(void)ctx;
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &space), 0);
	space.rlim_cur = (rlim_t)32 << 30;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &space), 0);
	return db_open(&db, dir, DB_READ_WRITE, e);
}

START_TEST(too_little_address_space_is_said)
{
	make_database();
	ck_assert_int_eq(fault_run(open_in_little_space, NULL, &err), -1);
	SAYS("64 GiB of address space are not to be had; lift the limit (ulimit -v, LimitAS)");
	SAYS("mxward restore-backup FILE");
	run_remove_dir(top);
}
END_TEST

/* --- who holds the lock, when that is hard to say ------------------------------------------------------ */

struct other {
	int said[2], go[2];
	struct fault fault;
};

static int hold_lock(void *ctx, struct err *e)
{
	struct other *o = ctx;
	struct db_txn *t;
	char c;

	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return -1;
	fault_set(&o->fault);
	if (db_begin_write(&t, db, "a scan", 1, 0, e) != 0 || write(o->said[1], "x", 1) != 1 ||
	    read(o->go[0], &c, 1) != 1)
		return -1;
	db_abort(t);
	return 0;
}

/* Begins a write beside a holder that meets with a fault, and says what that was told. */
static void begin_beside(const struct fault *fault)
{
	struct other o = {.fault = *fault};
	struct db_txn *t;
	int status;
	pid_t pid;
	char c;

	make_database();
	ck_assert_int_eq(pipe(o.said) | pipe(o.go), 0);
	pid = fork();
	if (pid == 0)
		_exit(hold_lock(&o, &err) != 0);
	ck_assert_int_eq(read(o.said[0], &c, 1), 1);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	FAILS(db_begin_write(&t, db, "a deletion", 0, 0, &err), ERR_BUSY);
	ck_assert_int_eq(write(o.go[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	OK(db_begin_write(&t, db, "a deletion", 0, 0, &err));
	db_abort(t);
	remove_database();
}

START_TEST(a_holder_without_a_name_has_a_number)
{
	char number[40];

	/* Neither the list of accounts is to be opened, nor a socket to those who would know. */
	begin_beside(&(struct fault){SYS_openat, EMFILE, 2, O_ACCMODE, O_RDONLY});
	snprintf(number, sizeof number, "uid %lu's scan (pid ", (unsigned long)getuid());
	SAYS(number);
}
END_TEST

START_TEST(a_holder_that_could_not_sign_is_another_process)
{
	begin_beside(&(struct fault){.number = SYS_pwrite64, .error = EIO});
	SAYS("another process is writing to the database in '");
	SAYS("try again");
}
END_TEST

static int begin_without_locks(void *ctx, struct err *e)
{
	struct db_txn *t;

	(void)ctx;
	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return 1;
	fault_set(&(struct fault){SYS_fcntl, ENOLCK, 1, ~0u, F_OFD_SETLK});
	return db_begin_write(&t, db, "a deletion", 0, 1000, e);
}

START_TEST(a_file_system_without_locks_is_said)
{
	make_database();
	ck_assert_int_eq(fault_run(begin_without_locks, NULL, &err), -1);
	SAYS("cannot lock '");
	SAYS("write.lock': No locks available");
	run_remove_dir(top);
}
END_TEST

/* --- making one ----------------------------------------------------------------------------------------- */

static const struct trouble makings[] = {
	{{FAULT_MKDIR, ENOSPC, 0, 0, 0}, "cannot make the directory '", ERR_IO, NULL, 0},
	{{SYS_openat, EACCES, 2, O_DIRECTORY, O_DIRECTORY}, "cannot open the directory '", ERR_PERM, NULL, 0},
	{{SYS_fchmod, EPERM, 1, 07777, 02750}, "cannot set the mode of '", ERR_PERM, NULL, 0},
	{{SYS_openat, EMFILE, 2, O_FRESH, O_FRESH}, "cannot make '", ERR_CANTCREAT, NULL, 0},
	{{SYS_fchmod, EPERM, 1, 07777, 0640}, "cannot set the mode of '", ERR_PERM, NULL, 0},
	{{SYS_pwrite64, ENOSPC, 0, 0, 0}, "disk full; this change was not made", ERR_IO, NULL, 0},
	{{SYS_fdatasync, EIO, 0, 0, 0}, "the disk fails (input/output error)", ERR_IO, NULL, 0},
	{{SYS_linkat, EPERM, 0, 0, 0}, "cannot make a database in '", ERR_PERM, NULL, 0},
	{{SYS_fchmod, EPERM, 1, 07777, 0660}, "/lock.mdb'", ERR_PERM, NULL, 0},
	/* Somebody made one in the meantime. */
	{{SYS_linkat, EEXIST, 0, 0, 0}, "there is a database in '", ERR_CANTCREAT, NULL, 0},
};

static int make_with_fault(void *ctx, struct err *e)
{
	const struct trouble *t = ctx;

	fault_set(&t->fault);
	return db_create(dir, e);
}

/* Without data.mdb there is no database.  Empty files for locks may stay: whoever made one meanwhile may have them. */
static int count_data(void)
{
	DIR *d = opendir(dir);
	struct dirent *found;
	int n = 0;

	while (d && (found = readdir(d)))
		n += strstr(found->d_name, "mdb") && strcmp(found->d_name, "lock.mdb") != 0;
	if (d)
		closedir(d);
	return n;
}

START_TEST(a_making_that_fails_leaves_no_data)
{
	const struct trouble *t = &makings[_i];

	top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/db", top);
	ck_assert_int_eq(fault_run(make_with_fault, (void *)t, &err), -1);
	SAYS(t->said);
	SAYS(dir);
	ck_assert_msg(err.code == t->code, "code %d: %s", err.code, err.text);
	ck_assert_int_eq(count_data(), 0);
	OK(db_create(dir, &err));
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	remove_database();
}
END_TEST

/* Once data.mdb has its name there is a database. */
START_TEST(a_making_that_fails_at_its_end_leaves_a_whole_database)
{
	static const struct trouble at_the_end = {{SYS_fsync, EIO, 0, 0, 0}, "cannot write to '", ERR_IO, NULL, 0};

	top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/db", top);
	ck_assert_int_eq(fault_run(make_with_fault, (void *)&at_the_end, &err), -1);
	SAYS(at_the_end.said);
	FAILS(db_create(dir, &err), ERR_CANTCREAT);
	OK(db_open(&db, dir, DB_READ_ONLY, &err));
	db_abort(begin_read());
	db_close(db);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	db_abort(begin_write());
	remove_database();
}
END_TEST

START_TEST(a_directory_with_too_long_a_name_is_refused)
{
	char part[250];
	size_t n;

	top = run_make_dir();
	memset(part, 'x', sizeof part);
	n = (size_t)snprintf(dir, sizeof dir, "%s/%.*s", top, 239, part);
	ck_assert_int_eq(mkdir(dir, 0750), 0);
	snprintf(dir + n, sizeof dir - n, "/%.*s", (int)(505 - n), part);
	FAILS(db_create(dir, &err), ERR_CANTCREAT);
	SAYS("is too long");
	ck_assert_int_eq(run_count_files(dir), 0);
	run_remove_dir(top);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("open faults");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, an_opening_that_fails_says_why_and_another_succeeds, 0, sizeof openings / sizeof *openings);
	tcase_add_test(tc, a_read_only_file_system_is_looked_at_without_a_lock);
#ifndef SANDBOX_OPEN
	tcase_add_test(tc, too_little_address_space_is_said);
#else
	suite_skip(1, "a limit on address space: this build has a sanitizer, which takes more");
	(void)too_little_address_space_is_said;
#endif
	tcase_add_test(tc, a_holder_without_a_name_has_a_number);
	tcase_add_test(tc, a_holder_that_could_not_sign_is_another_process);
	tcase_add_test(tc, a_file_system_without_locks_is_said);
	tcase_add_loop_test(tc, a_making_that_fails_leaves_no_data, 0, sizeof makings / sizeof *makings);
	tcase_add_test(tc, a_making_that_fails_at_its_end_leaves_a_whole_database);
	tcase_add_test(tc, a_directory_with_too_long_a_name_is_refused);
	return run_suite(tc);
}
