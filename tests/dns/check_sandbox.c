/*
 * The worker's sandbox, from inside: what it needs still works, and everything
 * else ends the process.  Each of its layers holds without the other, too, as
 * far as it goes.  Each try is a child of its own.
 */
#include "dns/attempts.h"

#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "dns/asked.h"
#include "dns/sandbox.h"
#include "support/fault.h"

/* What a kernel lacks that has one layer alone. */
static const struct fault no_landlock = {.number = SYS_landlock_create_ruleset, .error = EOPNOTSUPP};
static const struct fault no_seccomp = {.number = SYS_seccomp, .error = ENOSYS};

/* Until a child ended: 128 + the signal that ended it, else its status. */
static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_ge(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void enter(const struct fault *lack)
{
	char note[240];

	if (lack)
		fault_set(lack);
	sandbox_enter(note, sizeof note);
}

/* The end of a try in the sandbox, on a kernel with that lack, NULL: with none. */
static int tried(const struct attempt *a, const struct fault *lack)
{
	pid_t pid = fork();

	if (!pid) {
		enter(lack);
		_exit(attempt(a));
	}
	return end_of(pid);
}

/* The peer gets what the worker sends, and nobody else does. */
static int peer = -1, other = -1, listening = -1, listening_locally = -1;

static void set_up(void)
{
	struct sockaddr_in to, from;
	socklen_t len = sizeof have.tcp;

	attempts_begin();
	peer = udp_at_loopback(&to);
	other = udp_at_loopback(&have.elsewhere);
	have.connected = udp_at_loopback(&from);
	ck_assert_int_eq(connect(have.connected, (struct sockaddr *)&to, sizeof to), 0);
	/* Nor does anybody else get through to the two, who once had to do with the port. */
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&from, sizeof from), 0);
	ck_assert_int_eq(connect(other, (struct sockaddr *)&from, sizeof from), 0);
	listening = socket(AF_INET, SOCK_STREAM, 0);
	have.tcp = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&have.tcp, len), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&have.tcp, &len), 0);
	ck_assert_int_eq(listen(listening, 5), 0);
	listening_locally = socket(AF_UNIX, SOCK_STREAM, 0);
	have.local.sun_family = AF_UNIX;
	have.local_len = sizeof have.local;
	ck_assert_int_eq(bind(listening_locally, (struct sockaddr *)&have.local, sizeof have.local.sun_family), 0);
	ck_assert_int_eq(getsockname(listening_locally, (struct sockaddr *)&have.local, &have.local_len), 0);
	ck_assert_int_eq(listen(listening_locally, 5), 0);
}

static void tear_down(void)
{
	close(peer);
	close(other);
	close(have.connected);
	close(listening);
	close(listening_locally);
	attempts_end();
}

/* --- what is forbidden -------------------------------------------------------------------------------- */

/* Those of the attempts that are forbidden in this build, and those of them that this kernel's Landlock refuses, too. */
static const struct attempt *forbidden[N_ATTEMPTS], *refused[N_ATTEMPTS];
static int n_forbidden, n_refused;

/* Tells how many of them a kernel with the newest Landlock would have it refuse. */
static int choose(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
	int n = 0;

	n_forbidden = attempts_choose(forbidden);
	for (int i = 0; i < n_forbidden; i++) {
		n += forbidden[i]->landlock != 0;
		if (forbidden[i]->landlock && forbidden[i]->landlock <= version)
			refused[n_refused++] = forbidden[i];
	}
	return n;
}

static void assert_killed(const struct attempt *a, const struct fault *lack)
{
	int got = tried(a, lack);
	char byte;

	ck_assert_msg(got == 128 + SIGSYS, "%s ended with %d", a->name, got);
	ck_assert_int_eq(recv(other, &byte, 1, MSG_DONTWAIT), -1);
}

START_TEST(a_forbidden_call_ends_the_process)
{
	assert_killed(forbidden[_i], NULL);
}
END_TEST

START_TEST(it_does_where_the_kernel_lacks_landlock)
{
	assert_killed(forbidden[_i], &no_landlock);
}
END_TEST

START_TEST(landlock_refuses_where_the_kernel_lacks_seccomp)
{
	const struct attempt *a = refused[_i];
	int got = tried(a, &no_seccomp);
	pid_t pid;

	ck_assert_msg(got == REFUSED, "%s ended with %d", a->name, got);
	if (a->flags & UNSURE)
		return;
	/* And nothing else refuses it. */
	pid = fork();
	if (!pid)
		_exit(attempt(a));
	got = end_of(pid);
	ck_assert_msg(got == LET, "outside of the sandbox, %s ended with %d", a->name, got);
}
END_TEST

/* And others of the same user may not look into it. */
START_TEST(the_limits_hold_where_the_kernel_lacks_seccomp)
{
	static const struct {
		int which;
		rlim_t most;
	} limits[] = {
		{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 256}, {RLIMIT_NPROC, 0}, {RLIMIT_AS, (rlim_t)1 << 30},
#ifndef SANDBOX_WRITES
		{RLIMIT_FSIZE, 0},
#endif
	};
	pid_t pid = fork();

	if (!pid) {
		struct rlimit r;

		enter(&no_seccomp);
		for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
			if (getrlimit(limits[i].which, &r) || r.rlim_cur > limits[i].most || r.rlim_max > limits[i].most)
				_exit((int)i);
		_exit(prctl(PR_GET_DUMPABLE) == 0 ? LET : REFUSED);
	}
	ck_assert_int_eq(end_of(pid), LET);
}
END_TEST

/* --- and of all others --------------------------------------------------------------------------------- */

/* What the filter lets through, whatever the arguments; of all other numbers none, those of kernels to come included. */
static const int let[] = {
	SYS_read,   SYS_write,	  SYS_recvmsg, SYS_epoll_ctl, SYS_epoll_pwait, SYS_close,	 SYS_getrandom,
	SYS_exit,   SYS_exit_group, SYS_brk,	SYS_munmap,    SYS_mremap,	SYS_madvise, SYS_futex,
	SYS_rt_sigreturn, SYS_restart_syscall, SYS_clock_gettime,
#ifdef SYS_recvfrom
	SYS_recvfrom,
#endif
#ifdef SYS_recvmmsg
	SYS_recvmmsg,
#endif
#ifdef SYS_recvmmsg_time64
	SYS_recvmmsg_time64,
#endif
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_ppoll
	SYS_ppoll,
#endif
#ifdef SYS_clock_gettime64
	SYS_clock_gettime64,
#endif
};

static int is_let(int number)
{
	for (size_t i = 0; i < sizeof let / sizeof *let; i++)
		if (let[i] == number)
			return 1;
	return 0;
}

/* The two calls that stand where the kernel was told to watch a program go by any filter, and do nothing elsewhere. */
static int is_of_a_probe(int number)
{
#ifdef __x86_64__
	return number == 335 || number == 336;
#else
	(void)number;
	return 0;
#endif
}

/* All arguments are -1: neither a file nor memory, and as a protection it would be code. */
START_TEST(no_other_number_is_let_through)
{
	for (int number = 0; number < 600; number++) {
		pid_t pid = fork();
		int got;

		if (!pid) {
			enter(&no_landlock);
			syscall(number, -1, -1, -1, -1, -1, -1);
			_exit(LET);
		}
		got = end_of(pid);
		if (!is_of_a_probe(number))
			ck_assert_msg((got != 128 + SIGSYS) == is_let(number), "call %d ended with %d", number, got);
	}
}
END_TEST

#ifdef __x86_64__
/* To execute has the number there that munmap() has here.  A kernel that lacks those calls ends whoever makes one. */
START_TEST(a_number_of_i386_is_not_taken_for_ours)
{
	pid_t pid = fork();
	long number = 11;
	int got;

	if (!pid) {
		enter(&no_landlock);
		__asm__ volatile("int $0x80" : "+a"(number) : "b"(0), "c"(0), "d"(0) : "memory");
		_exit(LET);
	}
	got = end_of(pid);
	ck_assert_msg(got == 128 + SIGSYS || got == 128 + SIGSEGV, "ended with %d", got);
}
END_TEST
#endif

/* --- what is not forbidden ------------------------------------------------------------------------------ */

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

	if (send(have.connected, &byte, 1, MSG_NOSIGNAL) != 1)
		return -1;
	if (setsockopt(have.connected, SOL_UDP, UDP_SEGMENT, &length, sizeof length) ||
	    send(have.connected, "yz", 2, MSG_NOSIGNAL) != 2)
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
	ck_assert_int_eq(tried(&(struct attempt){"work", by_work, 0, 0}, NULL), LET);
	for (const char *p = "xyz"; *p; p++) {
		ck_assert_int_eq(recv(peer, &byte, 1, MSG_DONTWAIT), 1);
		ck_assert_int_eq(byte, *p);
	}
}
END_TEST

START_TEST(the_note_is_one_line)
{
	char note[240];
	pid_t pid = fork();

	if (!pid) {
		memset(note, 'x', sizeof note);
		sandbox_enter(note, sizeof note);
		_exit(memchr(note, 0, sizeof note) && !strchr(note, '\n') ? LET : 1);
	}
	ck_assert_int_eq(end_of(pid), LET);
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
	int n_lacks = sizeof lacks / sizeof *lacks, n_by_landlock = choose();

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	if (IS_OPEN) {
		suite_skip((size_t)(2 * n_forbidden + n_by_landlock + n_lacks + 3),
			   "forbidden calls and kernels that lack one: this build runs its worker without a sandbox");
	} else {
		tcase_add_loop_test(t, a_forbidden_call_ends_the_process, 0, n_forbidden);
		tcase_add_loop_test(t, it_does_where_the_kernel_lacks_landlock, 0, n_forbidden);
		tcase_add_loop_test(t, landlock_refuses_where_the_kernel_lacks_seccomp, 0, n_refused);
		if (n_refused < n_by_landlock)
			suite_skip((size_t)(n_by_landlock - n_refused), "what the Landlock of this kernel does not refuse");
		tcase_add_test(t, the_limits_hold_where_the_kernel_lacks_seccomp);
#ifdef SANDBOX_WRITES
		suite_skip(1, "the list of all calls: this build lets its worker write files");
		(void)no_other_number_is_let_through;
#else
		tcase_add_test(t, no_other_number_is_let_through);
#endif
#ifdef __x86_64__
		tcase_add_test(t, a_number_of_i386_is_not_taken_for_ours);
#endif
		tcase_add_loop_test(t, what_the_kernel_lacks_is_in_the_note, 0, n_lacks);
	}
	tcase_add_test(t, the_work_goes_on);
	tcase_add_test(t, the_note_is_one_line);
	suite_add_tcase(s, t);
	return suite_run(s);
}
