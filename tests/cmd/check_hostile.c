/*
 * check_hostile: hostile texts through every way in that an operator has: options, names, limits, paths, tables of every
 * format, the environment, the configuration.  Each is refused with a sentence that a terminal can show, or taken and
 * given back exactly by what programs read, and never in more than its place.
 */
#include <check.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hostile.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
			       "resolver = 127.0.0.1:9\ndatabase = %s/db\npostfix-config-directory = %s/none\n"
			       "postfix-table = none\n", dir, dir);
	run_expect(config, 0, "", "init");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* mxward -c CONFIG with words up to NULL; whatever it says must be for eyes. */
static int mxward(struct run_result *r, const char *first, ...)
{
	const char *argv[24] = {run_mxward(), "-c", config, first};
	va_list ap;
	int n = 3;

	va_start(ap, first);
	while (argv[n] && n < 22)
		argv[++n] = va_arg(ap, const char *);
	va_end(ap);
	run_program(r, argv, NULL);
	ck_assert_msg(r->status < 128, "%s: ended by signal %d\n%s", first, r->status - 128, r->err);
	hostile_must_be_seen(r->err, first);
	return r->status;
}

/* --- options --- */

/* Which of the options took which text. */
static unsigned char taken[3][128];

/* A value is an operand of its option, however it begins; it is refused for what the audit log refuses, and no other
 * reason. */
static void give(size_t i, int option, const char *name)
{
	static const char *const options[] = {"--note=", "--contact=", "--customer="};
	char value[2200];
	struct run_result r;

	snprintf(value, sizeof value, "%s%s", options[option], hostile[i].text);
	taken[option][i] = mxward(&r, "edit", name, value, NULL) == 0;
	if (!taken[option][i])
		ck_assert_msg(r.status == 65 && (option == 2 || strstr(r.err, "control character") || strstr(r.err, "not valid UTF-8")),
			      "%s%s: %d %s", options[option], hostile[i].what, r.status, r.err);
	run_clear(&r);
}

static void has_text(const json_t *o, const char *key, const char *want)
{
	const char *got = json_string_value(json_object_get(o, key));

	ck_assert_msg(got && strcmp(got, want) == 0, "%s is '%s' and not '%s'", key, got ? got : "null", want);
}

/* The text with that number is in the list as it was given, or nothing is. */
static const char *expected(int option, const char *name)
{
	size_t i = (size_t)atoi(name + 1);

	return taken[option][i] ? hostile[i].text : "";
}

static void look_at_jsonl(void)
{
	struct run_result r;
	size_t n = 0;

	mxward(&r, "list", "--format=jsonl", NULL);
	hostile_must_be_seen(r.out, "jsonl");
	for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n"), n++) {
		json_error_t why;
		json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &why);
		const char *name = json_string_value(json_object_get(o, "name"));

		ck_assert_msg(o != NULL, "no JSON: %s: %s", why.text, line);
		has_text(o, "note", expected(0, name));
		has_text(o, "customer", expected(2, name));
		json_decref(o);
	}
	ck_assert_uint_eq(n, n_hostile);
	run_clear(&r);
}

static void look_at_csv(void)
{
	static char cell[HOSTILE_CELLS][HOSTILE_CELL];
	const char *at;
	struct run_result r;
	size_t n = 0;

	mxward(&r, "list", "--format=csv", NULL);
	hostile_must_be_seen(r.out, "csv");
	at = r.out;
	ck_assert_int_eq(hostile_csv_row(&at, cell), 13);
	ck_assert_str_eq(cell[5], "customer");
	ck_assert_str_eq(cell[11], "note");
	for (int cells; (cells = hostile_csv_row(&at, cell)) > 0; n++) {
		ck_assert_int_eq(cells, 13);
		hostile_csv_undo(cell[5]);
		ck_assert_str_eq(cell[5], expected(2, cell[0]));
		hostile_csv_undo(cell[11]);
		ck_assert_str_eq(cell[11], expected(0, cell[0]));
	}
	ck_assert_uint_eq(n, n_hostile);
	run_clear(&r);
}

static void look_at_text(void)
{
	static const char *const lines[][4] = {{"list"}, {"audit", "list"}, {"audit", "list", "--format=csv"},
					       {"audit", "list", "--format=jsonl"}, {"report", "--since=2020-01-01"},
					       {"report", "--since=2020-01-01", "--format=jsonl"}, {"stat"}};
	struct run_result r;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		mxward(&r, lines[i][0], lines[i][1], lines[i][2], NULL);
		hostile_must_be_seen(r.out, lines[i][0]);
		run_clear(&r);
	}
}

START_TEST(a_text_is_refused_or_comes_back)
{
	char path[1200], name[40];
	struct run_result r;
	FILE *f;

	snprintf(path, sizeof path, "%s/names", dir);
	f = fopen(path, "w");
	for (size_t i = 0; i < n_hostile; i++)
		fprintf(f, "t%zu.example\n", i);
	fclose(f);
	mxward(&r, "import", path, NULL);
	run_clear(&r);
	for (size_t i = 0; i < n_hostile; i++) {
		snprintf(name, sizeof name, "t%zu.example", i);
		for (int option = 0; option < 3; option++)
			give(i, option, name);
		ck_assert_int_eq(taken[1][i], taken[0][i] && !strpbrk(hostile[i].text, "\t\n"));
		if (i % 5 == 0) {
			mxward(&r, "show", name, NULL);
			hostile_must_be_seen(r.out, "show");
			run_clear(&r);
		}
	}
	look_at_jsonl();
	look_at_csv();
	look_at_text();
	run_expect(config, 0, "sound", "check");
}
END_TEST

/* Whatever stands where: a sentence and a status that are documented, and no change.  Every line gets some of the texts,
 * and every text some of the lines; those of more than one process' worth all lines at once. */
static void try_lines(const char *text, size_t first, size_t step)
{
	char path[20000];
	struct run_result r;

	snprintf(path, sizeof path, "%s/%s", dir, text);
	const char *const lines[][5] = {
		{text}, {"list", text}, {"list", "--format", text}, {"show", text}, {"delete", text, "--reason", "x", "--dry-run"},
		{"import", path}, {"import", "--format", text, path}, {"restore", text, "--reason", "x"},
		{"pin", "a.example", "--reason", text}, {"notice", "a.example", "--deadline", text},
		{"audit", "list", text}, {"audit", text}, {"audit", "verify", path}, {"audit", "verify", "--key", text, dir},
		{"audit", "export", "--domain", text, path}, {"report", "--since", text}, {"traffic", "--dry-run", path},
		{"missing", "--zone", path}, {"queue", "--relay", text, "/dev/null"}, {"publish", "--print", text},
		{"grade", "--relay-host", text, "/dev/null"}, {"restore-backup", path}, {"scan", "--rate", text},
		{"--as-system", text, "stat"}, {"-c", path, "stat"}, {"-d", path, "stat"}, {text, text},
	};

	for (size_t i = first; i < sizeof lines / sizeof *lines; i += step) {
		int status = mxward(&r, lines[i][0], lines[i][1], lines[i][2], lines[i][3], lines[i][4], NULL);

		ck_assert_msg(status <= 4 || (status >= 64 && status <= 78), "line %zu: %d %.500s", i, status, r.err);
		hostile_must_be_seen(r.out, lines[i][0]);
		run_clear(&r);
	}
}

START_TEST(words_of_any_kind_end_in_a_sentence)
{
	enum { STEP = 9 };

	run_expect(config, 0, "", "add a.example");
	for (size_t i = 0; i < n_hostile; i++)
		try_lines(hostile[i].text, i % STEP, STEP);
	try_lines(hostile_all(" "), 0, 1);
	run_expect(config, 0, "entries 1", "stat");
}
END_TEST

/* --- tables --- */

/* The names that the list has, in its order, each with a blank behind. */
static char *names(void)
{
	struct run_result r;
	char *text;

	mxward(&r, "list", "--format=names", NULL);
	for (char *p = r.out; *p; p++)
		if (*p == '\n')
			*p = ' ';
	text = r.out;
	free(r.err);
	return text;
}

static void add_csv_cell(FILE *f, const char *text, char end)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fprintf(f, "\"%c", end);
}

static void write_table(const char *path, const char *format)
{
	FILE *f = fopen(path, "w");

	if (strcmp(format, "csv") == 0)
		fprintf(f, "name,value,customer,note,contact\n");
	fprintf(f, strcmp(format, "sendmail") == 0 || strcmp(format, "names") == 0 || strcmp(format, "qmail") == 0
			   ? "first.example\n"
		   : strcmp(format, "access") == 0 ? "To:first.example RELAY\n"
		   : strcmp(format, "exim") == 0   ? "first.example:\n"
		   : strcmp(format, "csv") == 0	   ? "first.example,OK,,,\n"
						   : "first.example OK\n");
	for (size_t i = 0; i < n_hostile; i++) {
		if (strcmp(format, "csv") == 0) {
			fprintf(f, "t%zu.example,", i);
			add_csv_cell(f, hostile[i].text, ',');
			fprintf(f, "C-1,");
			add_csv_cell(f, hostile[i].text, ',');
			add_csv_cell(f, hostile[i].text, '\n');
			add_csv_cell(f, hostile[i].text, ',');
			fprintf(f, "OK,,,\n");
		} else {
			fprintf(f, "%s\nt%zu.example %s\n%s OK\n", hostile[i].text, i, hostile[i].text, hostile[i].text);
		}
	}
	fwrite("nul\0.example OK\n\0\n", 1, 18, f);
	fclose(f);
}

static void is_name(const char *name)
{
	for (const char *p = name; *p; p++)
		ck_assert_msg(*p > 0x20 && *p < 0x7f && *p != '"' && *p != '\\', "an entry '%s'", name);
	ck_assert_msg(*name != '-' && *name != '#', "an entry '%s'", name);
}

START_TEST(tables_bring_names_and_nothing_else)
{
	static const char *const formats[] = {"names", "postfix", "sendmail", "access", "exim", "qmail", "csv", "auto"};
	char path[1200], *list, *save;
	struct run_result r;
	int status;

	snprintf(path, sizeof path, "%s/table", dir);
	write_table(path, strcmp(formats[_i], "auto") == 0 ? "postfix" : formats[_i]);
	status = mxward(&r, "import", "--format", formats[_i], path, NULL);
	ck_assert_msg(status == 65, "%d %s", status, r.err); /* refused lines */
	hostile_must_be_seen(r.out, "import");
	run_clear(&r);
	list = names();
	ck_assert_ptr_nonnull(strstr(list, "first.example "));
	for (char *name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save))
		is_name(name);
	free(list);
	run_expect(config, 0, "sound", "check");
}
END_TEST

/* What is printed for other programs is read back as the same list, with the same texts where the format has them. */
START_TEST(what_is_printed_is_read_back)
{
	static const char *const formats[] = {"csv", "postfix", "names"};
	char path[1200], second[1200], *before, *after;
	struct run_result r;

	snprintf(path, sizeof path, "%s/table", dir);
	write_table(path, "csv");
	mxward(&r, "import", "--format=csv", path, NULL);
	run_clear(&r);
	mxward(&r, "publish", "--print", formats[_i], "--to", path, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	before = names();
	mxward(&r, "list", "--format=jsonl", NULL);
	after = r.out;
	free(r.err);
	snprintf(second, sizeof second, "%s/db2", dir);
	ck_assert_int_eq(mxward(&r, "-d", second, "init", NULL), 0);
	run_clear(&r);
	mxward(&r, "-d", second, "import", "--format", formats[_i], path, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	mxward(&r, "-d", second, "list", "--format", _i == 0 ? "jsonl" : "names", NULL);
	if (_i == 0) {
		ck_assert_str_eq(r.out, after);
	} else {
		for (char *p = r.out; *p; p++)
			if (*p == '\n')
				*p = ' ';
		ck_assert_str_eq(r.out, before);
	}
	run_clear(&r);
	free(before);
	free(after);
}
END_TEST

/* --- environment and configuration --- */

START_TEST(the_environment_is_a_claim_that_is_escaped)
{
	static const char *const variables[] = {"LOGNAME", "USER", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "SUDO_USER",
						"SUDO_UID", "SUDO_COMMAND", "HOME", "XDG_STATE_HOME", "TZ", "LANG", "TERM"};
	enum { N = sizeof variables / sizeof *variables };
	char setting[N][2100], name[40];
	struct run_result r;

	/* Every text in every variable once, and in SSH_CONNECTION, which is kept, also beside the others. */
	for (size_t i = 0; i < n_hostile; i++) {
		const char *argv[N + 8] = {"/usr/bin/env"};
		int n = 1;

		for (int v = 0; v < N; v++) {
			snprintf(setting[v], sizeof setting[v], "%s=%s", variables[v], hostile[(i + (size_t)v) % n_hostile].text);
			argv[n++] = setting[v];
		}
		snprintf(name, sizeof name, "e%zu.example", i);
		argv[n++] = run_mxward();
		argv[n++] = "-c";
		argv[n++] = config;
		argv[n++] = "add";
		argv[n++] = name;
		run_program(&r, argv, NULL);
		ck_assert_msg(r.status == 0, "%d %s", r.status, r.err);
		run_clear(&r);
	}
	look_at_text();
	run_expect(config, 0, "sound", "check");
}
END_TEST

START_TEST(a_configuration_is_refused_by_a_sentence)
{
	static const char *const keys[] = {NULL, "relay-host", "relay-address", "network", "resolver", "database",
					   "publish-target", "transport-override", "canary-listed", "price-per-gb",
					   "billing-timezone", "audit-origin", "confirm-days", "restricted"};
	enum { N = sizeof keys / sizeof *keys, STEP = 7 };
	struct run_result r;
	char path[1200];

	snprintf(path, sizeof path, "%s/other.conf", dir);
	for (size_t i = 0; i < n_hostile; i++)
		for (size_t k = i % STEP; k < N; k += STEP) {
			const char *argv[] = {run_mxward(), "-c", path, "stat", NULL};

			/* Whatever the machine has where a database lies by default. */
			run_write_file(path, "%s%s%s = %s\n", keys[k] && strcmp(keys[k], "database") == 0 ? "# " : "database = /none",
				       "\n", keys[k] ? keys[k] : hostile[i].text, hostile[i].text);
			run_program(&r, argv, NULL);
			ck_assert_msg(r.status >= 64 && r.status <= 78, "%d %s", r.status, r.err);
			hostile_must_be_seen(r.err, "configuration");
			hostile_must_be_seen(r.out, "configuration");
			run_clear(&r);
		}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("ways in");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_text_is_refused_or_comes_back);
	tcase_add_test(t, words_of_any_kind_end_in_a_sentence);
	tcase_add_loop_test(t, tables_bring_names_and_nothing_else, 0, 8);
	tcase_add_loop_test(t, what_is_printed_is_read_back, 0, 3);
	tcase_add_test(t, the_environment_is_a_claim_that_is_escaped);
	tcase_add_test(t, a_configuration_is_refused_by_a_sentence);
	suite_add_tcase(s, t);
	return suite_run(s);
}
