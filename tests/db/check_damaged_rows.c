/*
 * Every kind of row, damaged: whoever reads it says what is damaged and how to get it back, or that a newer program wrote
 * it; nobody takes it for what it says.  And every kind of writer after a change has failed: it fails with the same words,
 * and nothing of the change is written.
 */
#include <check.h>
#include <lmdb.h>

#include "base/str.h"
#include "db/auditlog.h"
#include "db/check.h"
#include "db/db_support.h"
#include "db/each_row_read.h"
#include "db/store.h"

/* --- damage ------------------------------------------------------------------------------------------------- */

enum damage { A_BIT, A_NEWER_VERSION, A_BYTE_LESS, A_BYTE_MORE, N_DAMAGES };

static void damage_value(struct str *v, enum store_database d, const MDB_val *key, enum damage what)
{
	switch (what) {
	case A_BIT:
		v->bytes[v->len - 1] ^= 1;
		return;
	case A_NEWER_VERSION:
		v->bytes[VALUE_HEAD - 1] = 100;
		break;
	case A_BYTE_LESS:
		str_truncate(v, v->len - 1);
		break;
	default:
		str_add_bytes(v, "", 1);
	}
	value_close(v, d, key->mv_data, key->mv_size);
}

/* Every row of one database, and that says which version all of it has stays as it is. */
static void damage_all(struct db_txn *t, enum store_database d, enum damage what)
{
	struct str copy = {0};
	uint8_t key_bytes[STORE_KEY_MAX];
	MDB_val key, value;
	MDB_cursor *c = store_cursor(t, d, &err);

	ck_assert_ptr_nonnull(c);
	while (mdb_cursor_get(c, &key, &value, MDB_NEXT) == 0) {
		if (d == STORE_META && key.mv_size == 6 && memcmp(key.mv_data, "schema", 6) == 0)
			continue;
		/* What is read lies in a page that is written to. */
		memcpy(key_bytes, key.mv_data, key.mv_size);
		key.mv_data = key_bytes;
		str_truncate(&copy, 0);
		str_add_bytes(&copy, value.mv_data, value.mv_size);
		if (what == A_BYTE_LESS && copy.len == VALUE_HEAD)
			continue;
		damage_value(&copy, d, &key, what);
		value = (MDB_val){copy.len, copy.bytes};
		ck_assert_int_eq(mdb_cursor_put(c, &key, &value, MDB_CURRENT), 0);
	}
	mdb_cursor_close(c);
	str_clear(&copy);
}

static void assert_refused(const struct reader *r, size_t which, enum damage what)
{
	struct db_txn *t = begin_read();
	int got;

	err = (struct err){0};
	got = r->read(t);
	if ((what >= A_BYTE_LESS && r->form == ANY_FORM) || (what == A_BYTE_LESS && r->form == MAY_LACK_ITS_END)) {
		db_abort(t);
		return;
	}
	ck_assert_msg(got == -1, "reader %zu, damage %d: %d", which, what, got);
	ck_assert_msg(err.code == ERR_DATA, "reader %zu, damage %d: code %d: %s", which, what, err.code, err.text);
	if (what == A_NEWER_VERSION)
		SAYS("was written by a newer mxward than this one; use that one");
	else
		ck_assert_msg(strstr(err.text, "is damaged; run: mxward check, and bring back a backup with: mxward restore-backup") ||
				      strstr(err.text, "is not in the log's own spelling; verify the log"),
			      "reader %zu, damage %d: %s", which, what, err.text);
	db_abort(t);
}

START_TEST(each_damaged_row_is_refused_by_who_reads_it)
{
	static struct db_report report;
	enum damage what = _i % N_DAMAGES;
	enum store_database d = _i / N_DAMAGES;
	struct db_txn *t;

	fill_all();
	t = begin_read();
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (readers[i].of == d)
			OK(readers[i].read(t));
	db_abort(t);
	t = begin_write();
	damage_all(t, d, what);
	OK(db_commit(t, &err));
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (readers[i].of == d)
			assert_refused(&readers[i], i, what);
	/* What has no form of its own is not gone into. */
	OK(db_check(dir, &report, &err));
	if (what <= A_NEWER_VERSION || (d != STORE_META && d != STORE_TRAFFIC && d != STORE_AUDIT_DOMAIN))
		ck_assert_uint_gt(report.n_problems, 0);
	remove_database();
	arena_clear(&arena);
	str_clear(&text);
}
END_TEST

/* Who changes a row reads it first. */
static const struct {
	enum store_database of;
	int (*write)(struct db_txn *t);
} careful[] = {
	{STORE_BATCH_ITEM, mark_restored}, {STORE_BATCH, mark_restored},   {STORE_META, put_review},
	{STORE_AUDIT_CHAIN, append_to_log}, {STORE_TRAFFIC, add_figures}, {STORE_TRAFFIC, mark_measured},
	{STORE_TRAFFIC, next_generation},
};

START_TEST(what_is_damaged_is_not_changed)
{
	enum damage what = _i % 2 ? A_BYTE_MORE : A_BIT;
	size_t which = _i / 2;
	struct db_txn *t;
	uint64_t before;
	int got;

	fill_all();
	t = begin_write();
	damage_all(t, careful[which].of, what);
	OK(db_commit(t, &err));
	before = db_change(db);
	t = begin_write();
	OK(begin_log(t));
	err = (struct err){0};
	got = careful[which].write(t);
	auditlog_end(&log_writer);
	ck_assert_msg(got == -1 && err.code == ERR_DATA && strstr(err.text, "is damaged; run: mxward check"),
		      "writer %zu: %d, %s", which, got, err.text);
	FAILS(db_commit(t, &err), ERR_DATA);
	ck_assert_uint_eq(db_change(db), before);
	remove_database();
}
END_TEST

/* --- after a failure ------------------------------------------------------------------------------------------ */

/* A map that is full: LMDB takes nothing more in such a transaction. */
static struct db_txn *begin_failed(void)
{
	struct entry e = entry_named("");
	struct db_txn *t;
	MDB_envinfo info;
	int rc = 0;

	ck_assert_int_eq(mdb_env_info(db->env, &info), 0);
	ck_assert_int_eq(mdb_env_set_mapsize(db->env, (info.me_last_pgno + 20) * 4096), 0);
	t = begin_write();
	begin_log(t);
	for (int i = 0; i < 30000 && rc == 0; i++) {
		snprintf(e.name, sizeof e.name, "x%05d.example", i);
		rc = entry_put(t, &e, &err);
	}
	ck_assert_int_eq(rc, -1);
	return t;
}

static void assert_fails_too(struct db_txn *t, int (*write)(struct db_txn *t), size_t which)
{
	int got;

	err = (struct err){0};
	got = write(t);
	ck_assert_msg(got == -1, "writer %zu: %d", which, got);
	ck_assert_msg(err.code == ERR_IO && strstr(err.text, "mxward compact"), "writer %zu: code %d: %s", which, err.code,
		      err.text);
}

START_TEST(after_a_failure_nothing_more_is_written)
{
	static struct db_report report;
	struct db_txn *t;
	uint64_t n;

	fill_all();
	t = begin_failed();
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
		if (writers[i] != begin_log)
			assert_fails_too(t, writers[i], i);
	for (size_t i = 0; i < sizeof undoing / sizeof *undoing; i++)
		assert_fails_too(t, undoing[i], 100 + i);
	/* Nor is anything read: what is half done says nothing. */
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		assert_fails_too(t, readers[i].read, 200 + i);
	auditlog_end(&log_writer);
	FAILS(db_commit(t, &err), ERR_IO);
	SAYS("mxward compact");
	db_close(db);
	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_read();
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, 1);
	OK(auditlog_size(t, &n, &err));
	ck_assert_uint_eq(n, 1);
	db_abort(t);
	remove_database();
	arena_clear(&arena);
	str_clear(&text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("damaged rows");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, each_damaged_row_is_refused_by_who_reads_it, 0, N_STORES * N_DAMAGES);
	tcase_add_loop_test(tc, what_is_damaged_is_not_changed, 0, 2 * sizeof careful / sizeof *careful);
	tcase_add_test(tc, after_a_failure_nothing_more_is_written);
	return run_suite(tc);
}
