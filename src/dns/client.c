#include "dns/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/client_inner.h"

static int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int recursion_of(unsigned resolver)
{
	return resolver < FRAME_RESOLVERS ? 0 : MESSAGE_NO_RECURSION;
}

static void wait_and_repeat(struct client *c, struct query *q, int64_t ms)
{
	q->state = QUERY_WAITING;
	if (!ms)
		queue_add(&c->server[q->resolver], q, 1);
	else
		client_schedule(c, q, c->now + ms * 1000);
}

void client_take_reply(struct client *c, struct query *q)
{
	struct reply *r = &c->room.reply;

	if (r->status == ANSWER_FAIL) {
		q->failure = r->failure;
		q->rcode = r->rcode;
		q->ede = r->ede;
		/* Some servers choke on EDNS, and say so in many ways. */
		if (r->failure == FAILURE_MALFORMED && !q->plain) {
			q->plain = 1;
			q->packet_len =
				(uint16_t)message_build(q->packet, q->packet + 12, q->name_len,
							q->type, 0, recursion_of(q->resolver));
			wait_and_repeat(c, q, 0);
			return;
		}
		if ((r->rcode == 2 || r->rcode == 5) && r->failure != FAILURE_BOGUS &&
		    r->failure != FAILURE_FILTERED && q->refusals < QUERY_REFUSALS) {
			wait_and_repeat(c, q, q->refusals++ ? 800 : 200);
			return;
		}
	}
	client_finish(c, q, r);
}

static void on_datagram(struct client *c, struct server *s, unsigned socket,
			const uint8_t *bytes, size_t len)
{
	unsigned resolver = (unsigned)(s - c->server);
	struct query *q =
		len < 12 ? NULL
			 : flight_find(c, resolver, socket, (unsigned)bytes[0] << 8 | bytes[1]);
	enum message_result result;

	if (!q) {
		c->counts.foreign++;
		return;
	}
	result = message_read(&c->room, bytes, len, q->packet);
	if (result == MESSAGE_FOREIGN) {
		c->counts.foreign++;
		q->foreign = 1;
		return;
	}
	c->counts.answers++;
	s->last_answer = c->now;
	/* Measured from the first sending: with a repeated one nobody knows, and too long is
	 * the safe side. */
	window_answered(&s->window,
			c->now - (q->refusals || q->plain ? q->last_sent : q->first_sent));
	query_land(c, q);
	if (result == MESSAGE_TRUNCATED)
		tcp_ask(c, q);
	else
		client_take_reply(c, q);
}

static void receive(struct client *c, struct server *s, unsigned socket)
{
	int n;

	do {
		n = recvmmsg(s->udp[socket], c->message, UDP_BATCH, MSG_DONTWAIT, NULL);
		if (n < 0)
			socket_failed(c, s, errno);
		for (int i = 0; i < n; i++)
			on_datagram(c, s, socket, c->udp_bytes[i], c->message[i].msg_len);
	} while (n == UDP_BATCH);
}

static void on_timer(struct client *c, struct query *q)
{
	struct window *w = &c->server[q->resolver].window;
	int over;

	if (q->state == QUERY_WAITING) {
		queue_add(&c->server[q->resolver], q, 1);
		return;
	}
	if (q->state == QUERY_TCP) {
		tcp_drop(c, q);
		client_finish_failed(c, q, FAILURE_TC);
		return;
	}
	over = query_is_over(c, q);
	if (w->last_refused < q->last_sent || !w->last_refused) {
		c->counts.timeouts++;
		if (q->sendings == 1)
			window_lost(w, c->now);
		else
			w->losses_in_a_row++;
		over |= q->tries >= QUERY_TRIES;
		q->tries += !over;
	}
	if (over) {
		flight_remove(c, q);
		query_leave_window(c, q);
		query_give_up(c, q);
		return;
	}
	if (q->sendings >= QUERY_IN_WINDOW)
		query_leave_window(c, q);
	if (c->now < w->paused_until)
		client_schedule(c, q,
				w->paused_until < q->deadline ? w->paused_until : q->deadline);
	else
		query_send_again(c, q);
}

static void turn_wheel(struct client *c)
{
	int64_t until = c->now >> WHEEL_SHIFT;

	/* Nothing lies further ahead than one round. */
	if (until - c->tick > WHEEL_SLOTS)
		c->tick = until - WHEEL_SLOTS;
	while (c->tick < until) {
		unsigned slot = (unsigned)(++c->tick % WHEEL_SLOTS);
		struct query *q;

		while ((q = c->wheel[slot])) {
			client_unlink(c, q);
			on_timer(c, q);
		}
	}
}

/* --- the outside --- */

static int watch(struct client *c, int op, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event ev = {.events = events, .data.u64 = tag};

	return epoll_ctl(c->epoll, op, fd, &ev);
}

struct client *client_new(const struct frame_setup *s, const struct client_events *events,
			  int fd, struct err *e)
{
	struct client *c = mem_alloc(sizeof *c);

	c->events = *events;
	reply_room_init(&c->room);
	/* A receiving call leaves all of this as it is but the lengths. */
	for (size_t i = 0; i < UDP_BATCH; i++) {
		c->part[i] = (struct iovec){c->udp_bytes[i], sizeof c->udp_bytes[i]};
		c->message[i].msg_hdr.msg_iov = &c->part[i];
		c->message[i].msg_hdr.msg_iovlen = 1;
	}
	c->fd = fd;
	c->n_resolvers = c->n_servers = s->n_resolvers;
	for (unsigned i = 0; i < c->n_servers; i++)
		window_init(&c->server[i].window, s->window, s->rate[i]);
	for (size_t i = 0; i < TCP_CONNECTIONS; i++)
		c->tcp[i].fd = -1;
	c->now = clock_now();
	c->tick = c->now >> WHEEL_SHIFT;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0 ||
	    (fd >= 0 && watch(c, EPOLL_CTL_ADD, fd, EPOLLIN, event_tag(EVENT_PARENT, 0, 0)))) {
		err_errno(e, errno, "cannot watch the sockets of the DNS worker");
		client_free(c);
		return NULL;
	}
	return c;
}

void client_free(struct client *c)
{
	struct query *q;

	if (!c)
		return;
	tcp_close_all(c);
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		while ((q = c->wheel[i])) {
			client_unlink(c, q);
			free(q);
		}
	for (unsigned i = 0; i < c->n_servers; i++) {
		struct server *s = &c->server[i];

		while (!queue_is_empty(s))
			free(queue_take(s));
		for (unsigned k = 0; k < s->n_udp; k++)
			close(s->udp[k]);
	}
	while ((q = c->free_queries)) {
		c->free_queries = q->next;
		free(q);
	}
	if (c->epoll >= 0)
		close(c->epoll);
	free(c);
}

/* The place of an authority is used again for another one, once nothing is asked of the old
 * one. */
static void begin_authority(struct client *c, unsigned place)
{
	struct server *s = &c->server[place];

	for (unsigned k = 0; k < s->n_udp; k++)
		close(s->udp[k]);
	tcp_close_idle_of(c, place);
	*s = (struct server){.last_answer = c->now};
	window_init(&s->window, AUTHORITY_WINDOW, AUTHORITY_RATE);
	if (c->n_servers <= place)
		c->n_servers = place + 1;
}

int client_give_udp(struct client *c, unsigned resolver, int fd)
{
	struct server *s = &c->server[resolver];

	if (resolver >= FRAME_RESOLVERS && resolver < FRAME_SERVERS)
		begin_authority(c, resolver);
	if (resolver >= c->n_servers || !s->window.cap || s->n_udp == FRAME_SOCKETS_MAX ||
	    watch(c, EPOLL_CTL_ADD, fd, EPOLLIN, event_tag(EVENT_UDP, resolver, s->n_udp))) {
		close(fd);
		return -1;
	}
	s->udp[s->n_udp++] = fd;
	return 0;
}

int client_ask(struct client *c, const struct frame_query *f)
{
	struct query *q = c->free_queries;

	if (f->resolver >= c->n_servers)
		return -1;
	if (q)
		c->free_queries = q->next;
	else
		q = mem_alloc(sizeof *q);
	memset(q, 0, offsetof(struct query, packet));
	q->cookie = f->cookie;
	q->budget = f->budget;
	q->asked = c->now;
	q->type = f->type;
	q->resolver = f->resolver;
	q->urgent = f->urgent != 0;
	q->name_len = f->name_len;
	q->rcode = -1;
	q->ede = -1;
	q->packet_len = (uint16_t)message_build(q->packet, f->name, f->name_len, f->type, 0,
						MESSAGE_EDNS | recursion_of(f->resolver));
	c->n_pending++;
	if (c->server[f->resolver].n_udp)
		queue_add(&c->server[f->resolver], q, 0);
	else
		client_finish_failed(
			c, q, FAILURE_TIMEOUT); /* there was no way to it from the start */
	return 0;
}

void client_want_write(struct client *c, int yes)
{
	if (c->fd_write == yes)
		return;
	c->fd_write = yes;
	watch(c, EPOLL_CTL_MOD, c->fd, yes ? EPOLLIN | EPOLLOUT : EPOLLIN,
	      event_tag(EVENT_PARENT, 0, 0));
}

/* Microseconds until something is due, -1 for never. */
static int64_t time_to_wait(const struct client *c)
{
	int64_t next = wheel_next(c);

	for (unsigned i = 0; i < c->n_servers; i++) {
		const struct server *s = &c->server[i];
		int64_t room;

		if (!s->n_udp || queue_is_empty(s))
			continue;
		room = window_next_room(&s->window, c->now);
		if (next < 0 || c->now + CLIENT_LOOK < next)
			next = c->now + CLIENT_LOOK;
		if (room >= 0 && (next < 0 || room < next))
			next = room;
	}
	for (size_t i = 0; i < TCP_CONNECTIONS; i++)
		if (c->tcp[i].fd >= 0 && (next < 0 || c->now + CLIENT_LOOK < next))
			next = c->now + CLIENT_LOOK;
	return next < 0 ? -1 : next > c->now ? next - c->now : 0;
}

int client_turn(struct client *c, int max_ms)
{
	struct epoll_event ev[64];
	int64_t wait;
	int n, state = 0;

	c->now = clock_now();
	queue_pump(c);
	wait = time_to_wait(c);
	if (wait >= 0)
		wait = (wait + 999) / 1000;
	if (max_ms >= 0 && (wait < 0 || wait > max_ms))
		wait = max_ms;
	n = epoll_wait(c->epoll, ev, 64, (int)wait);
	/* Stopped and continued, which ends a wait: what came meanwhile goes before what is due by now. */
	if (n < 0)
		n = epoll_wait(c->epoll, ev, 64, 0);
	c->now = clock_now();
	for (int i = 0; i < n; i++) {
		unsigned a = (ev[i].data.u64 >> 16) & 0xffff, b = ev[i].data.u64 & 0xffff;

		switch (ev[i].data.u64 >> 32) {
		case EVENT_UDP:
			receive(c, &c->server[a], b);
			break;
		case EVENT_TCP:
			tcp_event(c, a, ev[i].events);
			break;
		default:
			if (ev[i].events & EPOLLIN)
				state |= CLIENT_READABLE;
			if (ev[i].events & EPOLLOUT)
				state |= CLIENT_WRITABLE;
			if (ev[i].events & (EPOLLERR | EPOLLHUP))
				state |= CLIENT_GONE;
		}
	}
	turn_wheel(c);
	for (unsigned i = 0; i < c->n_servers; i++)
		queue_drop_waiting(c, &c->server[i]);
	tcp_close_idle(c);
	queue_pump(c);
	return state;
}

struct frame_counts client_counts(const struct client *c)
{
	return c->counts;
}
