/*
 * torture ITEM...: what a database goes through, and what is left of it.  See trial.h.
 *
 * TORTURE is the share of the full number of rounds in percent (100), SEED the seed (1), TORTURE_JOBS how many processes
 * work side by side (one for each processor), TORTURE_FROM the number of the first trial of an item, TORTURE_ONLY that of
 * the only one, TORTURE_KEEP where what is left of a failed one is kept, PRELOADS where the libraries for LD_PRELOAD are.
 * Tells of each item its counts and its time, and ends with 0 when nothing failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture/trial.h"

enum { JOBS_MAX = 16 };

static const struct {
	const char *name;
	void (*run)(struct trial *t);
	void (*sum)(struct trial *t); /* judges what all processes have tallied together */
} items[] = {
	{"kill", torture_kill, NULL},
	{"append", torture_appends, NULL},
	{"power", torture_power, torture_power_sum},
	{"calls", torture_calls, NULL},
	{"full", torture_full, NULL},
	{"lock", torture_lock, NULL},
	{"damage", torture_damage, NULL},
	{"backup", torture_backup, NULL},
};

enum { N_ITEMS = sizeof items / sizeof *items };

/* What the processes share. */
struct shared {
	long next;
	struct score score[JOBS_MAX];
};

static long number_of(const char *variable, long otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? atol(text) : otherwise;
}

static int is_wanted(int argc, char **argv, const char *name)
{
	if (argc == 1)
		return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return 0;
}

static int is_item(const char *name)
{
	for (int i = 0; i < N_ITEMS; i++)
		if (strcmp(items[i].name, name) == 0)
			return 1;
	return 0;
}

static double cpu_of_children(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Adds what each has counted under a name, in the order in which the first came to it. */
static void sum_up(struct score *out, const struct score *of, int jobs)
{
	struct trial t = {.score = out};

	*out = (struct score){0};
	for (int j = 0; j < jobs; j++) {
		out->passed += of[j].passed;
		out->failed += of[j].failed;
		for (int i = 0; i < TALLIES && of[j].tally[i].name[0]; i++)
			trial_tally(&t, of[j].tally[i].name, of[j].tally[i].n);
	}
}

static void run_beside(int item, struct trial *t, int jobs, struct shared *shared)
{
	pid_t pid[JOBS_MAX];

	memset(shared, 0, sizeof *shared);
	shared->next = number_of("TORTURE_FROM", 0);
	fflush(stdout);
	for (int j = 0; j < jobs; j++) {
		t[j].item = items[item].name;
		t[j].next = &shared->next;
		t[j].score = &shared->score[j];
		pid[j] = fork();
		if (pid[j] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			setenv("PATH", t[j].path, 1);
			items[item].run(&t[j]);
			fflush(stdout);
			_exit(0);
		}
	}
	for (int j = 0; j < jobs; j++) {
		int status = -1;

		while (pid[j] > 0 && waitpid(pid[j], &status, 0) < 0 && errno == EINTR)
			;
		if (status != 0) {
			printf("FAIL %s: a process of the test itself ended with %#x\n", items[item].name, (unsigned)status);
			shared->score[j].failed++;
		}
	}
}

static long run_item(int item, struct trial *t, int jobs, struct shared *shared, long *passed)
{
	double cpu = cpu_of_children();
	time_t began = time(NULL);
	struct score sum;

	run_beside(item, t, jobs, shared);
	sum_up(&sum, shared->score, jobs);
	if (items[item].sum)
		items[item].sum(&(struct trial){.item = items[item].name, .number = -1, .score = &sum});
	for (int i = 0; i < TALLIES && sum.tally[i].name[0]; i++)
		printf("%-7s   %s: %ld\n", items[item].name, sum.tally[i].name, sum.tally[i].n);
	printf("%-7s %ld passed, %ld failed, in %ld s, with %.0f s of processor time\n", items[item].name, sum.passed,
	       sum.failed, (long)(time(NULL) - began), cpu_of_children() - cpu);
	fflush(stdout);
	*passed += sum.passed;
	return sum.failed;
}

int main(int argc, char **argv)
{
	static struct trial t[JOBS_MAX];
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long jobs = number_of("TORTURE_JOBS", sysconf(_SC_NPROCESSORS_ONLN)), passed = 0, failed = 0;
	const char *preloads = getenv("PRELOADS");

	for (int i = 1; i < argc; i++)
		if (!is_item(argv[i])) {
			fprintf(stderr, "torture: there is no '%s'\n", argv[i]);
			return 2;
		}
	if (shared == MAP_FAILED)
		return 2;
	jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
	for (int j = 0; j < jobs; j++) {
		t[j] = (struct trial){.percent = (int)number_of("TORTURE", 100), .first = (unsigned)number_of("SEED", 1),
				      .only = number_of("TORTURE_ONLY", -1), .keep_dir = getenv("TORTURE_KEEP"),
				      .preload_dir = preloads ? preloads : "build/torture"};
		trial_begin(&t[j]);
	}
	for (int i = 0; i < N_ITEMS; i++)
		if (is_wanted(argc, argv, items[i].name))
			failed += run_item(i, t, (int)jobs, shared, &passed);
	for (int j = 0; j < jobs; j++)
		trial_end(&t[j]);
	printf("%ld passed, %ld failed\n", passed, failed);
	return failed != 0;
}
