/*
 * Which resolvers are asked, how fast, and through which sockets.
 */
#include "dns/resolvers.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "relay/config.h"
#include "support/fault.h"
#include "support/suite.h"

static struct err err;

START_TEST(the_lines_of_resolv_conf)
{
	struct resolvers r = {0};
	char text[80];

	resolvers_parse(&r, "# nameserver 1.2.3.4\nnameserver 192.0.2.1\n nameserver "
			    "192.0.2.9\nnameserver\t::1 # x\n"
			    "nameserver fe80::1%eth0\nnameserver 192.0.2.1\nnameservers "
			    "192.0.2.2\nnameserver 1.2.3\n"
			    "nameserver 1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111\n"
			    "options rotate\nnameserver 192.0.2.3");
	ck_assert_uint_eq(r.n, 3);
	ck_assert_str_eq(resolver_text(text, sizeof text, &r.address[0]), "192.0.2.1:53");
	ck_assert_str_eq(resolver_text(text, sizeof text, &r.address[1]), "[::1]:53");
	ck_assert(!resolver_is_loopback(&r.address[0]) && resolver_is_loopback(&r.address[1]));
	ck_assert_str_eq(resolver_text(text, sizeof text, &r.address[2]), "192.0.2.3:53");
}
END_TEST

/* --- without any in the configuration: those of the system -------------------------------------------- */

static int get_of_system(struct resolvers *out, struct err *e)
{
	struct config c;
	int rc;

	config_init(&c);
	rc = resolvers_get(out, &c, e);
	config_clear(&c);
	return rc;
}

START_TEST(without_one_the_system_s_are_asked)
{
	struct resolvers r, wanted = {0};
	char text[16384] = "";
	FILE *f = fopen("/etc/resolv.conf", "r");
	int rc = get_of_system(&r, &err);

	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = '\0';
		fclose(f);
	}
	resolvers_parse(&wanted, text);
	ck_assert_int_eq(rc, wanted.n > 0 ? 0 : -1);
	ck_assert_uint_eq(r.n, wanted.n);
	for (size_t i = 0; i < r.n; i++)
		ck_assert_int_eq(memcmp(&r.address[i], &wanted.address[i], sizeof r.address[i]), 0);
}
END_TEST

/* Twice the same is one; of nine none is left out in silence, since an orphan needs all of them. */
START_TEST(more_than_can_be_asked_are_refused)
{
	struct config_address address[FRAME_RESOLVERS + 2] = {0};
	struct resolvers r;
	struct config c;

	for (size_t i = 0; i < FRAME_RESOLVERS + 1; i++) {
		char text[NET_TEXT_SIZE];

		snprintf(text, sizeof text, "192.0.2.%zu", i + 1);
		ck_assert_int_eq(net_address_parse(&address[i].address, text), 0);
		address[i].port = 53;
	}
	address[FRAME_RESOLVERS + 1] = address[FRAME_RESOLVERS];
	address[FRAME_RESOLVERS] = address[0];
	config_init(&c);
	c.resolver = address;
	c.n_resolvers = FRAME_RESOLVERS + 1;
	ck_assert_int_eq(resolvers_get(&r, &c, &err), 0);
	ck_assert_uint_eq(r.n, FRAME_RESOLVERS);
	c.n_resolvers++;
	ck_assert_int_eq(resolvers_get(&r, &c, &err), -1);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_str_eq(err.text, "more than 8 resolvers are configured; leave so many in mxward.conf");
	c.resolver = NULL;
	c.n_resolvers = 0;
	config_clear(&c);
}
END_TEST

enum { READ_SIZE = 16383 }; /* of its one read(), which is told by that from any other */

static int without_right_to_read(void *ctx, struct err *e)
{
	struct resolvers r;

	(void)ctx;
	fault_set(&(struct fault){SYS_openat, EACCES, 2, O_NOCTTY, O_NOCTTY});
	return get_of_system(&r, e);
}

static int with_a_bad_disk(void *ctx, struct err *e)
{
	struct resolvers r;

	(void)ctx;
	fault_set(&(struct fault){SYS_read, EIO, 2, ~0u, READ_SIZE});
	return get_of_system(&r, e);
}

static int with_an_empty_file(void *ctx, struct err *e)
{
	struct resolvers r;

	(void)ctx;
	fault_set(&(struct fault){SYS_read, 0, 2, ~0u, READ_SIZE}); /* "succeeds" with nothing */
	return get_of_system(&r, e);
}

START_TEST(a_list_that_cannot_be_read_is_said)
{
	ck_assert_int_eq(fault_run(without_right_to_read, NULL, &err), -1);
	ck_assert_str_eq(err.text, "no resolver is configured and /etc/resolv.conf cannot be read: Permission denied");
	if (access("/etc/resolv.conf", R_OK) != 0)
		return;
	ck_assert_int_eq(fault_run(with_a_bad_disk, NULL, &err), -1);
	ck_assert_str_eq(err.text, "no resolver is configured and /etc/resolv.conf cannot be read: Input/output error");
	ck_assert_int_eq(fault_run(with_an_empty_file, NULL, &err), -1);
	ck_assert_str_eq(err.text, "no resolver is configured and /etc/resolv.conf names none; set resolver in mxward.conf");
	ck_assert_int_eq(err.code, ERR_CONFIG);
}
END_TEST

/* --- pace -------------------------------------------------------------------------------------------------- */

START_TEST(the_pace_of_resolvers)
{
	struct resolvers r = {0};
	struct frame_setup s;
	struct config c;

	config_init(&c);
	resolvers_parse(&r, "nameserver 192.0.2.1\nnameserver 127.0.0.1\nnameserver ::1\nnameserver 2001:db8::1\n");
	resolvers_pace(&s, &r, &c);
	ck_assert_uint_eq(s.window, 200);
	ck_assert_uint_eq(s.n_resolvers, r.n);
	for (size_t i = 0; i < r.n; i++)
		ck_assert_uint_eq(s.rate[i], resolver_is_loopback(&r.address[i]) ? 0 : 1000);
	c.window = 5000;
	c.rate = 7;
	resolvers_pace(&s, &r, &c);
	ck_assert_uint_eq(s.window, 5000);
	ck_assert(s.rate[0] == 7 && s.rate[1] == 7);
	c.window = 60000;
	c.rate = 0; /* no limit, for others too */
	resolvers_pace(&s, &r, &c);
	ck_assert_uint_eq(s.window, 5000);
	ck_assert(s.rate[0] == 0 && s.rate[1] == 0);
	config_clear(&c);
}
END_TEST

/* --- sockets ------------------------------------------------------------------------------------------------ */

START_TEST(a_socket_is_connected_to_its_resolver)
{
	struct config_address a = {.port = 53, .address = {.family = 4, .bytes = {127, 0, 0, 1}}};
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	int fd = resolver_socket_udp(&a);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	ck_assert(peer.ss_family == AF_INET && ((struct sockaddr_in *)&peer)->sin_port == htons(53));
	close(fd);
	a.address = (struct net_address){.family = 6, .bytes = {[15] = 1}};
	fd = resolver_socket_udp(&a);
	if (fd >= 0) { /* a machine may be without IPv6 */
		len = sizeof peer;
		ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
		ck_assert(peer.ss_family == AF_INET6 && ((struct sockaddr_in6 *)&peer)->sin6_port == htons(53));
		close(fd);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("resolvers");
	TCase *t = tcase_create("resolvers");

	tcase_add_test(t, the_lines_of_resolv_conf);
	tcase_add_test(t, without_one_the_system_s_are_asked);
	tcase_add_test(t, more_than_can_be_asked_are_refused);
	tcase_add_test(t, a_list_that_cannot_be_read_is_said);
	tcase_add_test(t, the_pace_of_resolvers);
	tcase_add_test(t, a_socket_is_connected_to_its_resolver);
	suite_add_tcase(s, t);
	return suite_run(s);
}
