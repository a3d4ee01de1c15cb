/*
 * The worker's sandbox, from inside: what it needs still works, and everything
 * else ends the process.  Each try is a child of its own.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
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

#include "base/err.h"
#include "dns/sandbox.h"
#include "support/fault.h"
#include "support/suite.h"

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
		_exit(fn() == -1 && (errno == EACCES || errno == EPERM) ? REFUSED : LET);
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

/* A socket that is connected to us, and somebody else's address. */
static int connected = -1;
static struct sockaddr_in elsewhere;

static long by_sendto_elsewhere(void)
{
	return sendto(connected, "x", 1, 0, (struct sockaddr *)&elsewhere, sizeof elsewhere);
}

static long by_sendmsg(void)
{
	struct iovec part = {"x", 1};
	struct msghdr msg = {.msg_name = &elsewhere, .msg_namelen = sizeof elsewhere, .msg_iov = &part, .msg_iovlen = 1};

	return sendmsg(connected, &msg, 0);
}

static long by_sendmmsg(void)
{
	struct iovec part = {"x", 1};
	struct mmsghdr msg = {.msg_hdr = {.msg_name = &elsewhere, .msg_namelen = sizeof elsewhere, .msg_iov = &part,
					  .msg_iovlen = 1}};

	return sendmmsg(connected, &msg, 1, 0);
}

static long by_dissolving(void)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	return connect(connected, &nobody, sizeof nobody);
}

static long by_bind(void)
{
	return bind(connected, (struct sockaddr *)&elsewhere, sizeof elsewhere);
}

static long by_option(void)
{
	int size = 1 << 20;

	return setsockopt(connected, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/* That option alone is allowed of its level, and on its level alone. */
static long by_udp_option(void)
{
	int yes = 1;

	return setsockopt(connected, SOL_UDP, UDP_CORK, &yes, sizeof yes);
}

static long by_option_of_that_number(void)
{
	int yes = 1;

	return setsockopt(connected, SOL_SOCKET, UDP_SEGMENT, &yes, sizeof yes);
}

static long by_accept(void)
{
	return accept(connected, NULL, NULL);
}

static long by_socketpair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long by_readlink(void)
{
	char text[64];

	return readlink("/proc/self/exe", text, sizeof text);
}

static long by_stat(void)
{
	return access("/var/lib/mxward/data.mdb", R_OK);
}

static long by_memfd(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}

static long by_execveat(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};

	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, envp, 0);
}

static long by_vm_read(void)
{
	char text[16];
	struct iovec here = {text, sizeof text}, there = {text, sizeof text};

	return syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0);
}

static long by_thread(void)
{
	return syscall(SYS_clone, 0x10d00, NULL, NULL, NULL, 0);
}

static long by_namespace(void)
{
	return syscall(SYS_unshare, 0x10000000);
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
	by_sendto_elsewhere, by_sendmsg, by_sendmmsg, by_dissolving, by_bind, by_option, by_udp_option,
	by_option_of_that_number, by_accept, by_socketpair,
	by_readlink, by_stat, by_memfd, by_execveat, by_vm_read, by_thread, by_namespace,
};

/* The build of `make coverage` lets its worker open files, which are the first two. */
#ifdef SANDBOX_WRITES
enum { FIRST_FORBIDDEN = 2 };
#else
enum { FIRST_FORBIDDEN = 0 };
#endif

static int udp_at_loopback(struct sockaddr_in *a)
{
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)a, &len), 0);
	return fd;
}

/* The peer gets what the worker sends, and nobody else does. */
static int peer = -1, other = -1;

static void make_sockets(void)
{
	struct sockaddr_in to, from;

	peer = udp_at_loopback(&to);
	other = udp_at_loopback(&elsewhere);
	connected = udp_at_loopback(&from);
	ck_assert_int_eq(connect(connected, (struct sockaddr *)&to, sizeof to), 0);
	/* Nor does anybody else get through to the two, who once had to do with the port. */
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&from, sizeof from), 0);
	ck_assert_int_eq(connect(other, (struct sockaddr *)&from, sizeof from), 0);
}

static void close_sockets(void)
{
	close(peer);
	close(other);
	close(connected);
}

START_TEST(a_forbidden_call_ends_the_process)
{
	char byte;

	assert_forbidden(forbidden[_i]);
	ck_assert_int_eq(recv(other, &byte, 1, MSG_DONTWAIT), -1);
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
	int length = 1;

	if (send(connected, &byte, 1, MSG_NOSIGNAL) != 1)
		return -1;
	if (setsockopt(connected, SOL_UDP, UDP_SEGMENT, &length, sizeof length) || send(connected, "yz", 2, MSG_NOSIGNAL) != 2)
		return -1;
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
	if (send(ends[0], &byte, 1, MSG_NOSIGNAL) != 1 || recvmsg(ends[1], &msg, 0) != 1)
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
	char byte;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(run(by_work), LET);
	for (const char *p = "xyz"; *p; p++) {
		ck_assert_int_eq(recv(peer, &byte, 1, MSG_DONTWAIT), 1);
		ck_assert_int_eq(byte, *p);
	}
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
		_exit(memchr(note, 0, sizeof note) && !strchr(note, '\n') ? LET : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == LET);
}
END_TEST

/* What an old kernel does not know. */
static const struct lack {
	struct fault fault;
	const char *said;
} lacks[] = {
	{{SYS_seccomp, ENOSYS, 0, 0, 0}, "the kernel lacks seccomp filters, the DNS worker may call anything"},
	{{SYS_landlock_create_ruleset, EOPNOTSUPP, 0, 0, 0}, "the kernel lacks Landlock"},
	{{SYS_landlock_restrict_self, EPERM, 0, 0, 0}, "the kernel lacks Landlock"},
	{{SYS_prctl, EINVAL, 0, ~0u, PR_SET_NO_NEW_PRIVS}, "the kernel lacks no_new_privs"},
};

static int enter_with_fault(void *ctx, struct err *e)
{
	fault_set(ctx);
	sandbox_enter(e->text, 240);
	return 0;
}

START_TEST(what_the_kernel_lacks_is_in_the_note)
{
	struct err e = {0};

	ck_assert_int_eq(fault_run(enter_with_fault, (void *)&lacks[_i].fault, &e), 0);
	ck_assert_msg(strstr(e.text, lacks[_i].said), "no '%s' in: %s", lacks[_i].said, e.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");

	tcase_add_checked_fixture(t, make_sockets, close_sockets);
#ifndef SANDBOX_OPEN
	tcase_add_loop_test(t, a_forbidden_call_ends_the_process, FIRST_FORBIDDEN,
			    sizeof forbidden / sizeof *forbidden);
	tcase_add_loop_test(t, what_the_kernel_lacks_is_in_the_note, 0, sizeof lacks / sizeof *lacks);
#else
	(void)what_the_kernel_lacks_is_in_the_note;
	suite_skip(sizeof forbidden / sizeof *forbidden + sizeof lacks / sizeof *lacks,
		   "forbidden calls and kernels that lack one: this build runs its worker without a sandbox");
	(void)a_forbidden_call_ends_the_process;
	(void)by_work;
#endif
	tcase_add_test(t, the_work_goes_on);
	tcase_add_test(t, the_note_is_one_line);
	suite_add_tcase(s, t);
	return suite_run(s);
}
