/*
 * bytes_bench: what keys cost on the line, here and in other programs with long lists, in one harness: rows of
 * `name value unit goal` for bytes at 80x24 on an xterm-256color.  Part of `make bench`; nothing here is asserted.
 *
 * A row down; a row down at the edge, the dearest of EDGES; a page; forty keys at once; ten seconds of rest; each with
 * all that follows until the program is at rest.  Programs that are not installed are left out.  Five hundred messages
 * for mutt, five hundred commits for tig, this machine's processes for htop, five thousand entries for mxward.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/big_list.h"
#include "support/run.h"
#include "support/vt.h"

enum { QUIET_MS = 400, IDLE_MS = 10000, EDGES = 8, ROWS = 24, COLS = 80, ENTRIES = 5000 };

struct program {
	const char *name;
	char *argv[12];
	const char *down, *page, *quit;
	int edge; /* keys until the list has to scroll */
	int is_ours;
};

static size_t press(struct vt *t, const char *keys)
{
	vt_settle(t, QUIET_MS);
	vt_mark(t);
	vt_keys(t, keys);
	vt_settle(t, QUIET_MS);
	return vt_bytes(t);
}

/* The goal is ours alone. */
static void row(const struct program *p, const char *what, size_t value, size_t goal)
{
	char name[60], text[40] = "";

	snprintf(name, sizeof name, "%s, %s", what, p->name);
	if (p->is_ours)
		snprintf(text, sizeof text, "<= %zu", goal);
	printf("%-34s %10zu %-6s %s\n", name, value, "B", text);
	fflush(stdout);
}

static void measure(const struct program *p)
{
	struct vt *t;
	size_t edge = 0, page, seen;
	char keys[200] = "";

	if (access(p->argv[0], X_OK) != 0)
		return;
	t = vt_start(p->argv, ROWS, COLS, "xterm-256color", NULL);
	vt_settle(t, 1500);
	press(t, p->down);
	row(p, "down", press(t, p->down), 64);
	for (int i = 2; i < p->edge; i++)
		press(t, p->down);
	for (int i = 0; i < EDGES; i++) {
		size_t n = press(t, p->down);

		edge = n > edge ? n : edge;
	}
	row(p, "edge scroll", edge, 120);
	page = press(t, p->page);
	seen = vt_visible(t);
	row(p, "page", page, seen + seen * 15 / 100);
	for (int i = 0; i < 40; i++)
		strcat(keys, p->down);
	page = press(t, keys);
	seen = vt_visible(t);
	row(p, "forty keys at once", page, seen + seen * 15 / 100);
	vt_settle(t, 1500);
	vt_mark(t);
	for (long waited = 0; waited < IDLE_MS; waited += 500)
		vt_pump(t, 500);
	row(p, "ten seconds of rest", vt_bytes(t), 0);
	vt_keys(t, p->quit);
	vt_settle(t, 300);
	vt_free(t);
}

enum { MESSAGES = 500 };

static void make_box(const char *path)
{
	FILE *f = fopen(path, "w");

	for (int i = 0; f && i < MESSAGES; i++)
		fprintf(f,
			"From a@b.example Thu Nov  5 10:00:00 2026\nFrom: Name %d <name%d@shop-nord-%05d.example>\n"
			"Subject: The mail of entry %d is carried twice\nDate: Thu, 05 Nov 2026 10:00:00 +0000\n"
			"Message-ID: <%d@b.example>\n\nText\n\n",
			i, i, i, i, i);
	if (f)
		fclose(f);
}

static void make_repository(const char *path)
{
	const char *init[] = {"/usr/bin/git", "init", "-q", "-b", "main", path, NULL};
	char command[1400];
	struct run_result r;
	FILE *f;

	if (access("/usr/bin/tig", X_OK) != 0 || access(init[0], X_OK) != 0)
		return;
	run_program(&r, init, NULL);
	run_clear(&r);
	snprintf(command, sizeof command, "/usr/bin/git -C '%s' fast-import --quiet", path);
	f = popen(command, "w");
	for (int i = 0; f && i < MESSAGES; i++)
		fprintf(f,
			"commit refs/heads/main\ncommitter Name <name@shop.example> %d +0000\ndata <<E\n"
			"The mail of shop-nord-%05d.example is carried twice\nE\n",
			1700000000 + i * 1000, i);
	if (f)
		pclose(f);
}

int main(void)
{
	char *dir = run_make_dir(), config[1200], database[1200], box[1200], repository[1200];
	FILE *f;
	const struct program programs[] = {
		{"mxward", {(char *)run_mxward(), "-c", config}, "j", "z", "Q", 19, 1},
		{"tig", {"/usr/bin/tig", "-C", repository}, "j", "\033[6~", "Q", 22, 0},
		{"mutt", {"/usr/bin/mutt", "-n", "-F", "/dev/null", "-e", "set folder=/tmp", "-R", "-f", box}, "j", "z", "x", 21, 0},
		{"htop", {"/usr/bin/htop", "-d", "100"}, "\033OB", "\033[6~", "q", 16, 0},
	};

	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(database, sizeof database, "%s/db", dir);
	snprintf(box, sizeof box, "%s/box", dir);
	snprintf(repository, sizeof repository, "%s/repository", dir);
	f = fopen(config, "w");
	if (!f)
		return 1;
	fprintf(f, "database = %s\n", /* without relay hosts, so that nothing is asked of DNS */
		database);
	fclose(f);
	setenv("XDG_STATE_HOME", dir, 1);
	setenv("HOME", dir, 1);
	big_list_make(database, ENTRIES);
	make_box(box);
	make_repository(repository);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		measure(&programs[i]);
	run_remove_dir(dir);
	return 0;
}
