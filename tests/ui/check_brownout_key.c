/*
 * The key b on a real screen: in the preview it makes a brownout of a deletion, on the entry it takes that back.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/desk.h"
#include "support/vt.h"

static void set_up(void)
{
	char line[1300];
	FILE *f;

	desk_set_up();
	f = fopen(desk_config, "a");
	ck_assert_ptr_nonnull(f);
	/* No postconf is started, so that the Postfix of this machine, if there is one, has no say. */
	snprintf(line, sizeof line, "brownout-table = %s/brownout.lmdb\nrestricted = yes\n", desk_dir);
	fputs(line, f);
	fclose(f);
}

START_TEST(a_deletion_becomes_a_brownout_and_is_taken_back)
{
	struct vt *t = desk_open(24, 80, "xterm-256color", "console gone00*", NULL);

	desk_expect(t, -1, "gone00.example");
	vt_keys(t, "d");
	desk_expect(t, -1, "1 staged");
	vt_keys(t, "$");
	desk_expect(t, 0, "1 goes, 0 stay");
	vt_keys(t, "b");
	desk_expect(t, 23, "Days of 450");
	vt_keys(t, "\x15" "99\r");
	desk_expect(t, -1, "a brownout takes 1 to 30 days");
	vt_keys(t, "b");
	desk_expect(t, 23, "Days of 450");
	vt_keys(t, "\r");
	desk_expect(t, 0, "brownout of 3 d");
	desk_expect(t, 0, "1 goes, 0 stay");
	vt_keys(t, "c");
	desk_expect(t, 23, "Reason:");
	vt_keys(t, "left us\r");
	desk_expect(t, 23, "Ticket");
	vt_keys(t, "\r");
	desk_expect(t, 23, "Defer the mail of 1 entry? y/N");
	vt_keys(t, "y");
	desk_expect(t, -1, "1 answered 450 for 3 days");
	desk_expect(t, 3, "brown");
	ck_assert_uint_eq(desk_count("brownout:yes"), 1);
	ck_assert_uint_eq(desk_count("class:orphan"), 40);
	vt_keys(t, "\r");
	desk_expect(t, -1, "Brownout: answered 450 since");
	vt_keys(t, "b");
	desk_expect(t, -1, "1 out of brownout, accepted again");
	ck_assert_uint_eq(desk_count("brownout:yes"), 0);
	vt_keys(t, "b");
	desk_expect(t, -1, "gone00.example: in no brownout");
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("brownout");

	tcase_add_checked_fixture(t, set_up, desk_tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_deletion_becomes_a_brownout_and_is_taken_back);
	return desk_run("brownout by key", (TCase *[]){t, NULL});
}
