/*
 * check_documents: the screens in the README and in the manual are those of share/screens: what `make docs` would
 * write is what stands there.
 */
#include <check.h>
#include <stdio.h>

#include "support/run.h"
#include "support/suite.h"

#define COPY "mkdir share && cp \"$TREE/README\" . && cd \"$TREE/share\" && cp -r docs.sh screens keys.txt mxward.8 \"$OLDPWD/share\""
#define COMPARE \
	"sh share/docs.sh \"$PROGRAM\" && for f in README share/mxward.8 share/keys.txt; do diff $f \"$TREE/$f\" || exit 1; done"

/* Runs a line of shell in dir. */
static int shell(const char *dir, const char *line)
{
	const char *argv[] = {"/bin/sh", "-c", NULL, NULL};
	char whole[3000];
	struct run_result r;
	int status;

	snprintf(whole, sizeof whole, "TREE=$(realpath '%s') PROGRAM=$(realpath '%s'); cd '%s' && %s", run_source(""), run_mxward(), dir, line);
	argv[2] = whole;
	run_program(&r, argv, NULL);
	status = r.status;
	if (status != 0)
		fprintf(stderr, "%s%s", r.out, r.err);
	run_clear(&r);
	return status;
}

START_TEST(documents_show_the_screens_there_are)
{
	char *dir = run_make_dir();

	ck_assert_int_eq(shell(dir, COPY), 0);
	ck_assert_int_eq(shell(dir, COMPARE), 0);
	run_remove_dir(dir);
}
END_TEST

/* Each view has its screen in both; one that is not fresh is noticed in both. */
START_TEST(an_old_screen_is_noticed)
{
	static const char *const views[] = {"list", "entry", "review", "preview", "batches", "audit", "scans", "help"};
	char line[400];

	for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
		char *dir = run_make_dir();

		ck_assert_int_eq(shell(dir, COPY), 0);
		snprintf(line, sizeof line, "echo 'another line' >>share/screens/%s.txt", views[i]);
		ck_assert_int_eq(shell(dir, line), 0);
		ck_assert_int_ne(shell(dir, COMPARE), 0);
		ck_assert_msg(shell(dir, "! diff -q README \"$TREE/README\" >/dev/null") == 0, "%s.txt is not in README", views[i]);
		ck_assert_msg(shell(dir, "! diff -q share/mxward.8 \"$TREE/share/mxward.8\" >/dev/null") == 0,
			      "%s.txt is not in the manual", views[i]);
		run_remove_dir(dir);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("documents");
	TCase *t = tcase_create("screens");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, documents_show_the_screens_there_are);
	tcase_add_test(t, an_old_screen_is_noticed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
