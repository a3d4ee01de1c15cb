#include "mta/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"

enum { OUTPUT_MAX = 65536, NAMES_MAX = 16, ASK_SECONDS = 5, NOT_THERE = 127, NOT_STARTED = 126 };

static void become(const char *const *argv, int out, int complaints) __attribute__((noreturn));

static void become(const char *const *argv, int out, int complaints)
{
	/* Who came by another account brings a PATH that this one never chose. */
	const char *path = getenv("SUDO_UID") || getenv("DOAS_USER") ? NULL : getenv("PATH");
	char with[4096];
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	snprintf(with, sizeof with, "%s%s/usr/sbin:/sbin:/usr/local/sbin", path ? path : "/usr/bin:/bin", ":");
	clearenv();
	setenv("PATH", with, 1);
	setenv("LC_ALL", "C", 1);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Else what it says would go where ours does. */
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(complaints, 2) < 0)
		_exit(NOT_STARTED);
	close_range(3, ~0U, 0);
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? NOT_THERE : NOT_STARTED);
}

static void take_some(void *ctx, const char *bytes, size_t len)
{
	struct str *out = ctx;

	if (out->len < OUTPUT_MAX)
		str_add_bytes(out, bytes, len < OUTPUT_MAX - out->len ? len : OUTPUT_MAX - out->len);
}

/* Where one of the program's two streams goes; done is set at its end. */
struct stream {
	int fd, done, why; /* it could not be read to its end */
	void (*take)(void *ctx, const char *bytes, size_t len);
	void *ctx;
};

static void read_some(struct stream *s)
{
	char buffer[65536];
	ssize_t n = read(s->fd, buffer, sizeof buffer);

	if (n > 0) {
		s->take(s->ctx, buffer, (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		s->done = 1;
		s->why = n == 0 ? 0 : errno;
	}
}

/* Until it closes both its ends: 0, or -1 when the time is over. */
static int read_all(struct stream s[2], int seconds)
{
	int64_t until = loop_now() + (int64_t)seconds * 1000;

	while (!s[0].done || !s[1].done) {
		struct pollfd p[2] = {{.fd = s[0].done ? -1 : s[0].fd, .events = POLLIN},
				      {.fd = s[1].done ? -1 : s[1].fd, .events = POLLIN}};
		int64_t left = until - loop_now();

		if (left <= 0)
			return -1;
		if (poll(p, 2, (int)left) <= 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (p[i].revents)
				read_some(&s[i]);
	}
	return 0;
}

/* The pipes may lie where the standard streams are to be. */
static void become_from(const char *const *argv, int out, int complaints)
{
	out = fcntl(out, F_DUPFD_CLOEXEC, 3);
	complaints = fcntl(complaints, F_DUPFD_CLOEXEC, 3);
	if (out < 0 || complaints < 0)
		_exit(NOT_STARTED);
	become(argv, out, complaints);
}

static int run(const char *const *argv, int seconds, struct stream s[2], int *status, struct err *e)
{
	int out[2], complaints[2], in_time, how = 0;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) != 0)
		return err_errno(e, errno, "cannot make a pipe");
	if (pipe2(complaints, O_CLOEXEC) != 0) {
		close(out[0]);
		close(out[1]);
		return err_errno(e, errno, "cannot make a pipe");
	}
	pid = fork();
	if (pid == 0)
		become_from(argv, out[1], complaints[1]);
	close(out[1]);
	close(complaints[1]);
	s[0].fd = out[0];
	s[1].fd = complaints[0];
	in_time = pid < 0 ? 0 : read_all(s, seconds);
	close(out[0]);
	close(complaints[0]);
	if (pid < 0)
		return err_errno(e, errno, "cannot start '%s'", argv[0]);
	if (in_time != 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	if (in_time != 0)
		return err_set(e, ERR_UNAVAILABLE, "'%s' did not end within %d s and was stopped", argv[0], seconds);
	/* Half of what it says is no answer: the rest of a queue would be gone. */
	if (s[0].why || s[1].why)
		return err_errno(e, s[0].why ? s[0].why : s[1].why, "cannot read what '%s' says", argv[0]);
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	if (*status == NOT_STARTED)
		return err_set(e, ERR_OS, "'%s' cannot be started: it may not be run, or the machine lacks memory or file descriptors",
			       argv[0]);
	if (*status == NOT_THERE)
		return err_set(e, ERR_UNAVAILABLE, "there is no program '%s' to be asked; install Postfix or do without",
			       argv[0]);
	return 0;
}

int program_read(const char *const *argv, int seconds, void (*take)(void *ctx, const char *bytes, size_t len), void *ctx,
		 struct str *complaints, int *status, struct err *e)
{
	struct stream s[2] = {{.take = take, .ctx = ctx}, {.take = take_some, .ctx = complaints}};

	return run(argv, seconds, s, status, e);
}

int program_run(const char *const *argv, int seconds, struct str *out, int *status, struct err *e)
{
	struct stream s[2] = {{.take = take_some, .ctx = out}, {.take = take_some, .ctx = out}};

	return run(argv, seconds, s, status, e);
}

/* One line a value, in the order asked for. */
static int take_values(const char *text, const char **value, int n, struct arena *a)
{
	for (int i = 0; i < n; i++) {
		const char *end = strchr(text, '\n');

		if (!end)
			return -1;
		value[i] = arena_string(a, text, (size_t)(end - text));
		text = end + 1;
	}
	return *text == '\0' ? 0 : -1;
}

int program_postconf(const char *dir, const char *const *name, const char **value, int n, struct arena *a,
		     struct err *e)
{
	const char *argv[NAMES_MAX + 6] = {"postconf"};
	struct str out = {0}, complaints = {0};
	char shown[200];
	int i = 1, status, rc;

	if (dir[0]) {
		argv[i++] = "-c";
		argv[i++] = dir;
	}
	argv[i++] = "-h";
	argv[i++] = "-x"; /* $name expanded */
	for (int k = 0; k < n && k < NAMES_MAX; k++)
		argv[i++] = name[k];
	rc = program_read(argv, ASK_SECONDS, take_some, &out, &complaints, &status, e);
	if (rc == 0 && (status != 0 || take_values(str_text(&out), value, n, a) != 0))
		rc = err_set(e, ERR_UNAVAILABLE, "postconf does not say how Postfix is configured (status %d): %s", status,
			     escape(shown, sizeof shown, str_text(complaints.len ? &complaints : &out),
				    strcspn(str_text(complaints.len ? &complaints : &out), "\n")));
	str_clear(&out);
	str_clear(&complaints);
	return rc;
}
