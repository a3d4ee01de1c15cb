/*
 * tcp: the connections of worldd (RFC 7766): length-prefixed queries, as many
 * as a client likes on one connection, none of them ever waited for.
 *
 * The module owns its connections and their buffers.  An idle one is closed
 * after 30 seconds, the idlest when there is no room for another.
 */
#ifndef WORLD_TCP_H
#define WORLD_TCP_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "misbehave.h"

#define TCP_MAX_CONNECTIONS 256

struct sockaddr_storage;

/* Answers one query into out, which has room for 65535 bytes. */
typedef struct outcome tcp_answer(const uint8_t *wire, size_t len,
				  const struct sockaddr_storage *from, uint8_t *out);

void tcp_start(int listener, tcp_answer *answer);

/* Fills in what to poll for; returns how many, at most TCP_MAX_CONNECTIONS + 1. */
size_t tcp_poll(struct pollfd *fds);

/* After poll: accepts, reads, answers, writes.  now in milliseconds. */
void tcp_handle(const struct pollfd *fds, size_t count, uint64_t now);

/* Sends a delayed answer, if its connection is still there. */
void tcp_send(uint64_t connection, const uint8_t *bytes, size_t len);

void tcp_stop(void);

#endif
