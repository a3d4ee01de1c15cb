/*
 * The status line's word on the mail server's tables: changed by others, behind, not to be read; and gone again.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { STATUS = 22 };

static char table[1200];

static void ran(int status, const char *line)
{
	struct run_result r;

	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == status, "%s: %d %s%s", line, r.status, r.out, r.err);
	run_clear(&r);
}

static void set_up(void)
{
	FILE *f;

	desk_set_up();
	snprintf(table, sizeof table, "%s/relay_domains.lmdb", desk_dir);
	f = fopen(desk_config, "a");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "postfix-table = %s\nrestricted = yes\n", table);
	fclose(f);
	ran(0, "publish");
}

static int pass_over(void *ctx, const struct table_row *row)
{
	(void)ctx;
	(void)row;
	return 0;
}

static void change_by_hand(const char *key, const char *value)
{
	struct target_change c = {key, value};
	struct target_version at;
	struct err e;

	ck_assert_int_eq(postfix_read_version(table, pass_over, NULL, &at, &e), 0);
	ck_assert_int_eq(postfix_apply(table, &c, 1, &at, &e), 0);
}

static void shows(const char *word, int yes)
{
	struct vt *t = desk_open(24, 80, "xterm-256color", "console kept001*", NULL);

	desk_expect(t, -1, "kept001.example");
	vt_keys(t, "g"); /* what is said first of all may stand in the place of the status */
	if (yes)
		desk_expect(t, STATUS, word);
	else
		desk_expect_gone(t, STATUS, word);
	desk_quit(t);
}

START_TEST(a_table_changed_by_others_is_named_until_it_is_settled)
{
	struct vt *t;

	shows("table", 0);
	change_by_hand("other.example", "OK");
	shows("table changed by others", 1);
	ran(0, "add kept900.example"); /* ours is written, theirs is still there */
	shows("table changed by others", 1);
	t = desk_open(24, 80, "xterm-256color", "console kept001*", NULL);
	desk_expect(t, -1, "kept001.example");
	vt_keys(t, ":publish --dry-run\r");
	desk_expect(t, -1, "extra   other.example");
	vt_keys(t, "q");
	desk_quit(t);
	ran(0, "publish --overrule");
	shows("table", 0);
	/* Written anew with what it had: compared once, and then no news. */
	change_by_hand("kept000.example", "OK");
	shows("table changed by others", 1);
	ran(0, "publish");
	shows("table", 0);
}
END_TEST

START_TEST(a_table_that_is_broken_or_behind_is_named)
{
	run_write_file(table, "%s", "this is no table, and it is long enough to be looked at by everybody who cares to look\n");
	shows("table cannot be read", 1);
	ran(0, "reviewed kept000.example");
	ran(75, "delete gone00.example --override --reason x --yes 1");
	shows("table behind", 1);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("tables");

	tcase_add_checked_fixture(t, set_up, desk_tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_table_changed_by_others_is_named_until_it_is_settled);
	tcase_add_test(t, a_table_that_is_broken_or_behind_is_named);
	return desk_run("a word on the tables", (TCase *[]){t, NULL});
}
