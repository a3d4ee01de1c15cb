#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* accept4 */
#endif
#include "tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "later.h"

#define IDLE_MS 30000
#define IN_SIZE (2 + 65535)
#define OUT_MAX (1024 * 1024) /* a client that does not read is not read from either */

struct connection {
	int fd;
	uint64_t id; /* never used twice, so a late answer cannot reach a stranger */
	uint64_t last;
	struct sockaddr_storage from;
	size_t have; /* bytes in `in` */
	uint8_t *in;
	uint8_t *out;
	size_t out_len, out_room;
};

static int listener = -1;
static tcp_answer *answer;
static struct connection connections[TCP_MAX_CONNECTIONS];
static size_t count;
static uint64_t last_id;

void tcp_start(int fd, tcp_answer *how)
{
	listener = fd;
	answer = how;
}

static void hang_up(struct connection *c)
{
	close(c->fd);
	free(c->in);
	free(c->out);
	*c = connections[--count];
}

size_t tcp_poll(struct pollfd *fds)
{
	fds[0].fd = listener;
	fds[0].events = POLLIN;
	for (size_t i = 0; i < count; i++) {
		fds[i + 1].fd = connections[i].fd;
		fds[i + 1].events = (short)((connections[i].out_len < OUT_MAX ? POLLIN : 0) |
					    (connections[i].out_len ? POLLOUT : 0));
	}
	return count + 1;
}

/* 0, or -1 where there is no memory for it. */
static int queue_answer(struct connection *c, const uint8_t *bytes, size_t len)
{
	size_t need = c->out_len + 2 + len;

	if (need > c->out_room) {
		uint8_t *more = realloc(c->out, need * 2);

		if (!more)
			return -1;
		c->out = more;
		c->out_room = need * 2;
	}
	c->out[c->out_len] = (uint8_t)(len >> 8);
	c->out[c->out_len + 1] = (uint8_t)len;
	memcpy(c->out + c->out_len + 2, bytes, len);
	c->out_len = need;
	return 0;
}

static int write_out(struct connection *c)
{
	while (c->out_len) {
		ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		memmove(c->out, c->out + n, c->out_len - (size_t)n);
		c->out_len -= (size_t)n;
	}
	return 0;
}

/* Answers every whole query in the buffer.  -1: hang up. */
static int answer_all(struct connection *c, uint64_t now)
{
	static uint8_t out[65536];
	size_t at = 0;

	while (c->have - at >= 2) {
		size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];
		struct outcome o;

		if (c->have - at < 2 + len)
			break;
		o = answer(c->in + at + 2, len, &c->from, out);
		at += 2 + len;
		if (o.hang_up)
			return -1;
		if (o.len && o.delay_ms)
			later_push(now + o.delay_ms, c->id, NULL, 0, out, o.len);
		else if (o.len && queue_answer(c, out, o.len) != 0)
			return -1;
	}
	memmove(c->in, c->in + at, c->have - at);
	c->have -= at;
	return write_out(c);
}

static int read_in(struct connection *c, uint64_t now)
{
	ssize_t n = recv(c->fd, c->in + c->have, IN_SIZE - c->have, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	c->have += (size_t)n;
	c->last = now;
	return answer_all(c, now);
}

static void accept_one(uint64_t now)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct connection *c;
	int fd;

	memset(&from, 0, sizeof(from));
	fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (count == TCP_MAX_CONNECTIONS) {
		size_t idlest = 0;

		for (size_t i = 1; i < count; i++)
			if (connections[i].last < connections[idlest].last)
				idlest = i;
		hang_up(&connections[idlest]);
	}
	c = &connections[count];
	memset(c, 0, sizeof(*c));
	c->in = malloc(IN_SIZE);
	if (!c->in) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->id = ++last_id;
	c->last = now;
	c->from = from;
	count++;
}

void tcp_handle(const struct pollfd *fds, size_t polled, uint64_t now)
{
	/* Backwards, since hanging up moves the last connection into the gap. */
	for (size_t i = polled - 1; i-- > 0;) {
		struct connection *c = &connections[i];
		int dead = 0;

		if (fds[i + 1].revents & POLLOUT)
			dead = write_out(c) != 0;
		if (!dead && fds[i + 1].revents & (POLLIN | POLLHUP | POLLERR))
			dead = read_in(c, now) != 0;
		if (dead || now - c->last > IDLE_MS)
			hang_up(c);
	}
	if (fds[0].revents & POLLIN)
		accept_one(now);
}

void tcp_send(uint64_t connection, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (connections[i].id == connection) {
			if (queue_answer(&connections[i], bytes, len) != 0 ||
			    write_out(&connections[i]) != 0)
				hang_up(&connections[i]);
			return;
		}
}

void tcp_stop(void)
{
	while (count)
		hang_up(&connections[0]);
	if (listener >= 0)
		close(listener);
	listener = -1;
}
