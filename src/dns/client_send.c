#include "dns/client_inner.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

enum { HURRY_LOSSES = 16, HURRY_REFUSALS = 3, HURRY_TIME = 2000000, DEAD_TIME = 8000000 };

/* Where a server has been silent for long and there is another, less patience is enough. */
int query_is_over(const struct client *c, const struct query *q)
{
	const struct window *w = &c->server[q->resolver].window;
	int silent =
		w->losses_in_a_row >= HURRY_LOSSES || w->refusals_in_a_row >= HURRY_REFUSALS;

	if ((c->n_resolvers > 1 || q->resolver >= FRAME_RESOLVERS) && silent && c->now - q->first_sent >= HURRY_TIME)
		return 1;
	return c->now >= q->deadline;
}

static void after_sending(struct client *c, struct query *q)
{
	struct server *s = &c->server[q->resolver];
	int64_t due;

	if (!q->first_sent) {
		q->first_sent = c->now;
		q->deadline = c->now + (int64_t)q->budget * 1000;
	}
	q->last_sent = c->now;
	if (q->sendings < 255)
		q->sendings++;
	c->counts.queries++;
	due = c->now + window_timeout(&s->window, q->tries);
	client_schedule(c, q, due < q->deadline ? due : q->deadline);
}

/* A socket gave an error: nobody listens there, or the way is closed.  What flies has lost a
 * sending, but no try. */
void socket_failed(struct client *c, struct server *s, int error)
{
	if (error == EAGAIN || error == EINTR || error == ENOBUFS)
		return;
	window_refused(&s->window, c->now);
}

/* From now on the socket cuts what it is given into datagrams of that length. */
static int set_segment(struct server *s, unsigned socket, uint16_t length)
{
	int value = length;

	if (s->segment[socket] == length)
		return 0;
	if (setsockopt(s->udp[socket], SOL_UDP, UDP_SEGMENT, &value, sizeof value))
		return -1;
	s->segment[socket] = length;
	return 0;
}

static int send_one(struct server *s, struct query *q)
{
	if (set_segment(s, q->socket, 0))
		return -1;
	return send(s->udp[q->socket], q->packet, q->packet_len, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void query_send_again(struct client *c, struct query *q)
{
	struct server *s = &c->server[q->resolver];

	c->counts.retries++;
	/* Half way a new socket and id are tried: what lies between may have forgotten the old
	 * ones. */
	if (q->sendings == QUERY_TRIES / 2) {
		flight_remove(c, q);
		flight_add(c, q, client_random(c) % s->n_udp);
	}
	window_take(&s->window, 1);
	if (send_one(s, q))
		socket_failed(c, s, errno);
	after_sending(c, q);
}

/* Sends packets of one length through the one socket of their queries.
 *
 * In one piece that the kernel cuts, where it does (UDP_SEGMENT: Linux 4.18, and a device that can sum what it sends): a
 * quarter of what a call each costs.  sendmmsg() would save less, and takes addresses that no system call filter can see,
 * where a connected UDP socket sends to any address it is given.  Without it, and without sendmsg(), the worker reaches
 * nobody but whom it was connected to. */
static int send_together(struct client *c, struct server *s, struct query *const *batch, unsigned n)
{
	unsigned length = batch[0]->packet_len, socket = batch[0]->socket;

	if (n == 1)
		return send_one(s, batch[0]);
	for (unsigned i = 0; i < n; i++)
		memcpy(c->together + i * length, batch[i]->packet, length);
	if (set_segment(s, socket, (uint16_t)length))
		return -1;
	return send(s->udp[socket], c->together, (size_t)n * length, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* A repeated query whose time is over has waited in vain. */
static int has_waited_in_vain(struct client *c, struct query *q)
{
	if (!q->first_sent || !query_is_over(c, q))
		return 0;
	query_give_up(c, q);
	return 1;
}

/* Takes from the queue, which holds one at least, what may go and those that can go with it. */
static unsigned take_batch(struct client *c, struct server *s, struct query **batch, unsigned room)
{
	struct query *q = queue_take(s);
	unsigned n = 0;

	if (has_waited_in_vain(c, q))
		return 0;
	batch[n++] = q;
	while (n < room && (q = queue_take_alike(s, batch[0])))
		if (!has_waited_in_vain(c, q))
			batch[n++] = q;
	return n;
}

static void take_off(struct client *c, struct query *q)
{
	struct server *s = &c->server[q->resolver];

	q->state = QUERY_FLYING;
	if (q->tries < QUERY_TRIES)
		q->tries++;
	q->in_window = 1;
	s->window.in_flight++;
	window_take(&s->window, 1);
	after_sending(c, q);
}

static void put_back(struct client *c, struct query *const *batch, unsigned n)
{
	while (n-- > 0) {
		flight_remove(c, batch[n]);
		queue_add(&c->server[batch[n]->resolver], batch[n], 1);
	}
}

/* Any error but the usual ones may be due to the way they were sent. */
static int is_about_pieces(int error, unsigned n)
{
	return n > 1 && error != EAGAIN && error != EINTR && error != ENOBUFS && error != ECONNREFUSED;
}

/* Sends up to room queries of the queue through one random socket; 0 when it takes no more. */
static int send_batch(struct client *c, struct server *s, unsigned room)
{
	struct query *batch[UDP_TOGETHER];
	unsigned most = s->alone ? 1 : room < UDP_TOGETHER ? room : UDP_TOGETHER;
	unsigned n = take_batch(c, s, batch, most), socket = client_random(c) % s->n_udp;

	if (!n)
		return 1;
	for (unsigned i = 0; i < n; i++)
		flight_add(c, batch[i], socket);
	for (int failures = 0; failures < 3; failures++) {
		if (!send_together(c, s, batch, n)) {
			for (unsigned i = 0; i < n; i++)
				take_off(c, batch[i]);
			return 1;
		}
		if (is_about_pieces(errno, n)) {
			s->alone = 1;
			put_back(c, batch, n);
			return 1;
		}
		socket_failed(c, s, errno);
	}
	put_back(c, batch, n);
	if (c->now >= s->window.paused_until)
		s->window.paused_until = c->now + 2000;
	return 0;
}

void queue_pump(struct client *c)
{
	for (unsigned i = 0; i < c->n_servers; i++) {
		struct server *s = &c->server[i];
		unsigned room;

		while (s->n_udp && !queue_is_empty(s) &&
		       (room = window_room(&s->window, c->now)) > 0)
			if (!send_batch(c, s, room))
				break;
	}
}

/* What has waited in the queue of a resolver that said nothing for eight seconds is given up,
 * so that nobody waits for a dead resolver one window after another. */
void queue_drop_waiting(struct client *c, struct server *s)
{
	struct query *q;

	if (c->now - s->last_answer < DEAD_TIME || c->now - s->last_look < CLIENT_LOOK)
		return;
	s->last_look = c->now;
	while ((q = queue_take_waiting(s, c->now - DEAD_TIME)))
		query_give_up(c, q);
}
