/*
 * The client against a server that misbehaves (server.h): every question is
 * answered once, and by nobody but the one that was asked.  Nothing is said of
 * how long anything takes.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "dns/client_inner.h"
#include "dns/server.h"
#include "support/suite.h"

enum { QUESTIONS = 2000, PATIENCE = 15000 /* milliseconds, for what is answered */ };

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
	while (client->n_pending) {
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

/* What was asked, not counting what was sent again because the server had no time: that is nobody's mistake. */
static uint64_t questions_sent(void)
{
	return client_counts(client).queries - client_counts(client).retries;
}

/* Ends the time of all that has been asked and is not answered. */
static void end_their_time(void)
{
	struct query *late[QUESTIONS];
	size_t n = 0;

	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		for (struct query *q = client->wheel[i]; q; q = q->next)
			late[n++] = q;
	for (size_t i = 0; i < n; i++) {
		client_unlink(client, late[i]);
		late[i]->deadline = client->now;
		client_schedule(client, late[i], client->now);
	}
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
	assert_data(ask_one("ok.test", PATIENCE));
	ck_assert_uint_eq(questions_sent(), 1);
	ck_assert_uint_eq(client_counts(client).answers, 1);
}
END_TEST

START_TEST(many_answers)
{
	char name[40];

	for (unsigned i = 0; i < QUESTIONS; i++) {
		snprintf(name, sizeof name, "n%u.test", i);
		ask(i, name, PATIENCE);
	}
	finish();
	for (unsigned i = 0; i < QUESTIONS; i++)
		assert_data(got[i]);
}
END_TEST

/* A socket that makes no sums cannot send pieces for the kernel to cut; nor can many a device. */
START_TEST(where_nothing_is_cut_they_go_one_by_one)
{
	char name[40];
	int no_sums = 1, fd;

	client_free(client);
	start_client(200, 0);
	for (int i = 0; i < 4; i++) {
		fd = connected(SOCK_DGRAM);
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &no_sums, sizeof no_sums), 0);
		ck_assert_int_eq(client_give_udp(client, 0, fd), 0);
	}
	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "n%u.test", i);
		ask(i, name, PATIENCE);
	}
	finish();
	ck_assert(client->server[0].alone);
	for (unsigned i = 0; i < 500; i++)
		assert_data(got[i]);
	/* What was sent again may be answered again. */
	ck_assert_uint_le(client_counts(client).foreign, client_counts(client).retries);
}
END_TEST

/* One that is sent again may be longer than what its socket was last told to cut. */
START_TEST(a_long_one_follows_short_ones)
{
	client_free(client);
	start_client(200, 1);
	for (unsigned i = 1; i < 100; i++)
		ask(i, "ok.test", PATIENCE);
	ask(0, "drop-and-a-name-that-is-longer-than-the-others.test", PATIENCE);
	finish();
	for (unsigned i = 0; i < 100; i++)
		assert_data(got[i]);
	/* The one that was dropped is sent twice and answered once; only others may be answered again. */
	ck_assert_uint_lt(client_counts(client).foreign, client_counts(client).retries);
}
END_TEST

START_TEST(a_lost_datagram_is_sent_again)
{
	assert_data(ask_one("drop.test", PATIENCE));
	ck_assert_uint_ge(client_counts(client).retries, 1);
	ck_assert_uint_ge(client_counts(client).timeouts, 1);
}
END_TEST

START_TEST(silence_is_a_timeout)
{
	assert_failure(ask_one("silent.test", 300), FAILURE_TIMEOUT, -1);
}
END_TEST

enum { STOP_MS = 1000, LATE = 77 };

/* S: it waits; T: it is stopped. */
static void wait_for_state(pid_t pid, char wanted)
{
	char path[60], state = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	while (state != wanted) {
		FILE *f = fopen(path, "r");

		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			_exit(1);
		fclose(f);
	}
}

/* Stops `asker` while it waits for an answer, and lets it go on when the answer is there and the time of the question is
 * over.  LATE when that was nearly over before. */
static void hold_up(pid_t asker, int fd, int64_t asked)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int is_late;

	wait_for_state(asker, 'S');
	kill(asker, SIGSTOP);
	wait_for_state(asker, 'T');
	is_late = loop_now() - asked > STOP_MS / 2;
	kill(server, SIGCONT);
	poll(&p, 1, -1);
	poll(NULL, 0, STOP_MS); /* or longer */
	kill(asker, SIGCONT);
	_exit(is_late ? LATE : 0);
}

/* As by whoever stops all of an account's processes for a while: what came meanwhile goes before what is due. */
START_TEST(who_was_stopped_reads_before_he_gives_up)
{
	pid_t pid, asker = getpid();
	int status;

	client_free(client);
	start_client(200, 1);
	do {
		kill(server, SIGSTOP);
		ask(0, "ok.test", STOP_MS);
		client_turn(client, 0); /* it is sent */
		pid = fork();
		if (pid == 0)
			hold_up(asker, client->server[0].udp[0], client->now / 1000);
		while (client->n_pending)
			client_turn(client, -1);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		twice = 0;
	} while (WEXITSTATUS(status) == LATE);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	assert_data(got[0]);
}
END_TEST

START_TEST(a_closed_port_is_silence)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
	server_deafen(server_udp);
	ask(1, "a.test", 400);
	ask(2, "b.test", 400);
	finish();
	assert_failure(got[1], FAILURE_TIMEOUT, -1);
	assert_failure(got[2], FAILURE_TIMEOUT, -1);
}
END_TEST

START_TEST(a_refusal_is_asked_again)
{
	assert_data(ask_one("once.test", PATIENCE));
}
END_TEST

START_TEST(lasting_refusals)
{
	ask(1, "servfail.test", PATIENCE);
	ask(2, "refused.test", PATIENCE);
	finish();
	assert_failure(got[1], FAILURE_SERVFAIL, 2);
	assert_failure(got[2], FAILURE_REFUSED, 5);
	ck_assert_uint_eq(questions_sent(), 2 * (1 + QUERY_REFUSALS));
}
END_TEST

START_TEST(a_server_without_edns)
{
	assert_data(ask_one("noedns.test", PATIENCE));
	ck_assert_uint_eq(questions_sent(), 2);
}
END_TEST

START_TEST(servers_that_cannot)
{
	ask(1, "notimp.test", PATIENCE);
	ask(2, "bare.test", PATIENCE);
	ask(3, "garbage.test", PATIENCE);
	finish();
	assert_failure(got[1], FAILURE_MALFORMED, 4);
	assert_failure(got[2], FAILURE_MALFORMED, 1);
	assert_failure(got[3], FAILURE_MALFORMED, 0);
}
END_TEST

START_TEST(lies_are_passed_over)
{
	/* A foreign answer first, then the true one. */
	ask(1, "otherid-x.test", PATIENCE);
	ask(2, "otherq-x.test", PATIENCE);
	finish();
	ck_assert_int_eq(got[1]->status, ANSWER_NODATA);
	ck_assert_int_eq(got[2]->status, ANSWER_NODATA);
	ck_assert_uint_ge(client_counts(client).foreign, 2);
}
END_TEST

/* Whether the question in the air with that cookie has had an answer to another one. */
static int has_lied(uint64_t cookie)
{
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		for (struct query *q = client->wheel[i]; q; q = q->next)
			if (q->cookie == cookie)
				return q->foreign;
	return 0;
}

START_TEST(lies_only)
{
	ask(1, "otherid.test", PATIENCE);
	ask(2, "otherq.test", PATIENCE);
	ask(3, "othertype.test", PATIENCE);
	while (client_counts(client).foreign < 3 || !has_lied(2) || !has_lied(3))
		client_turn(client, 100);
	end_their_time();
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
		ask(i, name, PATIENCE);
	}
	ask(40, "tcbig.test", PATIENCE);
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
	ask(1, "tcclose.test", PATIENCE);
	ask(2, "tcagain.test", PATIENCE);
	ask(3, "tcid.test", PATIENCE);
	finish();
	for (unsigned i = 1; i <= 3; i++)
		assert_failure(got[i], FAILURE_TC, -1);
}
END_TEST

/* With a client of its own: a connection left over from other questions would serve. */
START_TEST(tcp_that_is_refused)
{
	tcp_refused = 1;
	assert_failure(ask_one("tc.test", PATIENCE), FAILURE_TC, -1);
}
END_TEST

START_TEST(tcp_that_says_nothing)
{
	ask(1, "tcsilent.test", PATIENCE);
	while (!tcp_wanted)
		client_turn(client, 100);
	/* Connected by the kernel, never served; the time of the question ends it. */
	kill(server, SIGSTOP);
	for (; tcp_wanted; tcp_wanted--)
		client_give_tcp(client, 0, connected(SOCK_STREAM));
	client_turn(client, 100);
	ck_assert_ptr_null(got[1]);
	end_their_time();
	finish();
	kill(server, SIGCONT);
	assert_failure(got[1], FAILURE_TC, -1);
}
END_TEST

START_TEST(without_sockets_there_is_no_answer)
{
	client_free(client);
	start_client(200, 0);
	assert_failure(ask_one("ok.test", PATIENCE), FAILURE_TIMEOUT, -1);
}
END_TEST

START_TEST(an_unknown_resolver_is_refused)
{
	struct frame_query q = {.resolver = 1, .name_len = 1, .type = MESSAGE_MX};

	ck_assert_int_eq(client_ask(client, &q), -1);
	ck_assert_uint_eq(client->n_pending, 0);
}
END_TEST

START_TEST(ended_in_the_middle)
{
	/* Whatever is open is freed: a sanitizer looks. */
	ask(1, "silent.test", PATIENCE);
	ask(2, "tc.test", PATIENCE);
	ask(3, "servfail.test", PATIENCE);
	for (int i = 0; i < 5; i++)
		client_turn(client, 10);
	ask(4, "ok.test", PATIENCE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer);
	tcase_add_test(t, many_answers);
	tcase_add_test(t, where_nothing_is_cut_they_go_one_by_one);
	tcase_add_test(t, a_long_one_follows_short_ones);
	tcase_add_test(t, a_lost_datagram_is_sent_again);
	tcase_add_test(t, silence_is_a_timeout);
	tcase_add_test(t, who_was_stopped_reads_before_he_gives_up);
	tcase_add_test(t, a_closed_port_is_silence);
	tcase_add_test(t, a_refusal_is_asked_again);
	tcase_add_test(t, lasting_refusals);
	tcase_add_test(t, a_server_without_edns);
	tcase_add_test(t, servers_that_cannot);
	tcase_add_test(t, lies_are_passed_over);
	tcase_add_test(t, lies_only);
	tcase_add_test(t, truncated_answers_come_over_tcp);
	tcase_add_test(t, tcp_that_fails);
	tcase_add_test(t, tcp_that_is_refused);
	tcase_add_test(t, tcp_that_says_nothing);
	tcase_add_test(t, without_sockets_there_is_no_answer);
	tcase_add_test(t, an_unknown_resolver_is_refused);
	tcase_add_test(t, ended_in_the_middle);
	suite_add_tcase(s, t);
	return suite_run(s);
}
