#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"

enum { CPU_SECONDS = 900 };

/* Handlers would give back a terminal that is not the child's, or write into its parent's
 * pipes. */
static void forget_parent(pid_t parent)
{
	struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS + 5}, core = {0, 0};
	sigset_t none;
	int null;

	mem_set_die_hook(NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* LMDB and the sanitizers would say on the console's screen what the parent says
	 * better. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		for (int fd = 0; fd <= 2; fd++)
			dup2(null, fd);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

int child_start(struct child *c, int (*fn)(void *ctx, int out), void *ctx, struct err *e)
{
	pid_t parent = getpid();
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		return err_errno(e, errno, "cannot make a pipe");
	c->pid = fork();
	if (c->pid < 0) {
		int why = errno;

		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return err_errno(e, why, "cannot start a process");
	}
	if (c->pid == 0) {
		int out;

		/* A pipe may lie where stdin, stdout and stderr were.  Its other end may be the last descriptor that there was. */
		close(pipe_fd[0]);
		out = fcntl(pipe_fd[1], F_DUPFD_CLOEXEC, 3);
		if (out < 0)
			_exit(EX_OSERR);
		forget_parent(parent);
		_exit(fn(ctx, out));
	}
	close(pipe_fd[1]);
	c->fd = pipe_fd[0];
	return 0;
}

int child_read(const struct child *c, void *out, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(c->fd, (char *)out + used, size - used);

		if (n > 0)
			used += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return -1;
	}
	return 0;
}

int child_wait(const struct child *c, int64_t ms)
{
	int64_t until = loop_now() + ms;

	for (;;) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		int64_t left = until - loop_now();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return -1;
		if (left <= 0)
			return 0;
	}
}

void child_kill(const struct child *c)
{
	kill(c->pid, SIGKILL);
}

int child_write(int out, const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size > 0) {
		ssize_t n = write(out, p, size);

		if (n > 0) {
			p += n;
			size -= (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int child_end(struct child *c, char *how, size_t size)
{
	int status = 0;
	pid_t got;

	close(c->fd);
	c->fd = -1;
	do
		got = waitpid(c->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	/* Where SIGCHLD is ignored there is no status to be had, only what came through the
	 * pipe. */
	if (got < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return 0;
	if (WIFSIGNALED(status))
		snprintf(how, size, "ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, size, "ended with status %d", WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR ? CHILD_NO_MEANS : -1;
}
