/*
 * check_staged: the set of names against a plain array, and its file.
 */
#include <check.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "support/suite.h"
#include "ui/staged.h"

static char folder[PATH_MAX];
static struct staged staged;

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/mxward-staged-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("XDG_STATE_HOME", folder, 1);
	staged = (struct staged){0};
}

static void teardown(void)
{
	char path[PATH_MAX + 300];
	struct dirent *d;
	DIR *dir;

	staged_clear(&staged);
	snprintf(path, sizeof path, "%s/mxward", folder);
	dir = opendir(path);
	while (dir && (d = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%s/mxward/%s", folder, d->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
	snprintf(path, sizeof path, "%s/mxward", folder);
	rmdir(path);
	rmdir(folder);
}

/* The one file in the folder; its mode, 0 when there is none. */
static int find_file(char path[PATH_MAX + 300])
{
	char in[PATH_MAX + 10];
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int mode = 0;

	snprintf(in, sizeof in, "%s/mxward", folder);
	dir = opendir(in);
	while (dir && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.') {
			snprintf(path, PATH_MAX + 300, "%s/%s", in, d->d_name);
			ck_assert_int_eq(stat(path, &st), 0);
			mode = st.st_mode & 07777;
		}
	if (dir)
		closedir(dir);
	return mode;
}

START_TEST(test_set_against_an_array)
{
	int model[500] = {0};
	size_t marked = 0, deleted = 0, n;
	const char **names;

	srand(3);
	for (int i = 0; i < 20000; i++) {
		int which = rand() % 500, flag = rand() % 2 ? STAGED_MARK : STAGED_DELETE;
		char name[40];

		snprintf(name, sizeof name, "kunde-%d.example", which);
		if (rand() % 2) {
			staged_set(&staged, name, flag);
			model[which] |= flag;
		} else {
			staged_unset(&staged, name, flag);
			model[which] &= ~flag;
		}
		ck_assert_int_eq(staged_get(&staged, name), model[which]);
	}
	for (int i = 0; i < 500; i++) {
		marked += (model[i] & STAGED_MARK) != 0;
		deleted += (model[i] & STAGED_DELETE) != 0;
	}
	ck_assert_uint_eq(staged_count(&staged, STAGED_MARK), marked);
	ck_assert_uint_eq(staged_count(&staged, STAGED_DELETE), deleted);
	names = staged_list(&staged, STAGED_DELETE, &n);
	ck_assert_uint_eq(n, deleted);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_lt(strcmp(names[i - 1], names[i]), 0);
	free(names);
	staged_unset_all(&staged, STAGED_MARK);
	ck_assert_uint_eq(staged_count(&staged, STAGED_MARK), 0);
	ck_assert_uint_eq(staged_count(&staged, STAGED_DELETE), deleted);
}
END_TEST

START_TEST(test_file_brings_all_back)
{
	struct staged back = {0};
	char path[PATH_MAX + 300];
	struct err e;

	staged_set(&staged, "a.example", STAGED_MARK);
	staged_set(&staged, "b.example", STAGED_MARK | STAGED_DELETE);
	staged_set(&staged, ".suffix.example", STAGED_DELETE);
	ck_assert_int_eq(staged_save(&staged, "/nowhere/one", &e), 0);
	ck_assert_int_eq(find_file(path), 0600);
	ck_assert_int_eq(staged_load(&back, "/nowhere/other"), 0);
	ck_assert_int_eq(staged_load(&back, "/nowhere/one"), 1);
	ck_assert_int_eq(staged_get(&back, "a.example"), STAGED_MARK);
	ck_assert_int_eq(staged_get(&back, "b.example"), STAGED_MARK | STAGED_DELETE);
	ck_assert_int_eq(staged_get(&back, ".suffix.example"), STAGED_DELETE);
	ck_assert_uint_eq(staged_count(&back, STAGED_DELETE), 2);
	staged_clear(&back);
	staged_forget("/nowhere/one");
	ck_assert_int_eq(staged_load(&back, "/nowhere/one"), 0);
}
END_TEST

START_TEST(test_an_empty_set_leaves_no_file)
{
	char path[PATH_MAX + 300];
	struct err e;

	staged_set(&staged, "a.example", STAGED_MARK);
	staged_unset(&staged, "a.example", STAGED_MARK);
	ck_assert_int_eq(staged_save(&staged, "/nowhere", &e), 0);
	ck_assert_int_eq(find_file(path), 0);
}
END_TEST

/* Whatever stands in the file, only names come in. */
START_TEST(test_a_spoilt_file_does_no_harm)
{
	struct staged back = {0};
	char path[PATH_MAX + 300];
	struct err e;
	FILE *f;

	staged_set(&staged, "a.example", STAGED_DELETE);
	ck_assert_int_eq(staged_save(&staged, "/nowhere", &e), 0);
	ck_assert_int_eq(find_file(path), 0600);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("D \033[2J\nX a.example\nDb.example\nD\nD \n* UPPER.Example.\n", f);
	for (int i = 0; i < 3000; i++)
		fputc('D', f);
	fputs("\nD last.example", f);
	fclose(f);
	ck_assert_int_eq(staged_load(&back, "/nowhere"), 1);
	ck_assert_uint_eq(staged_count(&back, STAGED_MARK), 1);
	ck_assert_int_eq(staged_get(&back, "upper.example"), STAGED_MARK);
	ck_assert_uint_eq(staged_count(&back, STAGED_DELETE), 1);
	ck_assert_int_eq(staged_get(&back, "last.example"), STAGED_DELETE);
	staged_clear(&back);
}
END_TEST

START_TEST(test_a_place_that_cannot_be_written_is_said)
{
	struct err e = {0};

	staged_set(&staged, "a.example", STAGED_MARK);
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	ck_assert_int_eq(staged_save(&staged, "/nowhere", &e), -1);
	ck_assert_uint_gt(strlen(e.text), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("staged");
	TCase *t = tcase_create("staged");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_set_against_an_array);
	tcase_add_test(t, test_file_brings_all_back);
	tcase_add_test(t, test_an_empty_set_leaves_no_file);
	tcase_add_test(t, test_a_spoilt_file_does_no_harm);
	tcase_add_test(t, test_a_place_that_cannot_be_written_is_said);
	suite_add_tcase(s, t);
	return suite_run(s);
}
