/*
 * torture ITEM...: what a database goes through, and what is left of it.  See trial.h.
 *
 * TORTURE is the share of the full number of rounds in percent (100), SEED the seed (1), PRELOADS where the libraries
 * for LD_PRELOAD are.  Ends with a line of counts and with 0 when nothing failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "torture/trial.h"

static const struct {
	const char *name;
	void (*run)(struct trial *t);
} items[] = {
	{"kill", torture_kill},
	{"append", torture_appends},
	{"power", torture_power},
	{"calls", torture_calls},
	{"full", torture_full},
	{"lock", torture_lock},
	{"damage", torture_damage},
	{"backup", torture_backup},
};

enum { N_ITEMS = sizeof items / sizeof *items };

static int number_of(const char *variable, int otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? atoi(text) : otherwise;
}

static int is_wanted(int argc, char **argv, const char *name)
{
	if (argc == 1)
		return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct trial t = {.percent = number_of("TORTURE", 100), .preload_dir = getenv("PRELOADS")};
	int passed = 0, failed = 0;

	if (!t.preload_dir)
		t.preload_dir = "build/torture";
	trial_begin(&t);
	for (int i = 0; i < N_ITEMS; i++) {
		time_t began = time(NULL);

		if (!is_wanted(argc, argv, items[i].name))
			continue;
		t.item = items[i].name;
		t.seed = (unsigned)number_of("SEED", 1);
		t.passed = t.failed = 0;
		items[i].run(&t);
		printf("%-7s %d passed, %d failed, in %ld s\n", t.item, t.passed, t.failed, (long)(time(NULL) - began));
		fflush(stdout);
		passed += t.passed;
		failed += t.failed;
	}
	trial_end(&t);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
