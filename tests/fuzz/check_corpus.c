/*
 * The corpus of every fuzz target once more: what a fuzzer ever found interesting must still be read without a fault,
 * here with the plain build, and in a sanitized one with all its checks.  Each file also loses its end, byte by byte,
 * and has single bits turned.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/targets.h"
#include "support/run.h"
#include "support/suite.h"

enum { BIGGEST = 1 << 16, EVERY_PLACE = 300, SOME_PLACES = 12 };

static const struct {
	const char *name;
	void (*run)(const uint8_t *bytes, size_t len);
} targets[] = {
	{"message", fuzz_message}, {"frame", fuzz_frame}, {"config", fuzz_config},
	{"limit", fuzz_limit},	   {"name", fuzz_name},	  {"tables", fuzz_tables},
	{"maillog", fuzz_maillog}, {"stored", fuzz_stored}, {"key", fuzz_key}, {"command", fuzz_command},
	{"zone", fuzz_zone},	   {"audit", fuzz_audit},   {"queue", fuzz_queue},   {"rows", fuzz_rows},
	{"sink", fuzz_sink},	   {"target", fuzz_target}, {"postfix", fuzz_postfix}, {"remote", fuzz_remote},
	{"gate", fuzz_gate},	   {"state", fuzz_state},
};

enum { N_TARGETS = sizeof targets / sizeof *targets };

/* Of what takes a transaction or a process for each only some places. */
static void damage(void (*run)(const uint8_t *bytes, size_t len), uint8_t *bytes, size_t len)
{
	size_t places = run == fuzz_rows || run == fuzz_postfix ? SOME_PLACES : EVERY_PLACE, step = len > places ? len / places : 1;

	for (size_t i = 0; i < len; i += step) {
		/* A copy of that length, so that a sanitizer sees every byte beyond. */
		uint8_t *cut = malloc(i ? i : 1);

		memcpy(cut, bytes, i);
		run(cut, i);
		free(cut);
		bytes[i] ^= (uint8_t)(1u << i % 8);
		run(bytes, len);
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
}

static void replay_file(void (*run)(const uint8_t *bytes, size_t len), const char *path)
{
	uint8_t *bytes = malloc(BIGGEST), *exact;
	FILE *f = fopen(path, "rb");
	size_t len;

	ck_assert_msg(f != NULL, "cannot open %s", path);
	len = fread(bytes, 1, BIGGEST, f);
	fclose(f);
	exact = malloc(len ? len : 1);
	memcpy(exact, bytes, len);
	run(exact, len);
	damage(run, exact, len);
	free(exact);
	free(bytes);
}

START_TEST(the_corpus_is_read)
{
	char path[1500];
	const char *dir = run_source("tests/fuzz/corpus");
	size_t n = 0;
	struct dirent *d;
	DIR *open_dir;

	snprintf(path, sizeof path, "%s/%s", dir, targets[_i].name);
	open_dir = opendir(path);
	ck_assert_msg(open_dir != NULL, "no corpus in %s", path);
	while ((d = readdir(open_dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s/%s", dir, targets[_i].name, d->d_name);
		replay_file(targets[_i].run, path);
		n++;
	}
	closedir(open_dir);
	ck_assert_uint_ge(n, 5);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("corpus");
	TCase *t = tcase_create("corpus");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, the_corpus_is_read, 0, N_TARGETS);
	suite_add_tcase(s, t);
	return suite_run(s);
}
