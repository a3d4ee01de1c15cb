/*
 * check_hostile_programs: hostile texts on their way to other programs: what Postfix finds in the table that is published,
 * read by LMDB itself, and what a shell makes of the completion when hostile words stand on its line.
 */
#include <check.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/hostile.h"
#include "support/planted.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], table[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "%s/relay_domains.lmdb", dir);
	run_write_config(config, dir, 9, "postfix-config-directory = %s/none\npostfix-table = %s\n", dir, table);
	run_expect(config, 0, "", "init");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* --- the table --- */

static struct row {
	char *key, *value;
} row[1000];
static size_t n_rows;

/* The bytes of a key or a value as smtpd takes them: a text with the one NUL behind it. */
static char *text_of(const MDB_val *v)
{
	ck_assert_uint_gt(v->mv_size, 0);
	ck_assert_msg(memchr(v->mv_data, '\0', v->mv_size) == (char *)v->mv_data + v->mv_size - 1, "a NUL within, or none: %.*s",
		      (int)v->mv_size, (char *)v->mv_data);
	return strdup(v->mv_data);
}

static void read_table(void)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, value;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, table, MDB_NOSUBDIR | MDB_NOLOCK | MDB_RDONLY, 0), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, dbi, &cursor), 0);
	for (n_rows = 0; mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0; n_rows++) {
		ck_assert_uint_lt(n_rows, sizeof row / sizeof *row);
		row[n_rows] = (struct row){text_of(&key), text_of(&value)};
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

static void free_table(void)
{
	for (size_t i = 0; i < n_rows; i++) {
		free(row[i].key);
		free(row[i].value);
	}
}

static const char *value_at(const char *key)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(row[i].key, key) == 0)
			return row[i].value;
	return NULL;
}

/* A name is looked for in one piece and in lower case, and postmap -s prints a key with its value on a line. */
static void keys_are_names(void)
{
	for (size_t i = 0; i < n_rows; i++) {
		const char *key = row[i].key;

		ck_assert_msg(*key && *key != '-' && *key != '#', "a key '%s'", key);
		for (const char *p = key; *p; p++)
			ck_assert_msg((unsigned char)*p > 0x20 && *p != '"' && *p != '\\' && !(*p >= 'A' && *p <= 'Z'), "a key '%s'", key);
		hostile_must_be_seen(key, "a key");
	}
}

/* The list has each key, and the table each name. */
static void same_as_list(void)
{
	struct run_result r;
	size_t n = 0;

	run_line(&r, config, "publish --print names");
	for (char *save, *name = strtok_r(r.out, "\n", &save); name; name = strtok_r(NULL, "\n", &save), n++)
		ck_assert_msg(value_at(name) != NULL, "no row for '%s'", name);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, n_rows); /* a name of other letters has a row for each of its spellings */
	run_clear(&r);
}

static void import(const char *format)
{
	char path[1100], line[1300];
	struct run_result r;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, format);
	f = fopen(path, "w");
	for (size_t i = 0; i < n_hostile; i++)
		fprintf(f, "%s%s\nv%zu.example%s%s\n%s.example%s\n", hostile[i].text, strcmp(format, "names") == 0 ? "" : " OK", i,
			strcmp(format, "names") == 0 ? "" : "\t", strcmp(format, "names") == 0 ? "" : hostile[i].text, hostile[i].text,
			strcmp(format, "names") == 0 ? "" : " OK");
	fclose(f);
	snprintf(line, sizeof line, "import --format %s %s", format, path);
	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 65, "%d %s", r.status, r.err);
	hostile_must_be_seen(r.out, "import");
	hostile_must_be_seen(r.err, "import");
	run_clear(&r);
}

START_TEST(keys_of_imports_are_names)
{
	static const char *const formats[] = {"names", "postfix", "sendmail", "access"};

	import(formats[_i]);
	run_expect(config, 0, "", "publish");
	read_table();
	keys_are_names();
	same_as_list();
	free_table();
}
END_TEST

static int is_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p && ((*p >= 0x20 && *p < 0x7f) || *p == '\t'))
		p++;
	return !*p;
}

/* Values of a store that somebody else wrote stay each in its row: as they are where they are text, else so that
 * `postmap -s` prints one line for each, and that what was published is read back as the same. */
START_TEST(a_value_stays_in_its_row)
{
	char path[1100], name[40];

	snprintf(path, sizeof path, "%s/db", dir);
	for (size_t i = 0; i < n_hostile; i++) {
		snprintf(name, sizeof name, "t%zu.example", i);
		plant_hostile(path, name, hostile[i].text);
	}
	run_expect(config, 0, "", "publish");
	read_table();
	keys_are_names();
	ck_assert_uint_eq(n_rows, n_hostile);
	for (size_t i = 0; i < n_hostile; i++) {
		snprintf(name, sizeof name, "t%zu.example", i);
		ck_assert_ptr_nonnull(value_at(name));
		if (is_text(hostile[i].text))
			ck_assert_str_eq(value_at(name), hostile[i].text);
		ck_assert_msg(!strpbrk(value_at(name), "\r\n\033\f\b"), "%s: %s", hostile[i].what, value_at(name));
	}
	free_table();
	run_expect(config, 0, "in line", "publish");
}
END_TEST

/* --- completion --- */

/* Besides what all ways get: what bash itself would run or expand where it evaluates a word. */
static const char *const words[] = {"$(: >ran)", "`: >ran`", "a[$(: >ran)]", "x;: >ran", "'; : >ran; '", "\"; : >ran; \"", "* ?",
				    "--*", "~root", "{a,b}", "!!", "-c", "--", "$words", "COMP_CWORD", "<(: >ran)"};
enum { WORDS = sizeof words / sizeof *words };

static const char *word(size_t i)
{
	return i < WORDS ? words[i] : hostile[i - WORDS].text;
}

/* Every reply is a word of ours that begins as what stands there does; none of what stands there was run. */
START_TEST(a_shell_offers_our_words_only)
{
	static const char script[] =
		"eval \"$(\"$0\" --completion bash)\"; cd \"$1\" || exit 9; shift; all=\" $(\"$MXWARD\" --completion bash | tr \"'\" ' ' | "
		"tr '\\n' ' ') \"\n"
		"try() { COMP_WORDS=(mxward \"$@\"); COMP_CWORD=$#; COMPREPLY=(); _mxward; local r; for r in \"${COMPREPLY[@]}\"; do\n"
		"[[ $r == \"${@: -1}\"* && $all == *\" $r \"* ]] || { printf 'offered %q for %q\\n' \"$r\" \"${@: -1}\"; exit 1; }; done; }\n"
		"for w; do try \"$w\"; try list \"$w\"; try \"$w\" list --f; try -c \"$w\" list -; try delete \"$w\" --; try \"$w\" \"$w\";\n"
		"[[ ! -e ran ]] || { printf 'ran %q\\n' \"$w\"; exit 1; }; done\n"
		"try lis; [[ ${COMPREPLY[*]} == list ]]";
	const char *argv[WORDS + 200] = {"/bin/bash", "-c", script, run_mxward(), dir};
	struct run_result r;

	ck_assert_uint_lt(n_hostile, 190);
	for (size_t i = 0; i < WORDS + n_hostile; i++)
		argv[5 + i] = word(i);
	setenv("MXWARD", run_mxward(), 1);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == 0 && !*r.err, "%d %s%s", r.status, r.out, r.err);
	run_clear(&r);
}
END_TEST

/* The completion is the same bytes whatever the list, the configuration and the environment hold. */
START_TEST(completion_knows_no_text_of_others)
{
	const char *plain[] = {run_mxward(), "--completion", _i ? "zsh" : "bash", NULL};
	const char *argv[] = {"/usr/bin/env", "HOME=$(: >ran)", "LANG=`: >ran`", "TERM='; : >ran; '", run_mxward(), "--completion",
			      _i ? "zsh" : "bash", NULL};
	struct run_result want, got;

	run_program(&want, plain, NULL);
	ck_assert_int_eq(want.status, 0);
	hostile_must_be_seen(want.out, "completion");
	run_program(&got, argv, NULL);
	ck_assert_str_eq(got.out, want.out);
	run_clear(&got);
	run_clear(&want);
}
END_TEST

START_TEST(another_shell_is_refused_by_a_sentence)
{
	for (size_t i = 0; i < WORDS + n_hostile; i++) {
		const char *argv[] = {run_mxward(), "--completion", word(i), NULL};
		struct run_result r;

		run_program(&r, argv, NULL);
		ck_assert_msg(r.status == 64 && !*r.out && *r.err, "%d %s%s", r.status, r.out, r.err);
		hostile_must_be_seen(r.err, "completion");
		run_clear(&r);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile programs");
	TCase *t = tcase_create("table"), *c = tcase_create("completion");

	tcase_set_timeout(t, 60);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, keys_of_imports_are_names, 0, 4);
	tcase_add_test(t, a_value_stays_in_its_row);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_shell_offers_our_words_only);
	tcase_add_loop_test(c, completion_knows_no_text_of_others, 0, 2);
	tcase_add_test(c, another_shell_is_refused_by_a_sentence);
	suite_add_tcase(s, t);
	suite_add_tcase(s, c);
	return suite_run(s);
}
