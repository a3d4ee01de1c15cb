/*
 * resolvers_two: two resolvers in one process of their own, on free ports, that
 * agree about most names.  What they say of a name is decided by the zone it
 * lies in.
 */
#ifndef TESTS_DNS_RESOLVERS_TWO_H
#define TESTS_DNS_RESOLVERS_TWO_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/wire.h"
#include "relay/name.h"

static int udp[2], port[2];
static pid_t server;

static inline int under(const char *name, const char *parent)
{
	return name_is_under(name, parent);
}

static inline void address(struct wire *w, const char *name, uint32_t a)
{
	size_t at = wire_record(w, WIRE_ANSWER, name, MESSAGE_A, 60);

	wire_u32(w, a);
	wire_end(w, at);
}

/* What resolver `which` says; 0 for silence. */
static inline int say(struct wire *w, int which, unsigned id, const char *name, unsigned type)
{
	int is_mx = type == MESSAGE_MX;

	wire_begin(w, id, 0, name, type);
	if (under(name, "fail.test") || (!which && under(name, "first-fails.test"))) {
		wire_begin(w, id, 2, name, type);
	} else if (under(name, "gone.test") || (which && under(name, "split.test"))) {
		wire_begin(w, id, 3, name, type);
		wire_soa(w, "test", 60, 60);
	} else if (is_mx && under(name, "us.test")) {
		wire_mx(w, name, 60, 20, "backup.isp.test");
		wire_mx(w, name, 60, 10, "mx.us.test");
	} else if (is_mx && (under(name, "split.test") || under(name, "first-fails.test"))) {
		wire_mx(w, name, 60, 20, "backup.isp.test");
		wire_mx(w, name, 60, 10, "mx.us.test");
	} else if (is_mx && under(name, "other.test")) {
		wire_mx(w, name, 60, 10, "mx.other.test");
		wire_mx(w, name, 60, 20, "mx.other.test");
	} else if (is_mx && under(name, "target.test")) {
		wire_mx(w, name, 60, 10, "mx.fail.test");
	} else if (is_mx && under(name, "null.test")) {
		wire_mx(w, name, 60, 0, "");
	} else if (type == MESSAGE_NS && under(name, "other.test")) {
		wire_link(w, WIRE_ANSWER, name, MESSAGE_NS, "ns2.test");
		wire_link(w, WIRE_ANSWER, name, MESSAGE_NS, "ns1.test");
	} else if (type == MESSAGE_A &&
		   (under(name, "mx.us.test") || under(name, "self.test"))) {
		address(w, name, 0x0b0b0501);
	} else if (type == MESSAGE_A && under(name, "mx.other.test")) {
		address(w, name, 0x16160001);
	} else {
		wire_soa(w, "test", 60, 60);
	}
	return !under(name, "silent.test");
}

static inline void serve(void)
{
	static struct wire w;
	struct pollfd p[] = {{.fd = udp[0], .events = POLLIN},
			     {.fd = udp[1], .events = POLLIN}};

	for (;;) {
		poll(p, 2, -1);
		for (int i = 0; i < 2; i++) {
			struct sockaddr_in peer;
			socklen_t size = sizeof peer;
			uint8_t query[600];
			char name[NAME_SIZE];
			ssize_t n;
			int len;

			n = recvfrom(udp[i], query, sizeof query, MSG_DONTWAIT,
				     (struct sockaddr *)&peer, &size);
			if (n < 17)
				continue;
			len = message_name_to_text(name, sizeof name, query + 12,
						   (size_t)n - 12);
			if (len < 0 || !say(&w, i, (unsigned)query[0] << 8 | query[1], name,
					    query[12 + len + 3]))
				continue;
			sendto(udp[i], w.bytes, w.len, 0, (struct sockaddr *)&peer, size);
		}
	}
}

static inline void start_server(void)
{
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in a = {.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t size = sizeof a;

		udp[i] = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_eq(bind(udp[i], (struct sockaddr *)&a, size), 0);
		getsockname(udp[i], (struct sockaddr *)&a, &size);
		port[i] = ntohs(a.sin_port);
	}
	server = fork();
	if (!server)
		serve();
}

#endif
