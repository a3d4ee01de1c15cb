/*
 * audit_bench: what the audit log costs: rows of `name value unit goal`.
 *
 *	audit_bench [RECORDS [DIRECTORY]]
 *
 * A million records of a thousand customers unless said otherwise, and a domain whose records are a tenth of them.
 * Makes its database in DIRECTORY, which it leaves, or in one of its own, which it removes.  Part of `make bench`;
 * nothing here is asserted.
 */
#include <dirent.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sha256.h"
#include "db/auditlog.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/ward.h"
#include "support/run.h"

enum { AT_ONCE = 100000, CUSTOMERS = 1000, DOMAINS = 10000 };

static char config[1200], dir[1100];
static size_t records = 1000000;
static struct ward ward;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *name, double value, const char *unit, const char *goal)
{
	printf("%-34s %10.2f %-6s %s\n", name, value, unit, goal);
	fflush(stdout);
}

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "audit_bench: %s: %s\n", what, e->text);
	exit(1);
}

/* What a process holds beyond the map, now, in MB. */
static double anonymous_mb(pid_t pid)
{
	char path[64], line[200];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return (double)kb / 1024;
}

static double cpu_s(const struct rusage *use)
{
	return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
	       (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6;
}

/* A command: its time by the clock and by its processor, which others on the machine lengthen less, and its most memory
 * beyond the map. */
struct took {
	double wall, cpu, mb;
};

__attribute__((format(printf, 1, 2))) static struct took command(const char *fmt, ...)
{
	char line[4000], whole[8000];
	char *argv[] = {"sh", "-c", whole, NULL};
	struct took took = {.wall = -now_s()};
	struct rusage use;
	int status;
	va_list ap;
	pid_t pid;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "exec %s -c %s %s >%s/out 2>&1", run_mxward(), config, line, dir);
	/* Not by fork(): a copy of this process would count as memory of the command. */
	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) != 0)
		exit(1);
	while (wait4(pid, &status, WNOHANG, &use) == 0) {
		double mb = anonymous_mb(pid);

		took.mb = mb > took.mb ? mb : took.mb;
		usleep(2000);
	}
	took.wall += now_s();
	took.cpu = cpu_s(&use);
	/* 3 and 4 are good news of a verification: parts withheld, and no key given. */
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3 && WEXITSTATUS(status) != 4))
		fprintf(stderr, "audit_bench: '%s' ended with %d; see %s/out\n", line, WEXITSTATUS(status), dir);
	return took;
}

/* Record i: every tenth is of the one big domain, the rest go round. */
static void append(struct commit *c, size_t i)
{
	char customer[24], domain[40];
	struct audit_what what = {.action = AUDIT_EDIT, .customer = customer, .domain = domain,
				  .before = "accepted, customer C-17", .after = "accepted, customer C-17, reviewed 2026-03-31",
				  .batch = ""};
	struct err e;

	snprintf(customer, sizeof customer, "C-%zu", i % 10 ? i % CUSTOMERS : CUSTOMERS);
	snprintf(domain, sizeof domain, "domain%05zu.example", i % 10 ? i % DOMAINS : DOMAINS);
	if (auditlog_append(&c->audit, &what, &e) != 0)
		die("append", &e);
}

static void fill(void)
{
	struct audit_note note = {.reason = "bench", .text = "a note of about the length that notes have", .ticket = "INC-9921"};
	double worst = 0, worst_cpu = 0;

	for (size_t done = 0; done < records;) {
		size_t end = done + AT_ONCE < records ? done + AT_ONCE : records;
		double wall = now_s(), cpu;
		struct rusage use;
		struct commit c;
		struct err e;

		getrusage(RUSAGE_SELF, &use);
		cpu = cpu_s(&use);
		if (commit_begin(&c, &ward, "a bench", 1, note, &e) != 0)
			die("begin", &e);
		for (size_t i = done; i < end; i++)
			append(&c, i);
		if (commit_end(&c, &e) != 0)
			die("commit", &e);
		getrusage(RUSAGE_SELF, &use);
		wall = now_s() - wall;
		cpu = cpu_s(&use) - cpu;
		if (done == 0) {
			row("audit append at once, records", (double)end, "", "");
			row("audit append at once, empty log", wall, "s", "< 2");
			row("audit append at once, its cpu", cpu, "s", "");
		}
		worst = wall > worst ? wall : worst;
		worst_cpu = cpu > worst_cpu ? cpu : worst_cpu;
		done = end;
	}
	row("audit append at once, worst", worst, "s", "< 2");
	row("audit append at once, worst cpu", worst_cpu, "s", "");
}

static void find_root(void)
{
	uint8_t root[AUDIT_HASH];
	double began = now_s();
	struct db_txn *txn;
	struct err e;

	if (db_begin_read(&txn, ward.db, &e) != 0 || auditlog_root(txn, records, root, &e) != 0)
		die("root", &e);
	db_abort(txn);
	row("audit root", 1e3 * (now_s() - began), "ms", "");
}

static double bundle_mb(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	struct stat st;
	double bytes = 0;

	while (d && (entry = readdir(d)))
		if (fstatat(dirfd(d), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			bytes += (double)st.st_size;
	if (d)
		closedir(d);
	return bytes / 1e6;
}

static void by_library(uint8_t *out, const void *bytes, size_t len)
{
	crypto_hash_sha256(out, bytes, len);
}

/* Seconds for so many bytes, and so many pairs of hashes made to one, as inclusion proofs have them. */
static double hash_alone(void (*hash)(uint8_t *out, const void *bytes, size_t len), double mb, double nodes)
{
	static uint8_t block[65536] = {1};
	double began = (double)clock() / CLOCKS_PER_SEC;

	for (double done = 0; done < mb * 1e6; done += sizeof block)
		hash(block + 1, block, sizeof block);
	for (double i = 0; i < nodes; i++)
		hash(block + 1, block, 65);
	return (double)clock() / CLOCKS_PER_SEC - began;
}

static void measure_exports(void)
{
	char big[1200];
	double mb, nodes = 20 * (double)records / 10;
	struct took t;

	t = command("audit checkpoint");
	row("audit checkpoint, all proven", (double)records / 1e3 / t.cpu, "k/s", "");
	row("audit checkpoint, nothing new", command("audit checkpoint").wall, "s", "");
	t = command("audit export --customer C-7 %s/customer", dir);
	row("audit export --customer", t.wall, "s", "< 1");
	row("audit export --customer, cpu", t.cpu, "s", "");
	row("audit export --customer, memory", t.mb, "MB", "");
	snprintf(big, sizeof big, "%s/big", dir);
	t = command("audit export --domain domain%05d.example %s", DOMAINS, big);
	row("audit export, a tenth of all, cpu", t.cpu, "s", "");
	row("audit export, a tenth, memory", t.mb, "MB", "");
	mb = bundle_mb(big);
	t = command("audit verify %s", big);
	row("audit verify, a tenth, cpu", t.cpu, "s", "");
	row("audit verify, bytes", mb / t.cpu, "MB/s", "");
	row("audit verify / libsodium's hashes", t.cpu / hash_alone(by_library, mb, nodes), "x", "<= 3");
	row("audit verify / its own hashes", t.cpu / hash_alone(sha256_of, mb, nodes), "x", "");
	row("audit verify, a tenth, memory", t.mb, "MB", "");
	row("audit list one name", command("audit list domain00007.example").cpu, "s", "");
	row("audit list customer:C-7", command("audit list customer:C-7").cpu, "s", "");
	row("audit list, all", command("audit list").cpu, "s", "");
	row("check", command("check").cpu, "s", "");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void set_up(void)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};
	struct err e;
	FILE *f;

	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	f = fopen(config, "w");
	if (!f) {
		perror(config);
		exit(1);
	}
	fprintf(f, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
		   "audit-origin = bench.example/audit\naudit-key = %s/audit.key\n", dir, dir);
	fclose(f);
	command("init");
	command("audit key");
	if (ward_open(&ward, &o, &e) != 0)
		die("open", &e);
}

int main(int argc, char **argv)
{
	char made[] = "/tmp/audit-bench.XXXXXX";
	int is_ours = argc < 3;

	if (argc > 1)
		records = strtoul(argv[1], NULL, 10);
	if (is_ours && !mkdtemp(made)) {
		perror("mkdtemp");
		return 1;
	}
	snprintf(dir, sizeof dir, "%s", is_ours ? made : argv[2]);
	if (!is_ours)
		mkdir(dir, 0700);
	set_up();
	fill();
	find_root();
	ward_close(&ward);
	measure_exports();
	if (is_ours)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
