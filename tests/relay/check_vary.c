/*
 * Targets whose addresses come and go: from when on they are judged on the union, how long, and what stays as it is seen.
 */
#include "relay/vary.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "relay/entry.h"
#include "relay/name.h"
#include "relay/site.h"
#include "support/suite.h"

static struct site site;
static struct arena arena;
static struct observed last; /* what was stored of the observation before */

static void set_up(void)
{
	struct net_prefix p;

	memset(&site, 0, sizeof site);
	memset(&last, 0, sizeof last);
	ck_assert_int_eq(net_prefix_parse(&p, "11.11.0.0/16"), 0);
	netset_add(&site.networks, p);
}

static void begin_anew(void)
{
	memset(&last, 0, sizeof last);
}

static void tear_down(void)
{
	site_clear(&site);
	arena_clear(&arena);
}

/* One observation: "10 mx 11.11.5.1 22.22.0.1, 50 us 11.11.0.10" with what its answer alone said. */
static enum reason observe(enum reason said, uint32_t flags, const char *text)
{
	struct observed o = {.time = last.time + 86400};
	struct observed_mx *mx = arena_alloc(&arena, 8 * sizeof *mx);
	char copy[300], *rest = copy, *target;

	snprintf(copy, sizeof copy, "%s", text);
	o.verdict = (struct verdict){.class = (uint8_t)reason_class(said), .reason = (uint8_t)said, .severity = 2, .flags = flags};
	while ((target = strsep(&rest, ","))) {
		struct net_address *address = arena_alloc(&arena, 8 * sizeof *address);
		struct observed_mx *m = &mx[o.n_mx++];
		char *state, *w = strtok_r(target, " ", &state);

		m->preference = (uint16_t)atoi(w);
		snprintf(m->target, sizeof m->target, "%s", strtok_r(NULL, " ", &state));
		m->ours = strncmp(m->target, "us", 2) == 0 || name_is_address(m->target);
		while ((w = strtok_r(NULL, " ", &state)))
			ck_assert_int_eq(net_address_parse(&address[m->n_addresses++], w), 0);
		/* No room behind them, so that a sanitizer sees who reads on. */
		m->address = memcpy(arena_alloc(&arena, m->n_addresses * sizeof *address), address, m->n_addresses * sizeof *address);
	}
	o.mx = mx;
	vary_follow(&o, &last, &site, "vary.example", &arena);
	last = o;
	return (enum reason)o.verdict.reason;
}

#define HERE  "10 mx 11.11.5.1, 50 us 11.11.0.10"
#define THERE "10 mx 22.22.0.1, 50 us 11.11.0.10"

static void here(enum reason wanted)
{
	ck_assert_str_eq(reason_name(observe(OK_BACKUP, 0, HERE)), reason_name(wanted));
}

static void there(enum reason wanted)
{
	ck_assert_str_eq(reason_name(observe(MOVED_OFFNET, 0, THERE)), reason_name(wanted));
}

START_TEST(who_moves_once_has_moved_at_once)
{
	for (int i = 0; i < 6; i++)
		here(OK_BACKUP);
	for (int i = 0; i < 8; i++)
		there(MOVED_OFFNET);
	ck_assert_uint_eq(last.varies, 0);
}
END_TEST

START_TEST(what_comes_back_is_judged_with_what_is_away)
{
	here(OK_BACKUP);
	there(MOVED_OFFNET);
	here(OK_PRIMARY_MIXED);
	ck_assert_uint_eq(last.verdict.class, CLASS_OK);
	ck_assert_uint_eq(last.verdict.severity, 1);
	ck_assert_uint_eq(last.verdict.deletion, DELETE_NEVER);
	there(OK_PRIMARY_MIXED);
	there(OK_PRIMARY_MIXED);
	here(OK_PRIMARY_MIXED);
}
END_TEST

/* Five observations: then what was not seen again is gone. */
START_TEST(the_union_ends)
{
	here(OK_BACKUP);
	there(MOVED_OFFNET);
	here(OK_PRIMARY_MIXED);
	for (int i = 0; i < 3; i++)
		here(OK_PRIMARY_MIXED);
	here(OK_BACKUP);
	here(OK_BACKUP);
	ck_assert_uint_eq(last.mx[0].n_recent[0] + last.mx[0].n_recent[3], 0);
	/* Back after all that time it is a change like the first. */
	there(MOVED_OFFNET);
}
END_TEST

START_TEST(a_part_of_a_set_is_no_move)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(observe(MOVED_OFFNET, W_ONNET_WORSE,
					 i % 2 ? "10 mx 22.22.0.1, 50 us 11.11.0.10, 60 b 11.11.5.9"
					       : "10 mx 22.22.0.2, 50 us 11.11.0.10, 60 b 11.11.5.9"),
				 MOVED_OFFNET);
	ck_assert_uint_eq(last.verdict.flags, W_ONNET_WORSE);
}
END_TEST

/* Only the primary's places decide: a worse one of ours elsewhere is no mixture, and neither is a private address. */
START_TEST(only_the_primary_is_joined)
{
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(observe(OK_BACKUP, 0,
					 i % 2 ? "10 mx 11.11.5.1, 20 b 22.22.0.1, 50 us 11.11.0.10"
					       : "10 mx 11.11.5.1, 20 b 11.11.5.2, 50 us 11.11.0.10"),
				 OK_BACKUP);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(observe(OK_BACKUP, 0, i % 2 ? "10 mx 11.11.5.1, 50 us 11.11.0.10" : "10 mx 11.11.5.1 10.1.1.1, 50 us 11.11.0.10"),
				 OK_BACKUP);
}
END_TEST

/* All addresses of a target of the last observation: those of now, then those last seen one ago, two, ... */
static void assert_addresses(size_t i, const char *want)
{
	const struct observed_mx *m = &last.mx[i];
	const struct net_address *a = m->address;
	char text[NET_TEXT_SIZE], all[400] = "";

	for (int age = -1; age < OBSERVED_RECENT; age++) {
		size_t n = age < 0 ? m->n_addresses : m->n_recent[age];

		strcat(all, age < 0 ? "" : " |");
		for (size_t k = 0; k < n; k++) {
			strcat(all, " ");
			strcat(all, net_address_text(text, a++));
		}
	}
	ck_assert_str_eq(all, want);
}

START_TEST(addresses_are_kept_by_their_age)
{
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.1 11.11.5.2, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.1 11.11.5.2 | | | |");
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.3, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.3 | 11.11.5.1 11.11.5.2 | | |");
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.4, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.4 | 11.11.5.3 | 11.11.5.1 11.11.5.2 | |");
	ck_assert_uint_eq(last.varies, 0);
	/* The second of two comes back. */
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.5 11.11.5.2, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.5 11.11.5.2 | 11.11.5.4 | 11.11.5.3 | 11.11.5.1 |");
	ck_assert_uint_eq(last.varies, OBSERVED_RECENT);
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.6, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.6 | 11.11.5.5 11.11.5.2 | 11.11.5.4 | 11.11.5.3 | 11.11.5.1");
	observe(OK_BACKUP, 0, "5 b 11.11.5.9, 10 mx 11.11.5.6, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.6 | | 11.11.5.5 11.11.5.2 | 11.11.5.4 | 11.11.5.3");
	ck_assert_uint_eq(last.varies, OBSERVED_RECENT - 2);
	assert_addresses(0, " 11.11.5.9 | | | |");
	/* Each once. */
	begin_anew();
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1 11.11.5.1, 50 us 11.11.0.10");
	observe(OK_BACKUP, 0, "10 mx 11.11.5.3, 50 us 11.11.0.10");
	assert_addresses(0, " 11.11.5.3 | 11.11.5.1 | | |");
}
END_TEST

/* What lies behind the counted ones was never seen. */
START_TEST(behind_the_end_is_nothing)
{
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1 11.11.5.2, 50 us 11.11.0.10");
	((struct observed_mx *)last.mx)->n_addresses = 1;
	observe(OK_BACKUP, 0, "10 mx 11.11.5.2 11.11.5.1, 50 us 11.11.0.10");
	ck_assert_uint_eq(last.varies, 0);
	begin_anew();
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1, 20 b 11.11.5.2, 50 us 11.11.0.10");
	last.n_mx = 1;
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1, 20 b 11.11.5.3, 50 us 11.11.0.10");
	assert_addresses(1, " 11.11.5.3 | | | |");
	/* Nor is it of the union. */
	begin_anew();
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1 22.22.0.1, 50 us 11.11.0.10");
	((struct observed_mx *)last.mx)->n_addresses = 1;
	last.varies = OBSERVED_RECENT;
	here(OK_BACKUP);
}
END_TEST

START_TEST(whatever_one_answer_showed_of_the_primary)
{
	static const enum reason reasons[] = {OK_BACKUP, MOVED_OFFNET, MOVED_PARTIAL, MOVED_FILTER};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		begin_anew();
		here(OK_BACKUP);
		there(MOVED_OFFNET);
		ck_assert_int_eq(observe(reasons[i], W_V6ONLY | W_ONNET_WORSE | W_MX_CNAME, HERE), OK_PRIMARY_MIXED);
		ck_assert_uint_eq(last.verdict.flags, W_MX_CNAME);
	}
}
END_TEST

/* A route of our own led elsewhere: then there may be no primary, and what varies is a relay of ours or behind one. */
START_TEST(no_better_target_is_joined)
{
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(observe(MOVED_OFFNET, 0, i % 2 ? "50 us 11.11.0.10, 50 c 22.22.0.9, 60 us2 11.11.0.11"
								: "50 us 22.22.0.10, 50 c 11.11.5.9, 60 us2 11.11.0.11"),
				 MOVED_OFFNET);
	begin_anew();
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(observe(MOVED_OFFNET, 0, i % 2 ? "60 us2 11.11.0.11, 50 c 22.22.0.9, 50 us 11.11.0.10"
								: "60 us2 11.11.0.11, 50 c 11.11.5.9, 50 us 22.22.0.10"),
				 MOVED_OFFNET);
	/* Our address as text in the place of a name is no relay of ours. */
	begin_anew();
	observe(OK_BACKUP, 0, "5 11.11.0.10, " HERE);
	observe(MOVED_OFFNET, 0, "5 11.11.0.10, " THERE);
	ck_assert_int_eq(observe(OK_BACKUP, 0, "5 11.11.0.10, " HERE), OK_PRIMARY_MIXED);
}
END_TEST

/* Hosts of one preference are one primary, in whatever order they and the others came. */
START_TEST(the_order_of_targets_decides_nothing)
{
	static const char *const sets[][2] = {
		{"50 us 11.11.0.10, 10 mx 11.11.5.1", "50 us 11.11.0.10, 10 mx 22.22.0.1"},
		{"10 a 11.11.5.1, 10 b 11.11.5.2, 50 us 11.11.0.10", "10 a 11.11.5.1, 10 b 22.22.0.2, 50 us 11.11.0.10"},
		{"10 b 11.11.5.2, 10 a 11.11.5.1, 50 us 11.11.0.10", "10 b 22.22.0.2, 10 a 11.11.5.1, 50 us 11.11.0.10"},
		{"10 b 11.11.5.2, 10 a 22.22.0.1, 50 us 11.11.0.10", "10 b 22.22.0.2, 10 a 22.22.0.1, 50 us 11.11.0.10"},
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		begin_anew();
		observe(OK_BACKUP, 0, sets[i][0]);
		observe(OK_BACKUP, 0, sets[i][1]);
		ck_assert_int_eq(observe(OK_BACKUP, 0, sets[i][0]), OK_PRIMARY_MIXED);
	}
	/* A worse one that stands before the primary is none of it. */
	begin_anew();
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(observe(OK_BACKUP, 0, i % 2 ? "20 c 22.22.0.1, 10 a 11.11.5.1, 50 us 11.11.0.10"
							     : "20 c 22.22.0.2, 10 a 11.11.5.1, 50 us 11.11.0.10"),
				 OK_BACKUP);
	/* One target alone varies as well. */
	begin_anew();
	observe(OK_BACKUP, 0, "10 mx 11.11.5.1");
	observe(OK_BACKUP, 0, "10 mx 22.22.0.1");
	ck_assert_int_eq(observe(OK_BACKUP, 0, "10 mx 11.11.5.1"), OK_PRIMARY_MIXED);
}
END_TEST

START_TEST(orphans_and_failures_are_left_as_they_are)
{
	here(OK_BACKUP);
	there(MOVED_OFFNET);
	here(OK_PRIMARY_MIXED);
	ck_assert_int_eq(observe(ORPHAN_OFFNET, 0, "10 mx 22.22.0.1"), ORPHAN_OFFNET);
	there(MOVED_OFFNET);
	here(OK_BACKUP);
	there(OK_PRIMARY_MIXED);
	ck_assert_int_eq(observe(UNK_TIMEOUT, 0, HERE), UNK_TIMEOUT);
	ck_assert_int_eq(observe(BRK_PRIMARY_NOT_BETTER, 0, "50 mx 22.22.0.1, 10 us 11.11.0.10"), BRK_PRIMARY_NOT_BETTER);
	ck_assert_int_eq(observe(OK_TRANSPORT, 0, HERE), OK_TRANSPORT);
}
END_TEST

/* The way out is the override's, whatever the MX addresses do beside it; what they did is remembered all the same. */
START_TEST(where_our_own_route_leads_the_mail_addresses_decide_nothing)
{
	ck_assert_int_eq(site_add_override(&site, "vary.example", "22.22.0.9"), 0);
	ck_assert_int_eq(observe(MOVED_OFFNET, 0, HERE), MOVED_OFFNET);
	there(MOVED_OFFNET);
	ck_assert_int_eq(observe(MOVED_OFFNET, 0, HERE), MOVED_OFFNET);
	ck_assert_uint_gt(last.varies, 0);
	there(MOVED_OFFNET);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vary");
	TCase *c = tcase_create("vary");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, who_moves_once_has_moved_at_once);
	tcase_add_test(c, what_comes_back_is_judged_with_what_is_away);
	tcase_add_test(c, the_union_ends);
	tcase_add_test(c, a_part_of_a_set_is_no_move);
	tcase_add_test(c, only_the_primary_is_joined);
	tcase_add_test(c, addresses_are_kept_by_their_age);
	tcase_add_test(c, behind_the_end_is_nothing);
	tcase_add_test(c, whatever_one_answer_showed_of_the_primary);
	tcase_add_test(c, no_better_target_is_joined);
	tcase_add_test(c, the_order_of_targets_decides_nothing);
	tcase_add_test(c, orphans_and_failures_are_left_as_they_are);
	tcase_add_test(c, where_our_own_route_leads_the_mail_addresses_decide_nothing);
	suite_add_tcase(s, c);
	return suite_run(s);
}
