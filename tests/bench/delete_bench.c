/*
 * delete_bench: what a bulk deletion costs once it was agreed to: rows of `name value unit goal`.
 *
 *	delete_bench CONFIG COUNT
 *
 * Takes COUNT orphans of the scanned database of CONFIG, asks DNS once more for all, and measures the commit with its
 * audit records and the publishing apart.  Part of `make bench`; nothing here is asserted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/publish.h"
#include "ops/remove.h"
#include "ops/ward.h"

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *name, double value, const char *unit, const char *goal)
{
	printf("%-40s %10.2f %-6s %s\n", name, value, unit, goal);
}

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "delete_bench: %s: %s\n", what, e->text);
	exit(1);
}

static void on_done(void *ctx)
{
	*(int *)ctx = 1;
}

static size_t find_orphans(struct ward *w, const char **name, size_t most)
{
	struct entry_walk walk;
	struct db_txn *txn;
	struct err e;
	size_t n = 0;

	if (db_begin_read(&txn, w->db, &e) != 0 || walk_begin(&walk, txn, NULL, 0, &e) != 0)
		die("read", &e);
	while (n < most && walk_next(&walk, &e) == 1)
		if (walk.o.time && walk.o.verdict.class == CLASS_ORPHAN)
			name[n++] = mem_copy_string(walk.e.name);
	walk_end(&walk);
	db_abort(txn);
	return n;
}

int main(int argc, char **argv)
{
	struct ward_options o = {.config_file = argc > 1 ? argv[1] : "", .needs_database = 1};
	size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000, n;
	const char **name = mem_array(NULL, most, sizeof *name);
	struct remove_plan *plan;
	struct ward w;
	struct err e;
	double began, asked, committed;
	uint64_t batch = 0;
	char note[900];
	int done = 0;

	if (ward_open(&w, &o, &e) != 0)
		die("open", &e);
	n = find_orphans(&w, name, most);
	began = now_s();
	if (remove_begin(&plan, &w, name, n, (struct remove_options){0}, on_done, &done, &e) != 0)
		die("plan", &e);
	while (!done && !remove_is_ready(plan))
		loop_turn(w.loop, 200);
	asked = now_s();
	if (remove_commit(plan, "bench", "", n, &batch, &e) != 0)
		die("commit", &e);
	committed = now_s();
	publish_after_change(&w, note, sizeof note);
	row("delete, entries", (double)remove_count_fate(plan, REMOVE_GONE), "", "-");
	row("delete, asking DNS again", asked - began, "s", "-");
	row("delete, commit with audit records", committed - asked, "s", "-");
	row("delete, publish", now_s() - committed, "s", "-");
	row("delete, commit and publish", now_s() - asked, "s", "< 2");
	remove_free(plan);
	ward_close(&w);
	return 0;
}
