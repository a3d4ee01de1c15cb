/*
 * check_live: when rows are asked, and asked again while nothing answers.  DNS, the loop and its clock are stand-ins here,
 * so that an hour of outage takes no time.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "dns/lookup.h"
#include "ops/ward.h"
#include "relay/answer.h"
#include "relay/entry.h"
#include "support/suite.h"
#include "ui/live.h"

enum { MINUTE = LIVE_KEEP_FAILED_S * 1000, GIVEN_UP = 8000 };

/* --- the stand-ins --- */

static int64_t clock_ms;
static struct loop_timer {
	int64_t due; /* 0: free */
	loop_fn *fn;
	void *ctx;
} timers[8];

int64_t loop_now(void)
{
	return clock_ms;
}

struct loop_timer *loop_after(struct loop *l, int64_t ms, loop_fn *fn, void *ctx)
{
	size_t i = 0;

	(void)l;
	ck_assert_int_gt(ms, 0);
	while (timers[i].due)
		ck_assert_uint_lt(++i, sizeof timers / sizeof *timers);
	timers[i] = (struct loop_timer){clock_ms + ms, fn, ctx};
	return &timers[i];
}

void loop_cancel(struct loop *l, struct loop_timer *t)
{
	(void)l;
	if (t)
		t->due = 0;
}

/* Lets time pass, and what is due in it happen. */
static void pass(int64_t ms)
{
	int64_t until = clock_ms + ms;

	for (;;) {
		struct loop_timer *next = NULL;

		for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
			if (timers[i].due && timers[i].due <= until && (!next || timers[i].due < next->due))
				next = &timers[i];
		if (!next)
			break;
		clock_ms = next->due;
		next->due = 0;
		next->fn(next->ctx);
	}
	clock_ms = until;
}

static struct asked {
	const char *name; /* NULL: answered */
	lookup_fn *fn;
	void *ctx;
} flying[40];
static size_t n_flying, n_asked;
static struct lookup_counts counts;
static int is_cut_off; /* nothing can be sent */

int ward_start_lookups(struct ward *w, struct err *e)
{
	(void)e;
	w->lookups = (struct lookups *)flying;
	return 0;
}

void lookups_ask(struct lookups *l, const char *name, int urgent, lookup_fn *fn, void *ctx)
{
	(void)l;
	ck_assert_int_eq(urgent, 1);
	for (size_t i = 0; i < n_flying; i++)
		ck_assert_msg(!flying[i].name || strcmp(flying[i].name, name) != 0, "%s is being asked already", name);
	ck_assert_uint_lt(n_flying, sizeof flying / sizeof *flying);
	flying[n_flying++] = (struct asked){name, fn, ctx};
	n_asked++;
	counts.names++;
	counts.queries += !is_cut_off;
}

void lookups_cancel(struct lookups *l, const char *name, lookup_fn *fn, void *ctx)
{
	(void)l, (void)name, (void)fn, (void)ctx;
}

void lookups_forget(struct lookups *l)
{
	(void)l;
}

struct lookup_counts lookups_counts(const struct lookups *l)
{
	(void)l;
	return counts;
}

const char *lookups_resolvers(struct lookups *l)
{
	(void)l;
	return "192.0.2.53:53";
}

/* What came of all that is being asked: nothing from anybody for UNK_TIMEOUT, else something from the resolver. */
static void come(enum reason reason, int rcode)
{
	size_t n = n_flying;
	struct asked was[40];

	memcpy(was, flying, sizeof was);
	n_flying = 0;
	for (size_t i = 0; i < n; i++) {
		struct answer a = {.status = rcode ? ANSWER_FAIL : ANSWER_NODATA, .rcode = rcode, .ede = -1, .time = 1 + clock_ms / 1000};
		struct lookup_result r = {.name = was[i].name, .answer = &a, .all = &a, .each = &r.verdict, .n_all = 1};

		r.verdict = (struct verdict){.class = (uint8_t)reason_class(reason), .reason = (uint8_t)reason};
		counts.answers += rcode >= 0;
		was[i].fn(was[i].ctx, &r);
	}
}

static void fall_silent(void)
{
	pass(GIVEN_UP);
	come(UNK_TIMEOUT, -1);
}

/* --- the console's side --- */

static const char *const rows[] = {"a.example", "b.example", "c.example", "d.example", "e.example"};
static struct ward ward;
static struct live *live;
static size_t n_changed, n_told;
static char told[600];

static void changed(void *ctx, const char *name)
{
	(void)ctx, (void)name;
	n_changed++;
}

static void failed(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(told, sizeof told, "%s", text);
	n_told++;
}

static void set_up(void)
{
	clock_ms = 1000;
	memset(timers, 0, sizeof timers);
	n_flying = n_asked = n_changed = n_told = 0;
	counts = (struct lookup_counts){0};
	told[0] = '\0';
	is_cut_off = 0;
	ward = (struct ward){0};
	live = live_new(&ward, changed, failed, NULL);
}

static void tear_down(void)
{
	live_free(live);
	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
		ck_assert_int_eq(timers[i].due, 0);
}

static void rest(size_t from, size_t n)
{
	live_rest(live, rows + from, n);
	pass(LIVE_REST_MS);
}

START_TEST(what_failed_is_asked_again_a_minute_later_in_one_round)
{
	rest(0, 3);
	ck_assert_uint_eq(n_asked, 3);
	fall_silent();
	for (size_t round = 2; round < 9; round++) {
		pass(MINUTE - 1);
		ck_assert_uint_eq(n_flying, 0);
		pass(1);
		ck_assert_uint_eq(n_flying, 3);
		ck_assert_uint_eq(n_asked, 3 * round);
		pass(10 * MINUTE); /* none before those have come */
		ck_assert_uint_eq(n_asked, 3 * round);
		come(UNK_TIMEOUT, -1);
	}
	pass(MINUTE);
	come(OK_BACKUP, 0);
	pass(100 * MINUTE); /* an answer is not asked for again */
	ck_assert_uint_eq(n_asked, 27);
}
END_TEST

START_TEST(only_what_failed_is_asked_again)
{
	rest(0, 1);
	come(OK_BACKUP, 0);
	rest(0, 4);
	come(UNK_SERVFAIL, 2);
	pass(MINUTE);
	ck_assert_uint_eq(n_asked, 1 + 3 + 3);
	come(ORPHAN_NXDOMAIN, 0);
	pass(MINUTE);
	ck_assert_uint_eq(n_asked, 7);
}
END_TEST

/* The minute of each is over before any of them is asked, and none is asked that has left the screen. */
START_TEST(rows_that_change_are_asked_when_their_minute_is_over)
{
	rest(0, 2);
	fall_silent();
	pass(MINUTE / 2);
	rest(2, 2);
	fall_silent();
	ck_assert_uint_eq(n_asked, 4);
	live_rest(live, rows, 4);
	pass(MINUTE - 1);
	ck_assert_uint_eq(n_asked, 4);
	pass(1);
	ck_assert_uint_eq(n_asked, 8);
	come(UNK_TIMEOUT, -1);
	rest(4, 1);
	come(OK_BACKUP, 0);
	pass(100 * MINUTE);
	ck_assert_uint_eq(n_asked, 9);
	rest(0, 4); /* back, with a failure long ago */
	ck_assert_uint_eq(n_asked, 13);
}
END_TEST

/* Of a suffix the failure has no class of its own. */
START_TEST(a_suffix_that_was_not_heard_has_failed)
{
	rest(0, 2);
	fall_silent();
	pass(MINUTE);
	come(NA_SUFFIX, -1);
	pass(MINUTE);
	ck_assert_uint_eq(n_asked, 6);
	come(NA_SUFFIX, 0);
	pass(MINUTE);
	ck_assert_uint_eq(n_asked, 6);
}
END_TEST

START_TEST(the_same_failure_changes_nothing)
{
	rest(0, 3);
	fall_silent();
	n_changed = n_told = 0;
	for (int round = 0; round < 5; round++) {
		pass(MINUTE);
		ck_assert_int_eq(live_is_asking(live, rows[0]), 0); /* nobody waits for it */
		ck_assert_ptr_nonnull(live_get(live, rows[0]));
		fall_silent();
	}
	ck_assert_uint_eq(n_changed + n_told, 0);
	pass(MINUTE);
	come(UNK_BOGUS, 2);
	ck_assert_uint_eq(n_changed, 3);
	pass(MINUTE);
	come(OK_BACKUP, 0);
	ck_assert_uint_eq(n_changed, 6);
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

START_TEST(silence_is_told_once_and_stands_until_an_answer)
{
	rest(0, 3);
	ck_assert_int_eq(live_is_silent(live), 0);
	fall_silent();
	ck_assert_int_eq(live_is_silent(live), 1);
	ck_assert_str_eq(told, "no live answers: see resolver in mxward.conf(5); none answers: 192.0.2.53:53");
	pass(MINUTE);
	fall_silent();
	ck_assert_uint_eq(n_told, 1);
	pass(MINUTE);
	come(UNK_SERVFAIL, 2); /* an answer to nothing, but an answer */
	ck_assert_int_eq(live_is_silent(live), 0);
	pass(MINUTE);
	come(OK_BACKUP, 0);
	rest(3, 2); /* it falls silent later than at the start */
	n_changed = 0;
	fall_silent();
	ck_assert_int_eq(live_is_silent(live), 1);
	ck_assert_uint_eq(n_told, 2);
	ck_assert_uint_gt(n_changed, 0);
	counts.answers++; /* whoever asked */
	ck_assert_int_eq(live_is_silent(live), 0);
}
END_TEST

/* It may wait for its own name servers, however often it is asked. */
START_TEST(one_name_makes_no_silence)
{
	rest(0, 1);
	for (int round = 0; round < 4; round++) {
		fall_silent();
		pass(MINUTE);
	}
	ck_assert_int_eq(live_is_silent(live), 0);
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

START_TEST(no_silence_where_others_are_answered)
{
	rest(0, 3);
	pass(GIVEN_UP);
	counts.answers++;
	come(UNK_TIMEOUT, -1);
	ck_assert_int_eq(live_is_silent(live), 0);
	/* Nor where nothing could be sent. */
	is_cut_off = 1;
	pass(MINUTE);
	come(UNK_TIMEOUT, -1);
	ck_assert_int_eq(live_is_silent(live), 0);
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

/* The row does not say that what was asked for by a key gave nothing. */
START_TEST(who_asked_is_told)
{
	rest(0, 1);
	come(OK_BACKUP, 0);
	live_again(live, rows, 1);
	ck_assert_int_eq(live_is_asking(live, rows[0]), 1);
	ck_assert_ptr_null(live_get(live, rows[0]));
	come(UNK_SERVFAIL, 2);
	ck_assert_str_eq(told, "no usable answer about a.example just now");
	pass(MINUTE);
	come(UNK_SERVFAIL, 2);
	ck_assert_uint_eq(n_told, 1);
	live_again(live, rows, 1);
	come(OK_BACKUP, 0);
	ck_assert_uint_eq(n_told, 1);
	/* While no resolver answers that is said instead, again for each key. */
	live_again(live, rows, 3);
	fall_silent();
	ck_assert_uint_eq(n_told, 3);
	live_again(live, rows, 1);
	fall_silent();
	ck_assert_uint_eq(n_told, 4);
	ck_assert_ptr_nonnull(strstr(told, "none answers"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("live");
	TCase *t = tcase_create("live");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_failed_is_asked_again_a_minute_later_in_one_round);
	tcase_add_test(t, only_what_failed_is_asked_again);
	tcase_add_test(t, rows_that_change_are_asked_when_their_minute_is_over);
	tcase_add_test(t, a_suffix_that_was_not_heard_has_failed);
	tcase_add_test(t, the_same_failure_changes_nothing);
	tcase_add_test(t, silence_is_told_once_and_stands_until_an_answer);
	tcase_add_test(t, one_name_makes_no_silence);
	tcase_add_test(t, no_silence_where_others_are_answered);
	tcase_add_test(t, who_asked_is_told);
	suite_add_tcase(s, t);
	return suite_run(s);
}
