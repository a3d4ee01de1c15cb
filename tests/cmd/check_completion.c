/*
 * The completion of bash knows each command and each option of the table, asked as bash asks it.
 */
#include <check.h>
#include <stdio.h>

#include "cmd/command.h"
#include "support/run.h"
#include "support/suite.h"

static void completes(const char *command, const char *word)
{
	char script[1200];
	const char *argv[] = {"/bin/bash", "-c", script, NULL};
	struct run_result r;

	snprintf(script, sizeof script,
		 "eval \"$(%s --completion bash)\"; COMP_WORDS=(mxward -c FILE %s '%s'); "
		 "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mxward; printf '%%s\\n' \"${COMPREPLY[@]}\" | grep -qx -- '%s'",
		 run_mxward(), command, word, word);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == 0, "%s %s: %s%s", command, word, r.out, r.err);
	run_clear(&r);
}

START_TEST(each_command_and_each_option)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		completes("", commands[i].name);
	for (size_t i = 0; i < n_command_options; i++) {
		char option[80];

		snprintf(option, sizeof option, "--%s", command_options[i].name);
		completes(commands[command_options[i].command].name, option);
	}
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
	tcase_add_test(c, each_command_and_each_option);
	tcase_add_test(c, no_other_shell);
	suite_add_tcase(s, c);
	return suite_run(s);
}
