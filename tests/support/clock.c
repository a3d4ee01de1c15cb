#include "support/clock.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static char library[400];

int clock_can_move(void)
{
	glob_t found;

	if (!library[0] && glob("/usr/lib/*/faketime/libfaketime.so.1", 0, NULL, &found) == 0) {
		snprintf(library, sizeof library, "%s", found.gl_pathv[0]);
		globfree(&found);
	}
	if (!library[0])
		printf("libfaketime is missing: apt-get install faketime\n");
	return library[0] != '\0';
}

void clock_set(const char *when)
{
	ck_assert(clock_can_move());
	setenv("FAKETIME", when, 1);
	setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
	/* The library comes before everything else, which a sanitized build takes for a mistake. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 0);
	setenv("LD_PRELOAD", library, 1);
}

void clock_ahead(int days)
{
	char when[20];

	snprintf(when, sizeof when, "+%dd", days);
	clock_set(when);
}

void clock_fast(const char *when, int times)
{
	char fast[80];

	snprintf(fast, sizeof fast, "%s x%d", when, times);
	clock_set(fast);
	unsetenv("FAKETIME_DONT_FAKE_MONOTONIC");
}

void clock_back(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv("FAKETIME");
}
