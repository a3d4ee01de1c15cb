/*
 * Every case of tests/world/cases, asked by `mxward lookup` through a real unbound in front of a real nsd and of a
 * server that misbehaves on purpose, must come out as cases.tsv says; for failures the class counts, since a recursive
 * resolver hides the reason.  direct.tsv holds the cases that are asked of the misbehaving server itself.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "support/run.h"
#include "support/suite.h"

static char *dir;
static int resolver_port, bad_port;

static int read_port(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? atoi(at + strlen(name)) : 0;
}

static int run_servers(const char *verb)
{
	const char *argv[] = {"/bin/bash", run_source("tests/world/servers.sh"), verb, dir, NULL};
	struct run_result r;
	int status;

	run_program(&r, argv, NULL);
	status = r.status;
	if (status != 0)
		printf("%s%s", r.out, r.err);
	run_clear(&r);
	return status;
}

static void start_servers(void)
{
	char path[1200], text[4096] = "";
	int status;
	FILE *f;

	dir = run_make_dir();
	status = run_servers("start");
	if (status == 77)
		exit(77);
	snprintf(path, sizeof path, "%s/ports", dir);
	f = fopen(path, "r");
	if (f && fread(text, 1, sizeof text - 1, f) > 0) {
		resolver_port = read_port(text, "RESOLVER_PORT=");
		bad_port = read_port(text, "BAD_PORT=");
	}
	if (f)
		fclose(f);
	if (status != 0 || resolver_port == 0 || bad_port == 0) {
		printf("the servers did not start: status %d\n%s\n", status, text);
		exit(1);
	}
}

static void stop_servers(void)
{
	run_servers("stop");
	run_remove_dir(dir);
}

enum { CASES_MAX = 1000, COLUMNS = 6 };

struct one_case {
	char *column[COLUMNS]; /* entry class reason flags deletion severity */
};

static size_t read_cases(struct one_case *cases, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	size_t n = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f)); /* the header */
	while (fgets(line, sizeof line, f) && n < CASES_MAX) {
		char *rest = strdup(line);

		rest[strcspn(rest, "\n")] = '\0';
		if (!*rest || *rest == '#') {
			free(rest);
			continue;
		}
		for (int i = 0; i < COLUMNS; i++) {
			cases[n].column[i] = strsep(&rest, "\t");
			ck_assert_msg(cases[n].column[i] != NULL, "%s: %s", path, line);
		}
		n++;
	}
	fclose(f);
	return n;
}

static void check_case(const struct one_case *c, json_t *j)
{
	char flags[1000] = "";
	json_t *list = json_object_get(j, "flags");
	const char *class = json_string_value(json_object_get(j, "class"));

	for (size_t i = 0; i < json_array_size(list); i++) {
		strcat(flags, i ? "," : "");
		strcat(flags, json_string_value(json_array_get(list, i)));
	}
	ck_assert_msg(strcmp(class, c->column[1]) == 0, "%s: class %s, wanted %s (reason %s)", c->column[0], class,
		      c->column[1], json_string_value(json_object_get(j, "reason")));
	if (strcmp(c->column[1], "UNKNOWN") == 0 && strcmp(c->column[2], "*") == 0)
		return;
	ck_assert_msg(strcmp(json_string_value(json_object_get(j, "reason")), c->column[2]) == 0,
		      "%s: reason %s, wanted %s", c->column[0], json_string_value(json_object_get(j, "reason")),
		      c->column[2]);
	ck_assert_msg(strcmp(flags, c->column[3]) == 0, "%s: flags '%s', wanted '%s'", c->column[0], flags,
		      c->column[3]);
	ck_assert_msg(strcmp(json_string_value(json_object_get(j, "deletion")), c->column[4]) == 0,
		      "%s: deletion %s, wanted %s", c->column[0],
		      json_string_value(json_object_get(j, "deletion")), c->column[4]);
	if (strcmp(c->column[1], "UNKNOWN") == 0)
		return; /* its severity grows with time and is not the table's */
	ck_assert_msg(json_integer_value(json_object_get(j, "severity")) == atoi(c->column[5]),
		      "%s: severity %d, wanted %s", c->column[0],
		      (int)json_integer_value(json_object_get(j, "severity")), c->column[5]);
}

static void write_config(char path[1200], const char *name, int port)
{
	static char text[16384];
	FILE *f = fopen(run_source("tests/world/cases/site.conf"), "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	snprintf(path, 1200, "%s/%s.conf", dir, name);
	run_write_file(path, "%s\nresolver = 127.0.0.1:%d\ndatabase = %s/db\n", text, port, dir);
}

static void ask_all(const char *tsv, int port)
{
	static struct one_case cases[CASES_MAX];
	size_t n = read_cases(cases, run_source(tsv)), size = 1;
	char config[1200], *names = calloc(1, 1), *line;
	const char *argv[] = {run_mxward(), "-c", config, "lookup", "--format", "jsonl", "-", NULL};
	struct run_result r;

	write_config(config, "site", port);
	for (size_t i = 0; i < n; i++) {
		size += strlen(cases[i].column[0]) + 1;
		names = realloc(names, size);
		strcat(strcat(names, cases[i].column[0]), "\n");
	}
	run_program(&r, argv, names);
	ck_assert_msg(r.status == 0, "%s", r.err);
	ck_assert_uint_eq(run_count_lines(r.out), n);
	line = r.out;
	for (size_t i = 0; i < n; i++) {
		json_t *j = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		ck_assert_msg(j != NULL, "no JSON: %.200s", line);
		check_case(&cases[i], j);
		json_decref(j);
		line = strchr(line, '\n') + 1;
	}
	printf("note: %zu cases of %s came out as they should\n", n, tsv);
	run_clear(&r);
	free(names);
}

START_TEST(cases_through_unbound)
{
	ask_all("tests/world/cases/cases.tsv", resolver_port);
}
END_TEST

START_TEST(cases_asked_directly)
{
	ask_all("tests/world/cases/direct.tsv", bad_port);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("world");
	TCase *c = tcase_create("verdicts");
	int failed;

	start_servers();
	tcase_set_timeout(c, 120);
	tcase_add_test(c, cases_through_unbound);
	tcase_add_test(c, cases_asked_directly);
	suite_add_tcase(s, c);
	failed = suite_run(s);
	stop_servers();
	return failed;
}
