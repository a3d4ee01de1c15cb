/*
 * Whole lookups: this program is its own worker, and two small servers of its
 * own are the resolvers.  What is tested is the order of questions, what
 * becomes of them when the worker dies or lies, and that callers may do in
 * a callback what they like; the verdicts are the business of relay.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "dns/lookup_inner.h"
#include "dns/resolvers_two.h"
#include "relay/config.h"
#include "support/suite.h"

static struct config config;
static struct loop *loop;
static struct lookups *lookups;
static int asking;
static unsigned told;
static char log_text[4096];
static struct verdict last;
static size_t last_n;
static int last_status, last_base;
static char last_resolver[80], last_ns[64], last_host[64];

static void on_answer(void *ctx, const struct lookup_result *r)
{
	ck_assert_int_eq(asking, 0);
	told++;
	last = r->verdict;
	last_n = r->n_all;
	last_status = r->answer ? (int)r->answer->status : -1;
	last_base = r->answer ? (int)r->answer->base : -1;
	snprintf(last_resolver, sizeof last_resolver, "%s",
		 r->answer ? r->answer->resolver : "");
	snprintf(last_ns, sizeof last_ns, "%s",
		 r->answer && r->answer->n_ns ? r->answer->ns[0] : "");
	snprintf(last_host, sizeof last_host, "%zu", r->answer ? r->answer->n_hosts : 0);
	if (strlen(log_text) < 4000) {
		strcat(log_text, r->name);
		strcat(log_text, " ");
	}
	if (ctx)
		((void (*)(const char *))ctx)(r->name);
}

static void ask(const char *name, void (*then)(const char *))
{
	asking = 1;
	lookups_ask(lookups, name, 0, on_answer, (void *)then);
	asking = 0;
}

static void wait_for(unsigned n)
{
	while (told < n)
		loop_turn(loop, 1000);
	ck_assert_uint_eq(told, n);
}

static void look_up(const char *name)
{
	unsigned before = told;

	ask(name, NULL);
	wait_for(before + 1);
}

static void set(const char *key, const char *text)
{
	struct err e = {0};

	ck_assert_msg(!config_set(&config, key, text, "test", &e), "%s", e.text);
}

static void configure(const char *resolvers)
{
	struct err e = {0};

	config_init(&config);
	set("relay-host", "backup.isp.test");
	set("relay-address", "11.11.0.10");
	set("network", "11.11.0.0/16");
	set("resolver", resolvers);
	loop = loop_new(&e);
	ck_assert_ptr_nonnull(loop);
}

static void start(const char *resolvers)
{
	struct err e = {0};

	configure(resolvers);
	ck_assert_msg(!lookups_new(&lookups, loop, &config, &e), "%s", e.text);
}

static void start_with(int first, int second)
{
	char text[80];
	int n = snprintf(text, sizeof text, "127.0.0.1:%d", first);

	if (second)
		snprintf(text + n, sizeof text - (size_t)n, ", 127.0.0.1:%d", second);
	start(text);
}

static void teardown(void)
{
	lookups_free(lookups);
	loop_free(loop);
	config_clear(&config);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(udp[0]);
	close(udp[1]);
}

START_TEST(one_resolver)
{
	start_with(port[0], 0);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	ck_assert_uint_eq(last_n, 1);
	look_up("other.test");
	ck_assert_int_eq(last.reason, ORPHAN_OFFNET);
	ck_assert_str_eq(last_ns, "ns1.test"); /* sorted */
	ck_assert_str_eq(last_host, "1");      /* one target, named twice */
	look_up("null.test");
	ck_assert_int_eq(last.reason, ORPHAN_NULLMX);
	look_up("self.test");
	ck_assert_int_eq(last.reason, ORPHAN_IMPLICIT);
	look_up("empty.test");
	ck_assert_int_eq(last.reason, ORPHAN_NOMAIL);
	look_up("gone.test");
	ck_assert_int_eq(last.reason, ORPHAN_NXDOMAIN);
	look_up("fail.test");
	ck_assert_int_eq(last.reason, UNK_SERVFAIL);
	look_up("target.test");
	ck_assert_int_eq(last.reason, UNK_TARGET_TEMPFAIL);
}
END_TEST

START_TEST(names_that_are_not_asked)
{
	start_with(port[0], 0);
	look_up("localhost");
	ck_assert_int_eq(last.reason, NA_SPECIAL);
	ck_assert_int_eq(last_status, -1);
	look_up("[11.11.5.1]");
	ck_assert_int_eq(last.reason, NA_SYNTAX);
	ck_assert_uint_eq(lookups_counts(lookups).queries, 0);
}
END_TEST

START_TEST(suffixes)
{
	start_with(port[0], 0);
	look_up(".us.test");
	ck_assert_int_eq(last.reason, OK_SUFFIX_WILDCARD);
	look_up(".gone.test");
	ck_assert_int_eq(last.reason, ORPHAN_NXDOMAIN);
	ck_assert_int_eq(last_base, ANSWER_NXDOMAIN);
	look_up(".empty.test");
	ck_assert_int_eq(last.reason, NA_SUFFIX);
	look_up(".fail.test");
	ck_assert_int_eq(last.reason, NA_SUFFIX);
}
END_TEST

START_TEST(two_resolvers)
{
	start_with(port[0], port[1]);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	ck_assert_uint_eq(last_n, 1);
	look_up("other.test");
	ck_assert_int_eq(last.reason, ORPHAN_OFFNET);
	ck_assert_uint_eq(last_n, 2);
	/* Where the first fails the second knows. */
	look_up("first-fails.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	ck_assert_uint_eq(last_n, 2);
	ck_assert_ptr_nonnull(strstr(last_resolver, "127.0.0.1:"));
	ck_assert_int_eq(atoi(strchr(last_resolver, ':') + 1), port[1]);
	look_up(".first-fails.test");
	ck_assert_int_eq(last.reason, OK_SUFFIX_WILDCARD);
	/* What the first lists is enough, unless they are to be compared. */
	look_up("split.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	lookups_compare(lookups, 1);
	look_up("split.test");
	ck_assert_int_eq(last.reason, UNK_INCONSISTENT);
	ck_assert_uint_eq(last_n, 2);
}
END_TEST

START_TEST(an_orphan_for_one_resolver_only)
{
	start_with(port[1], port[0]);
	look_up("split.test");
	ck_assert_int_eq(last.reason, UNK_INCONSISTENT);
}
END_TEST

START_TEST(a_dead_resolver_beside_a_live_one)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	/* The kernel refuses what comes from elsewhere than the one peer, and nobody else gets the port. */
	ck_assert_int_eq(connect(udp[1], (struct sockaddr *)&nobody, sizeof nobody), 0);
	start_with(port[1], port[0]);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	ck_assert_uint_eq(last_n, 2);
	/* An orphan needs both. */
	look_up("other.test");
	ck_assert_int_eq(last.class, CLASS_UNKNOWN);
}
END_TEST

/* Without what was sent again because the server had no time. */
static uint64_t questions_sent(void)
{
	return lookups_counts(lookups).queries - lookups_counts(lookups).retries;
}

START_TEST(targets_are_asked_once)
{
	start_with(port[0], 0);
	look_up("us.test");
	ck_assert_uint_eq(questions_sent(), 5); /* MX, and twice A and AAAA */
	look_up("b.us.test");
	ck_assert_uint_eq(questions_sent(), 6);
	lookups_forget(lookups);
	look_up("c.us.test");
	ck_assert_uint_eq(questions_sent(), 11);
}
END_TEST

START_TEST(many_names)
{
	char name[40];

	start_with(port[0], 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "n%d.us.test", i);
		ask(name, NULL);
	}
	ck_assert_uint_eq(lookups_pending(lookups), 3000);
	wait_for(3000);
	ck_assert_uint_eq(lookups_pending(lookups), 0);
	ck_assert_uint_eq(lookups_counts(lookups).names, 3000);
}
END_TEST

static void kill_worker(const char *name)
{
	(void)name;
	kill(lookups->worker.pid, SIGKILL);
}

START_TEST(a_worker_that_dies)
{
	char name[40];

	start_with(port[0], 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "n%d.us.test", i);
		ask(name, i == 10 ? kill_worker : NULL);
	}
	wait_for(1000);
	ck_assert_int_eq(last.reason, OK_BACKUP);
	/* Dead while nothing was asked. */
	kill(lookups->worker.pid, SIGKILL);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
}
END_TEST

START_TEST(a_worker_that_cannot_start)
{
	struct err e = {0};

	worker_set_program("/bin/false");
	configure("127.0.0.1:53");
	/* It may have ended before it was given its sockets. */
	if (lookups_new(&lookups, loop, &config, &e) != 0) {
		ck_assert_ptr_nonnull(strstr(e.text, "DNS worker"));
	} else {
		look_up("us.test");
		ck_assert_int_eq(last.class, CLASS_UNKNOWN);
		look_up("other.test");
		ck_assert_int_eq(last.class, CLASS_UNKNOWN);
	}
	worker_set_program("/proc/self/exe");
}
END_TEST

START_TEST(a_worker_that_cannot_start_anew)
{
	struct err e = {0};

	start_with(port[0], 0);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
	worker_set_program("/nowhere/mxward");
	kill(lookups->worker.pid, SIGKILL);
	/* It is told at once that nothing is known, of this name and of those asked soon after. */
	look_up("gone.test");
	ck_assert_int_eq(last.class, CLASS_UNKNOWN);
	look_up("other.test");
	ck_assert_int_eq(last.class, CLASS_UNKNOWN);
	ck_assert_uint_eq(lookups_pending(lookups), 0);
	lookups_free(lookups);
	ck_assert_int_eq(lookups_new(&lookups, loop, &config, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot start the DNS worker: cannot open '/nowhere/mxward'"));
	worker_set_program("/proc/self/exe");
	ck_assert_msg(!lookups_new(&lookups, loop, &config, &e), "%s", e.text);
	look_up("other.test");
	ck_assert_int_eq(last.reason, ORPHAN_OFFNET);
}
END_TEST

/* Frames that a worker may not send; each is put as if it had been sent. */

static void put_answer_to_nothing(struct frame_buffer *b)
{
	reply_room_init(&lookups->room);
	reply_fail(&lookups->room.reply, MESSAGE_MX, FAILURE_TIMEOUT, -1, -1);
	frame_put_reply(b, 0xdeadbeefdeadbeefull, &lookups->room.reply);
}

static void put_answer_of_long_ago(struct frame_buffer *b)
{
	reply_room_init(&lookups->room);
	reply_fail(&lookups->room.reply, MESSAGE_MX, FAILURE_TIMEOUT, -1, -1);
	frame_put_reply(b, 0xdeadbeefull << 32, &lookups->room.reply);
}

static void put_second_ready(struct frame_buffer *b)
{
	frame_put_ready(b, "");
}

static void put_wish_for_a_stranger(struct frame_buffer *b)
{
	frame_put_want_tcp(b, FRAME_RESOLVERS - 1);
}

static void put_frame_of_the_parent(struct frame_buffer *b)
{
	frame_put_sockets(b, FRAME_SOCKETS, &(struct frame_sockets){.n = 0});
}

static void (*const lies[])(struct frame_buffer *b) = {
	put_answer_to_nothing,	 put_answer_of_long_ago,  put_second_ready,
	put_wish_for_a_stranger, put_frame_of_the_parent,
};

START_TEST(a_worker_that_lies)
{
	start_with(port[0], 0);
	look_up("us.test");
	ask("other.test", NULL);
	ask("gone.test", NULL);
	lies[_i](&lookups->worker.in);
	wait_for(3);
	ck_assert_int_eq(last.reason, UNK_MALFORMED);
	look_up("us.test");
	ck_assert_int_eq(last.reason, OK_BACKUP);
}
END_TEST

static void ask_more(const char *name)
{
	if (told < 20)
		ask(name, ask_more);
}

START_TEST(a_callback_may_ask)
{
	start_with(port[0], 0);
	ask("us.test", ask_more);
	wait_for(20);
}
END_TEST

static void cancel_others(const char *name)
{
	(void)name;
	lookups_cancel(lookups, "b.us.test", on_answer, NULL);
	lookups_cancel(lookups, "c.us.test", on_answer, NULL);
	lookups_cancel(lookups, "never.test", on_answer, NULL);
}

START_TEST(a_callback_may_cancel)
{
	start_with(port[0], 0);
	/* Judged by its name alone, so it is the first to be told. */
	ask("localhost", cancel_others);
	ask("b.us.test", NULL);
	ask("c.us.test", NULL);
	ask("d.us.test", NULL);
	wait_for(2);
	ck_assert_str_eq(log_text, "localhost d.us.test ");
	ck_assert_uint_eq(lookups_pending(lookups), 0);
	/* The questions that were cancelled come back to nobody. */
	look_up("e.us.test");
}
END_TEST

static void free_all(const char *name)
{
	(void)name;
	lookups_free(lookups);
	lookups = NULL;
}

START_TEST(a_callback_may_free)
{
	start_with(port[0], 0);
	ask("us.test", free_all);
	ask("b.us.test", NULL);
	ask("other.test", NULL);
	while (lookups)
		loop_turn(loop, 1000);
	ck_assert_uint_ge(told, 1);
	loop_turn(loop, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("lookup");
	TCase *t = tcase_create("lookup");

	if (worker_is_wanted(argc, argv))
		worker_main();
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, start_server, teardown);
	tcase_add_test(t, one_resolver);
	tcase_add_test(t, names_that_are_not_asked);
	tcase_add_test(t, suffixes);
	tcase_add_test(t, two_resolvers);
	tcase_add_test(t, an_orphan_for_one_resolver_only);
	tcase_add_test(t, a_dead_resolver_beside_a_live_one);
	tcase_add_test(t, targets_are_asked_once);
	tcase_add_test(t, many_names);
	tcase_add_test(t, a_worker_that_dies);
	tcase_add_test(t, a_worker_that_cannot_start);
	tcase_add_test(t, a_worker_that_cannot_start_anew);
	tcase_add_loop_test(t, a_worker_that_lies, 0, sizeof lies / sizeof *lies);
	tcase_add_test(t, a_callback_may_ask);
	tcase_add_test(t, a_callback_may_cancel);
	tcase_add_test(t, a_callback_may_free);
	suite_add_tcase(s, t);
	return suite_run(s);
}
