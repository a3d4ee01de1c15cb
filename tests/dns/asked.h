/*
 * asked: a test that is itself the resolver of a worker: a socket on loopback, at which questions arrive.
 */
#ifndef TESTS_DNS_ASKED_H
#define TESTS_DNS_ASKED_H

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A build for a sanitizer runs its workers without a sandbox. */
#ifdef SANDBOX_OPEN
enum { IS_OPEN = 1 };
#else
enum { IS_OPEN = 0 };
#endif

static inline int udp_at_loopback(struct sockaddr_in *a)
{
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)a, &len), 0);
	return fd;
}

static int asked = -1;
static struct sockaddr_in asked_address;

static inline void asked_begin(void)
{
	struct timeval most = {.tv_sec = 100}; /* for what never comes */

	asked = udp_at_loopback(&asked_address);
	ck_assert_int_eq(setsockopt(asked, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most), 0);
}

/* A question, and from whose port it came. */
static inline size_t asked_receive(void *question, size_t most, struct sockaddr_in *from)
{
	socklen_t size = sizeof *from;
	ssize_t n = recvfrom(asked, question, most, 0, (struct sockaddr *)from, &size);

	ck_assert_msg(n >= 0, "nothing came from the worker: %s", strerror(errno));
	return (size_t)n;
}

static inline void asked_answer(const void *bytes, size_t len, const struct sockaddr_in *to)
{
	ck_assert_int_eq(sendto(asked, bytes, len, 0, (const struct sockaddr *)to, sizeof *to), (ssize_t)len);
}

#endif
