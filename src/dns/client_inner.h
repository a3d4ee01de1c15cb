/*
 * client_inner: what the parts of the client share: queries, their lists and
 * timers, the flow control of a resolver, the connections.
 *
 * Times are microseconds of the monotonic clock.
 */
#ifndef DNS_CLIENT_INNER_H
#define DNS_CLIENT_INNER_H

#include <sys/socket.h>

#include "dns/client.h"

enum {
	QUERY_TRIES = 8,
	QUERY_REFUSALS = 2, /* SERVFAIL and REFUSED are asked again so often */
	QUERY_IN_WINDOW =
		2, /* sendings after which a query is a straggler and leaves the window */
	HASH_SIZE = 16384,
	WHEEL_SLOTS = 2048, /* of 8 ms each: 16 s, longer than any wait */
	WHEEL_SHIFT = 13,
	TCP_CONNECTIONS = 10,
	UDP_BATCH = 64,	/* datagrams received at once */
	UDP_TOGETHER = 64, /* and sent: as many as any kernel cuts out of one piece */
	AUTHORITY_WINDOW = 50,
	AUTHORITY_RATE = 200, /* a second; a stranger's server is asked about his own zones only */
	CLIENT_LOOK = 1000000 /* what has no timer of its own is looked at so often */
};

enum query_state {
	QUERY_QUEUED,  /* waits for the window */
	QUERY_FLYING,  /* sent, in the hash by socket and id */
	QUERY_WAITING, /* for the time to be asked again */
	QUERY_TCP
};

struct query {
	struct query *next, *prev;
	struct query **list; /* head of the list it is in, NULL for none */
	struct query *hash_next;
	struct query *alike; /* the next in the queue whose packet is as long */
	uint64_t cookie;
	int64_t asked, first_sent, last_sent, deadline;
	uint32_t budget; /* milliseconds */
	uint32_t slot;	 /* in the wheel */
	uint16_t type, id, packet_len, name_len;
	uint8_t resolver, socket, state;
	uint8_t tries;	  /* sendings that count */
	uint8_t sendings; /* all of them */
	uint8_t refusals, plain, in_window, urgent, foreign;
	uint8_t tcp_tries;
	uint8_t failure; /* the last one, told if nothing better comes */
	int16_t rcode;
	int32_t ede;
	uint8_t packet[MESSAGE_QUERY];
};

/* Queries that wait, the oldest first; those with packets of one length can be found without the others. */
struct queue {
	struct query *first, *last;
	struct {
		struct query *first, *last;
	} alike[MESSAGE_QUERY + 1];
};

/* The flow control of one resolver. */
struct window {
	double size, threshold; /* queries in flight */
	unsigned cap, in_flight;
	int64_t srtt, rttvar; /* srtt 0: nothing measured yet */
	int64_t last_cut;
	int64_t pause, paused_until, last_refused;
	unsigned rate; /* a second; 0: no limit */
	double tokens;
	int64_t tokens_at;
	unsigned losses_in_a_row, refusals_in_a_row;
};

struct server {
	int udp[FRAME_SOCKETS_MAX];
	unsigned n_udp;
	uint16_t segment[FRAME_SOCKETS_MAX]; /* what each socket cuts a piece into; 0: nothing */
	int alone; /* on the way to it no piece is cut, each datagram is a call of its own */
	struct window window;
	struct queue urgent, queue;
	int64_t last_answer, last_look;
	unsigned tcp_asked_for; /* sockets requested and not yet given */
};

struct tcp {
	int fd; /* -1: free place */
	unsigned resolver;
	struct query *query; /* NULL: idle */
	int used;	     /* has carried an answer before */
	size_t sent, have;
	int64_t idle_since;
	uint8_t *bytes; /* 2 + 65535 */
};

struct client {
	struct client_events events;
	int epoll, fd, fd_write;
	unsigned n_resolvers, n_servers; /* n_servers: one more than the last place in use */
	struct server server[FRAME_SERVERS];
	struct query *hash[HASH_SIZE];
	struct query *wheel[WHEEL_SLOTS];
	uint64_t wheel_used[WHEEL_SLOTS / 64];
	int64_t tick;
	int64_t now;
	struct query *free_queries;
	size_t n_pending;
	struct query *tcp_queue; /* waits for a connection, in the order of asking */
	struct tcp tcp[TCP_CONNECTIONS];
	struct frame_counts counts;
	uint8_t random[512];
	size_t random_left;
	struct reply_room room;
	uint8_t together[UDP_TOGETHER * MESSAGE_QUERY];
	struct mmsghdr message[UDP_BATCH];
	struct iovec part[UDP_BATCH];
	uint8_t udp_bytes[UDP_BATCH][4096];
};

/* What an epoll event is about: kind, resolver or connection, socket. */
enum { EVENT_PARENT, EVENT_UDP, EVENT_TCP };
static inline uint64_t event_tag(unsigned kind, unsigned a, unsigned b)
{
	return (uint64_t)kind << 32 | a << 16 | b;
}

/* client.c */
void client_take_reply(struct client *c, struct query *q); /* c->room holds it */

/* client_query.c: where a query is: in the air (by socket and id), in the wheel of timers.  Finishing one tells the
 * reply and frees it. */
uint32_t client_random(struct client *c);
void client_schedule(struct client *c, struct query *q, int64_t due);
void client_unlink(struct client *c, struct query *q);
int64_t wheel_next(const struct client *c); /* when the next timer is due, -1 for none */
struct query *flight_find(struct client *c, unsigned resolver, unsigned socket, unsigned id);
void flight_add(struct client *c, struct query *q, unsigned socket);
void flight_remove(struct client *c, struct query *q);
void query_leave_window(struct client *c, struct query *q);
void query_land(struct client *c, struct query *q);
void query_give_up(struct client *c, struct query *q);
void client_finish(struct client *c, struct query *q, struct reply *r);
void client_finish_failed(struct client *c, struct query *q, enum answer_failure failure);

/* client_queue.c: what a server is still to be asked; urgent ones go before all others. */
void queue_add(struct server *s, struct query *q, int first);
int queue_is_empty(const struct server *s);
struct query *queue_take(struct server *s); /* the next; there must be one */
struct query *queue_take_alike(struct server *s, const struct query *q); /* one as long and as urgent, or NULL */
struct query *queue_take_waiting(struct server *s, int64_t before);	 /* one that was asked before that, or NULL */

/* client_send.c */
void queue_pump(struct client *c); /* sends what the windows allow */
void queue_drop_waiting(struct client *c, struct server *s);
int query_is_over(const struct client *c, const struct query *q);
void query_send_again(struct client *c, struct query *q);
void socket_failed(struct client *c, struct server *s, int error);

/* client_window.c */
void window_init(struct window *w, unsigned cap, unsigned rate);
int64_t window_timeout(const struct window *w, unsigned tries);
unsigned window_room(struct window *w, int64_t now);
int64_t window_next_room(const struct window *w,
			 int64_t now);		/* -1: only an answer makes room */
void window_take(struct window *w, unsigned n); /* tokens */
void window_answered(struct window *w, int64_t rtt);
void window_lost(struct window *w, int64_t now);
void window_refused(struct window *w, int64_t now);

/* client_tcp.c */
void tcp_ask(struct client *c, struct query *q);
void tcp_drop(struct client *c, struct query *q); /* its time is over */
void tcp_event(struct client *c, unsigned which, uint32_t events);
void tcp_close_idle(struct client *c);
void tcp_close_idle_of(struct client *c, unsigned resolver); /* the place goes to another server */
void tcp_close_all(struct client *c);

#endif
