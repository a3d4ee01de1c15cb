/*
 * Postfix's lmdb tables written in place: the bytes as postmap writes them, all or nothing, never over what somebody
 * else wrote meanwhile, and untouched where it cannot be done.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "base/err.h"
#include "base/str.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, path[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(path, sizeof path, "%s/relay_domains.lmdb", dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static int add_row(void *ctx, const struct table_row *row)
{
	str_addf(ctx, "%s=%s ", row->name, row->value);
	return 0;
}

/* All rows as "key=value key=value ". */
static char *rows(struct target_version *at)
{
	struct target_version ignored;
	struct str out = {0};
	struct err e;

	ck_assert_msg(postfix_read_version(path, add_row, &out, at ? at : &ignored, &e) == 0, "%s", e.text);
	return out.len ? out.bytes : strdup("");
}

static void is_rows(const char *want)
{
	char *got = rows(NULL);

	ck_assert_str_eq(got, want);
	free(got);
}

static void make(const char *const *key, size_t n, struct target_version *at)
{
	struct target_change c[10];
	struct err e;

	for (size_t i = 0; i < n; i++)
		c[i] = (struct target_change){key[i], "OK"};
	ck_assert_msg(postfix_create(path, c, n, at, &e) == 0, "%s", e.text);
}

static const char *const three[] = {"a.example", "b.example", "c.example"};

static void put_raw(const char *key, size_t key_len, const char *value, size_t value_len)
{
	MDB_val k = {key_len, (void *)key}, v = {value_len, (void *)value};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0644), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

START_TEST(a_new_table_is_as_postmap_makes_it)
{
	struct target_version at;
	struct stat st;
	MDB_val k, v;
	MDB_env *env;
	MDB_txn *txn;
	MDB_cursor *c;
	MDB_dbi dbi;

	make(three, 3, &at);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	ck_assert_uint_eq(at.inode, st.st_ino);
	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_RDONLY, 0), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, dbi, &c), 0);
	ck_assert_int_eq(mdb_cursor_get(c, &k, &v, MDB_FIRST), 0);
	ck_assert_uint_eq(k.mv_size, sizeof "a.example");
	ck_assert_mem_eq(k.mv_data, "a.example", sizeof "a.example");
	ck_assert_uint_eq(v.mv_size, 3);
	ck_assert_mem_eq(v.mv_data, "OK", 3);
	mdb_cursor_close(c);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	ck_assert_int_eq(run_count_files(dir), 1); /* no -lock file, nothing half made */
}
END_TEST

START_TEST(a_table_that_is_there_is_not_made_again)
{
	struct target_change c = {"x.example", "OK"};
	struct target_version at;
	struct err e;

	make(three, 3, &at);
	ck_assert_int_eq(postfix_create(path, &c, 1, &at, &e), 1);
	is_rows("a.example=OK b.example=OK c.example=OK ");
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

START_TEST(a_delta_leaves_the_rest_and_the_inode)
{
	const struct target_change c[] = {{"aa.example", "OK"}, {"b.example", NULL}, {"c.example", "other"}};
	struct target_version made, at, now;
	struct err e;

	make(three, 3, &made);
	free(rows(&at));
	ck_assert_int_eq(postfix_apply(path, c, 3, &at, &e), 0);
	ck_assert_uint_eq(at.inode, made.inode);
	is_rows("a.example=OK aa.example=OK c.example=other ");
	free(rows(&now));
	ck_assert_mem_eq(&at, &now, sizeof at); /* what it says it left is what is there */
	ck_assert_int_eq(run_count_files(dir), 1);
}
END_TEST

START_TEST(a_key_goes_in_both_its_spellings)
{
	const struct target_change c[] = {{"b.example", NULL}, {"bare.example", NULL}};
	struct target_version at;
	struct err e;

	make(three, 3, &at);
	put_raw("bare.example", 12, "OK", 2);
	put_raw("b.example", 9, "OK", 2); /* beside the one with its NUL */
	free(rows(&at));
	ck_assert_int_eq(postfix_apply(path, c, 2, &at, &e), 0);
	is_rows("a.example=OK c.example=OK ");
}
END_TEST

START_TEST(what_others_wrote_meanwhile_is_not_written_over)
{
	const struct target_change c = {"a.example", NULL};
	struct target_version at;
	char other[1200];
	struct err e;

	make(three, 3, &at);
	free(rows(&at));
	put_raw("theirs.example", sizeof "theirs.example", "OK", 3);
	ck_assert_int_eq(postfix_apply(path, &c, 1, &at, &e), 1);
	is_rows("a.example=OK b.example=OK c.example=OK theirs.example=OK ");
	free(rows(&at));
	snprintf(other, sizeof other, "%s/old", dir);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(postfix_apply(path, &c, 1, &at, &e), 1); /* away */
	make(three, 2, &(struct target_version){0});
	ck_assert_int_eq(postfix_apply(path, &c, 1, &at, &e), 1); /* another one in its place */
	is_rows("a.example=OK b.example=OK ");
}
END_TEST

START_TEST(a_map_that_is_too_small_grows)
{
	enum { N = 60000 };
	struct target_change *c = calloc(N, sizeof *c);
	char *key = malloc(N * 40), *value = malloc(300);
	struct target_version at;
	struct str out = {0};
	struct err e;

	memset(value, 'v', 299);
	value[299] = '\0';
	make(three, 3, &at);
	free(rows(&at));
	for (int i = 0; i < N; i++) {
		snprintf(key + i * 40, 40, "name%06d.example", i);
		c[i] = (struct target_change){key + i * 40, value};
	}
	ck_assert_msg(postfix_apply(path, c, N, &at, &e) == 0, "%s", e.text);
	ck_assert_int_eq(postfix_read(path, add_row, &out, &e), 0);
	ck_assert_uint_gt(out.len, (size_t)N * 300);
	for (int i = 0; i < N; i++)
		c[i].value = NULL;
	ck_assert_msg(postfix_apply(path, c, N, &at, &e) == 0, "%s", e.text);
	is_rows("a.example=OK b.example=OK c.example=OK ");
	str_clear(&out);
	free(value);
	free(key);
	free(c);
}
END_TEST

static void read_bytes(struct str *out)
{
	FILE *f = fopen(path, "r");
	char block[4096];
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		str_add_bytes(out, block, n);
	fclose(f);
}

/* What cannot be written to is as it was, byte by byte. */
static void is_refused(const struct target_version *was, enum err_code code, const char *words)
{
	const struct target_change c = {"a.example", NULL};
	struct target_version at = *was;
	struct str before = {0}, after = {0};
	struct err e = {0};

	read_bytes(&before);
	ck_assert_int_eq(postfix_apply(path, &c, 1, &at, &e), -1);
	ck_assert_int_eq(e.code, code);
	ck_assert_msg(strstr(e.text, words) != NULL, "%s", e.text);
	read_bytes(&after);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(str_text(&before), str_text(&after), before.len);
	str_clear(&before);
	str_clear(&after);
}

START_TEST(a_damaged_table_is_left_as_it_is)
{
	struct target_version at;
	struct stat st;

	make(three, 3, &at);
	free(rows(&at));
	ck_assert_int_eq(truncate(path, 8192), 0);
	is_refused(&at, ERR_DATA, "cut short");
	ck_assert_int_eq(truncate(path, 0), 0);
	run_write_file(path, "this is no table at all, but a text that somebody copied over it\n");
	ck_assert_int_eq(stat(path, &st), 0);
	at.inode = st.st_ino;
	is_refused(&at, ERR_DATA, "MDB_INVALID");
}
END_TEST

START_TEST(a_full_disk_changes_nothing)
{
	struct target_change c[2000];
	static char key[2000][40];
	struct target_version at;
	struct rlimit limit, old;
	struct err e = {0};
	struct stat st;

	make(three, 3, &at);
	free(rows(&at));
	for (int i = 0; i < 2000; i++) {
		snprintf(key[i], sizeof key[i], "name%06d.example", i);
		c[i] = (struct target_change){key[i], "OK"};
	}
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){(rlim_t)st.st_size + 8192, old.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(postfix_apply(path, c, 2000, &at, &e), -1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_msg(strstr(e.text, "it is as it was") != NULL, "%s", e.text);
	is_rows("a.example=OK b.example=OK c.example=OK ");
}
END_TEST

/* One transaction that takes 40 pages at the end of the file and gives them back, so that they are never written. */
static void leave_tail(void)
{
	static char large[40 * 4096];
	MDB_val big = {4, "big"}, k = {sizeof "d.example", "d.example"}, v = {sizeof large, large}, ok = {3, "OK"};
	MDB_envinfo info;
	struct stat st;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0644), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &ok, 0), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &big, &v, 0), 0);
	ck_assert_int_eq(mdb_del(txn, dbi, &big, NULL), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	ck_assert_int_eq(mdb_env_info(env, &info), 0);
	mdb_env_close(env);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_lt(st.st_size, ((long)info.me_last_pgno + 1) * 4096); /* or this tests nothing */
}

/* Pages in the middle of the file for the list of free pages itself, which would else lie at the end. */
static void make_free_pages(void)
{
	enum { N = 1000 };
	static struct target_change c[N];
	static char key[N][40];
	struct target_version at;
	struct err e;

	for (int i = 0; i < N; i++) {
		snprintf(key[i], sizeof key[i], "name%06d.example", i);
		c[i] = (struct target_change){key[i], "OK"};
	}
	free(rows(&at));
	ck_assert_int_eq(postfix_apply(path, c, N, &at, &e), 0);
	for (int i = 0; i < N; i++)
		c[i].value = NULL;
	ck_assert_int_eq(postfix_apply(path, c, N, &at, &e), 0);
	ck_assert_int_eq(postfix_apply(path, &(struct target_change){"a.example", "OK"}, 1, &at, &e), 0);
}

START_TEST(a_file_without_its_last_free_pages_is_sound)
{
	const struct target_change c = {"b.example", NULL};
	struct target_version at;
	struct stat st;
	struct err e;

	make(three, 3, &at);
	make_free_pages();
	leave_tail();
	free(rows(&at));
	ck_assert_msg(postfix_apply(path, &c, 1, &at, &e) == 0, "%s", e.text);
	is_rows("a.example=OK c.example=OK d.example=OK ");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_gt(st.st_size, 8192);
	ck_assert_int_eq(truncate(path, 8192), 0); /* what was cut off now had rows in it */
	ck_assert_int_eq(postfix_read(path, add_row, &(struct str){0}, &e), -1);
}
END_TEST

START_TEST(a_copy_in_its_place_is_the_same_table)
{
	struct target_version at, now;
	struct str before = {0}, after = {0};
	struct stat st, copied;
	struct err e;

	make(three, 3, &at);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	read_bytes(&before);
	ck_assert_msg(postfix_refresh(path, &at, &e) == 0, "%s", e.text);
	read_bytes(&after);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(before.bytes, after.bytes, before.len);
	ck_assert_int_eq(stat(path, &copied), 0);
	ck_assert_uint_ne(st.st_ino, copied.st_ino);
	ck_assert_uint_eq(st.st_mode, copied.st_mode);
	free(rows(&now));
	ck_assert_mem_eq(&at, &now, sizeof at);
	ck_assert_int_eq(run_count_files(dir), 1);
	str_clear(&before);
	str_clear(&after);
}
END_TEST

enum { WRITERS = 3, EACH = 150 };

/* One key after the other, each on what was just read, as often as it takes. */
static void write_many(int who)
{
	for (int i = 0; i < EACH; i++) {
		char key[64];
		struct target_change c = {key, "OK"};
		struct target_version at;
		struct str out = {0};
		struct err e;
		int rc;

		snprintf(key, sizeof key, "w%d-%04d.example", who, i);
		do {
			str_truncate(&out, 0);
			if (postfix_read_version(path, add_row, &out, &at, &e) != 0)
				_exit(1);
			rc = postfix_apply(path, &c, 1, &at, &e);
		} while (rc == 1 || (rc < 0 && e.code == ERR_BUSY));
		if (rc != 0)
			_exit(1);
		str_clear(&out);
	}
	_exit(0);
}

START_TEST(no_write_is_lost_among_several_writers)
{
	struct target_version at;
	char *all;
	size_t n = 0;

	make(three, 3, &at);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(i);
	for (int i = 0; i < WRITERS; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	all = rows(NULL);
	for (char *p = all; *p; p++)
		n += *p == ' ';
	ck_assert_uint_eq(n, 3 + WRITERS * EACH);
	free(all);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("postfix_write");
	TCase *c = tcase_create("tables");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_new_table_is_as_postmap_makes_it);
	tcase_add_test(c, a_table_that_is_there_is_not_made_again);
	tcase_add_test(c, a_delta_leaves_the_rest_and_the_inode);
	tcase_add_test(c, a_key_goes_in_both_its_spellings);
	tcase_add_test(c, what_others_wrote_meanwhile_is_not_written_over);
	tcase_add_test(c, a_map_that_is_too_small_grows);
	tcase_add_test(c, a_damaged_table_is_left_as_it_is);
	tcase_add_test(c, a_full_disk_changes_nothing);
	tcase_add_test(c, a_file_without_its_last_free_pages_is_sound);
	tcase_add_test(c, a_copy_in_its_place_is_the_same_table);
	tcase_add_test(c, no_write_is_lost_among_several_writers);
	suite_add_tcase(s, c);
	return suite_run(s);
}
