#include "torture/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD_MAX = 15 };

static void give_up(const char *what)
{
	fprintf(stderr, "torture: %s: %s\n", what, strerror(errno));
	exit(1);
}

const char *trial_path(const struct trial *t, const char *file)
{
	static char text[4][1200];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof text[0], "%s/%s", t->dir, file);
	return out;
}

long trial_rounds(const struct trial *t, long full)
{
	long n = full * t->percent / 100;

	return n > 0 ? n : 1;
}

unsigned trial_random(struct trial *t, unsigned below)
{
	return below ? (unsigned)rand_r(&t->seed) % below : 0;
}

void trial_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	struct stat st;
	ssize_t n;

	if (in < 0 || fstat(in, &st) != 0)
		give_up(from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 07777);
	if (out < 0 || fchmod(out, st.st_mode & 07777) != 0)
		give_up(to);
	while ((n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0)) > 0)
		;
	if (n < 0)
		give_up(to);
	close(in);
	close(out);
}

static void empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		give_up(path);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0 && errno == EISDIR) {
			char below[1500];

			snprintf(below, sizeof below, "%s/%s", path, e->d_name);
			empty_dir(below);
			if (rmdir(below) != 0)
				give_up(below);
		}
	closedir(d);
}

/* Two levels: the files of a base, and those of its db/. */
static void copy_dir(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	if (!d)
		give_up(from);
	while ((e = readdir(d))) {
		char a[1500], b[1500];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		snprintf(a, sizeof a, "%s/%s", from, e->d_name);
		snprintf(b, sizeof b, "%s/%s", to, e->d_name);
		if (stat(a, &st) != 0)
			give_up(a);
		if (S_ISDIR(st.st_mode)) {
			if (mkdir(b, 0755) != 0 || chmod(b, st.st_mode & 07777) != 0)
				give_up(b);
			copy_dir(a, b);
		} else {
			trial_copy(a, b);
		}
	}
	closedir(d);
}

static const char *base_dir(const struct trial *t, enum base b)
{
	char name[20];

	snprintf(name, sizeof name, "base%d", b);
	return trial_path(t, name);
}

void trial_reset(struct trial *t, enum base base)
{
	empty_dir(trial_path(t, "now"));
	copy_dir(base_dir(t, base), trial_path(t, "now"));
}

static void keep(struct trial *t, enum base base)
{
	if (mkdir(base_dir(t, base), 0755) != 0)
		give_up("mkdir");
	copy_dir(trial_path(t, "now"), base_dir(t, base));
}

void trial_run(struct trial *t, struct run_result *r, const char *preload, const char *variable, const char *wish,
	       const char *line)
{
	char path[1200];

	if (preload) {
		snprintf(path, sizeof path, "%s/%s", t->preload_dir, preload);
		setenv("LD_PRELOAD", path, 1);
		setenv(variable, wish, 1);
	}
	run_line(r, t->config, "%s", line);
	if (preload) {
		unsetenv("LD_PRELOAD");
		unsetenv(variable);
	}
}

static void must(struct trial *t, const char *line)
{
	struct run_result r;

	run_line(&r, t->config, "%s", line);
	if (r.status != 0) {
		fprintf(stderr, "torture: '%s' ended with %d: %s%s\n", line, r.status, r.out, r.err);
		exit(1);
	}
	run_clear(&r);
}

static void write_names(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		give_up(path);
	for (int i = 0; i < 40; i++)
		fprintf(f, "gone%02d.example\n", i);
	for (int i = 0; i < 80; i++)
		fprintf(f, "kept%03d.example\n", i);
	fprintf(f, "moved00.example\n");
	fclose(f);
}

static void write_more(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		give_up(path);
	for (int i = 0; i < 200; i++)
		fprintf(f, "more%03d.example\n", i);
	fclose(f);
}

static void find_batch(struct trial *t)
{
	struct run_result r;
	const char *at;

	run_line(&r, t->config, "delete class:orphan --reason left --yes 100");
	at = r.status == 0 ? strstr(r.out, "batch ") : NULL;
	if (!at || sscanf(at + 6, "%30[b0-9]", t->batch) != 1) {
		fprintf(stderr, "torture: no batch: %s%s\n", r.out, r.err);
		exit(1);
	}
	run_clear(&r);
}

void trial_begin(struct trial *t)
{
	char now[1200], line[1300];

	t->dir = run_make_dir();
	snprintf(t->config, sizeof t->config, "%s", trial_path(t, "mxward.conf"));
	run_world_start(&t->world, t->dir, run_source("tests/cmd/zones"), NULL);
	snprintf(now, sizeof now, "%s", trial_path(t, "now"));
	if (mkdir(now, 0755) != 0)
		give_up(now);
	run_write_file(t->config,
		       "relay-host = backup.isp.example, relay2.isp.example\nrelay-address = 11.11.0.10, 11.11.0.11\n"
		       "network = 11.11.0.0/16\nresolver = 127.0.0.1:%d\nauthoritative-port = %d\ndatabase = %s/db\n"
		       "postfix-table = %s/relay_domains.lmdb\npostfix-config-directory = %s\n"
		       "parent-domain-matches-subdomains = yes\naudit-origin = torture.example/audit\n"
		       "audit-key = %s/audit.key\naudit-state = %s/audit.state\n"
		       "confirm-days = 0\nconfirm-days-registration = 0\nconfirm-observations = 1\n",
		       t->world.port, t->world.port, now, now, now, now, now);
	must(t, "init");
	must(t, "audit key");
	write_names(trial_path(t, "now/names"));
	write_more(trial_path(t, "now/more"));
	trial_copy(run_source("tests/mta/logs/day-rfc3339.log"), trial_path(t, "now/mail.log"));
	snprintf(line, sizeof line, "import --format names --customer C-1042 %s/names", now);
	must(t, line);
	must(t, "scan");
	must(t, "pin kept002.example --reason etrn");
	must(t, "audit checkpoint");
	snprintf(line, sizeof line, "backup %s/backup", now);
	must(t, line);
	keep(t, BASE_FULL);
	find_batch(t);
	keep(t, BASE_DELETED);
	if (unlink(trial_path(t, "now/relay_domains.lmdb")) != 0)
		give_up("relay_domains.lmdb");
	keep(t, BASE_BEHIND);
}

void trial_end(struct trial *t)
{
	run_world_stop(&t->world);
	run_remove_dir(t->dir);
}

/* Cuts "key":value out of every line. */
static void drop_field(char *text, const char *key)
{
	size_t len = strlen(key);
	char *p = text;

	while ((p = strstr(p, key))) {
		size_t n = len + (p[len] == '[' ? strcspn(p + len, "]") + 1 : strcspn(p + len, ",}\n"));

		memmove(p, p + n, strlen(p + n) + 1);
	}
}

static char *read_rows(struct trial *t, char **why)
{
	static const char *const lookups[] = {"\"class\":", "\"reason\":", "\"flags\":",	"\"state\":",
					       "\"since\":", "\"observed\":", "\"observations\":", "\"days\":",
					       "\"deletable\":"};
	struct run_result r;
	char *rows = NULL;

	run_line(&r, t->config, "list --format jsonl");
	if (r.status == 0) {
		rows = strdup(r.out);
		for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
			drop_field(rows, lookups[i]);
	} else if (!*why) {
		*why = strdup(r.err);
	}
	run_clear(&r);
	return rows;
}

void trial_look(struct trial *t, struct state *s)
{
	struct run_result r;

	*s = (struct state){0};
	run_line(&r, t->config, "check");
	if (r.status != 0) {
		s->why = malloc(strlen(r.out) + strlen(r.err) + 40);
		sprintf(s->why, "check says %d: %s%s", r.status, r.out, r.err);
	}
	run_clear(&r);
	s->rows = read_rows(t, &s->why);
	run_line(&r, t->config, "audit list --format jsonl");
	if (r.status == 0)
		s->records = (long)run_count_lines(r.out);
	else if (!s->why)
		s->why = strdup(r.err);
	run_clear(&r);
}

void state_clear(struct state *s)
{
	free(s->rows);
	free(s->why);
	*s = (struct state){0};
}

int state_has_rows(const struct state *s, const struct state *of)
{
	return s->rows && of->rows && strcmp(s->rows, of->rows) == 0;
}

const char *trial_settle(struct trial *t)
{
	static char text[600];
	struct run_result r;
	int status;

	run_line(&r, t->config, "publish");
	status = r.status;
	snprintf(text, sizeof text, "the next publish ended with %d: %.200s%.300s", status, r.out, r.err);
	run_clear(&r);
	if (status != 0)
		return text;
	run_line(&r, t->config, "publish --dry-run");
	status = r.status;
	snprintf(text, sizeof text, "after a publish the table differs, %d: %.200s%.300s", status, r.out, r.err);
	run_clear(&r);
	return status != 0 ? text : NULL;
}

void trial_good(struct trial *t)
{
	t->passed++;
}

void trial_bad(struct trial *t, const char *fmt, ...)
{
	va_list ap;

	if (t->failed++ >= TOLD_MAX)
		return;
	printf("FAIL %s: ", t->item);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}
