#include "support/suite.h"

#include <stdio.h>

void suite_skip(size_t n, const char *why)
{
	printf("skip %zu: %s\n", n, why);
	fflush(stdout); /* before a fork could print it twice */
}

int suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
