#include "dns/client_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * TCP, for what was truncated.  At most ten connections, one question at a
 * time on each; a connection that brought an answer serves again for two
 * seconds.  The parent makes the sockets, so one is asked for and comes
 * later.  A query here is in the wheel with its deadline; in tcp_queue it
 * hangs by hash_next, since it is in no hash.
 */

enum { IDLE_TIME = 2000000, BYTES = 2 + 65535, TCP_TRIES = 2 };

static void close_connection(struct tcp *t)
{
	close(t->fd); /* which takes it out of the epoll set, too */
	free(t->bytes);
	*t = (struct tcp){.fd = -1};
}

static void watch_connection(struct client *c, struct tcp *t, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events,
				 .data.u64 = event_tag(EVENT_TCP, (unsigned)(t - c->tcp), 0)};

	epoll_ctl(c->epoll, op, t->fd, &ev);
}

/* In the order of asking; the queue is short. */
static void push_waiting(struct client *c, struct query *q)
{
	struct query **p = &c->tcp_queue;

	while (*p)
		p = &(*p)->hash_next;
	*p = q;
	q->hash_next = NULL;
}

static void remove_waiting(struct client *c, struct query *q)
{
	struct query **p = &c->tcp_queue;

	while (*p && *p != q)
		p = &(*p)->hash_next;
	if (*p)
		*p = q->hash_next;
}

static struct query *next_waiting(struct client *c, unsigned resolver)
{
	for (struct query *q = c->tcp_queue; q; q = q->hash_next)
		if (q->resolver == resolver)
			return q;
	return NULL;
}

static void start(struct client *c, struct tcp *t, struct query *q)
{
	remove_waiting(c, q);
	t->query = q;
	t->sent = t->have = 0;
	watch_connection(c, t, EPOLL_CTL_MOD, EPOLLOUT);
}

/* Gives waiting queries to idle connections, and asks for new connections as far as there is
 * place. */
static void serve(struct client *c)
{
	unsigned open = 0, asked = 0, waiting[FRAME_SERVERS] = {0};
	struct tcp *idle = NULL;
	struct query *q;

	for (size_t i = 0; i < TCP_CONNECTIONS; i++) {
		struct tcp *t = &c->tcp[i];

		if (t->fd < 0)
			continue;
		if (!t->query && (q = next_waiting(c, t->resolver)))
			start(c, t, q);
		if (!t->query)
			idle = t;
		open++;
	}
	for (unsigned i = 0; i < c->n_servers; i++)
		asked += c->server[i].tcp_asked_for;
	for (q = c->tcp_queue; q; q = q->hash_next)
		waiting[q->resolver]++;
	for (unsigned i = 0; i < c->n_servers; i++)
		while (waiting[i] > c->server[i].tcp_asked_for) {
			/* An idle connection to another resolver makes place. */
			if (open + asked >= TCP_CONNECTIONS && idle) {
				close_connection(idle);
				idle = NULL;
				open--;
			}
			if (open + asked >= TCP_CONNECTIONS)
				return;
			asked++;
			c->server[i].tcp_asked_for++;
			c->events.want_tcp(c->events.ctx, i);
		}
}

void tcp_ask(struct client *c, struct query *q)
{
	q->state = QUERY_TCP;
	client_schedule(c, q, q->deadline);
	push_waiting(c, q);
	serve(c);
}

/* The connection failed under a query.  One that had served before may just have been closed by
 * the server in that moment; that costs no try. */
static void retry(struct client *c, struct tcp *t)
{
	struct query *q = t->query;
	int served = t->used;

	close_connection(t);
	if (!q)
		return;
	if (!served && ++q->tcp_tries >= TCP_TRIES) {
		client_unlink(c, q);
		client_finish_failed(c, q, FAILURE_TC);
		return;
	}
	push_waiting(c, q);
}

void tcp_drop(struct client *c, struct query *q)
{
	remove_waiting(c, q);
	for (size_t i = 0; i < TCP_CONNECTIONS; i++)
		if (c->tcp[i].fd >= 0 && c->tcp[i].query == q)
			close_connection(&c->tcp[i]);
}

void client_give_tcp(struct client *c, unsigned resolver, int fd)
{
	struct query *q;
	struct tcp *t = NULL;

	if (resolver >= c->n_servers || !c->server[resolver].tcp_asked_for) {
		if (fd >= 0)
			close(fd);
		return;
	}
	c->server[resolver].tcp_asked_for--;
	if (fd < 0) {
		q = next_waiting(c, resolver);
		if (q && ++q->tcp_tries >= TCP_TRIES) {
			remove_waiting(c, q);
			client_unlink(c, q);
			client_finish_failed(c, q, FAILURE_TC);
		}
		serve(c);
		return;
	}
	for (size_t i = 0; i < TCP_CONNECTIONS && !t; i++)
		if (c->tcp[i].fd < 0)
			t = &c->tcp[i];
	if (!t) {
		close(fd);
		return;
	}
	*t = (struct tcp){.fd = fd,
			  .resolver = resolver,
			  .idle_since = c->now,
			  .bytes = mem_resize(NULL, BYTES)};
	watch_connection(c, t, EPOLL_CTL_ADD, EPOLLIN);
	serve(c);
}

/* Writes length and question; 1 when all of it is out, -1 when the connection failed. */
static int write_query(struct client *c, struct tcp *t)
{
	struct query *q = t->query;
	uint8_t bytes[2 + MESSAGE_QUERY];
	size_t len = 2u + q->packet_len;
	ssize_t n;

	if (!t->sent) {
		uint32_t id = client_random(c);

		q->packet[0] = (uint8_t)(id >> 8);
		q->packet[1] = (uint8_t)id;
	}
	bytes[0] = (uint8_t)(q->packet_len >> 8);
	bytes[1] = (uint8_t)q->packet_len;
	memcpy(bytes + 2, q->packet, q->packet_len);
	n = send(t->fd, bytes + t->sent, len - t->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	t->sent += (size_t)n;
	if (t->sent < len)
		return 0;
	c->counts.tcp++;
	return 1;
}

/* Reads what is there; 1 when a whole message is, -1 at the end of the connection. */
static int read_answer(struct tcp *t)
{
	for (;;) {
		size_t want = t->have < 2 ? 2 : 2u + ((size_t)t->bytes[0] << 8 | t->bytes[1]);
		ssize_t n;

		if (t->have >= 2 && t->have == want)
			return 1;
		n = recv(t->fd, t->bytes + t->have, want - t->have, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		if (!n)
			return -1;
		t->have += (size_t)n;
	}
}

/* A whole message is in t->bytes. */
static void take_answer(struct client *c, struct tcp *t)
{
	struct query *q = t->query;
	const uint8_t *bytes = t->bytes + 2;
	size_t len = t->have - 2;
	enum message_result result = MESSAGE_FOREIGN;

	if (len >= 12 && bytes[0] == q->packet[0] && bytes[1] == q->packet[1])
		result = message_read(&c->room, bytes, len, q->packet);
	if (result == MESSAGE_FOREIGN) {
		c->counts.foreign++;
		t->used = 0;
		retry(c, t);
		return;
	}
	t->query = NULL;
	t->used = 1;
	t->have = 0;
	t->idle_since = c->now;
	watch_connection(c, t, EPOLL_CTL_MOD, EPOLLIN);
	client_unlink(c, q);
	c->counts.answers++;
	if (result == MESSAGE_TRUNCATED)
		client_finish_failed(c, q, FAILURE_TC);
	else
		client_take_reply(c, q);
}

void tcp_event(struct client *c, unsigned which, uint32_t events)
{
	struct tcp *t = &c->tcp[which];
	int rc;

	/* An event of this turn may be about a connection that an earlier one closed. */
	if (t->fd < 0)
		return;
	if (!t->query) {
		/* Nothing was asked, so whatever this is ends the connection. */
		close_connection(t);
	} else if (events & EPOLLOUT && t->have == 0) {
		rc = write_query(c, t);
		if (rc < 0)
			retry(c, t);
		else if (rc > 0)
			watch_connection(c, t, EPOLL_CTL_MOD, EPOLLIN);
	} else {
		rc = read_answer(t);
		if (rc < 0)
			retry(c, t);
		else if (rc > 0)
			take_answer(c, t);
	}
	serve(c);
}

void tcp_close_idle(struct client *c)
{
	for (size_t i = 0; i < TCP_CONNECTIONS; i++) {
		struct tcp *t = &c->tcp[i];

		if (t->fd >= 0 && !t->query && c->now - t->idle_since > IDLE_TIME)
			close_connection(t);
	}
}

void tcp_close_idle_of(struct client *c, unsigned resolver)
{
	for (size_t i = 0; i < TCP_CONNECTIONS; i++)
		if (c->tcp[i].fd >= 0 && !c->tcp[i].query && c->tcp[i].resolver == resolver)
			close_connection(&c->tcp[i]);
}

void tcp_close_all(struct client *c)
{
	for (size_t i = 0; i < TCP_CONNECTIONS; i++)
		if (c->tcp[i].fd >= 0)
			close_connection(&c->tcp[i]);
}
