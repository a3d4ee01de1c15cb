/*
 * check_operator: what becomes of each source of who is acting, above all of those that the
 * operator can write himself.
 */
#include "audit/operator.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/record.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "support/suite.h"

#define NIGHT "0::/system.slice/mxward-night.service\n"

static struct operator_sources person(void)
{
	return (struct operator_sources){
		.loginuid = "1017\n",
		.session = "31\n",
		.boot = "0a-1\n",
		.cgroup = "0::/user.slice/user-1017.slice/session-31.scope\n",
		.login_name = "jk",
		.uid_name = "mxward",
		.tty = "pts/4",
		.from = "192.0.2.9",
		.host = "relay1",
		.sudo_uid = "1017",
		.claim = "192.0.2.9 60022 192.0.2.25 22",
		.uid = 204};
}

static void assert_line(const struct audit_operator *o)
{
	static const uint8_t salt[AUDIT_SALT];
	struct str out = {0};
	struct err e = {0};

	ck_assert_msg(audit_operator_line(&out, o, salt, &e) == 0, "%s", e.text);
	str_clear(&out);
}

START_TEST(person_through_sudo_is_known_by_the_kernel)
{
	struct operator_sources s = person();
	struct audit_operator o;

	operator_judge(&o, &s);
	ck_assert_str_eq(o.login, "jk");
	ck_assert_uint_eq(o.loginuid, 1017);
	ck_assert_uint_eq(o.uid, 204);
	ck_assert_uint_eq(o.sudo_uid, 1017);
	ck_assert_str_eq(o.session, "31");
	ck_assert_str_eq(o.boot, "0a-1");
	ck_assert_str_eq(o.tty, "pts/4");
	ck_assert_str_eq(o.from, "192.0.2.9");
	ck_assert_str_eq(o.claim, "192.0.2.9 60022 192.0.2.25 22");
	ck_assert_str_eq(o.program, "mxward " MXWARD_VERSION);
	ck_assert_str_eq(o.trust, "kernel");
	ck_assert_str_eq(operator_name(&o), "jk");
	s.uid = 1017;
	operator_judge(&o, &s);
	ck_assert_str_eq(o.trust, "same");
	assert_line(&o);
}
END_TEST

START_TEST(claims_never_become_facts)
{
	struct operator_sources s = person();
	struct audit_operator o;

	/* Without loginuid the real uid's name stands in, whatever the environment says. */
	s.loginuid = "4294967295";
	s.session = "4294967295";
	s.from = NULL;
	operator_judge(&o, &s);
	ck_assert_str_eq(o.login, "mxward");
	ck_assert_str_eq(o.trust, "none");
	ck_assert_str_eq(o.from, "");
	ck_assert_str_eq(o.session, "");
	ck_assert_str_eq(operator_name(&o), "mxward (claimed)");
	s.loginuid = NULL;
	s.uid_name = NULL;
	operator_judge(&o, &s);
	ck_assert_str_eq(o.login, "#204");
	ck_assert_uint_eq(o.loginuid, UINT32_MAX);
	ck_assert_str_eq(o.trust, "none");
	assert_line(&o);
}
END_TEST

START_TEST(numbers_are_decimal_or_unset)
{
	static const char *const unset[] = {
		"",	"-1",	"+7", " 7", "7 ", "0x7", "4294967296", "99999999999999999999",
		"7\n7", "root", NULL};
	struct operator_sources s = person();
	struct audit_operator o;

	for (size_t i = 0; i < sizeof unset / sizeof *unset; i++) {
		s.sudo_uid = s.loginuid = unset[i];
		operator_judge(&o, &s);
		ck_assert_uint_eq(o.sudo_uid, UINT32_MAX);
		ck_assert_str_eq(o.trust, "none");
	}
	s.sudo_uid = "0";
	operator_judge(&o, &s);
	ck_assert_uint_eq(o.sudo_uid, 0);
}
END_TEST

START_TEST(unit_is_believed_where_its_control_group_says_so)
{
	static const struct {
		const char *cgroup, *unit, *loginuid, *trust, *shown;
	} cases[] = {
		{NIGHT, "mxward-night.service", NULL, "none", "system:mxward-night.service"},
		{NIGHT, "mxward-night", NULL, "none", "system:mxward-night"},
		/* A person's own timer: the kernel knows both. */
		{"0::/user.slice/user@1017.service/app.slice/mxward-night.service\n",
		 "mxward-night.service", "1017", "kernel", "system:mxward-night.service"},
		{"12:pids:/x.service\n1:name=systemd:/system.slice/mxward-night.service/sub\n",
		 "mxward-night.service", "1017", "kernel", "system:mxward-night.service"},
		/* A shell that says it is a timer. */
		{"0::/user.slice/user-1017.slice/session-31.scope\n", "mxward-night.service",
		 "1017", "none", "system:mxward-night.service (claimed)"},
		{"0::/system.slice/sshd.service\n", "mxward-night.service", "1017", "none",
		 "system:mxward-night.service (claimed)"},
		{NIGHT, "mxward", "1017", "none", "system:mxward (claimed)"},
		{NIGHT, "", "1017", "none", "system: (claimed)"},
		{"5:pids:/mxward-night.service\n", "mxward-night.service", "1017", "none",
		 "system:mxward-night.service (claimed)"},
		{NULL, "mxward-night.service", "1017", "none",
		 "system:mxward-night.service (claimed)"},
		{"", "mxward-night.service", NULL, "none", "system:mxward-night.service"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct operator_sources s = person();
		struct audit_operator o;

		s.cgroup = cases[i].cgroup;
		s.as_system = cases[i].unit;
		s.loginuid = cases[i].loginuid;
		operator_judge(&o, &s);
		ck_assert_msg(strcmp(o.trust, cases[i].trust) == 0, "case %zu: trust %s", i,
			      o.trust);
		/* Unless the control group says so, it is no unit, whoever says what. */
		ck_assert_msg(o.is_unit == (strstr(cases[i].shown, "(claimed)") == NULL && i != 10), "case %zu", i);
		ck_assert_msg(strcmp(operator_name(&o), cases[i].shown) == 0, "case %zu: %s", i,
			      operator_name(&o));
		assert_line(&o);
	}
}
END_TEST

START_TEST(hostile_texts_are_escaped_and_cut)
{
	struct operator_sources s = person();
	struct audit_operator o;
	char *longest = malloc(100001);

	memset(longest, '\xe2', 100000);
	longest[100000] = '\0';
	s.claim = s.login_name = s.host = s.from = s.tty = s.boot = longest;
	operator_judge(&o, &s);
	assert_line(&o);
	ck_assert_uint_eq(strlen(o.claim), 252); /* 63 whole escapes of four bytes */
	ck_assert_int_eq(escape_is_plain(o.login, strlen(o.login)), 1);
	s.as_system = longest;
	operator_judge(&o, &s);
	assert_line(&o);
	s = person();
	s.claim = "\033]0;x\007\nfrom=\"10.0.0.1\"\\";
	s.as_system = "a\nb\xe2\x80\xae";
	operator_judge(&o, &s);
	ck_assert_str_eq(o.claim, "\\027]0;x\\007\\010from=\"10.0.0.1\"\\\\");
	ck_assert_str_eq(o.login, "system:a\\010b\\226\\128\\174");
	assert_line(&o);
	free(longest);
}
END_TEST

START_TEST(this_process_is_found)
{
	struct audit_operator o, again;
	char host[256] = "", shown[256];

	setenv("SSH_CONNECTION", "evil\033[2J", 1);
	setenv("SUDO_UID", "not a number", 1);
	operator_find(&o, NULL);
	ck_assert_uint_eq(o.uid, getuid());
	ck_assert_uint_eq(o.sudo_uid, UINT32_MAX);
	ck_assert_str_eq(o.claim, "evil\\027[2J");
	ck_assert_str_ne(o.login, "");
	ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
	ck_assert_str_eq(o.host, escape(shown, sizeof shown, host, strlen(host)));
	ck_assert_int_eq(strcmp(o.trust, "none") == 0, o.loginuid == UINT32_MAX);
	assert_line(&o);
	unsetenv("SSH_CONNECTION");
	setenv("SUDO_UID", "12", 1);
	operator_find(&again, "mxward-night.service");
	ck_assert_str_eq(again.login, "system:mxward-night.service");
	ck_assert_str_eq(again.trust, "none"); /* this test runs in no such unit */
	ck_assert_uint_eq(again.sudo_uid, 12);
	ck_assert_str_eq(again.claim, "");
	ck_assert_str_eq(again.boot, o.boot);
}
END_TEST

START_TEST(clock_goes_back_after_more_than_a_second)
{
	const char *word;

	ck_assert_str_eq(operator_clock_word(5000, 0, 0), "ok");
	ck_assert_str_eq(operator_clock_word(5000, 6000, 0), "ok");
	ck_assert_str_eq(operator_clock_word(4999, 6000, 0), "back");
	ck_assert_str_eq(operator_clock_word(4999, 6000, 1), "back");
	ck_assert_str_eq(operator_clock_word(5000, 6000, 1), "unsync");
	ck_assert_str_eq(operator_clock(1, 1000000), "back");
	word = operator_clock(5000, 0);
	ck_assert(strcmp(word, "ok") == 0 || strcmp(word, "unsync") == 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operator");
	TCase *t = tcase_create("operator");

	tcase_add_test(t, person_through_sudo_is_known_by_the_kernel);
	tcase_add_test(t, claims_never_become_facts);
	tcase_add_test(t, numbers_are_decimal_or_unset);
	tcase_add_test(t, unit_is_believed_where_its_control_group_says_so);
	tcase_add_test(t, hostile_texts_are_escaped_and_cut);
	tcase_add_test(t, this_process_is_found);
	tcase_add_test(t, clock_goes_back_after_more_than_a_second);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
