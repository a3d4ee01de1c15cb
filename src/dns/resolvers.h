/*
 * resolvers: whom to ask, from the configuration or /etc/resolv.conf, and
 * sockets connected to them.
 */
#ifndef DNS_RESOLVERS_H
#define DNS_RESOLVERS_H

#include <stddef.h>

#include "dns/frame.h"
#include "relay/config.h"

struct err;

struct resolvers {
	struct config_address address[FRAME_RESOLVERS]; /* none twice */
	size_t n;
};

/* -1 when there is none at all, or more than FRAME_RESOLVERS are configured. */
int resolvers_get(struct resolvers *out, const struct config *config, struct err *e);

/* The nameserver lines of a text in the form of resolv.conf(5) are added. */
void resolvers_parse(struct resolvers *out, const char *text);

int resolver_is_loopback(const struct config_address *a);

/* How fast they may be asked: as configured, else 200 questions in flight, and 1000 a second where a resolver is not on
 * this machine.  Never more than 5000 in flight. */
void resolvers_pace(struct frame_setup *out, const struct resolvers *r, const struct config *config);

/* "127.0.0.1:53", "[::1]:53" */
char *resolver_text(char *out, size_t size, const struct config_address *a);

/* A connected, non-blocking UDP socket, or a TCP socket that has begun to connect; -1 with
 * errno. */
int resolver_socket_udp(const struct config_address *a);
int resolver_socket_tcp(const struct config_address *a);

#endif
