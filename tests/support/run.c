#include "support/run.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Ends the test, or a program that is none: libcheck can report only inside one. */
static void give_up(const char *what) __attribute__((noreturn));

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

const char *run_mxward(void)
{
	return from_environment("MXWARD_BINARY", "build/mxward");
}

const char *run_worldd(void)
{
	return from_environment("WORLDD", "build/worldd");
}

const char *run_source(const char *path)
{
	static char text[4][1024];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof text[0], "%s/%s", from_environment("SOURCE", "."), path);
	return out;
}

static void child(const char *const *argv, int in[2], int out[2], int err[2]) __attribute__((noreturn));

static void child(const char *const *argv, int in[2], int out[2], int err[2])
{
	dup2(in[0], 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	unsetenv("SSH_CONNECTION");
	setenv("TZ", "UTC", 1);
	execv(argv[0], (char *const *)argv);
	fprintf(stderr, "cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

struct stream {
	int fd;
	char *text;
	size_t len;
};

static void read_stream(struct stream *s)
{
	char buf[65536];
	ssize_t n = read(s->fd, buf, sizeof buf);

	if (n <= 0) {
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->text = realloc(s->text, s->len + (size_t)n + 1);
	memcpy(s->text + s->len, buf, (size_t)n);
	s->len += (size_t)n;
	s->text[s->len] = '\0';
}

void run_program(struct run_result *r, const char *const *argv, const char *input)
{
	int in[2], out[2], err[2], status;
	struct stream stream[2] = {{0}, {0}};
	size_t left = input ? strlen(input) : 0;
	pid_t pid;

	if (pipe(in) != 0 || pipe(out) != 0 || pipe(err) != 0 || (pid = fork()) < 0)
		give_up("cannot start a program");
	if (pid == 0)
		child(argv, in, out, err);
	signal(SIGPIPE, SIG_IGN);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	stream[0] = (struct stream){out[0], calloc(1, 1), 0};
	stream[1] = (struct stream){err[0], calloc(1, 1), 0};
	while (stream[0].fd >= 0 || stream[1].fd >= 0) {
		struct pollfd p[3] = {{stream[0].fd, POLLIN, 0}, {stream[1].fd, POLLIN, 0}, {in[1], POLLOUT, 0}};

		if (in[1] >= 0 && left == 0) {
			close(in[1]);
			in[1] = p[2].fd = -1;
		}
		poll(p, 3, -1);
		for (int i = 0; i < 2; i++)
			if (stream[i].fd >= 0 && p[i].revents)
				read_stream(&stream[i]);
		if (in[1] >= 0 && p[2].revents) {
			ssize_t n = write(in[1], input, left);

			if (n < 0 && errno != EAGAIN)
				left = 0;
			if (n > 0) {
				input += n;
				left -= (size_t)n;
			}
		}
	}
	if (in[1] >= 0)
		close(in[1]);
	waitpid(pid, &status, 0);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r->out = stream[0].text;
	r->err = stream[1].text;
}

/* Splits line in place at blanks; '...' keeps them. */
static size_t split(char *line, const char **word, size_t max)
{
	size_t n = 0;

	for (char *p = line; *p && n < max;) {
		char end = ' ';

		while (*p == ' ')
			p++;
		if (!*p)
			break;
		if (*p == '\'') {
			end = '\'';
			p++;
		}
		word[n++] = p;
		p += strcspn(p, end == ' ' ? " " : "'");
		if (*p)
			*p++ = '\0';
	}
	return n;
}

void run_line_fed(struct run_result *r, const char *config, const char *input, const char *line)
{
	const char *argv[300] = {run_mxward(), "-c", config};
	char *words = strdup(line);

	argv[3 + split(words, argv + 3, 290)] = NULL;
	run_program(r, argv, input);
	free(words);
}

void run_line(struct run_result *r, const char *config, const char *fmt, ...)
{
	char line[65536];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	run_line_fed(r, config, NULL, line);
}

void run_clear(struct run_result *r)
{
	free(r->out);
	free(r->err);
	*r = (struct run_result){0};
}

void run_expect(const char *config, int status, const char *words, const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == status, "%s: %d\n%s%s", line, r.status, r.out, r.err);
	ck_assert_msg(strstr(r.out, words) || strstr(r.err, words), "%s: no '%s' in\n%s%s", line, words, r.out, r.err);
	run_clear(&r);
}

void run_stand_in_begin(const char *dir)
{
	char path[8192];

	snprintf(path, sizeof path, "%s/bin", dir);
	if (mkdir(path, 0700) != 0)
		give_up(path);
	snprintf(path, sizeof path, "%s/bin:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
	unsetenv("SUDO_UID"); /* whoever runs the tests by sudo means this PATH */
}

void run_stand_in(const char *dir, const char *name, const char *fmt, ...)
{
	char path[1200];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof path, "%s/bin/%s", dir, name);
	f = fopen(path, "w");
	if (!f)
		give_up(path);
	fputs("#!/bin/sh\n", f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	if (fclose(f) != 0 || chmod(path, 0700) != 0)
		give_up(path);
}

char *run_make_dir(void)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/mxward-test.XXXXXX", from_environment("TMPDIR", "/tmp"));
	if (!mkdtemp(path))
		give_up(path);
	return strdup(path);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

void run_remove_dir(char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

void run_write_file(const char *path, const char *fmt, ...)
{
	FILE *f = fopen(path, "w");
	va_list ap;

	if (!f)
		give_up(path);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	if (fclose(f) != 0)
		give_up(path);
}

void run_write_config(const char *path, const char *dir, int port, const char *fmt, ...)
{
	char more[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(more, sizeof more, fmt, ap);
	va_end(ap);
	run_write_file(path,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d\nauthoritative-port = %d\ndatabase = %s/db\n"
		       "confirm-days = 0\nconfirm-days-registration = 0\nconfirm-observations = 1\n%s",
		       port, port, dir, more);
}

int run_count_files(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	if (!d)
		give_up(dir);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

size_t run_count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* worldd renames its ready file into place once it answers; until then a pipe to it stays open, whose end tells of an
 * early death. */
static char world_log[1200];

void run_world_log(const char *path)
{
	snprintf(world_log, sizeof world_log, "%s", path);
}

static void wait_until_ready(struct run_world *w)
{
	for (int i = 0; i < 24000; i++) { /* two minutes: a loaded machine is slow */
		struct timespec pause = {0, 5000000};
		FILE *f = fopen(w->ready, "r");
		int scanned = 0;

		if (f) {
			scanned = fscanf(f, "%*s %d", &w->port) == 1;
			fclose(f);
		}
		if (waitpid(w->pid, NULL, WNOHANG) != 0)
			give_up("worldd ended early");
		if (scanned)
			return;
		nanosleep(&pause, NULL);
	}
	give_up("worldd does not answer");
}

void run_world_start_at(struct run_world *w, const char *address, int port, const char *dir, const char *zones,
			const char *misbehave)
{
	char number[12];
	const char *argv[16] = {run_worldd(), "-P", "-p", number, "-a", address, "-r", w->ready, NULL};
	int n = 8;

	snprintf(number, sizeof number, "%d", port);
	snprintf(w->ready, sizeof w->ready, "%s/ready-%d-%s", dir, (int)getpid(), address);
	unlink(w->ready);
	if (misbehave) {
		argv[n++] = "-m";
		argv[n++] = misbehave;
	}
	if (world_log[0]) {
		argv[n++] = "-l";
		argv[n++] = world_log;
	}
	argv[n++] = zones;
	argv[n] = NULL;
	w->pid = fork();
	if (w->pid < 0)
		give_up("fork");
	if (w->pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	wait_until_ready(w);
}

void run_world_read_again(struct run_world *w)
{
	unlink(w->ready);
	kill(w->pid, SIGHUP);
	wait_until_ready(w);
}

void run_world_start(struct run_world *w, const char *dir, const char *zones, const char *misbehave)
{
	run_world_start_at(w, "127.0.0.1", 0, dir, zones, misbehave);
}

void run_world_stop(struct run_world *w)
{
	kill(w->pid, SIGTERM);
	waitpid(w->pid, NULL, 0);
}
