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

enum { OUTPUT_MAX = 65536, NAMES_MAX = 16, ASK_SECONDS = 5, NOT_STARTED = 127 };

static void become(const char *const *argv, int out) __attribute__((noreturn));

static void become(const char *const *argv, int out)
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
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	close_range(3, ~0U, 0);
	execvp(argv[0], (char *const *)argv);
	_exit(NOT_STARTED);
}

/* Until it closes its end: 0, or -1 when the time is over. */
static int read_all(int fd, int seconds, void (*take)(void *ctx, const char *bytes, size_t len), void *ctx)
{
	int64_t until = loop_now() + (int64_t)seconds * 1000;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = until - loop_now();
		char buffer[65536];
		ssize_t n;

		if (left <= 0)
			return -1;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, buffer, sizeof buffer);
		if (n == 0 || (n < 0 && errno != EINTR))
			return 0;
		if (n > 0)
			take(ctx, buffer, (size_t)n);
	}
}

int program_read(const char *const *argv, int seconds, void (*take)(void *ctx, const char *bytes, size_t len), void *ctx,
		 int *status, struct err *e)
{
	int fd[2], in_time, how = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return err_errno(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		/* The pipe may lie where the standard streams are to be. */
		int end = fcntl(fd[1], F_DUPFD_CLOEXEC, 3);

		if (end < 0)
			_exit(NOT_STARTED);
		become(argv, end);
	}
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return err_errno(e, errno, "cannot start '%s'", argv[0]);
	}
	in_time = read_all(fd[0], seconds, take, ctx);
	close(fd[0]);
	if (in_time != 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	if (in_time != 0)
		return err_set(e, ERR_UNAVAILABLE, "'%s' did not end within %d s and was stopped", argv[0], seconds);
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	if (*status == NOT_STARTED)
		return err_set(e, ERR_UNAVAILABLE, "there is no program '%s' to be asked; install Postfix or do without",
			       argv[0]);
	return 0;
}

static void take_some(void *ctx, const char *bytes, size_t len)
{
	struct str *out = ctx;

	if (out->len < OUTPUT_MAX)
		str_add_bytes(out, bytes, len < OUTPUT_MAX - out->len ? len : OUTPUT_MAX - out->len);
}

int program_run(const char *const *argv, int seconds, struct str *out, int *status, struct err *e)
{
	return program_read(argv, seconds, take_some, out, status, e);
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
	struct str out = {0};
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
	rc = program_run(argv, ASK_SECONDS, &out, &status, e);
	if (rc == 0 && (status != 0 || take_values(str_text(&out), value, n, a) != 0))
		rc = err_set(e, ERR_UNAVAILABLE, "postconf does not say how Postfix is configured (status %d): %s", status,
			     escape(shown, sizeof shown, str_text(&out), strcspn(str_text(&out), "\n")));
	str_clear(&out);
	return rc;
}
