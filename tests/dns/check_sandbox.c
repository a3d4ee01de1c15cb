/*
 * The worker's sandbox, from inside: what it needs still works, and everything
 * else ends the process.  Each try is a child of its own.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dns/sandbox.h"

enum { LET = 42, REFUSED = 43 };

/* Runs fn in the sandbox: the signal that ended it as 128 + number, else its status. */
static int run(long (*fn)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		char note[240];

		sandbox_enter(note, sizeof note);
		syscall(SYS_exit_group,
			fn() == -1 && (errno == EACCES || errno == EPERM) ? REFUSED : LET);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void assert_forbidden(long (*fn)(void))
{
	int got = run(fn);

	ck_assert_msg(got == 128 + SIGSYS || got == REFUSED, "ended with %d", got);
}

static long by_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}
static long by_create(void)
{
	return open("/tmp/mxward-sandbox-test", O_WRONLY | O_CREAT, 0600);
}
static long by_openat2(void)
{
	return syscall(437, AT_FDCWD, "/etc/passwd", NULL, 0);
}
static long by_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}
static long by_fork(void)
{
	return fork();
}
static long by_kill(void)
{
	return kill(getppid(), SIGTERM);
}
static long by_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static long by_chdir(void)
{
	return chdir("/");
}
static long by_unlink(void)
{
	return unlink("/tmp/mxward-sandbox-test");
}
static long by_prctl(void)
{
	return prctl(PR_SET_DUMPABLE, 1);
}
static long by_io_uring(void)
{
	return syscall(425, 1, NULL);
}

static long by_exec(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};

	return execve("/bin/true", argv, envp);
}

static long by_connect(void)
{
	struct sockaddr a = {.sa_family = AF_UNSPEC};

	return connect(0, &a, sizeof a);
}

static long by_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static long by_code_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long (*const forbidden[])(void) = {
	by_open,     by_create, by_openat2, by_socket, by_fork,
	by_kill,     by_ptrace, by_chdir,   by_unlink, by_prctl,
	by_io_uring, by_exec,	by_connect, by_code,   by_code_later,
};

START_TEST(a_forbidden_call_ends_the_process)
{
	assert_forbidden(forbidden[_i]);
}
END_TEST

static int ends[2];

/* What the worker does all day. */
static long by_work(void)
{
	char byte = 'x', random[16];
	struct timespec t;
	struct msghdr msg = {0};
	struct iovec part = {&byte, 1};
	void *p;

	msg.msg_iov = &part;
	msg.msg_iovlen = 1;
	for (size_t n = 1000; n < 4000000; n *= 3) {
		p = malloc(n);
		if (!p)
			return -1;
		memset(p, 1, n);
		p = realloc(p, 2 * n);
		free(p);
	}
	if (sendmsg(ends[0], &msg, 0) != 1 || recvmsg(ends[1], &msg, 0) != 1)
		return -1;
	if (write(ends[0], &byte, 1) != 1 || read(ends[1], &byte, 1) != 1)
		return -1;
	if (getrandom(random, sizeof random, 0) != sizeof random ||
	    clock_gettime(CLOCK_MONOTONIC, &t))
		return -1;
	close(ends[1]);
	return 0;
}

START_TEST(the_work_goes_on)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(run(by_work), LET);
}
END_TEST

START_TEST(the_note_is_one_line)
{
	char note[240];
	int status;
	pid_t pid = fork();

	if (!pid) {
		memset(note, 'x', sizeof note);
		sandbox_enter(note, sizeof note);
		syscall(SYS_exit_group,
			memchr(note, 0, sizeof note) && !strchr(note, '\n') ? LET : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == LET);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");
	SRunner *sr;
	int failed;

#ifndef __SANITIZE_ADDRESS__
	tcase_add_loop_test(t, a_forbidden_call_ends_the_process, 0,
			    sizeof forbidden / sizeof *forbidden);
#else
	(void)a_forbidden_call_ends_the_process;
	(void)by_work;
#endif
	tcase_add_test(t, the_work_goes_on);
	tcase_add_test(t, the_note_is_one_line);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
