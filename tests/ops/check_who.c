/*
 * check_who: who may change something where require-loginuid is set: whom the kernel knows, and a service that is one.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "audit/operator.h"
#include "base/err.h"
#include "ops/ward.h"
#include "support/suite.h"

#define NIGHT "0::/system.slice/mxward-scan.service\n"

static int may(const char *loginuid, const char *as_system, const char *cgroup, struct err *e)
{
	struct operator_sources s = {.loginuid = loginuid, .as_system = as_system, .cgroup = cgroup, .uid = 990,
				     .uid_name = "mxward", .login_name = "jk"};
	struct ward w = {.config = {.require_loginuid = 1}, .directory = "db"};

	operator_judge(&w.operator, &s);
	return ward_may_change(&w, e) == 0;
}

START_TEST(known_people_and_true_timers)
{
	struct err e = {0};

	ck_assert(may("1000\n", NULL, NULL, &e));
	ck_assert(may("0\n", NULL, NULL, &e));
	ck_assert(may("4294967295\n", "mxward-scan.service", NIGHT, &e));
	ck_assert(may(NULL, "mxward-scan", NIGHT, &e));
	/* Who says so of himself in a shell is known by his login, which stands in the record. */
	ck_assert(may("1000\n", "mxward-scan.service", "0::/user.slice/session-3.scope\n", &e));
}
END_TEST

START_TEST(nobody_else)
{
	struct err e = {0};

	ck_assert(!may("4294967295\n", NULL, NULL, &e));
	ck_assert_int_eq(e.code, ERR_PERM);
	ck_assert_ptr_null(strstr(e.text, "--as-system"));
	ck_assert(!may(NULL, NULL, NIGHT, &e));
	ck_assert(!may("", "mxward-scan.service", "0::/system.slice/cron.service\n", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "run it as the service that --as-system names"));
	ck_assert(!may("4294967295\n", "", NIGHT, &e));
	ck_assert(!may("4294967295\n", "mxward", NIGHT, &e));
	ck_assert(!may("4294967295\n", "mxward-scan.service", NULL, &e));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("who");
	TCase *t = tcase_create("who");

	tcase_add_test(t, known_people_and_true_timers);
	tcase_add_test(t, nobody_else);
	suite_add_tcase(s, t);
	return suite_run(s);
}
