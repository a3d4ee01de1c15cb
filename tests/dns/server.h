/*
 * server: a name server in a process of its own that behaves as the first
 * label of a name says: it drops, repeats, lies, truncates.  UDP and TCP on
 * one free port of the loopback.
 */
#ifndef TESTS_DNS_SERVER_H
#define TESTS_DNS_SERVER_H

#include <stdio.h>
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dns/wire.h"

static int server_udp, server_tcp;
static struct sockaddr_in server_address;
static pid_t server;
static char seen[64][64]; /* names that were asked before */

static inline int is_first(const char *name)
{
	for (size_t i = 0; i < 64; i++) {
		if (!strcmp(seen[i], name))
			return 0;
		if (!seen[i][0]) {
			snprintf(seen[i], sizeof seen[i], "%.63s", name);
			return 1;
		}
	}
	return 0;
}

static inline void answer_well(struct wire *w, unsigned id, const char *name, unsigned type)
{
	wire_begin(w, id, 0, name, type);
	wire_mx(w, name, 60, 10, "mx.test");
}

/* Makes the answer in w; 0 for silence. */
static inline int behave(struct wire *w, const uint8_t *query, size_t len, int over_tcp)
{
	char name[NAME_SIZE];
	unsigned id, type;
	int n = message_name_to_text(name, sizeof name, query + 12, len - 12);
	size_t end = 12 + (size_t)(n < 0 ? 0 : n) + 2;

	if (n < 0)
		return 0;
	id = (unsigned)query[0] << 8 | query[1];
	type = (unsigned)query[end] << 8 | query[end + 1];
	answer_well(w, id, name, type);
	if (!strncmp(name, "silent", 6) || (!strncmp(name, "drop", 4) && is_first(name)))
		return 0;
	if (!strncmp(name, "servfail", 8) || (!strncmp(name, "once", 4) && is_first(name)))
		wire_begin(w, id, 2, name, type);
	if (!strncmp(name, "refused", 7))
		wire_begin(w, id, 5, name, type);
	if (!strncmp(name, "noedns", 6) && query[11])
		wire_begin(w, id, 1, name, type);
	if (!strncmp(name, "notimp", 6))
		wire_begin(w, id, 4, name, type);
	if (!strncmp(name, "bare", 4)) {
		wire_begin(w, id, 1, name, type);
		w->bytes[5] = 0;
		w->len = 12;
	}
	if (!strncmp(name, "otherid", 7))
		w->bytes[0] ^= 1;
	if (!strncmp(name, "otherq", 6))
		answer_well(w, id, "other.test", type);
	if (!strncmp(name, "othertype", 9))
		answer_well(w, id, name, MESSAGE_A);
	if (!strncmp(name, "garbage", 7)) {
		w->len -= 3;
	}
	if (!strncmp(name, "tc", 2) && !over_tcp)
		w->bytes[2] |= 2;
	if (!strncmp(name, "tcagain", 7))
		w->bytes[2] |= 2;
	if (!strncmp(name, "tcbig", 5) && over_tcp)
		for (int i = 0; i < 900; i++)
			wire_mx(w, name, 60, 20, "a-name-of-some-length.test");
	return 1;
}

static inline void serve_udp(void)
{
	static struct wire w;
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	uint8_t query[600];
	ssize_t n =
		recvfrom(server_udp, query, sizeof query, 0, (struct sockaddr *)&peer, &size);

	if (n < 17 || !behave(&w, query, (size_t)n, 0))
		return;
	/* A liar's answer comes before the true one, which is what is to be taken. */
	sendto(server_udp, w.bytes, w.len, 0, (struct sockaddr *)&peer, size);
	if (!memcmp(query + 13, "otherid-", 8) || !memcmp(query + 13, "otherq-", 7)) {
		answer_well(&w, (unsigned)query[0] << 8 | query[1], "", MESSAGE_MX);
		memmove(query + 2, "\x81\x80", 2);
		query[11] = 0;
		query[9] = 1;
		n -= 11; /* without OPT, but with an SOA of the root: NODATA */
		memcpy(w.bytes, query, (size_t)n);
		w.len = (size_t)n;
		w.bytes[9] = 0;
		wire_soa(&w, "", 60, 60);
		sendto(server_udp, w.bytes, w.len, 0, (struct sockaddr *)&peer, size);
	}
}

/* One connection, one question after the other until it ends. */
static inline void serve_tcp(void)
{
	static struct wire w;
	uint8_t query[600], length[2];
	int fd = accept(server_tcp, NULL, NULL);

	while (fd >= 0 && recv(fd, length, 2, MSG_WAITALL) == 2) {
		size_t len = (size_t)length[0] << 8 | length[1];

		if (len > sizeof query || recv(fd, query, len, MSG_WAITALL) != (ssize_t)len)
			break;
		if (!memcmp(query + 13, "tcclose", 7) || !behave(&w, query, len, 1))
			break;
		if (!memcmp(query + 13, "tcid", 4))
			w.bytes[0] ^= 0x55;
		length[0] = (uint8_t)(w.len >> 8);
		length[1] = (uint8_t)w.len;
		/* In pieces, as networks have it. */
		send(fd, length, 1, MSG_NOSIGNAL);
		send(fd, length + 1, 1, MSG_NOSIGNAL);
		for (size_t i = 0; i < w.len; i += 1000)
			send(fd, w.bytes + i, w.len - i < 1000 ? w.len - i : 1000,
			     MSG_NOSIGNAL);
		if (!memcmp(query + 13, "tclast", 6))
			break;
	}
	if (fd >= 0)
		close(fd);
}

static inline void serve(void)
{
	struct pollfd p[] = {{.fd = server_udp, .events = POLLIN},
			     {.fd = server_tcp, .events = POLLIN}};

	for (;;) {
		poll(p, 2, -1);
		if (p[0].revents)
			serve_udp();
		if (p[1].revents && !fork()) {
			serve_tcp();
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* From here on nobody listens at the port of a UDP socket, and nobody else can get it: the kernel refuses what comes from
 * elsewhere than the one peer. */
static inline void server_deafen(int fd)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET,
				     .sin_port = htons(9),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&nobody, sizeof nobody), 0);
}

static inline void start_server(void)
{
	socklen_t size = sizeof server_address;

	server_address = (struct sockaddr_in){.sin_family = AF_INET,
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	do {
		/* The same port for both; somebody else may have the one for TCP. */
		server_address.sin_port = 0;
		server_udp = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_eq(bind(server_udp, (struct sockaddr *)&server_address, size), 0);
		getsockname(server_udp, (struct sockaddr *)&server_address, &size);
		server_tcp = socket(AF_INET, SOCK_STREAM, 0);
		if (!bind(server_tcp, (struct sockaddr *)&server_address, size))
			break;
		close(server_udp);
		close(server_tcp);
	} while (1);
	ck_assert_int_eq(listen(server_tcp, 20), 0);
	server = fork();
	if (!server)
		serve();
}

#endif
