/*
 * A program that is asked: what it says, and why it could not be started.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"
#include "mta/program.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir;
static struct err err;

static void set_up(void)
{
	dir = run_make_dir();
	run_stand_in_begin(dir);
	run_stand_in(dir, "say-it", "echo it; echo more >&2\n");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* Runs it; 0 when it said its words and nothing of them came on our own stdout. */
static int ask(const char *name, struct err *e)
{
	const char *const argv[] = {name, NULL};
	struct str out = {0};
	int status, rc = program_run(argv, 5, &out, &status, e);

	if (rc == 0)
		rc = status == 0 && strstr(str_text(&out), "it\n") && strstr(str_text(&out), "more\n") ? 0 : 1;
	str_clear(&out);
	return rc;
}

START_TEST(it_is_asked)
{
	ck_assert_msg(ask("say-it", &err) == 0, "%s", err.text);
}
END_TEST

START_TEST(one_that_is_not_there_is_said)
{
	ck_assert_int_eq(ask("no-such-program", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "there is no program 'no-such-program' to be asked"));
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(one_that_may_not_be_run_is_not_said_to_be_missing)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/bin/say-it", dir);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(ask("say-it", &err), -1);
	ck_assert_str_eq(err.text, "'say-it' cannot be started: it may not be run, or the machine lacks memory or file descriptors");
}
END_TEST

#ifdef SYS_dup2
enum { DUP2 = SYS_dup2 };
#else
enum { DUP2 = SYS_dup3 };
#endif

static const struct fault lacks[] = {
	{SYS_fcntl, EMFILE, 1, ~0u, F_DUPFD_CLOEXEC},
	{DUP2, EBUSY, 1, ~0u, 0},
	{DUP2, EBUSY, 1, ~0u, 1},
	{DUP2, EBUSY, 1, ~0u, 2},
};

static int ask_with_fault(void *ctx, struct err *e)
{
	fault_set(ctx);
	return ask("say-it", e);
}

START_TEST(one_without_its_streams_is_not_started)
{
	ck_assert_int_eq(fault_run(ask_with_fault, (void *)&lacks[_i], &err), -1);
	ck_assert_msg(strstr(err.text, "'say-it' cannot be started: "), "%s", err.text);
	ck_assert_int_eq(err.code, ERR_OS);
}
END_TEST

enum { READ_SIZE = 65536 }; /* of its read(), which is told by that from any other */

static int ask_deaf(void *ctx, struct err *e)
{
	(void)ctx;
	fault_set(&(struct fault){SYS_read, EIO, 2, ~0u, READ_SIZE});
	return ask("say-it", e);
}

START_TEST(half_of_what_it_says_is_no_answer)
{
	ck_assert_int_eq(fault_run(ask_deaf, NULL, &err), -1);
	ck_assert_str_eq(err.text, "cannot read what 'say-it' says: Input/output error");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("program");
	TCase *c = tcase_create("programs");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, it_is_asked);
	tcase_add_test(c, one_that_is_not_there_is_said);
	tcase_add_test(c, one_that_may_not_be_run_is_not_said_to_be_missing);
	tcase_add_loop_test(c, one_without_its_streams_is_not_started, 0, sizeof lacks / sizeof *lacks);
	tcase_add_test(c, half_of_what_it_says_is_no_answer);
	suite_add_tcase(s, c);
	return suite_run(s);
}
