/*
 * Writing when the disk, the map or the readers' table does not want to: what is said, that nothing of the change is
 * there, and that the work goes on where it can.
 */
#include "db/env.h"

#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>

#include "db/check.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/store.h"
#include "support/fault.h"

enum { META_PAGES = 2 * 4096 };

/* Of all writes those into LMDB's two first pages, with which a change takes effect. */
static const struct fault meta_fails = {SYS_pwrite64, EIO, 3, ~(uint32_t)(META_PAGES - 1), 0};

static int put_one(const char *name, struct err *e)
{
	struct entry entry = entry_named(name);
	struct db_txn *t;

	if (db_begin_write(&t, db, "a test", 0, 1000, e) != 0)
		return -1;
	if (entry_put(t, &entry, e) == 0)
		return db_commit(t, e);
	db_abort(t);
	return -1;
}

/* 1 when it is there, 0, -1. */
static int has(const char *name, struct err *e)
{
	struct entry entry;
	struct db_txn *t;
	int got;

	if (db_begin_read(&t, db, e) != 0)
		return -1;
	got = entry_get(t, name, NULL, &entry, e);
	db_abort(t);
	return got;
}

/* A database with one entry, kept.example, that nobody has open. */
static void make_with_one(void)
{
	open_database();
	OK(put_one("kept.example", &err));
	db_close(db);
	db = NULL;
}

static void assert_as_before(void)
{
	static struct db_report report;

	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	IS(has("kept.example", &err), 1);
	IS(has("new.example", &err), 0);
	OK(put_one("later.example", &err));
	remove_database();
}

/* --- a disk that fails ---------------------------------------------------------------------------------- */

struct trouble {
	struct fault fault;
	const char *said;
};

static const struct trouble writes[] = {
	{{SYS_pwrite64, EIO, 0, 0, 0}, "': the disk fails (input/output error); this change was not made, look at the disk"},
	{{SYS_pwrite64, ENOSPC, 0, 0, 0}, "': disk full; this change was not made, make room and try again"},
	{{SYS_pwrite64, EDQUOT, 0, 0, 0}, "': disk full; this change was not made, make room and try again"},
	{{SYS_fdatasync, EIO, 0, 0, 0}, "': the disk fails (input/output error); this change was not made, look at the disk"},
	{{SYS_pwrite64, EROFS, 0, 0, 0}, "': Read-only file system"},
};

static int write_with_fault(void *ctx, struct err *e)
{
	const struct fault *f = ctx;
	struct err ignored;

	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return 1;
	fault_set(f);
	/* LMDB writes several pages at once by another call than one. */
	if (f->number == SYS_pwrite64)
		fault_call(SYS_writev, f->error);
	if (put_one("new.example", e) == 0)
		return 2;
	return has("kept.example", &ignored) == 1 && has("new.example", &ignored) == 0 ? -1 : 3;
}

START_TEST(a_disk_that_fails_is_said_and_changes_nothing)
{
	make_with_one();
	ck_assert_int_eq(fault_run(write_with_fault, (void *)&writes[_i].fault, &err), -1);
	SAYS("cannot write to the database in '");
	SAYS(writes[_i].said);
	ck_assert_int_eq(err.code, writes[_i].fault.error == EROFS ? ERR_PERM : ERR_IO);
	assert_as_before();
}
END_TEST

/* LMDB takes nothing more from an environment whose meta page could not be written. */
static int write_on_a_bad_place(void *ctx, struct err *e)
{
	struct err first, second, third;

	(void)ctx;
	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return 1;
	fault_set(&meta_fails);
	if (put_one("new.example", &first) == 0)
		return 2;
	/* It is opened anew, and looked at meanwhile. */
	if (has("kept.example", e) != 1 || has("new.example", e) != 0 || db->read_only)
		return 3;
	if (put_one("new.example", &second) == 0 || second.code != ERR_IO)
		return 4;
	if (put_one("new.example", &third) == 0 || third.code != ERR_IO || !db->read_only)
		return 5;
	if (has("kept.example", e) != 1 || has("new.example", e) != 0)
		return 6;
	*e = third;
	if (put_one("new.example", &second) == 0 || second.code != ERR_PERM)
		return 7;
	return -1;
}

START_TEST(where_a_change_cannot_take_effect_what_is_there_is_looked_at)
{
	make_with_one();
	ck_assert_msg(fault_run(write_on_a_bad_place, NULL, &err) == -1, "%s", err.text);
	SAYS("the disk under '");
	SAYS("fails to write; the database is open read only now, look at the disk");
	assert_as_before();
}
END_TEST

static int look_twice_on_a_bad_place(void *ctx, struct err *e)
{
	struct err ignored;
	struct db_txn *reading, *again;
	struct entry entry = entry_named("new.example");
	struct db_txn *t;

	(void)ctx;
	if (db_open(&db, dir, DB_READ_WRITE, e) != 0 || db_begin_write(&t, db, "a test", 0, 0, e) != 0 ||
	    db_begin_read(&reading, db, e) != 0 || entry_put(t, &entry, e) != 0)
		return 1;
	fault_set(&meta_fails);
	if (db_commit(t, e) == 0)
		return 2;
	/* With a transaction open it cannot be opened anew; but that one goes on. */
	if (db_begin_read(&again, db, e) == 0)
		return 3;
	if (entry_get(reading, "kept.example", NULL, &entry, &ignored) != 1)
		return 4;
	db_abort(reading);
	return has("kept.example", &ignored) == 1 ? -1 : 5;
}

START_TEST(an_open_look_goes_on_when_the_disk_fails)
{
	make_with_one();
	ck_assert_msg(fault_run(look_twice_on_a_bad_place, NULL, &err) == -1, "%s", err.text);
	SAYS("cannot read the database in '");
	assert_as_before();
}
END_TEST

/* --- a full disk ------------------------------------------------------------------------------------------ */

static int write_too_much(void *ctx, struct err *e)
{
	struct rlimit before, limit;
	struct db_txn *t;
	int rc = 0;

	(void)ctx;
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){1 << 20, before.rlim_max};
	if (db_open(&db, dir, DB_READ_WRITE, e) != 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
	    db_begin_write(&t, db, "an import", 0, 1000, e) != 0)
		return 1;
	for (int i = 0; i < 30000 && rc == 0; i++) {
		char name[64];
		struct entry entry;

		snprintf(name, sizeof name, "x%05d.new.example", i);
		entry = entry_named(name);
		rc = entry_put(t, &entry, e);
	}
	if (rc == 0)
		rc = db_commit(t, e);
	else
		db_abort(t);
	if (rc == 0)
		return 2;
	/* Less can still be done. */
	if (put_one("small.example", &(struct err){0}) != 0)
		return 3;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	return -1;
}

START_TEST(a_full_disk_is_said_and_less_can_be_done)
{
	make_with_one();
	ck_assert_msg(fault_run(write_too_much, NULL, &err) == -1, "%s", err.text);
	SAYS("disk full; this change was not made, make room and try again");
	ck_assert_int_eq(err.code, ERR_IO);
	OK(db_open(&db, dir, DB_READ_ONLY, &err));
	IS(has("x00000.new.example", &err), 0);
	IS(has("small.example", &err), 1);
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

/* The whole of the map, made small for it. */
START_TEST(a_full_map_is_said_with_the_way_out)
{
	struct entry entry = entry_named("");
	struct db_txn *t;
	MDB_envinfo info;
	int rc = 0;

	make_with_one();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	ck_assert_int_eq(mdb_env_info(db->env, &info), 0);
	ck_assert_int_eq(mdb_env_set_mapsize(db->env, (info.me_last_pgno + 20) * 4096), 0);
	t = begin_write();
	for (int i = 0; i < 30000 && rc == 0; i++) {
		snprintf(entry.name, sizeof entry.name, "x%05d.new.example", i);
		rc = entry_put(t, &entry, &err);
	}
	ck_assert_int_eq(rc, -1);
	SAYS("it has reached its limit of 64 GiB; this change was not made, make room with: mxward compact");
	ck_assert_int_eq(err.code, ERR_IO);
	/* Whatever is tried in it afterwards says the same. */
	FAILS(entry_put(t, &entry, &err), ERR_IO);
	SAYS("mxward compact");
	FAILS(entry_delete(t, "kept.example", &err), ERR_IO);
	SAYS("mxward compact");
	FAILS(db_commit(t, &err), ERR_IO);
	SAYS("mxward compact");
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

/* --- what other processes do meanwhile -------------------------------------------------------------------- */

static int grow(void *ctx, struct err *e)
{
	struct db_txn *t;
	int rc = 0;

	(void)ctx;
	if (db_open(&db, dir, DB_READ_WRITE, e) != 0 || db_begin_write(&t, db, "an import", 0, 1000, e) != 0)
		return -1;
	for (int i = 0; i < 30000 && rc == 0; i++) {
		char name[64];
		struct entry entry;

		snprintf(name, sizeof name, "x%05d.other.example", i);
		entry = entry_named(name);
		rc = entry_put(t, &entry, e);
	}
	return db_commit(t, e);
}

START_TEST(a_file_that_outgrew_the_map_is_mapped_anew)
{
	struct db_txn *reading, *t;
	struct entry entry;

	make_with_one();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	ck_assert_int_eq(mdb_env_set_mapsize(db->env, 1 << 20), 0);
	reading = begin_read();
	ck_assert_msg(fault_run(grow, NULL, &err) == 0, "%s", err.text);
	/* Not while somebody looks through the old one. */
	FAILS(db_begin_read(&t, db, &err), ERR_BUSY);
	SAYS("another program made it larger; try again");
	IS(entry_get(reading, "kept.example", NULL, &entry, &err), 1);
	db_abort(reading);
	IS(has("x29999.other.example", &err), 1);
	OK(put_one("later.example", &err));
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

static int open_beside(void *ctx, struct err *e)
{
	(void)ctx;
	return db_open(&db, dir, DB_READ_ONLY, e);
}

START_TEST(when_all_readers_places_are_taken_that_is_said)
{
	static struct db_txn *reading[STORE_MAX_READERS + 1];
	size_t n = 0;

	make_with_one();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	while (n <= STORE_MAX_READERS && db_begin_read(&reading[n], db, &err) == 0)
		n++;
	ck_assert_uint_eq(n, STORE_MAX_READERS);
	SAYS("all 1022 reader places are taken; close some consoles and try again");
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_int_eq(fault_run(open_beside, NULL, &err), -1);
	SAYS("all 1022 reader places are taken; close some consoles and try again");
	/* A writer needs none. */
	OK(put_one("written.example", &err));
	while (n > 0)
		db_abort(reading[--n]);
	IS(has("written.example", &err), 1);
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

/* --- what is none of the disk's fault ----------------------------------------------------------------------- */

START_TEST(who_only_reads_cannot_write)
{
	struct entry entry = entry_named("new.example");
	struct db_txn *t;

	make_with_one();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_read();
	FAILS(entry_put(t, &entry, &err), ERR_SOFTWARE);
	SAYS("a read transaction was asked to write to 'entry'");
	OK(db_commit(t, &err)); /* the end of a look, by whichever name */
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

START_TEST(what_is_too_large_for_a_value_is_refused)
{
	struct entry entry = entry_named("new.example");
	char *note = mem_alloc(STORE_VALUE_MAX + 1);
	struct db_txn *t;

	memset(note, 'n', STORE_VALUE_MAX);
	entry.note = note;
	make_with_one();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_write();
	FAILS(entry_put(t, &entry, &err), ERR_DATA);
	SAYS("bytes is too large for the database in '");
	FAILS(db_commit(t, &err), ERR_DATA);
	free(note);
	db_close(db);
	db = NULL;
	assert_as_before();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("write faults");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_disk_that_fails_is_said_and_changes_nothing, 0, sizeof writes / sizeof *writes);
	tcase_add_test(tc, where_a_change_cannot_take_effect_what_is_there_is_looked_at);
	tcase_add_test(tc, an_open_look_goes_on_when_the_disk_fails);
	tcase_add_test(tc, a_full_disk_is_said_and_less_can_be_done);
	tcase_add_test(tc, a_full_map_is_said_with_the_way_out);
	tcase_add_test(tc, a_file_that_outgrew_the_map_is_mapped_anew);
	tcase_add_test(tc, when_all_readers_places_are_taken_that_is_said);
	tcase_add_test(tc, who_only_reads_cannot_write);
	tcase_add_test(tc, what_is_too_large_for_a_value_is_refused);
	return run_suite(tc);
}
