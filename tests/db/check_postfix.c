#include "db/postfix.h"

#include <fcntl.h>
#include <lmdb.h>

#include "base/str.h"
#include "db/db_support.h"

static char table[600];

static void make_top(void)
{
	top = run_make_dir();
	snprintf(table, sizeof table, "%s/relay_domains.lmdb", top);
}

/* A table as postmap writes it: the unnamed database, a NUL behind key and value where nul says
 * so. */
static void make_table(const char *const *pairs, size_t n, int nul)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	unlink(table);
	ck_assert_int_eq(mdb_env_create(&env), 0);
	mdb_env_set_mapsize(env, 16 << 20);
	ck_assert_int_eq(mdb_env_open(env, table, MDB_NOSUBDIR | MDB_NOLOCK, 0644), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	for (size_t i = 0; i < n; i++) {
		MDB_val k = {strlen(pairs[2 * i]) + (size_t)nul, (void *)pairs[2 * i]};
		MDB_val v = {strlen(pairs[2 * i + 1]) + (size_t)nul, (void *)pairs[2 * i + 1]};

		ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	}
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

struct seen {
	struct str rows, refused;
	size_t n, stop_at;
};

static int see(void *ctx, const struct table_row *row)
{
	struct seen *s = ctx;

	/* libcheck writes down each assertion that holds; there are millions of rows. */
	if (row->line != 0 || row->customer[0] || row->note[0])
		ck_abort_msg("line %ld, customer '%s', note '%s'", row->line, row->customer,
			     row->note);
	if (row->why)
		str_addf(&s->refused, "%.*s|%s\n", (int)row->name_len, row->name, row->why);
	else
		str_addf(&s->rows, "%.*s|%s\n", (int)row->name_len, row->name, row->value);
	if (++s->n == s->stop_at) {
		err_set(&err, ERR_DATA, "enough");
		return -1;
	}
	return 0;
}

static void clear(struct seen *s)
{
	str_clear(&s->rows);
	str_clear(&s->refused);
	*s = (struct seen){0};
}

static const char *const four[] = {"kunde-a.example",	    "OK",
				   ".dot.example",	    "",
				   "kunde-b.example",	    "#1 primary on-net",
				   "xn--mller-kva.example", "smtp:[mx1.example.org]"};

START_TEST(a_table_is_read_with_and_without_nuls)
{
	static const char wanted[] =
		".dot.example|\nkunde-a.example|OK\nkunde-b.example|#1 primary on-net\n"
		"xn--mller-kva.example|smtp:[mx1.example.org]\n";
	struct seen s = {0};

	make_top();
	for (int nul = 1; nul >= 0; nul--) {
		make_table(four, 4, nul);
		ck_assert(postfix_is_table(table));
		OK(postfix_read(table, see, &s, &err));
		ck_assert_str_eq(str_text(&s.rows), wanted);
		clear(&s);
	}
	snprintf(dir, sizeof dir, "%s", top);
	ck_assert_int_eq(access(path_of("relay_domains.lmdb-lock"), F_OK), -1);
	run_remove_dir(top);
}
END_TEST

START_TEST(an_empty_table_has_no_rows)
{
	struct seen s = {0};

	make_top();
	make_table(four, 0, 1);
	OK(postfix_read(table, see, &s, &err));
	ck_assert_uint_eq(s.n, 0);
	run_remove_dir(top);
}
END_TEST

START_TEST(the_reader_may_stop)
{
	struct seen s = {.stop_at = 2};

	make_top();
	make_table(four, 4, 1);
	FAILS(postfix_read(table, see, &s, &err), ERR_DATA);
	ck_assert_str_eq(err.text, "enough");
	ck_assert_uint_eq(s.n, 2);
	clear(&s);
	run_remove_dir(top);
}
END_TEST

static void put_raw(const void *key, size_t key_len, const void *value, size_t value_len)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val k = {key_len, (void *)key}, v = {value_len, (void *)value};

	ck_assert_int_eq(mdb_env_create(&env), 0);
	mdb_env_set_mapsize(env, 16 << 20);
	ck_assert_int_eq(mdb_env_open(env, table, MDB_NOSUBDIR | MDB_NOLOCK, 0644), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

START_TEST(rows_that_cannot_be_are_refused_and_the_others_read)
{
	static char large[70000];
	struct seen s = {0};

	make_top();
	make_table(four, 1, 1);
	memset(large, 'x', sizeof large);
	put_raw("a\0b\0", 4, "OK\0", 3);
	put_raw("\0", 1, "OK\0", 3);
	put_raw("large.example\0", 14, large, sizeof large);
	put_raw("nul.example\0", 12, "O\0K\0", 4);
	put_raw("control.example\0", 16, "O\033K\0", 4);
	put_raw("latin.example\0", 14, "M\374ller\0", 7);
	put_raw(large, 511, "OK\0", 3);
	OK(postfix_read(table, see, &s, &err));
	ck_assert_uint_eq(s.n, 8);
	ck_assert_ptr_ne(strstr(str_text(&s.rows), "kunde-a.example|OK\n"), NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "large.example|the value is longer"),
			 NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "nul.example|the value has a NUL"), NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "control.example|the value has control"),
			 NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "latin.example|the value has control"),
			 NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "|the key is empty"), NULL);
	ck_assert_ptr_ne(strstr(str_text(&s.refused), "|the key has a NUL in it"), NULL);
	clear(&s);
	run_remove_dir(top);
}
END_TEST

START_TEST(what_is_no_table_is_refused_before_it_is_mapped)
{
	struct seen s = {0};

	make_top();
	FAILS(postfix_read(table, see, &s, &err), ERR_NOINPUT);
	ck_assert(!postfix_is_table(table));
	FAILS(postfix_read(top, see, &s, &err), ERR_NOINPUT);
	SAYS("directory");
	ck_assert(!postfix_is_table(top));
	run_write_file(table, "%s", "");
	FAILS(postfix_read(table, see, &s, &err), ERR_DATA);
	SAYS("empty");
	run_write_file(table, "%s", "example.org OK\nexample.net OK\n");
	FAILS(postfix_read(table, see, &s, &err), ERR_DATA);
	SAYS("no LMDB table");
	ck_assert(!postfix_is_table(table));
	unlink(table);
	ck_assert_int_eq(mkfifo(table, 0600), 0);
	FAILS(postfix_read(table, see, &s, &err), ERR_DATA);
	ck_assert_uint_eq(s.n, 0);
	run_remove_dir(top);
}
END_TEST

START_TEST(our_own_database_is_no_postfix_table)
{
	struct seen s = {0};

	make_database();
	FAILS(postfix_read(path_of("data.mdb"), see, &s, &err), ERR_DATA);
	SAYS("no Postfix table");
	ck_assert_uint_eq(s.n, 0);
	run_remove_dir(top);
}
END_TEST

static char *many[2 * 3000];

static void make_large_table(void)
{
	for (size_t i = 0; i < 3000; i++) {
		char name[64];

		snprintf(name, sizeof name, "kunde-%04zu.example.org", i);
		many[2 * i] = strdup(name);
		many[2 * i + 1] = (char *)"OK";
	}
	make_table((const char *const *)many, 3000, 1);
	for (size_t i = 0; i < 3000; i++)
		free(many[2 * i]);
}

START_TEST(a_table_that_is_cut_short_is_an_error)
{
	struct seen s = {0};
	struct stat st;

	make_top();
	make_large_table();
	ck_assert_int_eq(stat(table, &st), 0);
	for (off_t size = st.st_size - 1; size > 0; size -= 9973) {
		ck_assert_int_eq(truncate(table, size), 0);
		FAILS(postfix_read(table, see, &s, &err), ERR_DATA);
		ck_assert_uint_eq(s.n, 0);
	}
	run_remove_dir(top);
}
END_TEST

/* Whatever a page says, the program goes on, and no row comes that postmap could not have
 * written longer. */
START_TEST(damaged_pages_are_an_error_or_a_table)
{
	struct stat st;
	unsigned errors = 0;
	int fd;

	make_top();
	make_large_table();
	ck_assert_int_eq(stat(table, &st), 0);
	for (off_t page = 0; page < st.st_size; page += 4096)
		for (int at = 0; at < 24; at++) {
			off_t place = page + (at < 16 ? at : 16 + (at - 16) * 37);
			struct seen s = {0};
			uint8_t was, now;

			fd = open(table, O_RDWR);
			ck_assert_int_eq(pread(fd, &was, 1, place), 1);
			now = was ^ (uint8_t)(1 << (page / 4096 + at) % 8);
			ck_assert_int_eq(pwrite(fd, &now, 1, place), 1);
			errors += postfix_read(table, see, &s, &err) != 0;
			ck_assert_uint_le(s.n, 1 << 16);
			ck_assert_int_eq(pwrite(fd, &was, 1, place), 1);
			close(fd);
			clear(&s);
		}
	ck_assert_uint_gt(errors, 10);
	run_remove_dir(top);
}
END_TEST

static int lock_table(void *ctx)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int *said = ctx, fd = open(table, O_RDWR);

	if (fcntl(fd, F_SETLK, &lock) != 0 || write(said[1], "x", 1) != 1)
		return 1;
	pause();
	return 0;
}

START_TEST(a_writer_is_waited_for)
{
	struct seen s = {0};
	int said[2], status;
	pid_t pid;
	char c;

	make_top();
	make_table(four, 4, 1);
	ck_assert_int_eq(pipe(said), 0);
	pid = fork();
	if (pid == 0)
		_exit(lock_table(said));
	ck_assert_int_eq(read(said[0], &c, 1), 1);
	FAILS(postfix_read(table, see, &s, &err), ERR_BUSY);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	OK(postfix_read(table, see, &s, &err));
	ck_assert_uint_eq(s.n, 4);
	clear(&s);
	run_remove_dir(top);
}
END_TEST

START_TEST(a_table_of_postmaps_own_is_read)
{
	struct seen s = {0};
	char command[1400];

	make_top();
	snprintf(dir, sizeof dir, "%s", top);
	run_write_file(path_of("relay_domains"),
		       "Kunde-A.example OK\n.b.example   some text\n");
	run_write_file(path_of("main.cf"), "compatibility_level = 3.6\n");
	snprintf(
		command, sizeof command,
		"PATH=$PATH:/usr/sbin; postmap -c '%s' 'lmdb:%s/relay_domains' >/dev/null 2>&1",
		top, top);
	if (system(command) != 0)
		printf("note: postmap with lmdb is not here; a table it made was not read\n");
	else {
		OK(postfix_read(table, see, &s, &err));
		ck_assert_str_eq(str_text(&s.rows),
				 ".b.example|some text\nkunde-a.example|OK\n");
	}
	clear(&s);
	run_remove_dir(top);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("postfix");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_table_is_read_with_and_without_nuls);
	tcase_add_test(tc, an_empty_table_has_no_rows);
	tcase_add_test(tc, the_reader_may_stop);
	tcase_add_test(tc, rows_that_cannot_be_are_refused_and_the_others_read);
	tcase_add_test(tc, what_is_no_table_is_refused_before_it_is_mapped);
	tcase_add_test(tc, our_own_database_is_no_postfix_table);
	tcase_add_test(tc, a_table_that_is_cut_short_is_an_error);
	tcase_add_test(tc, damaged_pages_are_an_error_or_a_table);
	tcase_add_test(tc, a_writer_is_waited_for);
	tcase_add_test(tc, a_table_of_postmaps_own_is_read);
	return run_suite(tc);
}
