/*
 * The poll loop: watches that change under its hands, the order of timers,
 * signals as events.  No test waits for longer than a timer of a few
 * milliseconds, and none says how long something takes.
 */
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "support/suite.h"

static struct loop *loop;
static char seen[64];

static void setup(void)
{
	struct err e;

	loop = loop_new(&e);
	ck_assert_ptr_nonnull(loop);
	memset(seen, 0, sizeof seen);
}

static void teardown(void)
{
	loop_free(loop);
}

static void note(const char *c)
{
	if (strlen(seen) + strlen(c) < sizeof seen)
		strcat(seen, c);
}

static void on_timer(void *ctx)
{
	note(ctx);
}

static void on_stop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

START_TEST(timers_fire_in_order)
{
	int64_t began;

	/* Who is held up between two of them has set them in another order. */
	do {
		teardown();
		setup();
		began = loop_now();
		loop_after(loop, 29, on_timer, "c");
		loop_after(loop, 13, on_timer, "a");
		loop_after(loop, 13, on_timer, "b");
		loop_cancel(loop, loop_after(loop, 1, on_timer, "x"));
		loop_after(loop, 42, on_timer, "d");
	} while (loop_now() - began > 10);
	loop_cancel(loop, NULL);
	loop_run(loop);
	ck_assert_str_eq(seen, "abcd");
}
END_TEST

START_TEST(many_timers_keep_their_order)
{
	enum { N = 500 };
	static struct loop_timer *t[N];
	static const char *const name[] = {"0", "1", "2", "3"};

	srand(7);
	for (int i = 0; i < N; i++)
		t[i] = loop_after(loop, rand() % 4 + 1000000, on_timer, "x");
	for (int i = 0; i < 4; i++)
		loop_after(loop, i, on_timer, (void *)(uintptr_t)name[i]);
	for (int i = 0; i < N; i++)
		loop_cancel(loop, t[(i * 7) % N]);
	loop_run(loop);
	ck_assert_str_eq(seen, "0123");
}
END_TEST

static void again(void *ctx)
{
	note("r");
	if (strlen(seen) < 5)
		loop_after(loop, 0, again, ctx);
	else
		loop_stop(loop);
}

START_TEST(a_timer_set_by_a_timer_waits_a_turn)
{
	loop_after(loop, 0, again, NULL);
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "r");
	loop_run(loop);
	ck_assert_str_eq(seen, "rrrrr");
}
END_TEST

static struct loop_timer *victim;

static void kill_victim(void *ctx)
{
	(void)ctx;
	note("k");
	loop_cancel(loop, victim);
}

START_TEST(a_timer_may_cancel_one_that_is_due)
{
	loop_after(loop, 0, kill_victim, NULL);
	victim = loop_after(loop, 0, on_timer, "v");
	loop_run(loop);
	ck_assert_str_eq(seen, "k");
}
END_TEST

static int pipes[4][2];

static void open_pipes(void)
{
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pipe(pipes[i]), 0);
		ck_assert_int_eq(write(pipes[i][1], "x", 1), 1);
	}
}

static void close_pipes(void)
{
	for (int i = 0; i < 4; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void forget_all(void *ctx, int fd, short revents)
{
	(void)ctx;
	(void)fd;
	ck_assert_int_ne(revents & POLLIN, 0);
	note("f");
	for (int i = 0; i < 4; i++)
		loop_forget(loop, pipes[i][0]);
}

START_TEST(a_callback_may_forget_the_others)
{
	open_pipes();
	for (int i = 0; i < 4; i++)
		loop_watch(loop, pipes[i][0], POLLIN, forget_all, NULL);
	loop_run(loop); /* nothing is watched afterwards, so it returns */
	ck_assert_str_eq(seen, "f");
	close_pipes();
}
END_TEST

static void second(void *ctx, int fd, short revents)
{
	(void)ctx;
	(void)revents;
	note("2");
	loop_forget(loop, fd);
}

static void replace_others(void *ctx, int fd, short revents)
{
	(void)ctx;
	(void)revents;
	note("1");
	loop_forget(loop, fd);
	for (int i = 1; i < 4; i++) {
		loop_forget(loop, pipes[i][0]);
		loop_watch(loop, pipes[i][0], POLLIN, second, NULL);
	}
}

START_TEST(a_new_watch_gets_no_event_of_the_old_one)
{
	open_pipes();
	for (int i = 0; i < 4; i++)
		loop_watch(loop, pipes[i][0], POLLIN, replace_others, NULL);
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "1");
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "1222");
	close_pipes();
}
END_TEST

static void drop_interest(void *ctx, int fd, short revents)
{
	(void)ctx;
	(void)revents;
	note("d");
	loop_forget(loop, fd);
	for (int i = 0; i < 4; i++)
		if (pipes[i][0] != fd)
			loop_watch(loop, pipes[i][0], 0, second, NULL);
}

START_TEST(an_event_nobody_wants_any_more_is_not_delivered)
{
	open_pipes();
	for (int i = 0; i < 4; i++)
		loop_watch(loop, pipes[i][0], POLLIN, drop_interest, NULL);
	loop_turn(loop, 0);
	loop_turn(loop, 0);
	ck_assert_str_eq(seen, "d");
	/* With no events asked for, the other end's closing is still told. */
	for (int i = 0; i < 4; i++)
		close(pipes[i][1]);
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "d222");
	for (int i = 0; i < 4; i++)
		close(pipes[i][0]);
}
END_TEST

static void on_signal(void *ctx, int signum)
{
	(void)ctx;
	note(signum == SIGUSR1 ? "u" : "h");
	loop_stop(loop);
}

START_TEST(signals_are_events)
{
	struct sigaction old, after;
	struct err e;

	sigaction(SIGUSR1, NULL, &old);
	ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_signal, NULL, &e), 0);
	ck_assert_int_eq(loop_signal(loop, SIGHUP, on_signal, NULL, &e), 0);
	ck_assert_int_eq(loop_signal(loop, NSIG + 1, on_signal, NULL, &e), -1);
	kill(getpid(), SIGUSR1);
	ck_assert_str_eq(seen, "");
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "u");
	kill(getpid(), SIGHUP);
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "uh");
	/* Signals alone do not keep a loop. */
	loop_run(loop);
	loop_run(loop);
	loop_free(loop);
	sigaction(SIGUSR1, NULL, &after);
	ck_assert(old.sa_handler == after.sa_handler);
	setup();
}
END_TEST

START_TEST(signals_belong_to_one_loop)
{
	struct err e;
	struct loop *other = loop_new(&e);

	ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_signal, NULL, &e), 0);
	ck_assert_int_eq(loop_signal(other, SIGHUP, on_signal, NULL, &e), -1);
	loop_free(other);
}
END_TEST

static void on_idle(void *ctx)
{
	note(ctx);
}

START_TEST(idle_runs_before_each_wait)
{
	loop_set_idle(loop, on_idle, "i");
	loop_turn(loop, 0);
	ck_assert_str_eq(seen, "i");
	loop_after(loop, 0, on_timer, "t");
	loop_turn(loop, -1);
	ck_assert_str_eq(seen, "iit");
	/* One that stops the loop does so before a wait that would not end by itself. */
	loop_set_idle(loop, on_stop, NULL);
	loop_after(loop, 3600000, on_timer, "x");
	loop_run(loop);
	ck_assert_str_eq(seen, "iit");
}
END_TEST

START_TEST(a_turn_waits_no_longer_than_asked)
{
	loop_after(loop, 3600000, on_timer, "x");
	loop_turn(loop, 0);
	loop_turn(loop, 1);
	ck_assert_str_eq(seen, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("loop");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, timers_fire_in_order);
	tcase_add_test(t, many_timers_keep_their_order);
	tcase_add_test(t, a_timer_set_by_a_timer_waits_a_turn);
	tcase_add_test(t, a_timer_may_cancel_one_that_is_due);
	tcase_add_test(t, a_callback_may_forget_the_others);
	tcase_add_test(t, a_new_watch_gets_no_event_of_the_old_one);
	tcase_add_test(t, an_event_nobody_wants_any_more_is_not_delivered);
	tcase_add_test(t, signals_are_events);
	tcase_add_test(t, signals_belong_to_one_loop);
	tcase_add_test(t, idle_runs_before_each_wait);
	tcase_add_test(t, a_turn_waits_no_longer_than_asked);
	suite_add_tcase(s, t);
	return suite_run(s);
}
