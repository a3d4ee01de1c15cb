/*
 * delete_bench: what a bulk deletion costs once it was agreed to: rows of `name value unit goal`.
 *
 *	delete_bench CONFIG COUNT
 *
 * Takes COUNT orphans of the scanned database of CONFIG, asks DNS once more for all, and measures the commit with its
 * audit records and the publishing apart, while a process beside it locks the table for lookups as Postfix does.  Part of
 * `make bench`; nothing here is asserted.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "dns/lookup.h"
#include "ops/publish.h"
#include "ops/remove.h"
#include "ops/ward.h"

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of this process and of those that it waited for; others on the machine lengthen it less. */
static double cpu_s(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return (double)(self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
	       (double)(self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec +
			children.ru_stime.tv_usec) / 1e6;
}

static size_t asked_for;

static void row(const char *what, double value, const char *unit, const char *goal)
{
	char name[80];

	snprintf(name, sizeof name, "delete of %zu, %s", asked_for, what);
	printf("%-44s %10.2f %-6s %s\n", name, value, unit, goal);
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

/* Mail waits as long as a lookup does: the shared lock that Postfix takes, a thousand times a second.  The longest wait is
 * in seconds, where both processes see it. */
static pid_t look_up(const char *table, double *longest)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	while (getppid() == parent) {
		struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
		int fd = open(table, O_RDONLY | O_CLOEXEC);
		double began = now_s(), took;

		if (fd < 0 || fcntl(fd, F_SETLKW, &lock) != 0)
			_exit(1);
		took = now_s() - began;
		*longest = took > *longest ? took : *longest;
		close(fd);
		nanosleep(&pause, NULL);
	}
	_exit(0);
}

/* So many of all orphans, from all over the list: neighbours would have one name server. */
static size_t find_orphans(struct ward *w, const char ***name, size_t most)
{
	struct entry_walk walk;
	struct db_txn *txn;
	struct err e;
	size_t n = 0, room = 0;

	if (db_begin_read(&txn, w->db, &e) != 0 || walk_begin(&walk, txn, NULL, 0, &e) != 0)
		die("read", &e);
	while (walk_next(&walk, &e) == 1) {
		if (!walk.o.time || walk.o.verdict.class != CLASS_ORPHAN)
			continue;
		if (n == room) {
			room = room * 2 + 1000;
			*name = mem_array(*name, room, sizeof **name);
		}
		(*name)[n++] = mem_copy_string(walk.e.name);
	}
	walk_end(&walk);
	db_abort(txn);
	for (size_t i = 0; n > most && i < most; i++)
		(*name)[i] = (*name)[i * n / most];
	return n < most ? n : most;
}

int main(int argc, char **argv)
{
	struct ward_options o = {.config_file = argc > 1 ? argv[1] : "", .needs_database = 1};
	size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000, n;
	const char **name = NULL;
	struct remove_plan *plan;
	struct ward w;
	struct err e;
	double began, asked, committed, published, cpu, cpu_committed, cpu_published, *held;
	uint64_t batch = 0;
	char note[900];
	int done = 0;
	pid_t mail = 0;

	if (worker_is_wanted(argc, argv)) /* the lookups are made by this program too */
		worker_main();
	held = mmap(NULL, sizeof *held, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (held == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	if (ward_open(&w, &o, &e) != 0)
		die("open", &e);
	n = asked_for = find_orphans(&w, &name, most);
	began = now_s();
	if (remove_begin(&plan, &w, name, n, (struct remove_options){0}, on_done, &done, &e) != 0)
		die("plan", &e);
	while (!done && !remove_is_ready(plan))
		loop_turn(w.loop, 200);
	if (w.config.postfix_tables.n > 0)
		mail = look_up(w.config.postfix_tables.value[0], held);
	cpu = cpu_s();
	asked = now_s();
	if (remove_commit(plan, "bench", "", n, &batch, &e) != 0)
		die("commit", &e);
	committed = now_s();
	cpu_committed = cpu_s();
	if (publish_after_change(&w, note, sizeof note) != 0)
		fprintf(stderr, "delete_bench: %s\n", note);
	published = now_s();
	cpu_published = cpu_s();
	if (mail > 0) {
		kill(mail, SIGTERM);
		waitpid(mail, NULL, 0);
	}
	row("entries gone", (double)remove_count_fate(plan, REMOVE_GONE), "", "");
	row("asking DNS again", 1e3 * (asked - began), "ms", "");
	row("commit", 1e3 * (committed - asked), "ms", "");
	row("publish", 1e3 * (published - committed), "ms", "");
	row("commit, its CPU", 1e3 * (cpu_committed - cpu), "ms", "");
	row("publish, its CPU", 1e3 * (cpu_published - cpu_committed), "ms", "");
	row("commit and publish", 1e3 * (published - asked), "ms", n >= 100000 ? "< 2000" : "");
	if (mail > 0)
		row("longest that mail waited", 1e3 * *held, "ms", "< 250");
	done = remove_count_fate(plan, REMOVE_GONE) == n;
	if (!done) /* what stays first comes first */
		fprintf(stderr, "delete_bench: %zu of %zu stayed; '%s': %s\n", n - remove_count_fate(plan, REMOVE_GONE), n,
			remove_item(plan, 0)->name, remove_item(plan, 0)->why);
	remove_free(plan);
	free(name);
	ward_close(&w);
	return done ? 0 : 1;
}
