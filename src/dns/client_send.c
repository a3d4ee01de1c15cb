#include "dns/client_inner.h"

#include <errno.h>
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
	if (send(s->udp[q->socket], q->packet, q->packet_len, MSG_NOSIGNAL) < 0)
		socket_failed(c, s, errno);
	after_sending(c, q);
}

/* Sends up to room queries of the queue through one random socket; 0 when it takes no more.
 *
 * One send() each: sendmmsg() would be cheaper by half a microsecond, but it takes addresses that no system call filter
 * can see, and a connected UDP socket sends to any address it is given.  Without it, and without sendmsg(), the worker
 * reaches nobody but whom it was connected to. */
static int send_batch(struct client *c, struct server *s, unsigned room)
{
	struct query *batch[UDP_BATCH];
	unsigned socket = client_random(c) % s->n_udp, n = 0, done = 0;

	if (room > UDP_BATCH)
		room = UDP_BATCH;
	while (n < room && (s->urgent || s->queue)) {
		struct query *q = queue_take(s);

		/* A repeated query whose time is over has waited in vain. */
		if (q->first_sent && query_is_over(c, q)) {
			query_give_up(c, q);
			continue;
		}
		flight_add(c, q, socket);
		batch[n++] = q;
	}
	for (int failures = 0; done < n && failures < 3;) {
		if (send(s->udp[socket], batch[done]->packet, batch[done]->packet_len, MSG_NOSIGNAL) < 0) {
			socket_failed(c, s, errno);
			failures++;
		} else {
			done++;
		}
	}
	for (unsigned i = 0; i < done; i++) {
		struct query *q = batch[i];

		q->state = QUERY_FLYING;
		if (q->tries < QUERY_TRIES)
			q->tries++;
		q->in_window = 1;
		s->window.in_flight++;
		window_take(&s->window, 1);
		after_sending(c, q);
	}
	for (unsigned i = n; i-- > done;) {
		flight_remove(c, batch[i]);
		queue_add(s, batch[i], 1);
	}
	if (done < n && c->now >= s->window.paused_until)
		s->window.paused_until = c->now + 2000;
	return done == n;
}

void queue_pump(struct client *c)
{
	for (unsigned i = 0; i < c->n_servers; i++) {
		struct server *s = &c->server[i];
		unsigned room;

		while (s->n_udp && (s->urgent || s->queue) &&
		       (room = window_room(&s->window, c->now)) > 0)
			if (!send_batch(c, s, room))
				break;
	}
}

/* What has waited in the queue of a resolver that said nothing for eight seconds is given up,
 * so that nobody waits for a dead resolver one window after another. */
void queue_drop_waiting(struct client *c, struct server *s)
{
	struct query **head[] = {&s->urgent, &s->queue}, *q;

	if (c->now - s->last_answer < DEAD_TIME || c->now - s->last_look < CLIENT_LOOK)
		return;
	s->last_look = c->now;
	for (size_t i = 0; i < 2; i++)
		while ((q = *head[i]) && c->now - q->asked > DEAD_TIME) {
			*head[i] = q->next;
			query_give_up(c, q);
		}
}
