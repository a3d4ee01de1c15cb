#include "dns/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/client.h"
#include "dns/lookup.h"
#include "dns/sandbox.h"

/*
 * The child's side.  Everything that needs a system call of its own kind
 * (the epoll set, the limits) is made before the sandbox closes, and no
 * datagram is read before that.
 */

enum { FDS_WAITING = 64, READ_SIZE = 65536 };

struct child {
	struct client *client;
	struct frame_buffer in, out;
	int passed[FDS_WAITING]; /* descriptors that came and whose frame is not read yet */
	size_t n_passed;
	struct frame_counts told;
};

int worker_is_wanted(int argc, char **argv)
{
	return argc == 2 && !strcmp(argv[1], "--dns-worker");
}

static void on_reply(void *ctx, uint64_t cookie, const struct reply *r)
{
	struct child *k = ctx;

	frame_put_reply(&k->out, cookie, r);
}

static void on_want_tcp(void *ctx, unsigned resolver)
{
	struct child *k = ctx;

	frame_put_want_tcp(&k->out, (uint8_t)resolver);
}

/* Whatever is wrong with what the parent says, it cannot be put right here. */
static void leave(int status) __attribute__((noreturn));

#ifdef WORKER_END /* what a build that counts coverage, or looks for leaks, does before _exit(), which would lose the worker's */
void WORKER_END(void);
#endif

static void leave(int status)
{
#ifdef WORKER_END
	WORKER_END();
#endif
	_exit(status);
}

/* One read; how much, 0 when nothing was there.  The end of the stream is the end of the process. */
static size_t read_parent(struct child *k, int flags)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(FRAME_SOCKETS_MAX * sizeof(int))];
	} control;
	struct iovec part = {frame_buffer_reserve(&k->in, READ_SIZE), READ_SIZE};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof control};
	ssize_t n = recvmsg(WORKER_FD, &msg, flags | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		leave(EX_OK);
	if (msg.msg_flags & MSG_CTRUNC)
		leave(EX_PROTOCOL);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h)) {
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		if (k->n_passed + count > FDS_WAITING)
			leave(EX_PROTOCOL);
		memcpy(k->passed + k->n_passed, CMSG_DATA(h), count * sizeof(int));
		k->n_passed += count;
	}
	k->in.end += (size_t)n;
	return (size_t)n;
}

static int take_passed(struct child *k)
{
	int fd;

	if (!k->n_passed)
		leave(EX_PROTOCOL);
	fd = k->passed[0];
	memmove(k->passed, k->passed + 1, --k->n_passed * sizeof(int));
	return fd;
}

static void obey(struct child *k, const struct frame *f)
{
	struct frame_sockets s;
	struct frame_query q;

	switch (f->type) {
	case FRAME_QUERY:
		if (frame_get_query(f, &q) || client_ask(k->client, &q))
			leave(EX_PROTOCOL);
		break;
	case FRAME_SOCKETS:
		if (frame_get_sockets(f, &s))
			leave(EX_PROTOCOL);
		while (s.n-- > 0)
			client_give_udp(k->client, s.resolver, take_passed(k));
		break;
	case FRAME_TCP:
		if (frame_get_sockets(f, &s))
			leave(EX_PROTOCOL);
		client_give_tcp(k->client, s.resolver, s.n ? take_passed(k) : -1);
		break;
	default:
		leave(EX_PROTOCOL);
	}
}

static void obey_all(struct child *k)
{
	struct frame f;
	int rc;

	while ((rc = frame_next(&k->in, &f)) > 0)
		obey(k, &f);
	if (rc < 0)
		leave(EX_PROTOCOL);
}

static void flush(struct child *k)
{
	struct frame_counts now = client_counts(k->client);

	if (memcmp(&now, &k->told, sizeof now) && k->out.end != k->out.begin) {
		frame_put_counts(&k->out, &now);
		k->told = now;
	}
	while (k->out.begin < k->out.end) {
		ssize_t n = send(WORKER_FD, k->out.bytes + k->out.begin,
				 k->out.end - k->out.begin, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			leave(EX_OK);
		if (n < 0)
			break;
		k->out.begin += (size_t)n;
	}
	client_want_write(k->client, k->out.begin < k->out.end);
}

/* The first frame says how many resolvers there are and how fast they may be asked. */
static void read_setup(struct child *k)
{
	struct client_events events = {.ctx = k, .reply = on_reply, .want_tcp = on_want_tcp};
	struct frame_setup setup;
	struct frame f;
	struct err e;
	int rc;

	while ((rc = frame_next(&k->in, &f)) == 0)
		read_parent(k, 0);
	if (rc < 0 || f.type != FRAME_SETUP || frame_get_setup(&f, &setup))
		leave(EX_PROTOCOL);
	k->client = client_new(&setup, &events, WORKER_FD, &e);
	if (!k->client)
		leave(EX_OSERR);
}

void worker_main(void)
{
	static const char text[] =
		"mxward: --dns-worker is for mxward itself; call mxward without it\n";
	struct child *k = mem_alloc(sizeof *k);
	char note[FRAME_NOTE];
	struct stat st;

	if (fstat(WORKER_FD, &st) || !S_ISSOCK(st.st_mode)) {
		if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
			leave(EX_USAGE);
		leave(EX_USAGE);
	}
	read_setup(k);
	sandbox_enter(note, sizeof note);
	frame_put_ready(&k->out, note);
	obey_all(k);
	flush(k);
	for (;;) {
		int state = client_turn(k->client, -1);

		flush(k);
		if (!(state & (CLIENT_READABLE | CLIENT_GONE)))
			continue;
		/* What filled the place may not have been all; else the next turn tells if more came. */
		while (read_parent(k, MSG_DONTWAIT) == READ_SIZE)
			obey_all(k);
		obey_all(k);
	}
}
