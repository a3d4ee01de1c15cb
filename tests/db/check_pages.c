/*
 * Damage that leads to what is whole: a page as it was a commit ago, a free list that names what is in use.  Every sum is
 * good and every row is in order, so only the pages themselves tell.
 */
#include <fcntl.h>
#include <stdint.h>

#include "db/check.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/scans.h"
#include "db/store.h"

enum { PAGE = 4096, COMMITS = 12 };

static struct db_report report;

static const uint8_t *page_of(const void *at)
{
	return (const uint8_t *)at - (uintptr_t)at % PAGE;
}

static size_t number_of(const void *at)
{
	size_t number;

	memcpy(&number, page_of(at), sizeof number);
	return number;
}

static off_t offset_of(const void *at)
{
	return (off_t)(number_of(at) * PAGE + (uintptr_t)at % PAGE);
}

static void patch(off_t at, const void *bytes, size_t n)
{
	char path[600];
	int fd;

	snprintf(path, sizeof path, "%s/data.mdb", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, bytes, n, at), (ssize_t)n);
	close(fd);
}

static void check_says(const char *words)
{
	OK(db_check(dir, &report, &err));
	if (!words) {
		ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
		return;
	}
	ck_assert_uint_gt(report.n_problems, 0);
	ck_assert_msg(strstr(report.problem[0], words) != NULL, "%s", report.problem[0]);
}

static void commit_note(const char *note)
{
	struct db_txn *t = begin_write();
	struct entry e = entry_named("a.example");

	e.note = note;
	OK(entry_put(t, &e, &err));
	OK(db_commit(t, &err));
}

/* Where the one entry lies. */
static MDB_val find_entry(struct db_txn *t)
{
	MDB_val key, value;
	MDB_cursor *c;

	ck_assert_int_eq(mdb_cursor_open(t->txn, db->dbi[STORE_ENTRY], &c), 0);
	ck_assert_int_eq(mdb_cursor_get(c, &key, &value, MDB_FIRST), 0);
	mdb_cursor_close(c);
	return key;
}

/* Commits until the page that the last one left lies behind the one in use, near enough for a pointer of 16 bits. */
static off_t leave_page_behind(const uint8_t **page, uint16_t *farther)
{
	char note[] = "note a";
	size_t before = 0;

	*page = NULL;
	for (int i = 0; i < COMMITS; i++) {
		struct db_txn *t;
		MDB_val key;
		size_t now;

		note[5] = (char)('a' + i);
		commit_note(note);
		t = begin_read();
		key = find_entry(t);
		now = number_of(key.mv_data);
		if (before > now && before - now < 16) {
			memcpy(farther, page_of(key.mv_data) + 16, 2); /* of the only row */
			*farther = (uint16_t)(*farther + (before - now) * PAGE);
			*page = page_of(key.mv_data);
		}
		db_abort(t);
		if (*page)
			return offset_of(*page) + 16;
		before = now;
	}
	ck_abort_msg("LMDB took no page before the last one");
	return -1;
}

START_TEST(a_row_of_an_older_page_is_told)
{
	const uint8_t *page;
	uint16_t farther, right;
	off_t at;

	open_database();
	at = leave_page_behind(&page, &farther);
	memcpy(&right, page + 16, 2);
	check_says(NULL);
	patch(at, &farther, 2);
	check_says("entry: a page has its rows elsewhere than it says");
	patch(at, &right, 2);
	check_says(NULL);
	remove_database();
}
END_TEST

START_TEST(a_free_list_that_names_what_is_no_free_page_is_told)
{
	size_t word[3], in_use, none;
	struct db_txn *t;
	MDB_val key, value;
	MDB_cursor *c;
	off_t at;

	open_database();
	for (int i = 0; i < 4; i++)
		commit_note("note");
	t = begin_read();
	in_use = number_of(find_entry(t).mv_data);
	none = (size_t)1 << 40;
	ck_assert_int_eq(mdb_cursor_open(t->txn, 0, &c), 0);
	ck_assert_int_eq(mdb_cursor_get(c, &key, &value, MDB_FIRST), 0);
	memcpy(word, value.mv_data, sizeof word);
	ck_assert_uint_ge(word[0], 2);
	at = offset_of(value.mv_data);
	mdb_cursor_close(c);
	db_abort(t);
	check_says(NULL);
	patch(at + 8, &in_use, 8);
	check_says("one of them is in use");
	patch(at + 8, &none, 8);
	check_says("one of them is none");
	patch(at + 8, &word[2], 8);
	check_says("one of them is named twice");
	patch(at + 8, &word[1], 8);
	patch(at, &none, 8);
	check_says("a list has another length than it says");
	patch(at, &word[0], 8);
	check_says(NULL);
	remove_database();
}
END_TEST

/* A page above others is met by no row, but is copied by its number at the next commit. */
START_TEST(a_branch_with_another_number_is_told)
{
	struct db_txn *t;
	MDB_val key, value;
	size_t root, wrong;
	MDB_dbi names;
	off_t at;

	open_database();
	t = begin_write();
	for (int i = 0; i < 400; i++) {
		char name[40];
		struct entry e;

		snprintf(name, sizeof name, "n%04d.example", i);
		e = entry_named(name);
		OK(entry_put(t, &e, &err));
	}
	OK(db_commit(t, &err));
	t = begin_read();
	ck_assert_int_eq(mdb_dbi_open(t->txn, NULL, 0, &names), 0);
	key = (MDB_val){5, "entry"};
	ck_assert_int_eq(mdb_get(t->txn, names, &key, &value), 0);
	ck_assert_uint_eq(value.mv_size, 48);
	memcpy(&root, (const char *)value.mv_data + 40, 8);
	db_abort(t);
	check_says(NULL);
	at = (off_t)root * PAGE;
	for (int bit = 0; bit < 64; bit++) {
		wrong = root ^ (size_t)1 << bit;
		patch(at, &wrong, 8);
		check_says("entry: a page is not the one that it is reached as");
	}
	patch(at, &root, 8);
	check_says(NULL);
	remove_database();
}
END_TEST

/* The table of databases, too: nothing opens a database of yesterday. */
START_TEST(a_database_of_an_older_page_is_not_opened)
{
	struct db_txn *t;
	size_t before = 0;
	uint16_t right;
	int found = 0;

	open_database();
	for (int i = 0; i < COMMITS && !found; i++) {
		MDB_val key, value;
		MDB_cursor *c;
		MDB_dbi names;
		size_t now;

		commit_note(i % 2 ? "one" : "two");
		t = begin_read();
		ck_assert_int_eq(mdb_dbi_open(t->txn, NULL, 0, &names), 0);
		ck_assert_int_eq(mdb_cursor_open(t->txn, names, &c), 0);
		ck_assert_int_eq(mdb_cursor_get(c, &key, &value, MDB_LAST), 0);
		now = number_of(key.mv_data);
		found = before > now && before - now < 16;
		if (found) {
			const uint8_t *page = page_of(key.mv_data);

			for (int k = 0; k < N_STORES; k++) {
				off_t at = offset_of(page) + 16 + 2 * k;
				uint16_t farther;

				memcpy(&right, page + 16 + 2 * k, 2);
				farther = (uint16_t)(right + (before - now) * PAGE);
				patch(at, &farther, 2);
				check_says("is damaged");
				patch(at, &right, 2);
			}
			check_says(NULL);
		}
		before = now;
		mdb_cursor_close(c);
		db_abort(t);
	}
	ck_assert(found);
	run_remove_dir(top);
}
END_TEST

/* LMDB reads nothing more after a page that is none; what is asked for next must not say less than the first did. */
/* The length of a row stands in the four bytes before its flags and its key; its upper half, flipped, is megabytes that
 * the file does not have. */
START_TEST(a_row_that_says_it_is_longer_than_the_file_is_damaged)
{
	uint16_t length, longer = 0x0100;
	struct entry got;
	struct db_txn *t;
	MDB_val key;
	off_t at;

	open_database();
	commit_note("note");
	t = begin_read();
	key = find_entry(t);
	at = offset_of(key.mv_data) - 6;
	memcpy(&length, (const uint8_t *)key.mv_data - 6, sizeof length);
	ck_assert_uint_eq(length, 0);
	patch(at, &longer, sizeof longer);
	FAILS(entry_get(t, "a.example", NULL, &got, &err), ERR_DATA);
	SAYS("restore-backup");
	db_abort(t);
	patch(at, &length, sizeof length);
	t = begin_read();
	IS(entry_get(t, "a.example", NULL, &got, &err), 1);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(what_is_read_after_a_damaged_page_names_the_way_back)
{
	struct scan scan = {.number = 1};
	uint16_t flags, none = 0x40;
	struct db_txn *t;
	struct entry got;
	MDB_val key, value;
	MDB_cursor *c;
	off_t at;

	open_database();
	commit_note("note");
	t = begin_write();
	OK(scan_put(t, &scan, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	ck_assert_int_eq(mdb_cursor_open(t->txn, db->dbi[STORE_SCAN], &c), 0);
	ck_assert_int_eq(mdb_cursor_get(c, &key, &value, MDB_FIRST), 0);
	mdb_cursor_close(c);
	at = offset_of(page_of(key.mv_data)) + 10;
	memcpy(&flags, page_of(key.mv_data) + 10, 2);
	patch(at, &none, 2);
	FAILS(scan_get(t, 1, NULL, &scan, &err), ERR_DATA);
	FAILS(entry_get(t, "a.example", NULL, &got, &err), ERR_DATA);
	SAYS("restore-backup");
	db_abort(t);
	patch(at, &flags, 2);
	t = begin_read();
	IS(entry_get(t, "a.example", NULL, &got, &err), 1);
	db_abort(t);
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pages");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_row_of_an_older_page_is_told);
	tcase_add_test(tc, a_free_list_that_names_what_is_no_free_page_is_told);
	tcase_add_test(tc, a_branch_with_another_number_is_told);
	tcase_add_test(tc, a_database_of_an_older_page_is_not_opened);
	tcase_add_test(tc, a_row_that_says_it_is_longer_than_the_file_is_damaged);
	tcase_add_test(tc, what_is_read_after_a_damaged_page_names_the_way_back);
	return run_suite(tc);
}
