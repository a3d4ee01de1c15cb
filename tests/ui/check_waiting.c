/*
 * A change that waits for the lock of a process that does not go on: who it is stands on the screen, and ^G gives up.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "support/desk.h"
#include "support/holder.h"
#include "support/run.h"
#include "support/vt.h"

static pid_t hold_lock(void)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/db", desk_dir);
	return holder_start(path, 0);
}

START_TEST(a_change_names_whom_it_waits_for_and_can_be_given_up)
{
	struct vt *t = desk_open_list();
	pid_t holder = hold_lock();
	int status;

	vt_keys(t, "r");
	desk_expect(t, 23, "waiting for ");
	desk_expect(t, 23, ", a scan, since ");
	vt_keys(t, "\a");
	desk_expect(t, -1, "is writing to");
	vt_keys(t, "jr");
	desk_expect(t, 23, "waiting for ");
	/* The holder goes on, and so does the change. */
	kill(holder, SIGCONT);
	desk_expect(t, 23, "reviewed");
	ck_assert_int_eq(waitpid(holder, &status, 0), holder);
	desk_quit(t);
}
END_TEST

START_TEST(a_command_says_so_too)
{
	char *argv[] = {(char *)run_mxward(), "-c", desk_config, "edit", "gone00.example", "--note", "x", NULL};
	pid_t holder = hold_lock();
	struct vt *t = vt_start(argv, 24, 200, "dumb", NULL);
	int status;

	desk_expect(t, -1, "mxward: waiting for ");
	desk_expect(t, -1, ", a scan, since ");
	kill(holder, SIGCONT);
	ck_assert_int_eq(vt_exit(t), 0);
	vt_free(t);
	ck_assert_int_eq(waitpid(holder, &status, 0), holder);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("waiting");

	tcase_add_test(t, a_change_names_whom_it_waits_for_and_can_be_given_up);
	tcase_add_test(t, a_command_says_so_too);
	return desk_run("waiting", (TCase *[]){t, NULL});
}
