/*
 * The completion of bash knows each command, what it does and each option of the table, asked as bash asks it.
 */
#include <check.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/forms.h"
#include "support/run.h"
#include "support/suite.h"

static int offers(const char *said, const char *word)
{
	char script[1200];
	const char *argv[] = {"/bin/bash", "-c", script, NULL};
	struct run_result r;
	int status;

	snprintf(script, sizeof script,
		 "eval \"$(%s --completion bash)\"; COMP_WORDS=(mxward -c FILE %s '%s'); "
		 "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mxward; printf '%%s\\n' \"${COMPREPLY[@]}\" | grep -qx -- '%s'",
		 run_mxward(), said, word, word);
	run_program(&r, argv, NULL);
	ck_assert_msg(!*r.out && !*r.err, "%s %s: %s%s", said, word, r.out, r.err);
	status = r.status;
	run_clear(&r);
	return status == 0;
}

static void completes(const char *said, const char *word)
{
	ck_assert_msg(offers(said, word), "%s %s", said, word);
}

START_TEST(each_command_and_each_option)
{
	char form[FORM_SIZE], fixed[FORM_SIZE], said[FORM_SIZE + 100];

	for (size_t i = 0; i < N_COMMANDS; i++)
		completes("", commands[i].name);
	for (size_t i = 0; i < n_command_options; i++) {
		const struct command_option *o = &command_options[i];
		const struct command *c = &commands[o->command];
		char option[80];
		int n = 0;

		snprintf(option, sizeof option, "--%s", o->name);
		for (size_t k = 0; form_get(form, c, k); k++) {
			form_get_fixed(fixed, form, 0);
			snprintf(said, sizeof said, "%s %s%s", c->name, fixed, form_count_fixed(form) > 1 ? " note" : "");
			ck_assert_int_eq(offers(said, option), form_has_option(form, o->name));
			n += form_has_option(form, o->name);
		}
		ck_assert_msg(n > 0, "no form of %s has %s", c->name, option);
	}
}
END_TEST

/* What a command does is offered behind it, once. */
START_TEST(words_behind_a_command)
{
	completes("audit", "list");
	completes("audit", "erase");
	completes("audit erase", "body");
	completes("audit withhold", "operator");
	ck_assert(!offers("audit withhold", "body"));
	ck_assert(!offers("audit erase body", "note"));
	ck_assert(!offers("audit list", "key"));
	ck_assert(!offers("list audit", "key"));
	ck_assert(!offers("list", "key"));
}
END_TEST

START_TEST(forms_are_those_of_the_usage)
{
	const struct command *audit = &commands[COMMAND_audit], *list = &commands[COMMAND_list];
	const char *word[] = {"withhold", "operator"}, *other[] = {"withhold", "body"};
	char form[FORM_SIZE], fixed[FORM_SIZE];
	size_t n = 0;

	ck_assert_int_eq(form_get(form, list, 0), 1);
	ck_assert_str_eq(form, list->synopsis);
	ck_assert_uint_eq(form_count_fixed(form), 0);
	ck_assert_int_eq(form_fits(form, word, 2), 1);
	ck_assert_int_eq(form_get(form, list, 1), 0);
	ck_assert_int_eq(form_get(form, audit, 4), 1);
	ck_assert_str_eq(form, "export --customer ID|--domain NAME [--from DATE] [--to DATE] [--invoice ID] [--claimed N] "
			       "[--conceded N] [--ticket ID] [--known FILE] [--internal] DIR");
	ck_assert_int_eq(form_has_option(form, "claimed"), 1);
	ck_assert_int_eq(form_has_option(form, "claim"), 0);
	while (form_get(form, audit, n))
		n++;
	ck_assert_uint_eq(n, 8);
	form_get(form, audit, 6);
	ck_assert_uint_eq(form_count_fixed(form), 2);
	form_get_fixed(fixed, form, 1);
	ck_assert_str_eq(fixed, "note|operator");
	ck_assert_int_eq(form_fits(form, word, 0), 1);
	ck_assert_int_eq(form_fits(form, word, 2), 1);
	ck_assert_int_eq(form_fits(form, other, 2), 0);
}
END_TEST

START_TEST(no_other_shell)
{
	const char *argv[] = {run_mxward(), "--completion", "csh", NULL};
	struct run_result r;

	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 64);
	run_clear(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("completion");
	TCase *c = tcase_create("bash");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, forms_are_those_of_the_usage);
	tcase_add_test(c, each_command_and_each_option);
	tcase_add_test(c, words_behind_a_command);
	tcase_add_test(c, no_other_shell);
	suite_add_tcase(s, c);
	return suite_run(s);
}
