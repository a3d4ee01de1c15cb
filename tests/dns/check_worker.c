/*
 * The worker's start and its end: a start that fails says why and leaves nothing behind, and a worker to whom anybody but
 * the parent speaks ends at once.  This program is its own worker.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "dns/lookup.h"
#include "dns/worker.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

/* A resolver on loopback; nothing is asked of it. */
static const struct resolvers one = {.n = 1, .address = {{.port = 5300, .address = {.family = 4, .bytes = {127, 0, 0, 1}}}}};
static const struct frame_setup setup = {.window = 10, .n_resolvers = 1};
static struct err err;

/* --- a start that fails ----------------------------------------------------------------------------- */

struct refusal {
	long number; /* 0: no place for a file more */
	int error;
	const char *said;
};

static const struct refusal refusals[] = {
	{0, 0, "cannot start the DNS worker: cannot open '/proc/self/exe'; is /proc there?: Too many open files"},
	{SYS_socketpair, EMFILE, "cannot start the DNS worker: no socket pair: Too many open files"},
	{SYS_clone, EAGAIN, "cannot start the DNS worker: fork: Resource temporarily unavailable"},
	/* What it is sent first. */
	{SYS_sendto, ECONNRESET, "cannot talk to the DNS worker that was just started"},
	{SYS_socket, EACCES, "no socket to any resolver: Permission denied"},
	{SYS_connect, ENETUNREACH, "no socket to any resolver: Network is unreachable"},
};

static int start_with_fault(void *ctx, struct err *e)
{
	const struct refusal *f = ctx;
	struct worker w;
	int before = run_count_files("/proc/self/fd"), after, rc;
	struct rlimit limit;

	if (f->number) {
		fault_call(f->number, f->error);
		rc = worker_start(&w, &setup, &one, e);
	} else {
		struct rlimit none;

		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
		none = (struct rlimit){3, limit.rlim_max};
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
		rc = worker_start(&w, &setup, &one, e);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	after = run_count_files("/proc/self/fd");
	if (after != before)
		return err_set(e, ERR_SOFTWARE, "%d files are open, there were %d", after, before);
	if (waitpid(-1, NULL, 0) != -1 || errno != ECHILD)
		return err_set(e, ERR_SOFTWARE, "a child is left");
	if (w.pid != 0 || w.fd != -1 || w.in.bytes || w.out.bytes)
		return err_set(e, ERR_SOFTWARE, "the worker is not as one that does not run");
	return rc;
}

START_TEST(a_start_that_fails_says_why_and_leaves_nothing)
{
	ck_assert_int_eq(fault_run(start_with_fault, (void *)&refusals[_i], &err), -1);
	ck_assert_str_eq(err.text, refusals[_i].said);
	ck_assert_int_eq(err.code, strstr(err.text, "Permission") ? ERR_PERM : strstr(err.text, "unreachable") ? ERR_IO : ERR_OS);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_said)
{
	struct worker w;

	worker_set_program("/nowhere/mxward");
	ck_assert_int_eq(worker_start(&w, &setup, &one, &err), -1);
	ck_assert_str_eq(err.text, "cannot start the DNS worker: cannot open '/nowhere/mxward'; is /proc there?: No such file or "
				   "directory");
	ck_assert_int_eq(w.fd, -1);
	worker_set_program("/proc/self/exe");
}
END_TEST

/* Reads until the worker is gone, and tells its exit status. */
static int status_of(struct worker *w)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	siginfo_t info;
	int rc;

	do
		poll(&p, 1, -1);
	while ((rc = worker_fill(w)) >= 0);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	worker_stop(w);
	return info.si_status;
}

/* Descriptors are moved to 64 and above, which such a limit forbids. */
static int start_with_few_files(void *ctx, struct err *e)
{
	struct rlimit few = {64, 64};
	struct worker w;

	(void)ctx;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	if (worker_start(&w, &setup, &one, e) != 0)
		return strstr(e->text, "DNS worker") ? 127 : 0; /* it was gone already */
	return status_of(&w);
}

START_TEST(a_worker_without_room_for_its_files_is_gone_at_once)
{
	ck_assert_int_eq(fault_run(start_with_few_files, NULL, &err), 127);
}
END_TEST

START_TEST(a_worker_that_cannot_be_executed_is_gone_at_once)
{
	struct worker w;

	worker_set_program("/etc/passwd");
	if (worker_start(&w, &setup, &one, &err) == 0)
		ck_assert_int_eq(status_of(&w), 127);
	else
		ck_assert_ptr_nonnull(strstr(err.text, "DNS worker"));
	worker_set_program("/proc/self/exe");
}
END_TEST

/* --- what a worker holds open ------------------------------------------------------------------------ */

/* Until it says that its sandbox is up. */
static void wait_until_ready(struct worker *w)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	struct frame f;
	int got;

	while ((got = frame_next(&w->in, &f)) == 0) {
		ck_assert_int_eq(poll(&p, 1, -1), 1);
		ck_assert_int_eq(worker_fill(w), 1);
	}
	ck_assert(got == 1 && f.type == FRAME_READY);
}

/* A pipe whose other end the worker would hold open, too, had it inherited it. */
static int inherits(void *ctx, struct err *e)
{
	struct worker w;
	int ends[2], n;
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	if (ctx)
		fault_call(SYS_close_range, ENOSYS);
	if (worker_start(&w, &setup, &one, e) != 0)
		return -1;
	close(ends[1]);
	wait_until_ready(&w);
	n = (int)read(ends[0], &byte, 1);
	worker_stop(&w);
	return n != 0;
}

START_TEST(a_worker_inherits_nothing)
{
	ck_assert_msg(fault_run(inherits, NULL, &err) == 0, "%s", err.text);
}
END_TEST

START_TEST(nor_does_it_where_the_kernel_cannot_close_a_range)
{
	ck_assert_msg(fault_run(inherits, "an old kernel", &err) == 0, "%s", err.text);
}
END_TEST

/* --- sockets that are handed over while it runs ------------------------------------------------------- */

START_TEST(what_a_stopped_worker_does_not_take_waits_in_bounds)
{
	struct worker w;
	struct frame_query q = {.type = MESSAGE_MX, .name_len = 6, .name = "\4test"};
	int fd, rc, turns = 0;

	ck_assert_int_eq(worker_start(&w, &setup, &one, &err), 0);
	wait_until_ready(&w);
	ck_assert_int_eq(kill(w.pid, SIGSTOP), 0);
	do {
		for (int i = 0; i < 1000; i++)
			frame_put_query(&w.out, &q);
		rc = worker_flush(&w);
	} while (rc == 0 && ++turns < 1000);
	ck_assert_int_eq(rc, 1); /* the socket is full, nothing blocked, and nothing was lost */
	ck_assert_uint_gt(w.out.end, w.out.begin);
	for (int i = 0; i < WORKER_WAITING; i++)
		worker_give_tcp(&w, 0, open("/dev/null", O_RDONLY | O_CLOEXEC));
	ck_assert_uint_eq(w.n_passing, WORKER_WAITING);
	/* One more is closed, and the worker will be told that there is none. */
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	worker_give_tcp(&w, 0, fd);
	ck_assert_uint_eq(w.n_passing, WORKER_WAITING);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(worker_flush(&w), 1);
	ck_assert_int_eq(kill(w.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(w.pid, NULL, 0), w.pid);
	ck_assert_int_eq(worker_flush(&w), -1);
	w.pid = 0;
	worker_stop(&w);
}
END_TEST

/* --- what the worker's side does not take -------------------------------------------------------------- */

static int ours; /* our end of the worker's socket */

/* Our end, and in *theirs that of a worker which starts later: what is sent meanwhile waits for it. */
static void make_ends(int *theirs)
{
	int pair[2], on = 1;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	/* Each message brings credentials too, which are none of the worker's business. */
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
	ours = pair[0];
	*theirs = pair[1];
}

static pid_t start_at(int theirs)
{
	pid_t pid = fork();

	if (!pid) {
		close(ours);
		if (dup2(theirs, WORKER_FD) < 0)
			_exit(1);
		worker_main();
	}
	close(theirs);
	return pid;
}

/* A worker to whom what is sent comes from the test. */
static pid_t start_bare(void)
{
	int theirs;

	make_ends(&theirs);
	return start_at(theirs);
}

/* The bytes of b, with n descriptors. */
static void send_bytes(struct frame_buffer *b, int n)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(40 * sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN((size_t)n * sizeof(int))}};
	struct iovec part = {b->bytes + b->begin, b->end - b->begin};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	int fds[40];

	for (int i = 0; i < 40; i++)
		fds[i] = STDERR_FILENO;
	memcpy(CMSG_DATA(&control.head), fds, (size_t)n * sizeof(int));
	if (n > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(ours, &msg, MSG_NOSIGNAL), (ssize_t)part.iov_len);
	frame_buffer_clear(b);
}

static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(ours);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Each puts what must end a worker into the buffer, and says how many descriptors go with it. */

static int setup_behind_another(struct frame_buffer *b)
{
	b->end = b->begin;
	frame_put_sockets(b, FRAME_SOCKETS, &(struct frame_sockets){.n = 0});
	frame_put_setup(b, &setup);
	return 0;
}

static int bytes_that_are_no_frame(struct frame_buffer *b)
{
	memset(frame_buffer_reserve(b, 64), 0xff, 64);
	b->end += 64;
	return 0;
}

static int a_frame_of_the_worker(struct frame_buffer *b)
{
	frame_put_ready(b, "");
	return 0;
}

static int a_query_for_nobody(struct frame_buffer *b)
{
	frame_put_query(b, &(struct frame_query){.type = MESSAGE_MX, .resolver = 5, .name_len = 6, .name = "\4test"});
	return 0;
}

static int sockets_that_did_not_come(struct frame_buffer *b)
{
	frame_put_sockets(b, FRAME_SOCKETS, &(struct frame_sockets){.n = 2});
	return 1;
}

static int a_frame_with_a_byte_too_many(struct frame_buffer *b, enum frame_type type)
{
	size_t at = b->end;
	uint32_t len;

	frame_put_sockets(b, type, &(struct frame_sockets){.n = 0});
	*frame_buffer_reserve(b, 1) = 0;
	b->end++;
	memcpy(&len, b->bytes + at, 4);
	len++;
	memcpy(b->bytes + at, &len, 4);
	return 0;
}

static int sockets_with_a_byte_too_many(struct frame_buffer *b)
{
	return a_frame_with_a_byte_too_many(b, FRAME_SOCKETS);
}

static int tcp_with_a_byte_too_many(struct frame_buffer *b)
{
	return a_frame_with_a_byte_too_many(b, FRAME_TCP);
}

static int more_descriptors_than_it_reads(struct frame_buffer *b)
{
	frame_put_sockets(b, FRAME_SOCKETS, &(struct frame_sockets){.n = 1});
	return 40;
}

static int (*const wrong[])(struct frame_buffer *b) = {
	setup_behind_another,	   bytes_that_are_no_frame,	 a_frame_of_the_worker,
	a_query_for_nobody,	   sockets_that_did_not_come,	 sockets_with_a_byte_too_many,
	tcp_with_a_byte_too_many, more_descriptors_than_it_reads,
};

START_TEST(what_cannot_come_from_the_parent_is_the_end)
{
	struct frame_buffer b = {0};
	pid_t pid = start_bare();
	int n;

	frame_put_setup(&b, &setup);
	n = wrong[_i](&b);
	send_bytes(&b, n);
	ck_assert_int_eq(end_of(pid), EX_PROTOCOL);
}
END_TEST

START_TEST(descriptors_without_a_frame_are_the_end)
{
	struct frame_buffer b = {0};
	int theirs;

	/* All before the setup, which it waits for: none of them belongs to a frame that was read.  It ends at the first one
	 * too many, so all are sent before it begins. */
	make_ends(&theirs);
	for (int i = 0; i < 5; i++) {
		*frame_buffer_reserve(&b, 1) = i == 0 ? 100 : 0;
		b.end++;
		send_bytes(&b, 15);
	}
	ck_assert_int_eq(end_of(start_at(theirs)), EX_PROTOCOL);
}
END_TEST

START_TEST(the_end_of_the_parent_is_the_end)
{
	struct frame_buffer b = {0};
	pid_t pid = start_bare();

	frame_put_setup(&b, &setup);
	send_bytes(&b, 0);
	shutdown(ours, SHUT_WR);
	ck_assert_int_eq(end_of(pid), EX_OK);
}
END_TEST

static int without_epoll(void *ctx, struct err *e)
{
	struct frame_buffer b = {0};
	pid_t pid;

	(void)ctx;
	(void)e;
	fault_call(SYS_epoll_create1, EMFILE);
	pid = start_bare();
	frame_put_setup(&b, &setup);
	send_bytes(&b, 0);
	return end_of(pid);
}

START_TEST(a_worker_that_cannot_watch_its_sockets_ends)
{
	ck_assert_int_eq(fault_run(without_epoll, NULL, &err), EX_OSERR);
}
END_TEST

/* Started by hand it says so, whatever lies at the place of its socket. */
START_TEST(by_hand_it_says_who_may_start_it)
{
	char said[200] = "";
	int out[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], STDERR_FILENO);
		dup2(out[1], WORKER_FD);
		worker_main();
	}
	close(out[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EX_USAGE);
	ck_assert_int_gt(read(out[0], said, sizeof said - 1), 0);
	ck_assert_str_eq(said, "mxward: --dns-worker is for mxward itself; call mxward without it\n");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("worker");
	TCase *t = tcase_create("worker");

	if (worker_is_wanted(argc, argv))
		worker_main();
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_start_that_fails_says_why_and_leaves_nothing, 0, sizeof refusals / sizeof *refusals);
	tcase_add_test(t, a_program_that_is_not_there_is_said);
	tcase_add_test(t, a_worker_without_room_for_its_files_is_gone_at_once);
	tcase_add_test(t, a_worker_that_cannot_be_executed_is_gone_at_once);
	tcase_add_test(t, a_worker_inherits_nothing);
	tcase_add_test(t, nor_does_it_where_the_kernel_cannot_close_a_range);
	tcase_add_test(t, what_a_stopped_worker_does_not_take_waits_in_bounds);
	tcase_add_loop_test(t, what_cannot_come_from_the_parent_is_the_end, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(t, descriptors_without_a_frame_are_the_end);
	tcase_add_test(t, the_end_of_the_parent_is_the_end);
	tcase_add_test(t, a_worker_that_cannot_watch_its_sockets_ends);
	tcase_add_test(t, by_hand_it_says_who_may_start_it);
	suite_add_tcase(s, t);
	return suite_run(s);
}
