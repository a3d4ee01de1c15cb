/*
 * The edges of the time rules: each reason alone and in its words, and the last second at which a rule still holds.
 * verdicts.md section 7 has the numbers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "relay/told_timeline.h"
#include "support/suite.h"

/* What stands in the way at noon of the last day told, all of it. */
static void stands_in_the_way(const char *days, unsigned why)
{
	unsigned is;

	seen = (struct observed){0};
	counts = 0;
	is = judge_on(tell(days) - 1).why;
	ck_assert_msg(is == why, "%s: %x, wanted %x", days, is, why);
}

START_TEST(each_reason_alone)
{
	struct timeline t;

	timeline_judge(&t, &rules, &entry, NULL, 0, NULL, day0);
	ck_assert_uint_eq(t.why, 1u << WHY_UNKNOWN);
	stands_in_the_way("U", 1u << WHY_UNKNOWN);
	stands_in_the_way("A", 1u << WHY_NOT_JUDGED);
	stands_in_the_way("L", 1u << WHY_LISTED);
	stands_in_the_way("M", 1u << WHY_LISTED);
	stands_in_the_way("B", 1u << WHY_LISTED);
	stands_in_the_way("O", 1u << WHY_SPAN | 1u << WHY_COUNT);
	stands_in_the_way("O7", 1u << WHY_SPAN);
	stands_in_the_way("O6......O", 1u << WHY_SPAN);
	stands_in_the_way("O......O......O......O......O", 1u << WHY_COUNT);
	stands_in_the_way("O29", 0);
	/* One resolver heard us: none of the days before counts any more. */
	stands_in_the_way("O29V", 1u << WHY_COUNT);
	stands_in_the_way("O29l", 1u << WHY_LISTED);
	stands_in_the_way("O29H", 1u << WHY_HOLD);
	/* No answer takes back neither the resemblance nor the run. */
	stands_in_the_way("O29HU", 1u << WHY_HOLD);
	stands_in_the_way("LOLO", 1u << WHY_FLAPPING | 1u << WHY_SPAN | 1u << WHY_COUNT);
	entry.pin = PIN_ETRN;
	stands_in_the_way("O29", 1u << WHY_PINNED);
	stands_in_the_way("U", 1u << WHY_PINNED | 1u << WHY_UNKNOWN);
}
END_TEST

/* It has not been through its scan yet, and still it counts against a deletion. */
START_TEST(a_listing_that_one_resolver_heard_just_now)
{
	tell("O29V");
	counts = 0;
	ck_assert_uint_eq(judge_on(29).why, 1u << WHY_LISTED);
	ck_assert_int_eq(judge_on(29).may_from, 0);
}
END_TEST

/* Seven observations on seven days: many of a day are one. */
START_TEST(days_are_counted_and_not_observations)
{
	for (int day = 0; day <= 28; day += 7)
		for (int i = 0; i < 3; i++)
			observe('O', day0 + day * DAY + i * 3600);
	ck_assert_uint_eq(judge_on(28).count, 15);
	ck_assert_uint_eq(judge_on(28).why, 1u << WHY_COUNT);
	ck_assert_int_eq(judge_on(28).may_from, day0 + 30 * (int64_t)DAY);
	set_up();
	for (int i = 0; i < 3; i++)
		observe('O', day0 + i * 3600);
	observe('O', day0 + DAY);
	ck_assert_int_eq(judge_on(1).state, STATE_SUSPECT);
	observe('O', day0 + 2 * DAY);
	ck_assert_int_eq(judge_on(2).state, STATE_ORPHAN);
}
END_TEST

START_TEST(mail_to_the_last_message)
{
	static const struct {
		int64_t in_week, queued;
		int unread;
		uint32_t flags;
		unsigned why;
		int log_unread;
	} cases[] = {
		{-1, -1, 0, 0, 1u << WHY_MAIL, 1},
		{-1, -1, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0},
		{1, 0, 0, W_MAIL_TRICKLE, 0, 0},
		{5, 0, 0, W_MAIL_TRICKLE, 0, 0},
		{6, 0, 0, 0, 1u << WHY_MAIL, 0},
		{0, 1, 0, 0, 1u << WHY_QUEUE, 0},
		{0, -1, 1, 0, 1u << WHY_QUEUE_UNREAD, 0},
		{6, 1, 1, 0, 1u << WHY_MAIL | 1u << WHY_QUEUE | 1u << WHY_QUEUE_UNREAD, 0},
	};
	struct timeline t;

	tell("O29");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct timeline_mail mail = {cases[i].in_week, cases[i].queued, cases[i].unread, cases[i].log_unread};

		timeline_judge(&t, &rules, &entry, &seen, 1, &mail, day0 + 28 * (int64_t)DAY + DAY / 2);
		ck_assert_uint_eq(t.flags, cases[i].flags);
		ck_assert_uint_eq(t.why, cases[i].why);
		ck_assert_int_eq(t.may_from, cases[i].why ? 0 : day0 + 28 * (int64_t)DAY);
		ck_assert_int_eq(t.mail.in_week, cases[i].in_week);
		ck_assert_int_eq(t.mail.queued, cases[i].queued);
	}
	t = judge_on(28);
	ck_assert_int_eq(t.mail.in_week, -1);
	ck_assert_int_eq(t.mail.queued, -1);
	ck_assert_int_eq(t.mail.unread, 0);
}
END_TEST

START_TEST(three_changes_in_thirty_days)
{
	/* The changes are on days 1, 2, and 30, 31 or 32. */
	comes_out("LOLL27O", STATE_FLAPPING, 30 + 61);
	comes_out("LOLL28O", STATE_FLAPPING, 31 + 61);
	comes_out("LOLL29O", STATE_SUSPECT, 32 + 28);
	/* A change that comes later, alone, takes nothing of the quiet back. */
	comes_out("LOLO37L", STATE_FLAPPING, -1);
	/* To the second. */
	for (int late = 0; late < 2; late++) {
		set_up();
		observe('L', day0);
		observe('O', day0 + DAY);
		observe('L', day0 + 2 * DAY);
		observe('O', day0 + 31 * (int64_t)DAY + late);
		ck_assert_int_eq(judge_on(31).state, late ? STATE_SUSPECT : STATE_FLAPPING);
	}
}
END_TEST

START_TEST(as_many_changes_as_are_configured)
{
	rules.flap_changes = 1;
	comes_out("L9", STATE_LISTED, -1);
	comes_out("LO", STATE_FLAPPING, 1 + 61);
	rules.flap_changes = TALLY_CHANGES;
	comes_out("LOLOLOLO", STATE_SUSPECT, 7 + 28);
	comes_out("LOLOLOLOL", STATE_FLAPPING, -1);
	comes_out("LOLOLOLOL60O", STATE_SUSPECT, 68 + 28);
}
END_TEST

START_TEST(sixty_days_of_quiet)
{
	struct timeline t;
	int64_t end;

	tell("LOLO60");
	end = day0 + (3 + 60) * (int64_t)DAY + 2 * 3600;
	timeline_judge(&t, &rules, &entry, &seen, counts, NULL, end - 1);
	ck_assert_int_eq(t.state, STATE_FLAPPING);
	ck_assert_int_eq(t.flaps_until, end);
	timeline_judge(&t, &rules, &entry, &seen, counts, NULL, end);
	ck_assert_int_eq(t.state, STATE_DELETABLE);
	ck_assert_int_eq(t.flaps_until, 0);
}
END_TEST

START_TEST(a_group_is_held_to_its_second)
{
	struct timeline t;
	int64_t end;

	tell("O31");
	end = seen.hold_until = day0 + 30 * (int64_t)DAY + 10 * 3600;
	timeline_judge(&t, &rules, &entry, &seen, counts, NULL, end - 1);
	ck_assert_uint_eq(t.why, 1u << WHY_GROUP_HOLD);
	ck_assert_int_eq(t.hold_until, end);
	timeline_judge(&t, &rules, &entry, &seen, counts, NULL, end);
	ck_assert_int_eq(t.state, STATE_DELETABLE);
	ck_assert_int_eq(t.hold_until, 0);
	/* The day on which it may is one that begins behind it. */
	seen.hold_until = day0 + 40 * (int64_t)DAY;
	ck_assert_int_eq(judge_on(30).may_from, day0 + 40 * (int64_t)DAY);
	seen.hold_until++;
	ck_assert_int_eq(judge_on(30).may_from, day0 + 41 * (int64_t)DAY);
}
END_TEST

/* A run goes on where two clocks differ by an hour, and begins anew where they differ by more. */
START_TEST(an_hour_of_the_clock)
{
	for (int more = 0; more < 2; more++) {
		set_up();
		observe('O', day0 + 8 * 3600);
		observe('O', day0 + 7 * 3600 - more);
		ck_assert_uint_eq(judge_on(0).count, more ? 1 : 2);
	}
}
END_TEST

START_TEST(seven_days_are_no_gap)
{
	tell("O10");
	ck_assert_int_eq(judge_on(16).may_from, day0 + 28 * (int64_t)DAY);
	ck_assert_int_eq(judge_on(17).may_from, day0 + 45 * (int64_t)DAY);
	rules.observations = 40;
	ck_assert_int_eq(judge_on(17).may_from, day0 + (17 + 39) * (int64_t)DAY);
}
END_TEST

/* The first day of those that are still to come on which it may, or that on which it could first. */
START_TEST(from_which_day)
{
	rules.fresh = 9;
	tell("O26");
	ck_assert_uint_eq(judge_on(30).why, 1u << WHY_SPAN);
	ck_assert_int_eq(judge_on(30).may_from, day0 + 30 * (int64_t)DAY);
	set_up();
	rules.fresh = 3;
	tell("O......O......O......O......O......O......O");
	ck_assert_int_eq(judge_on(44).why, 0);
	ck_assert_int_eq(judge_on(44).may_from, day0 + 42 * (int64_t)DAY);
	set_up();
	tell("O......O......O......O......O......O......O......O");
	ck_assert_int_eq(judge_on(49).may_from, day0 + 28 * (int64_t)DAY);
}
END_TEST

/* A date of the configuration's own time zone: here its day begins two hours before that of UTC. */
START_TEST(the_day_behind_a_pin)
{
	entry.pin = PIN_OUTAGE;
	entry.pin_until = day0 + 50 * (int64_t)DAY - 2 * 3600;
	comes_out("O40", STATE_PINNED, 51);
	/* A pin that is over is as if it had never been. */
	entry.pin_until = day0 + 35 * (int64_t)DAY;
	comes_out("O40", STATE_DELETABLE, 28);
}
END_TEST

START_TEST(a_notice_holds_through_its_last_day)
{
	entry.notice_deadline = day0;
	ck_assert_int_eq(entry_notice_expired(&entry, day0 + DAY - 1), 0);
	ck_assert_int_eq(entry_notice_expired(&entry, day0 + DAY), 1);
	entry.notice_deadline = 0;
	ck_assert_int_eq(entry_notice_expired(&entry, day0), 0);
}
END_TEST

/* 2026-10-25 has 25 hours where summer time ends, and 2026-03-29 has 23. */
START_TEST(the_last_day_is_as_long_as_it_is)
{
	const int64_t october = 1792879200, march = 1774738800; /* their midnights there */
	char zone[100];

	snprintf(zone, sizeof zone, "%s", getenv("TZ") ? getenv("TZ") : "UTC");
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	entry = (struct entry){.notice_deadline = october, .pin = PIN_CUSTOMER, .pin_until = october};
	ck_assert_int_eq(entry_notice_expired(&entry, october + 25 * 3600 - 1), 0);
	ck_assert_int_eq(entry_notice_expired(&entry, october + 25 * 3600), 1);
	ck_assert_int_eq(entry_pin_at(&entry, october + 25 * 3600 - 1), PIN_CUSTOMER);
	ck_assert_int_eq(entry_pin_at(&entry, october + 25 * 3600), PIN_NONE);
	entry.notice_deadline = march;
	ck_assert_int_eq(entry_notice_expired(&entry, march + DAY - 1), 0);
	ck_assert_int_eq(entry_notice_expired(&entry, march + DAY), 1);
	/* Looked at from elsewhere it is not over before a day has passed. */
	setenv("TZ", "UTC", 1);
	tzset();
	entry.notice_deadline = october;
	ck_assert_int_eq(entry_notice_expired(&entry, october + DAY - 1), 0);
	setenv("TZ", zone, 1);
	tzset();
}
END_TEST

/* An acknowledgement is void when the MX set changes: a preference, a name, one more or less, but not their order. */
START_TEST(an_acknowledgement_is_of_one_mx_set)
{
	static const struct observed_mx sets[][2] = {
		{{.preference = 10, .target = "mx1.example"}, {.preference = 20, .target = "mx2.example"}},
		{{.preference = 20, .target = "mx2.example"}, {.preference = 10, .target = "mx1.example"}},
		{{.preference = 11, .target = "mx1.example"}, {.preference = 20, .target = "mx2.example"}},
		{{.preference = 10, .target = "mx1.example"}, {.preference = 21, .target = "mx2.example"}},
		{{.preference = 10, .target = "mx3.example"}, {.preference = 20, .target = "mx2.example"}},
		{{.preference = 10, .target = "mx1.example"}, {.preference = 20, .target = "mx2.exampld"}},
	};

	seen = (struct observed){.time = day0, .mx = sets[0], .n_mx = 2};
	/* Kept in databases: the same sum for ever. */
	ck_assert_uint_eq(observed_mx_hash(&seen), UINT64_C(11441960051191443651));
	entry.acknowledged = observed_mx_hash(&seen);
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		seen.mx = sets[i];
		ck_assert_int_eq(entry_is_acknowledged(&entry, &seen), i < 2);
	}
	seen.mx = sets[0];
	seen.n_mx = 1;
	ck_assert_int_eq(entry_is_acknowledged(&entry, &seen), 0);
	seen.n_mx = 2;
	seen.time = 0;
	ck_assert_int_eq(entry_is_acknowledged(&entry, &seen), 0);
	ck_assert_int_eq(entry_is_acknowledged(&entry, NULL), 0);
	seen = (struct observed){.time = 1};
	ck_assert_uint_eq(observed_mx_hash(&seen), 1);
	entry.acknowledged = 1;
	ck_assert_int_eq(entry_is_acknowledged(&entry, &seen), 1);
	entry.acknowledged = 0;
	ck_assert_int_eq(entry_is_acknowledged(&entry, &seen), 0);
}
END_TEST

START_TEST(each_reason_in_its_words)
{
	static const char *const words[N_WHYS] = {
		[WHY_PINNED] = "pinned (etrn)",
		[WHY_HOLD] = "held: an MX resembles a host of ours, a human must look first",
		[WHY_GROUP_HOLD] = "held until 2024-10-14: it left us in one night with others that share its name servers or MX",
		[WHY_FLAPPING] = "flapping: it changed 3 times within 30 days, quiet until 2024-12-03",
		[WHY_LISTED] = "senders still reach us, mail would bounce",
		[WHY_NOT_JUDGED] = "DNS cannot judge this name",
		[WHY_UNKNOWN] = "no usable answer was counted yet; a failure of DNS is no evidence",
		[WHY_SPAN] = "an orphan since 2024-10-04, it takes 28 days",
		[WHY_COUNT] = "2 observations on 2 days, it takes 7",
		[WHY_STALE] = "the last counted observation is more than 2 days old, or from the future",
		[WHY_MAIL] = "up to 9 messages a week still come for it from outside (mail-trickle is 5)",
		[WHY_QUEUE] = "the relay still holds mail for it",
		[WHY_QUEUE_UNREAD] =
			"what a relay's queue holds for it cannot be read: the record is damaged, mxward check names it",
	};
	char out[300];
	struct timeline t;

	tell("OO");
	t = judge_on(1);
	t.hold_until = day0 + 10 * (int64_t)DAY;
	t.flaps_until = day0 + 60 * (int64_t)DAY;
	t.mail.in_week = 9;
	entry.pin = PIN_ETRN;
	for (int w = 0; w < N_WHYS; w++)
		ck_assert_str_eq(timeline_why_words(out, sizeof out, (enum timeline_why)w, &t, &rules, &entry), words[w]);
	ck_assert_str_eq(timeline_why_words(out, sizeof out, N_WHYS, &t, &rules, &entry), "");
	entry.pin_until = day0;
	ck_assert_str_eq(timeline_why_words(out, sizeof out, WHY_PINNED, &t, &rules, &entry),
			 "pinned (etrn) until 2024-10-04");
	rules.fresh = 1;
	ck_assert_str_eq(timeline_why_words(out, sizeof out, WHY_STALE, &t, &rules, &entry),
			 "the last counted observation is more than 1 day old, or from the future");
}
END_TEST

/* That it was listed is said of the observation that saw it: a night without an answer after that saw nothing. */
START_TEST(a_listing_in_the_words_of_when_it_was_seen)
{
	static const struct {
		const char *days, *words;
	} cases[] = {
		{"L", "senders still reach us, mail would bounce"},
		{"LM", "senders still reach us, mail would bounce"},
		{"LOl", "senders still reach us, mail would bounce"},
		{"LV", "senders still reach us, mail would bounce"},
		{"LU", "senders reached us when DNS last answered, and a failure of DNS is no evidence"},
		{"MUU", "senders reached us when DNS last answered, and a failure of DNS is no evidence"},
		{"Lo", "senders reached us when it was last counted"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[300];
		struct timeline t;

		seen = (struct observed){0};
		counts = 0;
		t = judge_on(tell(cases[i].days) - 1);
		ck_assert_msg(t.why & 1u << WHY_LISTED, "%s", cases[i].days);
		ck_assert_str_eq(timeline_why_words(out, sizeof out, WHY_LISTED, &t, &rules, &entry), cases[i].words);
	}
}
END_TEST

START_TEST(a_tally_keeps_the_last_definite_one)
{
	struct observed o = {.time = day0, .verdict = {CLASS_ORPHAN, ORPHAN_NXDOMAIN, 2, DELETE_C2, 0}};
	struct tally t = {0};

	tally_add(&t, &o, &rules);
	ck_assert_int_eq(t.class, CLASS_ORPHAN);
	ck_assert_int_eq(t.reason, ORPHAN_NXDOMAIN);
	ck_assert_int_eq(t.deletion, DELETE_C2);
	ck_assert_int_eq(t.last, day0);
	o.time += DAY;
	o.verdict = (struct verdict){CLASS_UNKNOWN, UNK_TIMEOUT, 1, DELETE_NEVER, 0};
	tally_add(&t, &o, &rules);
	ck_assert_int_eq(t.reason, ORPHAN_NXDOMAIN);
	ck_assert_int_eq(t.last, day0);
}
END_TEST

/* Both are wanted: what has waited long enough may have given no answer last, and an orphan may still wait. */
START_TEST(ready_is_an_orphan_that_may_go)
{
	for (int state = 0; state < N_STATES; state++)
		for (unsigned class = 0; class < N_CLASSES; class++)
			ck_assert_int_eq(state_is_ready((enum state)state, class),
					 state == STATE_DELETABLE && class == CLASS_ORPHAN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timeline edges");
	TCase *t = tcase_create("timeline edges");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, each_reason_alone);
	tcase_add_test(t, a_listing_that_one_resolver_heard_just_now);
	tcase_add_test(t, days_are_counted_and_not_observations);
	tcase_add_test(t, mail_to_the_last_message);
	tcase_add_test(t, three_changes_in_thirty_days);
	tcase_add_test(t, as_many_changes_as_are_configured);
	tcase_add_test(t, sixty_days_of_quiet);
	tcase_add_test(t, a_group_is_held_to_its_second);
	tcase_add_test(t, an_hour_of_the_clock);
	tcase_add_test(t, seven_days_are_no_gap);
	tcase_add_test(t, from_which_day);
	tcase_add_test(t, the_day_behind_a_pin);
	tcase_add_test(t, a_notice_holds_through_its_last_day);
	tcase_add_test(t, the_last_day_is_as_long_as_it_is);
	tcase_add_test(t, an_acknowledgement_is_of_one_mx_set);
	tcase_add_test(t, each_reason_in_its_words);
	tcase_add_test(t, a_listing_in_the_words_of_when_it_was_seen);
	tcase_add_test(t, a_tally_keeps_the_last_definite_one);
	tcase_add_test(t, ready_is_an_orphan_that_may_go);
	suite_add_tcase(s, t);
	return suite_run(s);
}
