#include "torture/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD_MAX = 15 };

void trial_give_up(const char *what)
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

/* FNV-1a, so that items draw differently. */
void trial_seed(struct trial *t, long number)
{
	uint32_t hash = 2166136261u ^ t->first;

	for (const char *p = t->item; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	for (int i = 0; i < 8; i++)
		hash = (hash ^ (unsigned char)((unsigned long)number >> 8 * i)) * 16777619u;
	t->seed = hash;
	t->number = number;
}

long trial_take(struct trial *t, long trials)
{
	long n;

	do
		n = __atomic_fetch_add(t->next, 1, __ATOMIC_RELAXED);
	while (n < trials && t->only >= 0 && n != t->only);
	if (n >= trials)
		return -1;
	trial_seed(t, n);
	return n;
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
		trial_give_up(from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 07777);
	if (out < 0 || fchmod(out, st.st_mode & 07777) != 0)
		trial_give_up(to);
	while ((n = sendfile(out, in, NULL, 1 << 30)) > 0)
		;
	if (n < 0)
		trial_give_up(to);
	close(in);
	close(out);
}

static void empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		trial_give_up(path);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0 && errno == EISDIR) {
			char below[1500];

			snprintf(below, sizeof below, "%s/%s", path, e->d_name);
			empty_dir(below);
			if (rmdir(below) != 0)
				trial_give_up(below);
		}
	closedir(d);
}

static void copy_dir(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	if (!d)
		trial_give_up(from);
	while ((e = readdir(d))) {
		char a[1500], b[1500];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		snprintf(a, sizeof a, "%s/%s", from, e->d_name);
		snprintf(b, sizeof b, "%s/%s", to, e->d_name);
		if (stat(a, &st) != 0)
			trial_give_up(a);
		if (S_ISDIR(st.st_mode)) {
			if ((mkdir(b, 0755) != 0 && errno != EEXIST) || chmod(b, st.st_mode & 07777) != 0)
				trial_give_up(b);
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

void trial_keep(struct trial *t, enum base base)
{
	if (mkdir(base_dir(t, base), 0755) != 0)
		trial_give_up("mkdir");
	copy_dir(trial_path(t, "now"), base_dir(t, base));
}

/* NULL with size 0 when it is not there or empty. */
static const char *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *bytes = MAP_FAILED;
	struct stat st;

	*size = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		*size = (size_t)st.st_size;
		bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED)
			trial_give_up(path);
	}
	if (fd >= 0)
		close(fd);
	return bytes == MAP_FAILED ? NULL : bytes;
}

static int is_same_file(const char *a, const char *b)
{
	size_t size_a, size_b;
	const char *bytes_a = map_file(a, &size_a), *bytes_b = map_file(b, &size_b);
	int same = size_a == size_b && (size_a == 0 || memcmp(bytes_a, bytes_b, size_a) == 0);

	if (bytes_a)
		munmap((void *)bytes_a, size_a);
	if (bytes_b)
		munmap((void *)bytes_b, size_b);
	return same;
}

int trial_is_untouched(const struct trial *t, enum base base)
{
	static const char *const files[] = {"db/data.mdb", "relay_domains.lmdb", "brownout.lmdb"};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char a[1200], b[1300];

		snprintf(a, sizeof a, "%s/%s", trial_path(t, "now"), files[i]);
		snprintf(b, sizeof b, "%s/%s", base_dir(t, base), files[i]);
		if (!is_same_file(a, b))
			return 0;
	}
	return 1;
}

void trial_fill(const struct trial *t, char *out, size_t size, const char *line)
{
	size_t n = 0;

	for (const char *p = line; *p && n + 1 < size; p++) {
		const char *word = *p == '@' ? trial_path(t, "now") : *p == '%' ? t->batch : NULL;

		if (word)
			n += (size_t)snprintf(out + n, size - n, "%s", word);
		else
			out[n++] = *p;
	}
	if (n >= size)
		trial_give_up("a line is too long");
	out[n] = '\0';
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
	run_line_fed(r, t->config, t->input, line);
	if (preload) {
		unsetenv("LD_PRELOAD");
		unsetenv(variable);
	}
}

void state_drop_field(char *text, const char *key)
{
	size_t len = strlen(key);
	char *p = text;

	while ((p = strstr(p, key))) {
		size_t n = len + (p[len] == '[' ? strcspn(p + len, "]") + 1 : strcspn(p + len, ",}\n"));

		memmove(p, p + n, strlen(p + n) + 1);
	}
}

/* What is decided of each entry, and with it what was seen of it. */
static void read_rows(struct trial *t, struct state *s)
{
	static const char *const clock[] = {"\"since\":", "\"observed\":"};
	static const char *const lookups[] = {"\"class\":", "\"reason\":", "\"flags\":", "\"state\":",
					      "\"observations\":", "\"days\":", "\"deletable\":"};
	struct run_result r;

	run_line(&r, t->config, "list --format jsonl");
	if (r.status == 0) {
		s->seen = strdup(r.out);
		for (size_t i = 0; i < sizeof clock / sizeof *clock; i++)
			state_drop_field(s->seen, clock[i]);
		s->rows = strdup(s->seen);
		for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
			state_drop_field(s->rows, lookups[i]);
	} else if (!s->why) {
		s->why = strdup(r.err);
	}
	run_clear(&r);
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
	read_rows(t, s);
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
	free(s->seen);
	free(s->shape);
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
	t->score->passed++;
}

static void keep_what_is_left(const struct trial *t)
{
	char to[1200];

	snprintf(to, sizeof to, "%s/%s-%ld", t->keep_dir, t->item, t->number);
	if ((mkdir(t->keep_dir, 0755) != 0 && errno != EEXIST) || (mkdir(to, 0755) != 0 && errno != EEXIST))
		trial_give_up(to);
	copy_dir(trial_path(t, "now"), to);
}

void trial_bad(struct trial *t, const char *fmt, ...)
{
	char text[2000];
	int len = snprintf(text, sizeof text, "FAIL %s %ld: ", t->item, t->number), more;
	va_list ap;

	if (t->keep_dir)
		keep_what_is_left(t);
	if (t->score->failed++ >= TOLD_MAX)
		return;
	va_start(ap, fmt);
	more = vsnprintf(text + len, sizeof text - (size_t)len - 1, fmt, ap);
	va_end(ap);
	len = len + more > (int)sizeof text - 2 ? (int)sizeof text - 2 : len + more;
	for (char *p = text; (p = memchr(p, '\n', (size_t)(text + len - p))); p++)
		*p = '|';
	text[len++] = '\n';
	/* At once, so that processes do not write into each other's lines. */
	if (write(STDOUT_FILENO, text, (size_t)len) < 0)
		trial_give_up("stdout");
}

void trial_tally(struct trial *t, const char *name, long n)
{
	for (int i = 0; i < TALLIES; i++) {
		if (!t->score->tally[i].name[0])
			snprintf(t->score->tally[i].name, TALLY_NAME, "%s", name);
		if (strcmp(t->score->tally[i].name, name) == 0) {
			t->score->tally[i].n += n;
			return;
		}
	}
}

long trial_tallied(const struct trial *t, const char *name)
{
	for (int i = 0; i < TALLIES; i++)
		if (strcmp(t->score->tally[i].name, name) == 0)
			return t->score->tally[i].n;
	return 0;
}
