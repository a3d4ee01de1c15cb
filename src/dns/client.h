/*
 * client: asks resolvers over sockets that it is given.
 *
 * The engine of the worker: up to 16 connected UDP sockets a resolver, random
 * ids and sockets, batches of datagrams, retransmission with an adaptive
 * timeout, a window that follows losses, TCP when an answer was truncated.  It
 * opens nothing and reads no file; time is the monotonic clock.  Every
 * question that was asked is answered exactly once, with a failure if need be.
 */
#ifndef DNS_CLIENT_H
#define DNS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/frame.h"
#include "dns/message.h"

struct client;
struct err;

/* reply lives until the callback returns.  A want_tcp is answered by client_give_tcp(). */
struct client_events {
	void *ctx;
	void (*reply)(void *ctx, uint64_t cookie, const struct reply *r);
	void (*want_tcp)(void *ctx, unsigned resolver);
};

/* Also watches fd (the pipe to the parent; -1: none); client_turn() says when it is ready. */
struct client *client_new(const struct frame_setup *s, const struct client_events *events,
			  int fd, struct err *e);
void client_free(struct client *c);

/* Gives a connected, non-blocking UDP socket; the client closes it. */
int client_give_udp(struct client *c, unsigned resolver, int fd);

/* Gives a non-blocking TCP socket that connects, or -1 when there is none. */
void client_give_tcp(struct client *c, unsigned resolver, int fd);

/* Asks.  -1 when the resolver is not one of the setup's. */
int client_ask(struct client *c, const struct frame_query *q);

/* True when the client wants to be told that fd can be written, too. */
void client_want_write(struct client *c, int yes);

enum { CLIENT_READABLE = 1, CLIENT_WRITABLE = 2, CLIENT_GONE = 4 };

/* Sends what may be sent, waits at most max_ms (-1: no limit) and handles what came; the state
 * of fd. */
int client_turn(struct client *c, int max_ms);

struct frame_counts client_counts(const struct client *c);

#endif
