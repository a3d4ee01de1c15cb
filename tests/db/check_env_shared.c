/*
 * check_env_shared: several processes at one database: who holds the lock, who was killed, and whose commits are seen.
 */
#include "db/env.h"

#include <fcntl.h>

#include "db/db_support.h"
#include "db/entries.h"

struct other {
	int said[2], go[2];
};

static int hold_lock(void *ctx)
{
	struct other *o = ctx;
	struct err e;
	struct db_txn *t;
	char c;

	if (db_open(&db, dir, DB_READ_WRITE, &e) != 0 ||
	    db_begin_write(&t, db, "a scan", 1, 0, &e) != 0)
		return 1;
	if (write(o->said[1], "x", 1) != 1 || read(o->go[0], &c, 1) != 1)
		return 2;
	return db_commit(t, &e) != 0;
}

START_TEST(the_holder_of_the_lock_is_named)
{
	struct other o;
	struct db_txn *t;
	char c, pid_text[32];
	int status;
	pid_t pid;

	make_database();
	ck_assert_int_eq(pipe(o.said) | pipe(o.go), 0);
	pid = fork();
	if (pid == 0)
		_exit(hold_lock(&o));
	ck_assert_int_eq(read(o.said[0], &c, 1), 1);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	FAILS(db_begin_write(&t, db, "a deletion", 0, 20, &err), ERR_BUSY);
	SAYS("'s scan (pid ");
	snprintf(pid_text, sizeof pid_text, "(pid %ld)", (long)pid);
	SAYS(pid_text);
	/* A reader is not held up. */
	t = begin_read();
	db_abort(t);
	ck_assert_int_eq(write(o.go[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	OK(db_begin_write(&t, db, "a deletion", 0, 0, &err));
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(a_killed_writer_leaves_nothing_behind)
{
	struct other o;
	struct db_txn *t;
	int status;
	pid_t pid;
	char c;

	make_database();
	ck_assert_int_eq(pipe(o.said) | pipe(o.go), 0);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (pid == 0)
			_exit(hold_lock(&o));
		ck_assert_int_eq(read(o.said[0], &c, 1), 1);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		OK(db_begin_write(&t, db, "a deletion", 0, 0, &err));
		OK(db_commit(t, &err));
	}
	remove_database();
}
END_TEST

static int commit_one(void *ctx)
{
	struct entry entry = entry_named(ctx);
	struct err e;
	struct db_txn *t;

	if (db_open(&db, dir, DB_READ_WRITE, &e) != 0 ||
	    db_begin_write(&t, db, "an edit", 0, 1000, &e) != 0)
		return 1;
	return entry_put(t, &entry, &e) != 0 || db_commit(t, &e) != 0;
}

START_TEST(the_commit_of_another_process_is_seen)
{
	struct entry got;
	struct db_txn *t;
	uint64_t before;

	open_database();
	before = db_change(db);
	ck_assert_uint_eq(db_change(db), before);
	ck_assert_int_eq(in_child(commit_one, "other.example.org"), 0);
	ck_assert_uint_ne(db_change(db), before);
	t = begin_read();
	IS(entry_get(t, "other.example.org", NULL, &got, &err), 1);
	db_abort(t);
	remove_database();
}
END_TEST

static void read_lock_file(uint64_t word[16])
{
	int fd = open(path_of("lock.mdb"), O_RDONLY);

	ck_assert_int_eq(pread(fd, word, 16 * sizeof *word, 0), 16 * (int)sizeof *word);
	close(fd);
}

/* LMDB writes a commit to the file, waits for the disk, and only then tells readers of it, by a number in the file of
 * locks.  Set back, it is as while the disk is waited for: what cannot be read yet is no change. */
START_TEST(a_commit_is_a_change_once_it_can_be_read)
{
	uint64_t before[16], after[16], was, is;
	struct entry got;
	struct db_txn *t;
	int fd, at = -1;

	open_database();
	was = db_change(db);
	read_lock_file(before);
	ck_assert_int_eq(in_child(commit_one, "other.example.org"), 0);
	is = db_change(db);
	ck_assert_uint_ne(is, was);
	read_lock_file(after);
	for (int i = 0; i < 16; i++)
		if (before[i] == was && after[i] == is)
			at = i;
	ck_assert_int_ge(at, 0);
	fd = open(path_of("lock.mdb"), O_RDWR);
	ck_assert_int_eq(pwrite(fd, &was, sizeof was, at * (off_t)sizeof was), (int)sizeof was);
	t = begin_read();
	IS(entry_get(t, "other.example.org", NULL, &got, &err), 0);
	db_abort(t);
	ck_assert_uint_eq(db_change(db), was);
	ck_assert_int_eq(pwrite(fd, &is, sizeof is, at * (off_t)sizeof is), (int)sizeof is);
	ck_assert_uint_eq(db_change(db), is);
	close(fd);
	remove_database();
}
END_TEST

static int read_and_die(void *ctx)
{
	struct err e;
	struct db_txn *t;

	(void)ctx;
	for (int i = 0; i < 50; i++)
		if ((i == 0 && db_open(&db, dir, DB_READ_ONLY, &e) != 0) ||
		    db_begin_read(&t, db, &e) != 0)
			return 1;
	kill(getpid(), SIGKILL);
	return 2;
}

START_TEST(places_of_killed_readers_are_taken_back)
{
	struct db_txn *t;

	open_database();
	/* 30 times 50 readers, and there are 1022 places. */
	for (int i = 0; i < 30; i++)
		ck_assert_int_eq(in_child(read_and_die, NULL), 128 + SIGKILL);
	t = begin_read();
	db_abort(t);
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("env_shared");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_holder_of_the_lock_is_named);
	tcase_add_test(tc, a_killed_writer_leaves_nothing_behind);
	tcase_add_test(tc, the_commit_of_another_process_is_seen);
	tcase_add_test(tc, a_commit_is_a_change_once_it_can_be_read);
	tcase_add_test(tc, places_of_killed_readers_are_taken_back);
	return run_suite(tc);
}
