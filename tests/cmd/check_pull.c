/*
 * share/fleet/mxward-pull on a relay: a list that came whole takes the table's place, and nothing else ever does.
 *
 * ssh and postmap are stand-ins here: the one prints a file, the other makes of `lmdb:F` a copy F.lmdb, which it prints.
 * The real ones are tried by `make check-fleet`.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], table[1100], sent[1100], built[1200];

static void mxward(const char *fmt, const char *word)
{
	struct run_result r;
	char line[2400];

	snprintf(line, sizeof line, "%s %s", fmt, word);
	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s", line, r.err);
	run_clear(&r);
}

/* What the forced command prints lies in a file, where it can be damaged. */
static void print_list(void)
{
	struct run_result r;
	FILE *f = fopen(sent, "w");

	run_line(&r, config, "--read-only publish --print postfix");
	ck_assert_msg(r.status == 0, "%s", r.err);
	fputs(r.out, f);
	fclose(f);
	run_clear(&r);
}

static void set_up(void)
{
	char path[1200];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "%s/relay_domains", dir);
	snprintf(built, sizeof built, "%s.lmdb", table);
	snprintf(sent, sizeof sent, "%s/sent", dir);
	run_stand_in_begin(dir);
	run_stand_in(dir, "ssh", "[ -e %s ] || exit 255\ncat %s\n", sent, sent);
	run_stand_in(dir, "postmap", "if [ \"$1\" = -s ]; then cat \"${2#lmdb:}.lmdb\"; else grep -v '^#' \"${1#lmdb:}\" "
				 ">\"${1#lmdb:}.lmdb\"; :; fi\n");
	run_stand_in(dir, "postfix", "exit 0\n");
	run_write_file(config, "database = %s/db\n", dir);
	mxward("init", "");
	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "a.example\nb.example\nm\xc3\xbcller.example\n");
	mxward("import --format names", path);
	print_list();
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static void pulls(int status, const char *words, const char *option)
{
	const char *argv[] = {"/bin/sh", run_source("share/fleet/mxward-pull"), "--lose", option, "admin", table, NULL};
	struct run_result r;

	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == status, "%d %s%s", r.status, r.out, r.err);
	ck_assert_msg(strstr(r.err, words) != NULL, "no '%s' in %s", words, r.err);
	run_clear(&r);
}

static void holds(const char *text)
{
	const char *argv[] = {"/bin/cat", built, NULL};
	const char *beside[] = {"/bin/sh", "-c", "ls -d \"$0\".new-* 2>/dev/null", table, NULL};
	struct run_result r;

	run_program(&r, argv, NULL);
	ck_assert_str_eq(r.out, text);
	run_clear(&r);
	run_program(&r, beside, NULL);
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
	ck_assert_int_ne(access(table, F_OK), 0); /* no text that a postmap could bring back */
}

#define ALL "a.example\tOK\nb.example\tOK\nxn--mller-kva.example\tOK\nm\xc3\xbcller.example\tOK\n"

START_TEST(a_whole_list_takes_the_table_s_place)
{
	struct stat before, after;

	pulls(0, "", "20");
	holds(ALL);
	ck_assert_int_eq(chmod(built, 0640), 0);
	ck_assert_int_eq(stat(built, &before), 0);
	pulls(0, "", "20"); /* nothing new */
	ck_assert_int_eq(stat(built, &after), 0);
	ck_assert_int_eq(before.st_ino, after.st_ino);
	mxward("add", "c.example");
	print_list();
	pulls(0, "", "20");
	holds("a.example\tOK\nb.example\tOK\nc.example\tOK\nxn--mller-kva.example\tOK\nm\xc3\xbcller.example\tOK\n");
	ck_assert_int_eq(stat(built, &after), 0);
	ck_assert_int_ne(before.st_ino, after.st_ino);
	ck_assert_int_eq(after.st_mode & 07777, 0640);
}
END_TEST

START_TEST(a_list_cut_anywhere_is_never_taken)
{
	struct stat st;
	off_t size;

	pulls(0, "", "20");
	mxward("add", "c.example");
	print_list();
	ck_assert_int_eq(stat(sent, &st), 0);
	/* From the line's end that alone is missing to nothing at all. */
	for (size = st.st_size - 1; size >= 0; size -= size > st.st_size - 40 ? 1 : 13) {
		ck_assert_int_eq(truncate(sent, size), 0);
		pulls(65, "is not whole", "100");
		holds(ALL);
	}
}
END_TEST

START_TEST(a_list_with_a_hole_or_a_line_too_many_is_never_taken)
{
	pulls(0, "", "20");
	run_write_file(sent, "a.example\tOK\n# end of the list: 2 lines\n");
	pulls(65, "is not whole", "100");
	run_write_file(sent, "a.example\tOK\nb.example\tOK\nb.example\tOK\n# end of the list: 2 lines\n");
	pulls(65, "is not whole", "100");
	run_write_file(sent, "a.example\tOK\n# end of the list: 1 lines\ntrailing\n");
	pulls(65, "is not whole", "100");
	holds(ALL);
}
END_TEST

START_TEST(what_cannot_be_fetched_or_built_changes_nothing)
{
	pulls(0, "", "20");
	ck_assert_int_eq(unlink(sent), 0);
	pulls(75, "did not give the list", "20");
	holds(ALL);
	print_list();
	run_stand_in(dir, "postmap", "case $1 in -s) cat \"${2#lmdb:}.lmdb\" ;; *) exit 1 ;; esac\n");
	pulls(65, "postmap failed", "20");
	holds(ALL);
	run_stand_in(dir, "postmap", "case $1 in -s) cat \"${2#lmdb:}.lmdb\" ;; *) head -n 1 \"${1#lmdb:}\" >\"${1#lmdb:}.lmdb\" ;; esac\n");
	pulls(65, "is not what the list has", "20");
	holds(ALL);
}
END_TEST

START_TEST(a_list_that_lost_much_is_taken_only_when_told)
{
	pulls(0, "", "20");
	run_write_file(sent, "a.example\tOK\n# end of the list: 1 lines\n");
	pulls(65, "3 of 4 names would go, more than 20 %", "20");
	holds(ALL);
	pulls(65, "more than 74 %", "74");
	run_write_file(sent, "# end of the list: 0 lines\n");
	pulls(65, "4 of 4 names would go", "99");
	holds(ALL);
	run_write_file(sent, "a.example\tOK\n# end of the list: 1 lines\n");
	pulls(0, "", "75");
	holds("a.example\tOK\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pull");
	TCase *c = tcase_create("mxward-pull");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_whole_list_takes_the_table_s_place);
	tcase_add_test(c, a_list_cut_anywhere_is_never_taken);
	tcase_add_test(c, a_list_with_a_hole_or_a_line_too_many_is_never_taken);
	tcase_add_test(c, what_cannot_be_fetched_or_built_changes_nothing);
	tcase_add_test(c, a_list_that_lost_much_is_taken_only_when_told);
	suite_add_tcase(s, c);
	return suite_run(s);
}
