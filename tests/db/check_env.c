#include "db/env.h"

#include <fcntl.h>
#include <lmdb.h>

#include "base/str.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/value.h"

static int exists(const char *file)
{
	return access(path_of(file), F_OK) == 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(a_new_database_is_empty_and_has_the_modes_of_the_roles)
{
	struct db_txn *t;
	uint64_t n = 7;

	umask(0077);
	open_database();
	t = begin_read();
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, 0);
	db_abort(t);
	ck_assert_uint_eq(mode_of(dir), 02750);
	ck_assert_uint_eq(mode_of(path_of("data.mdb")), 0640);
	ck_assert_uint_eq(mode_of(path_of("lock.mdb")), 0660);
	remove_database();
}
END_TEST

START_TEST(a_database_is_made_once)
{
	open_database();
	FAILS(db_create(dir, &err), ERR_CANTCREAT);
	SAYS("already");
	remove_database();
}
END_TEST

START_TEST(nothing_is_left_behind_where_none_could_be_made)
{
	top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/not/there", top);
	FAILS(db_create(dir, &err), ERR_CANTCREAT);
	snprintf(dir, sizeof dir, "%s", top);
	ck_assert_int_eq(chmod(dir, 0757), 0);
	FAILS(db_create(dir, &err), ERR_CONFIG);
	ck_assert(!exists("data.mdb"));
	run_remove_dir(top);
}
END_TEST

START_TEST(what_is_not_there_is_said_with_the_way_to_make_it)
{
	top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/none", top);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_NOINPUT);
	SAYS("mxward init");
	FAILS(db_open(&db, top, DB_READ_ONLY, &err), ERR_NOINPUT);
	SAYS("mxward init");
	db = NULL;
	run_remove_dir(top);
}
END_TEST

START_TEST(what_was_committed_is_there_after_opening_again)
{
	struct entry e = entry_named("example.org"), got;
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(entry_put(t, &e, &err));
	OK(db_commit(t, &err));
	t = begin_write();
	e = entry_named("dropped.example.org");
	OK(entry_put(t, &e, &err));
	db_abort(t);
	db_close(db);
	OK(db_open(&db, dir, DB_READ_ONLY, &err));
	t = begin_read();
	IS(entry_get(t, "example.org", NULL, &got, &err), 1);
	ck_assert_str_eq(got.table_value, "OK");
	IS(entry_get(t, "dropped.example.org", NULL, &got, &err), 0);
	db_abort(t);
	FAILS(db_begin_write(&t, db, "a test", 0, 0, &err), ERR_PERM);
	remove_database();
}
END_TEST

START_TEST(one_process_opens_a_directory_once)
{
	struct db *second;

	open_database();
	FAILS(db_open(&second, dir, DB_READ_ONLY, &err), ERR_SOFTWARE);
	db_close(db);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	remove_database();
}
END_TEST

/* Writes schema number n over that of the database. */
static void put_schema(unsigned n)
{
	struct str value = {0};
	MDB_val k = {6, "schema"}, v;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	value_begin(&value, 1);
	value_add_number(&value, n);
	value_close(&value, 12, k.mv_data, k.mv_size);
	v = (MDB_val){value.len, value.bytes};
	ck_assert_int_eq(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 4);
	ck_assert_int_eq(mdb_env_open(env, dir, 0, 0640), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	str_clear(&value);
}

START_TEST(a_newer_database_is_left_alone)
{
	make_database();
	put_schema(2);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
	SAYS("version 2");
	SAYS("up to 1");
	put_schema(0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
	SAYS("holds an LMDB database, but none of mxward's");
	put_schema(1);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	remove_database();
}
END_TEST

START_TEST(another_lmdb_file_is_none_of_ours)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	make_database();
	unlink(path_of("data.mdb"));
	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, dir, 0, 0640), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
	SAYS("none of mxward's");
	run_remove_dir(top);
}
END_TEST

START_TEST(a_file_of_another_lmdb_is_left_alone)
{
	enum { VERSION_AT = 20, PAGE = 4096 }; /* in each of the two first pages, behind the magic */
	const uint32_t other = 77;
	uint32_t ours[2];
	int fd;

	make_database();
	fd = open(path_of("data.mdb"), O_RDWR);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pread(fd, &ours[i], sizeof ours[i], VERSION_AT + i * PAGE), sizeof ours[i]);
		ck_assert_int_eq(pwrite(fd, &other, sizeof other, VERSION_AT + i * PAGE), sizeof other);
	}
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
	SAYS("it is of another version of LMDB than 0.");
	SAYS("; use the program that wrote it, or bring back a backup with: mxward restore-backup FILE");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pwrite(fd, &ours[i], sizeof ours[i], VERSION_AT + i * PAGE), sizeof ours[i]);
	close(fd);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	remove_database();
}
END_TEST

static void fill(int n)
{
	struct db_txn *t;

	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_write();
	for (int i = 0; i < n; i++) {
		char name[64];
		struct entry e;

		snprintf(name, sizeof name, "n%05d.example.org", i);
		e = entry_named(name);
		OK(entry_put(t, &e, &err));
	}
	OK(db_commit(t, &err));
	db_close(db);
	db = NULL;
}

START_TEST(a_file_that_is_cut_short_is_said_and_never_mapped)
{
	struct stat st;
	off_t sizes[5];

	make_database();
	fill(3000);
	ck_assert_int_eq(stat(path_of("data.mdb"), &st), 0);
	sizes[0] = st.st_size - 4096;
	sizes[1] = st.st_size / 2;
	sizes[2] = 2 * 4096;
	sizes[3] = 4096 + 100;
	sizes[4] = 0;
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(truncate(path_of("data.mdb"), sizes[i]), 0);
		FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
		SAYS("backup");
		FAILS(db_open(&db, dir, DB_READ_ONLY, &err), ERR_DATA);
		ck_assert_int_eq(stat(path_of("data.mdb"), &st), 0);
		ck_assert_int_eq(st.st_size, sizes[i]); /* nothing was made new in it */
	}
	db = NULL;
	run_remove_dir(top);
}
END_TEST

START_TEST(a_file_that_is_none_of_lmdb_is_refused)
{
	static const char *const inside[] = {"example.org OK\n", "", "x"};

	make_database();
	for (size_t i = 0; i < 3; i++) {
		run_write_file(path_of("data.mdb"), "%s", inside[i]);
		FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
		SAYS("data.mdb");
	}
	unlink(path_of("data.mdb"));
	ck_assert_int_eq(mkdir(path_of("data.mdb"), 0755), 0);
	ck_assert_int_eq(db_open(&db, dir, DB_READ_WRITE, &err), -1);
	ck_assert_int_eq(rmdir(path_of("data.mdb")), 0);
	ck_assert_int_eq(mkfifo(path_of("data.mdb"), 0640), 0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_DATA);
	run_remove_dir(top);
}
END_TEST

START_TEST(links_are_not_followed)
{
	char other[600];

	make_database();
	snprintf(other, sizeof other, "%s/other.mdb", top);
	ck_assert_int_eq(rename(path_of("data.mdb"), other), 0);
	ck_assert_int_eq(symlink(other, path_of("data.mdb")), 0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_CONFIG);
	SAYS("symbolic link");
	ck_assert_int_eq(unlink(path_of("data.mdb")), 0);
	ck_assert_int_eq(rename(other, path_of("data.mdb")), 0);
	ck_assert_int_eq(unlink(path_of("lock.mdb")), 0);
	ck_assert_int_eq(symlink("/dev/null", path_of("lock.mdb")), 0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_CONFIG);
	run_remove_dir(top);
}
END_TEST

START_TEST(what_everybody_may_write_is_refused)
{
	make_database();
	ck_assert_int_eq(chmod(dir, 02757), 0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_CONFIG);
	FAILS(db_open(&db, dir, DB_READ_ONLY, &err), ERR_CONFIG);
	ck_assert_int_eq(chmod(dir, 02750), 0);
	ck_assert_int_eq(chmod(path_of("data.mdb"), 0642), 0);
	FAILS(db_open(&db, dir, DB_READ_WRITE, &err), ERR_CONFIG);
	ck_assert_int_eq(chmod(path_of("data.mdb"), 0640), 0);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	remove_database();
}
END_TEST

/* Somebody of the group: may read the data and write to the lock. */
enum { NOBODY = 65534 };

static int open_as_reader(void *ctx)
{
	struct err e = {0};
	struct entry got;
	struct db_txn *t;

	(void)ctx;
	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 10;
	if (db_open(&db, dir, DB_READ_WRITE, &e) == 0 || e.code != ERR_PERM ||
	    !strstr(e.text, "--read-only"))
		return 11;
	if (db_open(&db, dir, DB_READ_ONLY, &e) != 0)
		return 12;
	if (db_begin_read(&t, db, &e) != 0 ||
	    entry_get(t, "n00007.example.org", NULL, &got, &e) != 1)
		return 13;
	db_abort(t);
	if (db_begin_write(&t, db, "a test", 0, 0, &e) == 0 || e.code != ERR_PERM)
		return 14;
	db_close(db);
	return 0;
}

static int open_as_stranger(void *ctx)
{
	struct err e = {0};

	(void)ctx;
	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 10;
	if (db_open(&db, dir, DB_READ_ONLY, &e) == 0)
		return 11;
	return e.code == ERR_PERM ? 0 : 12;
}

START_TEST(who_may_read_looks_and_does_not_change)
{
	make_database();
	fill(10);
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(top, 0711), 0);
		ck_assert_int_eq(chown(dir, 0, NOBODY), 0);
		ck_assert_int_eq(chown(path_of("data.mdb"), 0, NOBODY), 0);
		ck_assert_int_eq(chown(path_of("lock.mdb"), 0, NOBODY), 0);
	} else {
		ck_assert_int_eq(chmod(path_of("data.mdb"), 0440), 0);
	}
	ck_assert_int_eq(in_child(open_as_reader, NULL), 0);
	ck_assert_int_eq(chmod(path_of("data.mdb"), 0), 0);
	ck_assert_int_eq(in_child(open_as_stranger, NULL), 0);
	run_remove_dir(top);
}
END_TEST

START_TEST(a_failed_change_cannot_be_committed)
{
	struct entry good = entry_named("good.example.org"), bad = entry_named("bad name"), got;
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(entry_put(t, &good, &err));
	FAILS(entry_put(t, &bad, &err), ERR_DATA);
	FAILS(db_commit(t, &err), ERR_DATA);
	t = begin_read();
	IS(entry_get(t, "good.example.org", NULL, &got, &err), 0);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(stops_wait_until_the_writer_is_done)
{
	struct db_txn *t;
	sigset_t now;

	open_database();
	t = begin_write();
	sigprocmask(SIG_BLOCK, NULL, &now);
	ck_assert(sigismember(&now, SIGTSTP));
	ck_assert(!sigismember(&now, SIGTERM));
	OK(db_commit(t, &err));
	sigprocmask(SIG_BLOCK, NULL, &now);
	ck_assert(!sigismember(&now, SIGTSTP));
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("env");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_new_database_is_empty_and_has_the_modes_of_the_roles);
	tcase_add_test(tc, a_database_is_made_once);
	tcase_add_test(tc, nothing_is_left_behind_where_none_could_be_made);
	tcase_add_test(tc, what_is_not_there_is_said_with_the_way_to_make_it);
	tcase_add_test(tc, what_was_committed_is_there_after_opening_again);
	tcase_add_test(tc, one_process_opens_a_directory_once);
	tcase_add_test(tc, a_newer_database_is_left_alone);
	tcase_add_test(tc, another_lmdb_file_is_none_of_ours);
	tcase_add_test(tc, a_file_of_another_lmdb_is_left_alone);
	tcase_add_test(tc, a_file_that_is_cut_short_is_said_and_never_mapped);
	tcase_add_test(tc, a_file_that_is_none_of_lmdb_is_refused);
	tcase_add_test(tc, links_are_not_followed);
	tcase_add_test(tc, what_everybody_may_write_is_refused);
	tcase_add_test(tc, who_may_read_looks_and_does_not_change);
	tcase_add_test(tc, a_failed_change_cannot_be_committed);
	tcase_add_test(tc, stops_wait_until_the_writer_is_done);
	return run_suite(tc);
}
