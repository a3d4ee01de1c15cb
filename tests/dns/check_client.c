/*
 * The client against a small server of the test's own, which behaves as the
 * first label of a name says: it drops, repeats, lies, truncates.  Nothing is
 * said of how long anything takes.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "dns/client_inner.h"
#include "dns/wire.h"

/* --- the server, in a process of its own --- */

static int server_udp, server_tcp;
static struct sockaddr_in server_address;
static pid_t server;
static char seen[64][64]; /* names that were asked before */

static int is_first(const char *name)
{
	for (size_t i = 0; i < 64; i++) {
		if (!strcmp(seen[i], name))
			return 0;
		if (!seen[i][0]) {
			strncpy(seen[i], name, sizeof seen[i] - 1);
			return 1;
		}
	}
	return 0;
}

static void answer_well(struct wire *w, unsigned id, const char *name, unsigned type)
{
	wire_begin(w, id, 0, name, type);
	wire_mx(w, name, 60, 10, "mx.test");
}

/* Makes the answer in w; 0 for silence. */
static int behave(struct wire *w, const uint8_t *query, size_t len, int over_tcp)
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

static void serve_udp(void)
{
	static struct wire w;
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	uint8_t query[600];
	ssize_t n = recvfrom(server_udp, query, sizeof query, 0, (struct sockaddr *)&peer, &size);

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
static void serve_tcp(void)
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
			send(fd, w.bytes + i, w.len - i < 1000 ? w.len - i : 1000, MSG_NOSIGNAL);
		if (!memcmp(query + 13, "tclast", 6))
			break;
	}
	if (fd >= 0)
		close(fd);
}

static void serve(void)
{
	struct pollfd p[] = {{.fd = server_udp, .events = POLLIN}, {.fd = server_tcp, .events = POLLIN}};

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

static void start_server(void)
{
	socklen_t size = sizeof server_address;

	server_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
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

/* --- the client --- */

enum { QUESTIONS = 2000 };

static struct client *client;
static struct reply *got[QUESTIONS];
static unsigned twice, tcp_wanted;
static int tcp_refused;

static void on_reply(void *ctx, uint64_t cookie, const struct reply *r)
{
	(void)ctx;
	ck_assert(cookie < QUESTIONS);
	twice += got[cookie] != NULL;
	free(got[cookie]);
	got[cookie] = reply_copy(r);
}

static void on_want_tcp(void *ctx, unsigned resolver)
{
	(void)ctx;
	ck_assert_uint_eq(resolver, 0);
	tcp_wanted++;
}

static int connected(int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (connect(fd, (struct sockaddr *)&server_address, sizeof server_address))
		ck_assert_int_eq(errno, EINPROGRESS);
	return fd;
}

static void start_client(unsigned window, unsigned sockets)
{
	struct frame_setup setup = {.window = window, .n_resolvers = 1};
	struct client_events events = {.reply = on_reply, .want_tcp = on_want_tcp};
	struct err e;

	client = client_new(&setup, &events, -1, &e);
	ck_assert_ptr_nonnull(client);
	for (unsigned i = 0; i < sockets; i++)
		ck_assert_int_eq(client_give_udp(client, 0, connected(SOCK_DGRAM)), 0);
}

static void setup(void)
{
	start_server();
	start_client(200, 16);
}

static void teardown(void)
{
	client_free(client);
	for (size_t i = 0; i < QUESTIONS; i++)
		free(got[i]);
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	close(server_udp);
	close(server_tcp);
}

static void ask(unsigned cookie, const char *name, uint32_t budget)
{
	struct frame_query q = {.cookie = cookie, .budget = budget, .type = MESSAGE_MX};
	int n = message_name_to_wire(q.name, name);

	ck_assert_int_gt(n, 0);
	q.name_len = (uint8_t)n;
	ck_assert_int_eq(client_ask(client, &q), 0);
}

static void finish(void)
{
	while (client_pending(client)) {
		client_turn(client, 100);
		for (; tcp_wanted; tcp_wanted--)
			client_give_tcp(client, 0, tcp_refused ? -1 : connected(SOCK_STREAM));
	}
	ck_assert_uint_eq(twice, 0);
}

static const struct reply *ask_one(const char *name, uint32_t budget)
{
	ask(0, name, budget);
	finish();
	return got[0];
}

static void assert_data(const struct reply *r)
{
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_str_eq(r->text + r->record[0].name, "mx.test");
}

static void assert_failure(const struct reply *r, enum answer_failure failure, int rcode)
{
	ck_assert_int_eq(r->status, ANSWER_FAIL);
	ck_assert_int_eq(r->failure, failure);
	ck_assert_int_eq(r->rcode, rcode);
}

START_TEST(an_answer)
{
	assert_data(ask_one("ok.test", 8000));
	ck_assert_uint_eq(client_counts(client).queries, 1);
	ck_assert_uint_eq(client_counts(client).answers, 1);
}
END_TEST

START_TEST(many_answers)
{
	char name[40];

	for (unsigned i = 0; i < QUESTIONS; i++) {
		snprintf(name, sizeof name, "n%u.test", i);
		ask(i, name, 8000);
	}
	finish();
	for (unsigned i = 0; i < QUESTIONS; i++)
		assert_data(got[i]);
}
END_TEST

START_TEST(a_lost_datagram_is_sent_again)
{
	assert_data(ask_one("drop.test", 8000));
	ck_assert_uint_ge(client_counts(client).retries, 1);
	ck_assert_uint_ge(client_counts(client).timeouts, 1);
}
END_TEST

START_TEST(silence_is_a_timeout)
{
	assert_failure(ask_one("silent.test", 300), FAILURE_TIMEOUT, -1);
}
END_TEST

START_TEST(a_closed_port_is_silence)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
	close(server_udp);
	ask(1, "a.test", 400);
	ask(2, "b.test", 400);
	finish();
	assert_failure(got[1], FAILURE_TIMEOUT, -1);
	assert_failure(got[2], FAILURE_TIMEOUT, -1);
}
END_TEST

START_TEST(a_refusal_is_asked_again)
{
	assert_data(ask_one("once.test", 8000));
}
END_TEST

START_TEST(lasting_refusals)
{
	ask(1, "servfail.test", 8000);
	ask(2, "refused.test", 8000);
	finish();
	assert_failure(got[1], FAILURE_SERVFAIL, 2);
	assert_failure(got[2], FAILURE_REFUSED, 5);
	ck_assert_uint_eq(client_counts(client).queries, 2 * (1 + QUERY_REFUSALS));
}
END_TEST

START_TEST(a_server_without_edns)
{
	assert_data(ask_one("noedns.test", 8000));
	ck_assert_uint_eq(client_counts(client).queries, 2);
}
END_TEST

START_TEST(servers_that_cannot)
{
	ask(1, "notimp.test", 8000);
	ask(2, "bare.test", 8000);
	ask(3, "garbage.test", 8000);
	finish();
	assert_failure(got[1], FAILURE_MALFORMED, 4);
	assert_failure(got[2], FAILURE_MALFORMED, 1);
	assert_failure(got[3], FAILURE_MALFORMED, 0);
}
END_TEST

START_TEST(lies_are_passed_over)
{
	/* A foreign answer first, then the true one. */
	ask(1, "otherid-x.test", 8000);
	ask(2, "otherq-x.test", 8000);
	finish();
	ck_assert_int_eq(got[1]->status, ANSWER_NODATA);
	ck_assert_int_eq(got[2]->status, ANSWER_NODATA);
	ck_assert_uint_ge(client_counts(client).foreign, 2);
}
END_TEST

START_TEST(lies_only)
{
	ask(1, "otherid.test", 300);
	ask(2, "otherq.test", 300);
	ask(3, "othertype.test", 300);
	finish();
	assert_failure(got[1], FAILURE_TIMEOUT, -1);
	assert_failure(got[2], FAILURE_MALFORMED, -1);
	assert_failure(got[3], FAILURE_MALFORMED, -1);
}
END_TEST

START_TEST(truncated_answers_come_over_tcp)
{
	char name[40];

	/* More than there are connections. */
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof name, i % 2 ? "tc%u.test" : "tclast%u.test", i);
		ask(i, name, 8000);
	}
	ask(40, "tcbig.test", 8000);
	finish();
	for (unsigned i = 0; i < 40; i++)
		assert_data(got[i]);
	ck_assert_int_eq(got[40]->status, ANSWER_DATA);
	ck_assert_uint_eq(got[40]->n_records, 901);
	ck_assert_uint_ge(client_counts(client).tcp, 41);
}
END_TEST

START_TEST(tcp_that_fails)
{
	ask(1, "tcclose.test", 8000);
	ask(2, "tcagain.test", 8000);
	ask(3, "tcid.test", 8000);
	finish();
	for (unsigned i = 1; i <= 3; i++)
		assert_failure(got[i], FAILURE_TC, -1);
	tcp_refused = 1;
	assert_failure(ask_one("tc.test", 8000), FAILURE_TC, -1);
}
END_TEST

START_TEST(tcp_that_says_nothing)
{
	ask(1, "tcsilent.test", 600);
	while (!tcp_wanted)
		client_turn(client, 100);
	/* Connected by the kernel, never served; the time of the question ends it. */
	kill(server, SIGSTOP);
	finish();
	kill(server, SIGCONT);
	assert_failure(got[1], FAILURE_TC, -1);
}
END_TEST

START_TEST(without_sockets_there_is_no_answer)
{
	client_free(client);
	start_client(200, 0);
	assert_failure(ask_one("ok.test", 8000), FAILURE_TIMEOUT, -1);
}
END_TEST

START_TEST(an_unknown_resolver_is_refused)
{
	struct frame_query q = {.resolver = 1, .name_len = 1, .type = MESSAGE_MX};

	ck_assert_int_eq(client_ask(client, &q), -1);
	ck_assert_uint_eq(client_pending(client), 0);
}
END_TEST

START_TEST(ended_in_the_middle)
{
	/* Whatever is open is freed: a sanitizer looks. */
	ask(1, "silent.test", 8000);
	ask(2, "tc.test", 8000);
	ask(3, "servfail.test", 8000);
	for (int i = 0; i < 5; i++)
		client_turn(client, 10);
	ask(4, "ok.test", 8000);
}
END_TEST

/* --- flow control, which is pure --- */

START_TEST(the_window_grows_with_answers)
{
	struct window w;

	window_init(&w, 200, 0);
	ck_assert_uint_eq(window_room(&w, 0), 50);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, 0), 150);
	for (int i = 0; i < 1000; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, 0), 200);
	w.in_flight = 199;
	ck_assert_uint_eq(window_room(&w, 0), 1);
	window_init(&w, 10, 0);
	ck_assert_uint_eq(window_room(&w, 0), 10);
}
END_TEST

START_TEST(losses_halve_it_once_a_timeout)
{
	struct window w;
	int64_t now = 100000000;

	window_init(&w, 200, 0);
	for (int i = 0; i < 1000; i++)
		window_answered(&w, 1000);
	for (int i = 0; i < 50; i++)
		window_lost(&w, now + i);
	ck_assert_uint_eq(window_room(&w, now), 100);
	for (int i = 0; i < 20; i++)
		window_lost(&w, now += 4000000);
	ck_assert_uint_eq(window_room(&w, now), 16);
	/* From now on it grows by one a round, not by one an answer. */
	for (int i = 0; i < 17; i++)
		window_answered(&w, 1000);
	ck_assert_uint_eq(window_room(&w, now), 17);
}
END_TEST

START_TEST(timeouts_follow_the_answers)
{
	struct window w;

	window_init(&w, 200, 0);
	ck_assert_int_eq(window_timeout(&w, 1), 1000000);
	ck_assert_int_eq(window_timeout(&w, 2), 2000000);
	ck_assert_int_eq(window_timeout(&w, 3), 3000000);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 500);
	ck_assert_int_eq(window_timeout(&w, 1), 250000);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 400000);
	ck_assert_int_ge(window_timeout(&w, 1), 400000);
	for (int i = 0; i < 100; i++)
		window_answered(&w, 60000000);
	ck_assert_int_eq(window_timeout(&w, 1), 3000000);
}
END_TEST

START_TEST(the_rate_is_kept)
{
	struct window w;
	unsigned sent = 0;

	window_init(&w, 5000, 1000);
	w.size = 5000;
	/* Ten seconds in steps of a millisecond. */
	for (int64_t now = 0; now < 10000000; now += 1000) {
		unsigned n = window_room(&w, now);

		window_take(&w, n);
		sent += n;
		ck_assert_int_gt(window_next_room(&w, now), now);
	}
	ck_assert_uint_le(sent, 10050);
	ck_assert_uint_ge(sent, 9900);
}
END_TEST

START_TEST(a_closed_door_means_waiting)
{
	struct window w;
	int64_t now = 1000000;

	window_init(&w, 200, 0);
	window_refused(&w, now);
	ck_assert_uint_eq(window_room(&w, now + 1), 0);
	ck_assert_int_gt(window_next_room(&w, now), now);
	ck_assert_uint_gt(window_room(&w, now + 3000000), 0);
	for (int i = 0; i < 20; i++)
		window_refused(&w, now += 4000000);
	ck_assert_int_le(window_next_room(&w, now), now + 2000000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client"), *pure = tcase_create("window");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer);
	tcase_add_test(t, many_answers);
	tcase_add_test(t, a_lost_datagram_is_sent_again);
	tcase_add_test(t, silence_is_a_timeout);
	tcase_add_test(t, a_closed_port_is_silence);
	tcase_add_test(t, a_refusal_is_asked_again);
	tcase_add_test(t, lasting_refusals);
	tcase_add_test(t, a_server_without_edns);
	tcase_add_test(t, servers_that_cannot);
	tcase_add_test(t, lies_are_passed_over);
	tcase_add_test(t, lies_only);
	tcase_add_test(t, truncated_answers_come_over_tcp);
	tcase_add_test(t, tcp_that_fails);
	tcase_add_test(t, tcp_that_says_nothing);
	tcase_add_test(t, without_sockets_there_is_no_answer);
	tcase_add_test(t, an_unknown_resolver_is_refused);
	tcase_add_test(t, ended_in_the_middle);
	suite_add_tcase(s, t);
	tcase_add_test(pure, the_window_grows_with_answers);
	tcase_add_test(pure, losses_halve_it_once_a_timeout);
	tcase_add_test(pure, timeouts_follow_the_answers);
	tcase_add_test(pure, the_rate_is_kept);
	tcase_add_test(pure, a_closed_door_means_waiting);
	suite_add_tcase(s, pure);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
