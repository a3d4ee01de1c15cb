/*
 * console_bench: how quickly the console answers on a long list: rows of `name value unit goal`.
 *
 *	console_bench [ENTRIES [DIRECTORY]]
 *
 * A million entries unless said otherwise.  Makes its database in DIRECTORY, which it leaves, or in
 * one of its own, which it removes.  Part of `make bench`; nothing here is asserted.
 */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "bench/big_list.h"
#include "db/env.h"
#include "support/holder.h"
#include "support/run.h"
#include "support/vt.h"

enum { STATUS = 22, SAMPLES = 400, STARTS = 9, QUIET_MS = 700, IDLE_MS = 60000, ROUNDS = 5 };

static char config[1200], database[1100];
static size_t entries = 1000000;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *sample, size_t n, double q)
{
	qsort(sample, n, sizeof *sample, by_size);
	return sample[(size_t)(q * (double)(n - 1))];
}

static void row(const char *name, double value, const char *unit, const char *goal)
{
	printf("%-34s %10.2f %-6s %s\n", name, value, unit, goal);
	fflush(stdout);
}

static struct vt *start(void)
{
	char *argv[] = {(char *)run_mxward(), "-c", config, NULL};

	return vt_start(argv, 24, 80, "xterm-256color", NULL);
}

static void wait_text(struct vt *t, int line, const char *text)
{
	if (vt_wait(t, line, text))
		return;
	vt_dump(t);
	fprintf(stderr, "console_bench: '%s' did not come\n", text);
	exit(1);
}

/* All that was to be read was read, and nothing more comes. */
static void rest(struct vt *t)
{
	vt_settle(t, QUIET_MS);
}

static void quit(struct vt *t)
{
	vt_keys(t, "Q");
	if (vt_exit(t) != 0)
		fprintf(stderr, "console_bench: the console ended badly\n");
	vt_free(t);
}

/* Anonymous memory of a process: what it holds beyond the map of the database. */
static double held_mb(pid_t pid, const char *field)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, field, strlen(field)) == 0)
			kb = strtol(line + strlen(field) + 1, NULL, 10);
	if (f)
		fclose(f);
	return (double)kb / 1024;
}

static void bench_start(void)
{
	double first[STARTS];

	for (size_t i = 0; i < STARTS; i++) {
		double began = now_ms();
		struct vt *t = start();

		wait_text(t, 3, ">");
		first[i] = now_ms() - began;
		quit(t);
	}
	row("first paint, median", quantile(first, STARTS, 0.5), "ms", "< 100");
	row("first paint, longest", first[STARTS - 1], "ms", "< 100");
}

/* From each key to the frame that answers it; a frame is one write. */
static void bench_keys(struct vt *t, const char *when)
{
	static const char *const keys[] = {"j", "j", "z", "k", "j", "G", "Z", "\004", "\025", "g", "j", "z", "z", "/ward\r"};
	double took[SAMPLES];
	char name[64];

	for (size_t i = 0; i < SAMPLES; i++) {
		struct timespec pause = {0, 30000000};
		double began;

		vt_settle(t, 1);
		nanosleep(&pause, NULL);
		vt_settle(t, 0);
		began = now_ms();
		vt_keys(t, keys[i % (sizeof keys / sizeof *keys - 1)]);
		while (vt_pump(t, 2000) == 0)
			;
		took[i] = now_ms() - began;
	}
	snprintf(name, sizeof name, "key to paint%s, median", when);
	row(name, quantile(took, SAMPLES, 0.5), "ms", "");
	snprintf(name, sizeof name, "key to paint%s, p99", when);
	row(name, quantile(took, SAMPLES, 0.99), "ms", "< 16");
	snprintf(name, sizeof name, "key to paint%s, longest", when);
	row(name, took[SAMPLES - 1], "ms", "");
}

/* Types a limit and waits, after each letter, for the position that this limit has when all has come
 * to rest: which that is, a first round finds out. */
static void bench_limit(struct vt *t, const char *text)
{
	size_t n = strlen(text);
	char status[64][100], one[2] = "";
	double took[64], worst = 0;
	char name[120];

	for (int round = 0; round < 2; round++) {
		vt_keys(t, "l");
		rest(t);
		for (size_t i = 0; i < n; i++) {
			double began = now_ms();

			one[0] = text[i];
			vt_keys(t, one);
			if (round == 0) {
				rest(t);
				snprintf(status[i], sizeof status[i], "%.40s", vt_row(t, STATUS + 1));
				continue;
			}
			wait_text(t, -1, "Limit:"); /* a long mistake below it moves it up */
			while (vt_pump(t, 2000) == 0)
				;
			while (!vt_has(t, STATUS + 1, status[i]) && vt_pump(t, 5000) > 0)
				;
			took[i] = now_ms() - began;
			if (took[i] > worst)
				worst = took[i];
		}
		vt_keys(t, "\007");
		rest(t);
	}
	snprintf(name, sizeof name, "limit %s, median", text);
	row(name, quantile(took, n, 0.5), "ms", "");
	snprintf(name, sizeof name, "limit %s, longest", text);
	row(name, worst, "ms", "< 50");
}

/* The name on a line of the list: what DNS says beside it may change while it is looked at. */
static void name_on(struct vt *t, int line, char out[100])
{
	const char *text = vt_row(t, line);

	text += strlen(text) < 4 ? strlen(text) : 4;
	snprintf(out, 100, "%.*s", (int)strcspn(text, " "), text);
}

/* From the key to the rows in their new order: which orders there are and how they look, a first round finds out. */
static void bench_orders(struct vt *t)
{
	enum { MOST = 12 };
	char learnt[MOST][100], said[MOST][100], shown[100];
	size_t n = 0;

	do {
		vt_keys(t, "g");
		rest(t);
		vt_keys(t, "o");
		rest(t);
		snprintf(said[n], sizeof said[n], "%.60s", vt_row(t, STATUS + 1));
		name_on(t, STATUS - 1, learnt[n]);
	} while (strstr(said[n++], "by name") == NULL && n < MOST);
	for (size_t i = 0; i < n; i++) {
		double began;

		vt_keys(t, "g");
		rest(t);
		began = now_ms();
		vt_keys(t, "o");
		do {
			name_on(t, STATUS - 1, shown);
		} while (!(vt_has(t, STATUS + 1, said[i]) && strcmp(shown, learnt[i]) == 0) && vt_pump(t, 5000) > 0);
		row(said[i], now_ms() - began, "ms", "");
	}
}

static void bench_search(struct vt *t)
{
	double began;

	vt_keys(t, "g");
	rest(t);
	began = now_ms();
	vt_keys(t, "/zander-00001.tel\r");
	wait_text(t, -1, ">   apotheke-zander-00001.tel");
	row("search, almost to the end", now_ms() - began, "ms", "");
	rest(t);
	began = now_ms();
	vt_keys(t, "/nowhere-to-be-found\r");
	wait_text(t, STATUS + 1, "not found");
	row("search, in vain", now_ms() - began, "ms", "");
	rest(t);
}

static volatile sig_atomic_t ended;

static void on_end(int signum)
{
	(void)signum;
	ended = 1;
}

static pid_t start_scan(void)
{
	pid_t pid = fork();
	struct db *db;
	struct err e;

	if (pid != 0)
		return pid;
	signal(SIGTERM, on_end);
	if (db_open(&db, database, DB_READ_WRITE, &e) != 0)
		_exit(1);
	for (size_t at = 0; !ended; at = at + 1000 < entries ? at + 1000 : 0) {
		struct timespec pause = {0, 20000000};

		if (big_list_observe(db, at, 1000, entries) != 0)
			_exit(1);
		nanosleep(&pause, NULL);
	}
	db_close(db);
	_exit(0);
}

/* What a terminal gets that is looked at by nobody, while a scan runs on rows that are not on it. */
static void bench_idle(struct vt *t)
{
	char last[16]; /* as much of the name as every width of the column shows */

	big_list_name(last, sizeof last, entries - 1, entries);
	vt_keys(t, "G");
	wait_text(t, STATUS - 1, last);
	/* Nobody answers at that address, which the title says; the rows stay as the scan saw them.  Within the minute they are
	 * asked about once more, in vain. */
	wait_text(t, 0, "no resolver answers");
	rest(t);
	vt_mark(t);
	for (double until = now_ms() + IDLE_MS; now_ms() < until;)
		vt_pump(t, 500);
	row("a minute of rest, beside a scan", (double)vt_bytes(t), "B", "<= 0");
}

/* From the start of a colleague's command, whose commit comes some milliseconds later, to its change on the screen. */
static void bench_colleague(struct vt *t)
{
	char name[100], customer[16];
	double worst = 0;

	vt_keys(t, "g");
	rest(t);
	big_list_name(name, sizeof name, 0, entries);
	for (int i = 0; i < ROUNDS; i++) {
		double began = now_ms();
		struct run_result r;

		snprintf(customer, sizeof customer, "C-%04d", 9000 + i);
		run_line(&r, config, "edit %s --customer %s", name, customer);
		if (r.status != 0)
			fprintf(stderr, "console_bench: %s", r.err);
		run_clear(&r);
		wait_text(t, 3, customer);
		if (now_ms() - began > worst)
			worst = now_ms() - began;
	}
	row("a colleague's change, longest", worst, "ms", "< 1000");
}

/* From the key of a change to the name of who holds the lock. */
static void bench_holder(struct vt *t)
{
	double worst = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t holder = holder_start(database, 0);
		double began = now_ms();

		vt_keys(t, "r");
		wait_text(t, STATUS + 1, "waiting for ");
		if (now_ms() - began > worst)
			worst = now_ms() - began;
		kill(holder, SIGCONT);
		waitpid(holder, NULL, 0);
		wait_text(t, STATUS + 1, "reviewed");
		rest(t);
		vt_keys(t, "g");
		rest(t);
	}
	row("holder of the lock named, longest", worst, "ms", "< 2000");
}

static char *make_dir(void)
{
	static char dir[1000];
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/mxward-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(1);
	}
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_dir(const char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_config(void)
{
	FILE *f = fopen(config, "w");

	if (!f) {
		perror(config);
		exit(1);
	}
	fprintf(f, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		   "resolver = 127.0.0.1:1\ndatabase = %s\n",
		database);
	fclose(f);
}

int main(int argc, char **argv)
{
	char *dir = argc > 2 ? argv[2] : make_dir(), whole[40];
	struct stat st;
	struct vt *t;
	pid_t scan;
	double began;

	if (argc > 1)
		entries = strtoul(argv[1], NULL, 10);
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(database, sizeof database, "%s/db", dir);
	write_config();
	setenv("XDG_STATE_HOME", dir, 1);
	if (stat(database, &st) != 0)
		big_list_make(database, entries);
	printf("%-34s %10zu\n", "entries", entries);
	bench_start();
	began = now_ms();
	t = start();
	snprintf(whole, sizeof whole, "%zu", entries / 1000);
	wait_text(t, 0, "entries");
	row("all read", now_ms() - began, "ms", "");
	rest(t);
	bench_keys(t, "");
	bench_limit(t, "kanzlei-v");
	bench_limit(t, "class:orphan since:>90d");
	bench_limit(t, "customer:C-1042");
	bench_orders(t);
	bench_search(t);
	bench_colleague(t);
	bench_holder(t);
	row("memory, anonymous", held_mb(vt_pid(t), "RssAnon"), "MB", "< 100");
	scan = start_scan();
	bench_keys(t, ", beside a scan");
	bench_idle(t);
	row("memory, anonymous, beside a scan", held_mb(vt_pid(t), "RssAnon"), "MB", "< 100");
	row("memory, at most", held_mb(vt_pid(t), "VmHWM"), "MB", "");
	kill(scan, SIGTERM);
	waitpid(scan, NULL, 0);
	quit(t);
	if (argc <= 2)
		remove_dir(dir);
	return 0;
}
