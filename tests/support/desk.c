#include "support/desk.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/run.h"
#include "support/suite.h"
#include "support/vt.h"

char *desk_dir, desk_config[1100];
static char state[1100];
static char *prepared; /* the directory with the entries that each test gets a copy of */
static struct run_world world;

static void run_ok(const char *line)
{
	struct run_result r;

	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s%s", line, r.out, r.err);
	run_clear(&r);
}

static void begin(void)
{
	desk_dir = run_make_dir();
	snprintf(desk_config, sizeof desk_config, "%s/mxward.conf", desk_dir);
	snprintf(state, sizeof state, "%s/state", desk_dir);
}

static void write_config(void)
{
	run_write_file(
		desk_config,
		"relay-host = backup.isp.example, relay2.isp.example\n"
		"relay-address = 11.11.0.10, 11.11.0.11, 2a10:aaaa::10\n"
		"network = 11.11.0.0/16, 2a10:aaaa::/32\nresolver = 127.0.0.1:%d\n"
		"authoritative-port = %d\ndatabase = %s/db\n"
		"confirm-days = 0\nconfirm-days-registration = 0\nconfirm-observations = 1\n",
		world.port, world.port, desk_dir);
}

void desk_set_up_empty(void)
{
	char path[1100];

	begin();
	snprintf(path, sizeof path, "%s/queries", desk_dir);
	run_world_log(path);
	run_world_start(&world, desk_dir, run_source("tests/cmd/zones"), NULL);
	write_config();
	run_ok("init");
}

static void fill(void)
{
	char path[1100], line[1200];
	FILE *f;

	snprintf(path, sizeof path, "%s/names", desk_dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 40; i++)
		fprintf(f, "gone%02d.example\n", i);
	for (int i = 0; i < 160; i++)
		fprintf(f, "kept%03d.example\n", i);
	fclose(f);
	snprintf(line, sizeof line, "import %s", path);
	run_ok(line);
	run_ok("scan");
}

static void prepare(void)
{
	desk_set_up_empty();
	fill();
	prepared = desk_dir;
}

static void put_away(void)
{
	run_world_stop(&world);
	run_remove_dir(prepared);
	prepared = NULL;
}

static void copy_prepared(void)
{
	const char *copy[] = {"/bin/cp", "-r", NULL, NULL, NULL};
	char from[1100];
	struct run_result r;

	snprintf(from, sizeof from, "%s/db", prepared);
	begin();
	write_config();
	copy[2] = from;
	copy[3] = desk_dir;
	run_program(&r, copy, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

void desk_set_up(void)
{
	if (prepared) {
		copy_prepared();
		return;
	}
	desk_set_up_empty();
	fill();
}

void desk_tear_down(void)
{
	if (!prepared)
		run_world_stop(&world);
	run_remove_dir(desk_dir);
}

TCase *desk_case(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_unchecked_fixture(t, prepare, put_away);
	tcase_add_checked_fixture(t, desk_set_up, desk_tear_down);
	tcase_set_timeout(t, 120);
	return t;
}

TCase *desk_case_empty(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, desk_set_up_empty, desk_tear_down);
	tcase_set_timeout(t, 120);
	return t;
}

int desk_run(const char *name, TCase *const *cases)
{
	Suite *s = suite_create(name);

	for (; *cases; cases++)
		suite_add_tcase(s, *cases);
	return suite_run(s);
}

struct vt *desk_open(int rows, int cols, const char *term, const char *words,
		     const char *const *environment)
{
	char *argv[20] = {(char *)run_mxward(), "-c", desk_config}, copy[400], *save = NULL;
	const char *all[20] = {"XDG_STATE_HOME", state};
	int n = 3, k = 2;

	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok_r(copy, " ", &save); word && n < 19;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	for (; environment && environment[0] && k < 18; environment += 2) {
		all[k++] = environment[0];
		all[k++] = environment[1];
	}
	return vt_start(argv, rows, cols, term, all);
}

struct vt *desk_open_list(void)
{
	return desk_open_list_at(24, 80, "xterm-256color");
}

struct vt *desk_open_list_at(int rows, int cols, const char *term)
{
	struct vt *t = desk_open(rows, cols, term, "", NULL);

	desk_expect(t, 0, "200 entries");
	desk_expect(t, rows - 2, "1/200");
	return t;
}

void desk_quit(struct vt *t)
{
	desk_quit_after(t, NULL);
}

void desk_quit_after(struct vt *t, void (*look)(struct vt *t))
{
	vt_keys(t, "Q");
	while (!vt_has(t, -1, "Quit? y/N") && vt_pump(t, VT_DEADLINE_MS) > 0)
		;
	if (vt_has(t, -1, "Quit? y/N"))
		vt_keys(t, "y");
	ck_assert_int_eq(vt_exit(t), 0);
	ck_assert(!vt_is_alternate(t));
	ck_assert(vt_is_cooked(t));
	if (look)
		look(t);
	vt_free(t);
}

size_t desk_world_heard(const char *name)
{
	char path[1100], line[600];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/queries", prepared ? prepared : desk_dir);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		n += strcasestr(line, name) != NULL;
	if (f)
		fclose(f);
	return n;
}

size_t desk_count(const char *limit)
{
	struct run_result r;
	size_t n;

	run_line(&r, desk_config, "list --format names %s", limit);
	ck_assert_msg(r.status == 0, "%s", r.err);
	n = run_count_lines(r.out);
	run_clear(&r);
	return n;
}

void desk_expect(struct vt *t, int row, const char *text)
{
	if (vt_wait(t, row, text))
		return;
	vt_dump(t);
	ck_abort_msg("'%s' did not come on row %d", text, row);
}

void desk_press(struct vt *t, const char *keys, int row, const char *text)
{
	vt_keys(t, keys);
	desk_expect(t, row, text);
}

void desk_expect_gone(struct vt *t, int row, const char *text)
{
	if (vt_wait_gone(t, row, text))
		return;
	vt_dump(t);
	ck_abort_msg("'%s' stays on row %d", text, row);
}
