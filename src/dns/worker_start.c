#include "dns/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

enum { READ_SIZE = 65536 };

static const char *program = "/proc/self/exe";

void worker_set_program(const char *path)
{
	program = path;
}

/* Everything above the worker's end goes when the program is executed. */
static void leave_nothing_open(void)
{
#ifdef __NR_close_range
	if (!syscall(__NR_close_range, WORKER_FD + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC))
		return;
#endif
	for (int fd = WORKER_FD + 1; fd < 65536; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void become_worker(int binary, int fd) __attribute__((noreturn));

static void become_worker(int binary, int fd)
{
	char *argv[] = {"mxward", "--dns-worker", NULL}, *envp[] = {NULL};
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t none;
	int null;

	/* Out of the way of the numbers that are given out below. */
	binary = fcntl(binary, F_DUPFD_CLOEXEC, 64);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 64);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (binary < 0 || fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || dup2(fd, WORKER_FD) < 0)
		_exit(127);
	if (null == WORKER_FD)
		fcntl(WORKER_FD, F_SETFD, 0);
	leave_nothing_open();
	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &act, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A key pressed on the terminal is the parent's business, and the parent's end is ours.
	 */
	setsid();
#ifndef WORKER_END /* there it ends by itself when its input does, and is not to be killed while it tells of its leaks */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	fexecve(binary, argv, envp);
	_exit(127);
}

/* Sends one frame of out together with descriptors, before anything else was written: the
 * socket is empty, so it fits. */
static int send_with(struct worker *w, const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(FRAME_SOCKETS_MAX * sizeof(int))];
	} control;
	struct iovec part = {w->out.bytes + w->out.begin, w->out.end - w->out.begin};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = CMSG_SPACE(n_fds * sizeof(int))};
	struct cmsghdr *h;
	ssize_t n;

	memset(&control, 0, sizeof control);
	h = CMSG_FIRSTHDR(&msg);
	if (!h)
		mem_die("no room for a control message");
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(h), fds, n_fds * sizeof(int));
	do
		n = sendmsg(w->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -1;
	w->out.begin += (size_t)n;
	w->sent += (uint64_t)n;
	return 0;
}

/* Makes the UDP sockets of one resolver and hands them over; how many, or -1 when the worker is
 * gone. */
static int hand_over_sockets(struct worker *w, uint8_t resolver, const struct config_address *a)
{
	struct frame_sockets s = {.resolver = resolver};
	int fds[FRAME_SOCKETS_MAX], rc = 0;

	while (s.n < FRAME_SOCKETS_MAX && (fds[s.n] = resolver_socket_udp(a)) >= 0)
		s.n++;
	if (s.n) {
		frame_put_sockets(&w->out, FRAME_SOCKETS, &s);
		rc = send_with(w, fds, s.n);
	}
	for (size_t i = 0; i < s.n; i++)
		close(fds[i]);
	return rc ? -1 : s.n;
}

int worker_start(struct worker *w, const struct frame_setup *setup, const struct resolvers *r,
		 struct err *e)
{
	int pair[2], binary, total = 0;

	*w = (struct worker){.fd = -1};
	binary = open(program, O_RDONLY | O_CLOEXEC);
	if (binary < 0)
		return err_errno(
			e, errno,
			"cannot start the DNS worker: cannot open '%s'; is /proc there?",
			program);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		close(binary);
		return err_errno(e, errno, "cannot start the DNS worker: no socket pair");
	}
	w->pid = fork();
	if (!w->pid)
		become_worker(binary, pair[1]);
	close(binary);
	close(pair[1]);
	w->fd = pair[0];
	if (w->pid < 0) {
		w->pid = 0;
		worker_stop(w);
		return err_errno(e, errno, "cannot start the DNS worker: fork");
	}
	fcntl(w->fd, F_SETFL, O_NONBLOCK);
	frame_put_setup(&w->out, setup);
	if (worker_flush(w)) {
		worker_stop(w);
		return err_set(e, ERR_OS,
			       "cannot talk to the DNS worker that was just started");
	}
	for (size_t i = 0; i < r->n; i++) {
		int n = hand_over_sockets(w, (uint8_t)i, &r->address[i]);

		if (n < 0) {
			worker_stop(w);
			return err_set(e, ERR_OS, "cannot talk to the DNS worker that was just started");
		}
		total += n;
	}
	if (!total) {
		int saved = errno;

		worker_stop(w);
		return err_errno(e, saved, "no socket to any resolver");
	}
	return 0;
}

void worker_stop(struct worker *w)
{
	int status;

	for (size_t i = 0; i < w->n_passing; i++)
		close(w->passing[i].fd);
	if (w->fd >= 0)
		close(w->fd);
	if (w->pid > 0) {
#ifndef WORKER_END /* there it ends by itself, at the end of its input */
		kill(w->pid, SIGKILL);
#endif
		while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	frame_buffer_clear(&w->in);
	frame_buffer_clear(&w->out);
	*w = (struct worker){.fd = -1};
}

/* Sends the bytes from begin on with the first of the passing descriptors. */
static int flush_with_descriptor(struct worker *w)
{
	size_t end = w->out.end;
	int fd = w->passing[0].fd, rc;

	/* Only the bytes of that frame, so that the next descriptor finds its own place. */
	w->out.end = w->out.begin + FRAME_HEAD + 2;
	rc = send_with(w, &fd, 1);
	w->out.end = end;
	if (rc)
		return errno == EAGAIN ? 1 : -1;
	close(fd);
	w->n_passing--;
	memmove(w->passing, w->passing + 1, w->n_passing * sizeof *w->passing);
	return 0;
}

int worker_flush(struct worker *w)
{
	while (w->out.begin < w->out.end) {
		size_t n = w->out.end - w->out.begin;
		ssize_t written;

		if (w->n_passing && w->passing[0].place == w->sent) {
			int rc = flush_with_descriptor(w);

			if (rc)
				return rc;
			continue;
		}
		if (w->n_passing && w->passing[0].place - w->sent < n)
			n = (size_t)(w->passing[0].place - w->sent);
		written = send(w->fd, w->out.bytes + w->out.begin, n,
			       MSG_NOSIGNAL | MSG_DONTWAIT);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN ? 1 : -1;
		w->out.begin += (size_t)written;
		w->sent += (uint64_t)written;
	}
	return 0;
}

int worker_fill(struct worker *w)
{
	uint8_t *place = frame_buffer_reserve(&w->in, READ_SIZE);
	ssize_t n = read(w->fd, place, READ_SIZE);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (!n)
		return -1;
	w->in.end += (size_t)n;
	return 1;
}

static void give(struct worker *w, enum frame_type type, uint8_t resolver, int fd)
{
	struct frame_sockets s = {.resolver = resolver};

	if (fd >= 0 && w->n_passing == WORKER_WAITING) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0) {
		s.n = 1;
		w->passing[w->n_passing].place = w->sent + (w->out.end - w->out.begin);
		w->passing[w->n_passing++].fd = fd;
	}
	frame_put_sockets(&w->out, type, &s);
}

void worker_give_tcp(struct worker *w, uint8_t resolver, int fd)
{
	give(w, FRAME_TCP, resolver, fd);
}

void worker_give_udp(struct worker *w, uint8_t place, int fd)
{
	give(w, FRAME_SOCKETS, place, fd);
}
