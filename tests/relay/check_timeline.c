/* States and time rules: relay/timeline and relay/tally.  The edges of each are check_timeline_edges's. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/date.h"
#include "base/str.h"
#include "relay/told_timeline.h"
#include "support/suite.h"

static enum state state_at(const struct observed *o, int is_counted, int64_t now)
{
	struct timeline t;

	timeline_judge(&t, &rules, &entry, o, is_counted, NULL, now);
	return t.state;
}

START_TEST(never_observed_is_new)
{
	ck_assert_int_eq(state_at(NULL, 0, day0), STATE_NEW);
	ck_assert_int_eq(state_at(&seen, 1, day0), STATE_NEW);
	comes_out("U", STATE_NEW, -1);
	comes_out("UUUUUUU", STATE_NEW, -1);
	comes_out("o", STATE_NEW, -1);
	comes_out("x", STATE_NEW, -1);
}
END_TEST

START_TEST(each_class_alone)
{
	comes_out("L", STATE_LISTED, -1);
	comes_out("M", STATE_LISTED, -1);
	comes_out("B", STATE_LISTED, -1);
	comes_out("A", STATE_LISTED, -1);
	comes_out("O", STATE_SUSPECT, 28);
	comes_out("N", STATE_SUSPECT, 90);
	comes_out("H", STATE_HOLD, -1);
	/* A class that no version of ours wrote is never evidence. */
	set_up();
	tell("O");
	seen.verdict.class = 200;
	ck_assert_int_eq(judge_on(0).state, STATE_NEW);
}
END_TEST

START_TEST(suspect_then_orphan_then_deletable)
{
	comes_out("LLLLO", STATE_SUSPECT, 32);
	comes_out("OO", STATE_SUSPECT, 28);
	comes_out("OOO", STATE_ORPHAN, 28);
	comes_out("O28", STATE_ORPHAN, 28);
	comes_out("O29", STATE_DELETABLE, 28);
	comes_out("LLO28", STATE_ORPHAN, 30);
	comes_out("LLO29", STATE_DELETABLE, 30);
	comes_out("N90", STATE_ORPHAN, 90);
	comes_out("N91", STATE_DELETABLE, 90);
	rules.show_after = 1;
	comes_out("O", STATE_ORPHAN, 28);
}
END_TEST

START_TEST(several_in_a_day_are_one_day)
{
	for (int i = 0; i < 30; i++)
		observe('O', day0 + 3600 + i * 60);
	ck_assert_int_eq(judge_on(0).state, STATE_SUSPECT);
	ck_assert_uint_eq(judge_on(0).count, 30);
	ck_assert_uint_eq(judge_on(0).days, 1);
	/* A day begins at 0:00 UTC, wherever the clock on the wall stands. */
	set_up();
	observe('O', day0 + DAY - 60);
	observe('O', day0 + DAY + 60);
	ck_assert_uint_eq(judge_on(1).days, 2);
}
END_TEST

START_TEST(few_observations_over_a_long_time)
{
	comes_out("O......O......O......O......O", STATE_ORPHAN, 30); /* weekly: 5 of 7 */
	comes_out("O......O......O......O......O......O......O", STATE_DELETABLE, 42);
	comes_out(".1O......O......O......O......O......O......O", STATE_DELETABLE, 43);
	/* A night's scan reaches a name a little earlier or later than the night before. */
	set_up();
	for (int i = 0; i <= 6; i++)
		observe('O', day0 + i * 7 * DAY + (i % 2 ? 7300 : 7200));
	ck_assert_int_eq(judge_on(42).state, STATE_DELETABLE);
}
END_TEST

START_TEST(a_gap_begins_anew)
{
	comes_out("O20.......O", STATE_SUSPECT, 27 + 28);
	comes_out("O20......O3", STATE_DELETABLE, 28);
	comes_out("O20U7O10", STATE_ORPHAN, 27 + 28);
	/* What is not looked at for so long cannot go on. */
	set_up();
	tell("O10");
	ck_assert_int_eq(judge_on(20).may_from, day0 + 48 * (int64_t)DAY);
}
END_TEST

START_TEST(no_answer_freezes)
{
	comes_out("O10UUUUU", STATE_ORPHAN, 28);
	comes_out("O10UUUUUO13", STATE_ORPHAN, 28);
	comes_out("O10UUUUUO14", STATE_DELETABLE, 28);
	comes_out("U40O", STATE_SUSPECT, 68);
	comes_out("LUUUU", STATE_LISTED, -1);
	/* But where one resolver heard us listed, it begins anew. */
	comes_out("O28VO", STATE_SUSPECT, 29 + 28);
	comes_out("O29V", STATE_SUSPECT, -1);
}
END_TEST

START_TEST(listed_once_resets)
{
	comes_out("O20LO28", STATE_ORPHAN, 49);
	comes_out("O20LO29", STATE_DELETABLE, 49);
	comes_out("O60L", STATE_LISTED, -1);
	comes_out("O60M", STATE_LISTED, -1);
	comes_out("O60B", STATE_LISTED, -1);
	comes_out("O60AO", STATE_SUSPECT, 61 + 28);
}
END_TEST

START_TEST(the_longer_rule_is_the_run_s)
{
	comes_out("O20N20", STATE_ORPHAN, 90);
	comes_out("NO60", STATE_ORPHAN, 90);
	comes_out("NO90", STATE_DELETABLE, 90);
	/* It ends with its run. */
	comes_out("NLO29", STATE_DELETABLE, 30);
}
END_TEST

START_TEST(stale_evidence_is_none)
{
	tell("O29");
	ck_assert_int_eq(judge_on(28).state, STATE_DELETABLE);
	ck_assert_int_eq(judge_on(29).state, STATE_DELETABLE);
	ck_assert_int_eq(judge_on(31).state, STATE_ORPHAN);
	ck_assert_uint_eq(judge_on(31).why, 1u << WHY_STALE);
	ck_assert_int_eq(judge_on(31).may_from, day0 + 31 * (int64_t)DAY);
	ck_assert_int_eq(state_at(&seen, 1, seen.time + 2 * DAY), STATE_DELETABLE);
	ck_assert_int_eq(state_at(&seen, 1, seen.time + 2 * DAY + 1), STATE_ORPHAN);
	/* Nor is what comes from the future, but for what two clocks may differ by. */
	ck_assert_int_eq(state_at(&seen, 1, seen.time - 3600), STATE_DELETABLE);
	ck_assert_int_eq(state_at(&seen, 1, seen.time - 3601), STATE_ORPHAN);
	rules.fresh = 4;
	ck_assert_int_eq(judge_on(31).state, STATE_DELETABLE);
}
END_TEST

START_TEST(a_clock_that_went_back_begins_anew)
{
	tell("O29");
	observe('O', day0 + 400 * (int64_t)DAY);
	ck_assert_int_eq(judge_on(400).state, STATE_SUSPECT);
	observe('O', day0 + 29 * (int64_t)DAY);
	ck_assert_int_eq(judge_on(29).state, STATE_SUSPECT);
	ck_assert_uint_eq(judge_on(29).count, 1);
}
END_TEST

START_TEST(flapping)
{
	comes_out("LOL", STATE_LISTED, -1);
	comes_out("LOLO", STATE_FLAPPING, 3 + 61);
	comes_out("LOLM", STATE_FLAPPING, -1);
	comes_out("LOUUL", STATE_LISTED, -1); /* two changes: no answer is left aside */
	comes_out("LOLL27O", STATE_FLAPPING, 30 + 61);
	comes_out("LOLL29O", STATE_SUSPECT, 32 + 28);
	/* For 60 days, though the run is long enough. */
	comes_out("LOLO60", STATE_FLAPPING, 64);
	comes_out("LOLO62", STATE_DELETABLE, 3 + 28);
	rules.flap_changes = 4;
	comes_out("LOLO", STATE_SUSPECT, 31);
	comes_out("LOLOL", STATE_FLAPPING, -1);
}
END_TEST

START_TEST(distrusted_ones_never_count)
{
	comes_out("O28o", STATE_ORPHAN, 28);
	comes_out("O28oO", STATE_DELETABLE, 28);
	comes_out("o60", STATE_NEW, -1);
	comes_out("Lo", STATE_LISTED, -1);
	/* A listing in one does not reset, but while it is the last word nothing goes. */
	comes_out("O28lO", STATE_DELETABLE, 28);
	comes_out("O29l", STATE_ORPHAN, -1);
}
END_TEST

START_TEST(other_relay_hosts_and_back)
{
	comes_out("O20xxx", STATE_ORPHAN, 28);
	comes_out("O24xxxOO", STATE_DELETABLE, 28);
	comes_out("L5x40", STATE_LISTED, -1);
	/* From the other side: the same observations. */
	tell("O24xxx");
	rules.sets = OTHER_SETS;
	ck_assert_int_eq(judge_on(26).state, STATE_ORPHAN);
	ck_assert_uint_eq(judge_on(26).count, 3);
	rules.sets = 99;
	ck_assert_int_eq(judge_on(26).state, STATE_NEW);
}
END_TEST

/* More configurations than are kept: the oldest is forgotten, and forgetting only ever makes one wait. */
START_TEST(many_configurations)
{
	int64_t when = day0;

	for (uint64_t sets = 1; sets <= TALLY_MAX + 2; sets++, when += DAY) {
		observe('O', when);
		seen.sets = sets;
	}
	observe('O', when);
	ck_assert_uint_eq(seen.n_tallies, TALLY_MAX);
	rules.sets = 1;
	ck_assert_int_eq(judge_on(7).state, STATE_NEW);
	rules.sets = TALLY_MAX + 2;
	ck_assert_int_eq(judge_on(7).state, STATE_SUSPECT);
}
END_TEST

START_TEST(holds)
{
	comes_out("H40", STATE_HOLD, -1);
	comes_out("O40H", STATE_HOLD, -1);
	comes_out("H20O20", STATE_DELETABLE, 28);
	comes_out("HL", STATE_LISTED, -1);
	rules.fresh = 3;
	tell("O29");
	seen.hold_until = day0 + 30 * (int64_t)DAY + DAY / 2;
	ck_assert_int_eq(judge_on(29).state, STATE_HOLD);
	ck_assert_uint_eq(judge_on(29).why, 1u << WHY_GROUP_HOLD);
	ck_assert_int_eq(judge_on(29).may_from, day0 + 31 * (int64_t)DAY);
	ck_assert_int_eq(judge_on(30).state, STATE_DELETABLE);
	/* A resemblance holds even before its scan is through. */
	seen = (struct observed){0};
	tell("O29");
	observe('H', day0 + 29 * (int64_t)DAY);
	counts = 0;
	ck_assert_int_eq(judge_on(29).state, STATE_HOLD);
}
END_TEST

START_TEST(mail_still_comes)
{
	struct timeline_mail mail = {.in_week = 5, .queued = -1};
	struct timeline t;
	int64_t now = day0 + 28 * (int64_t)DAY + DAY / 2;

	tell("O29");
	timeline_judge(&t, &rules, &entry, &seen, 1, &mail, now);
	ck_assert_int_eq(t.state, STATE_DELETABLE);
	ck_assert_uint_eq(t.flags, W_MAIL_TRICKLE);
	mail.in_week = 6;
	timeline_judge(&t, &rules, &entry, &seen, 1, &mail, now);
	ck_assert_int_eq(t.state, STATE_ORPHAN);
	ck_assert_uint_eq(t.why, 1u << WHY_MAIL);
	ck_assert_int_eq(t.may_from, 0);
	mail = (struct timeline_mail){.in_week = 0, .queued = 1};
	timeline_judge(&t, &rules, &entry, &seen, 1, &mail, now);
	ck_assert_uint_eq(t.why, 1u << WHY_QUEUE);
	mail = (struct timeline_mail){.in_week = 0, .queued = -1, .unread = 1};
	timeline_judge(&t, &rules, &entry, &seen, 1, &mail, now);
	ck_assert_uint_eq(t.why, 1u << WHY_QUEUE_UNREAD);
	ck_assert_int_eq(t.state, STATE_ORPHAN);
	ck_assert_int_eq(t.may_from, 0);
	mail = (struct timeline_mail){.in_week = -1, .queued = -1};
	timeline_judge(&t, &rules, &entry, &seen, 1, &mail, now);
	ck_assert_int_eq(t.state, STATE_DELETABLE);
	ck_assert_uint_eq(t.flags, 0);
}
END_TEST

START_TEST(a_pin_goes_before_all)
{
	entry.pin = PIN_ETRN;
	comes_out("O40", STATE_PINNED, -1);
	comes_out("H", STATE_PINNED, -1);
	comes_out("LOLO", STATE_PINNED, -1);
	ck_assert_int_eq(state_at(NULL, 0, day0), STATE_PINNED);
	entry.pin_until = day0 + 50 * (int64_t)DAY;
	comes_out("O40", STATE_PINNED, 51);
}
END_TEST

START_TEST(a_pin_holds_through_its_last_day)
{
	int64_t until = day0 + 100 * (int64_t)DAY;

	entry.pin = PIN_OUTAGE;
	ck_assert_int_eq(entry_pin_at(&entry, INT64_MAX - DAY), PIN_OUTAGE);
	entry.pin_until = until;
	ck_assert_int_eq(entry_pin_at(&entry, until - 100 * DAY), PIN_OUTAGE);
	ck_assert_int_eq(entry_pin_at(&entry, until + DAY - 1), PIN_OUTAGE);
	ck_assert_int_eq(entry_pin_at(&entry, until + DAY), PIN_NONE);
	entry.pin = 99;
	entry.pin_until = 0;
	ck_assert_int_eq(entry_pin_at(&entry, until), PIN_OTHER);
	entry.pin = PIN_NONE;
	ck_assert_int_eq(entry_pin_at(&entry, until), PIN_NONE);
}
END_TEST

START_TEST(each_reason_has_a_code_and_words)
{
	char words[300];
	struct timeline t;

	tell("O");
	t = judge_on(0);
	entry.pin = PIN_ETRN;
	for (int w = 0; w < N_WHYS; w++) {
		ck_assert_str_ne(timeline_why_code((enum timeline_why)w), "");
		timeline_why_words(words, sizeof words, (enum timeline_why)w, &t, &rules, &entry);
		ck_assert_msg(strlen(words) > 10, "reason %d has no words", w);
	}
	ck_assert_str_eq(timeline_why_words(words, sizeof words, WHY_SPAN, &t, &rules, &entry),
			 "an orphan since 2024-10-04, it takes 28 days");
	ck_assert_str_eq(timeline_why_words(words, sizeof words, WHY_COUNT, &t, &rules, &entry),
			 "1 observation on 1 day, it takes 7");
	ck_assert_str_eq(timeline_why_code(N_WHYS), "");
}
END_TEST

/* --- the shared timelines, where they lie beside the checkout --------------------------------------- */

static int expects(const char *want, const struct timeline *t)
{
	if (strcmp(want, "SUSPECT") == 0)
		return t->state == STATE_SUSPECT || t->state == STATE_ORPHAN;
	if (strcmp(want, "SUSPECT_MAIL_SEEN") == 0)
		return t->state == STATE_ORPHAN && t->why & 1u << WHY_MAIL;
	if (strcmp(want, "CONFIRMED_RECHECK_FAILED") == 0)
		return t->state == STATE_DELETABLE;
	return strcasecmp(want, state_name(t->state)) == 0;
}

static void replay(json_t *line)
{
	json_t *list = json_object_get(line, "observations"), *options = json_object_get(line, "options");
	struct timeline_mail mail = {.in_week = -1, .queued = -1};
	struct timeline t;

	set_up();
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		char code = json_string_value(json_array_get(o, 1))[0];

		observe(code == 'X' ? 'o' : code,
			day0 + llround(json_number_value(json_array_get(o, 0)) * DAY) + 3600);
		counts = counts && json_is_true(json_array_get(o, 2));
	}
	if (json_is_true(json_object_get(options, "pin")))
		entry.pin = PIN_ETRN;
	if (json_object_get(options, "mail_messages"))
		mail.in_week = json_integer_value(json_object_get(options, "mail_messages"));
	timeline_judge(&t, &rules, &entry, &seen, counts, &mail,
		       day0 + llround(json_number_value(json_object_get(line, "now")) * DAY) + 3600);
	ck_assert_msg(expects(json_string_value(json_object_get(line, "expect")), &t), "%s (%s): %s, wanted %s",
		      json_string_value(json_object_get(line, "id")), json_string_value(json_object_get(line, "title")),
		      state_name(t.state), json_string_value(json_object_get(line, "expect")));
}

START_TEST(shared_timelines)
{
	const char *source = getenv("SOURCE");
	char path[1024];
	json_t *all, *lines;

	snprintf(path, sizeof path, "%s/../shared/dns-world/timelines.json", source ? source : ".");
	if (access(path, R_OK) != 0) {
		printf("note: shared timelines not run: there is no ../shared/dns-world beside the checkout\n");
		return;
	}
	all = json_load_file(path, 0, NULL);
	lines = json_object_get(all, "timelines");
	ck_assert_uint_gt(json_array_size(lines), 0);
	for (size_t i = 0; i < json_array_size(lines); i++)
		replay(json_array_get(lines, i));
	printf("note: %zu shared timelines came out as they should\n", json_array_size(lines));
	json_decref(all);
}
END_TEST

START_TEST(names_of_states_and_pins)
{
	static const char *const states[] = {"new",	  "listed",   "suspect", "orphan",
					     "deletable", "flapping", "hold",	 "pinned"};

	for (int s = 0; s < N_STATES; s++)
		ck_assert_str_eq(state_name((enum state)s), states[s]);
	ck_assert_str_eq(state_name(N_STATES), "");
	ck_assert_str_eq(pin_reason_name(PIN_CUSTOMER), "customer");
	ck_assert_str_eq(pin_reason_name(PIN_NONE), "");
	ck_assert_str_eq(pin_reason_name((enum pin_reason)77), "");
	ck_assert_int_eq(pin_reason_from_name("ETRN"), PIN_ETRN);
	ck_assert_int_eq(pin_reason_from_name("other"), PIN_OTHER);
	ck_assert_int_eq(pin_reason_from_name(""), PIN_NONE);
	ck_assert_int_eq(pin_reason_from_name("x"), PIN_NONE);
}
END_TEST

static void state_text(const char *want)
{
	struct str out = {0};

	entry_add_state(&out, &entry);
	ck_assert_str_eq(str_text(&out), want);
	str_clear(&out);
}

START_TEST(state_as_the_record_spells_it)
{
	state_text("accepted");
	entry.customer = "C-1042";
	state_text("accepted, customer C-1042");
	entry.pin = PIN_ETRN;
	ck_assert_int_eq(date_parse("2026-03-31", &entry.pin_until), 0);
	entry.note = "not for the record";
	entry.contact = "nor this";
	state_text("accepted, pinned etrn until 2026-03-31, customer C-1042");
	entry.pin_until = 0;
	entry.table_value = "OK \x1b[2J";
	entry.contract_end = 1800000000;
	entry.acknowledged = 0xabc;
	state_text("accepted, pinned etrn, customer C-1042, table value OK \\027[2J, contract "
		   "end 2027-01-15, "
		   "acknowledged 0000000000000abc");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timeline");
	TCase *t = tcase_create("timeline");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, never_observed_is_new);
	tcase_add_test(t, each_class_alone);
	tcase_add_test(t, suspect_then_orphan_then_deletable);
	tcase_add_test(t, several_in_a_day_are_one_day);
	tcase_add_test(t, few_observations_over_a_long_time);
	tcase_add_test(t, a_gap_begins_anew);
	tcase_add_test(t, no_answer_freezes);
	tcase_add_test(t, listed_once_resets);
	tcase_add_test(t, the_longer_rule_is_the_run_s);
	tcase_add_test(t, stale_evidence_is_none);
	tcase_add_test(t, a_clock_that_went_back_begins_anew);
	tcase_add_test(t, flapping);
	tcase_add_test(t, distrusted_ones_never_count);
	tcase_add_test(t, other_relay_hosts_and_back);
	tcase_add_test(t, many_configurations);
	tcase_add_test(t, holds);
	tcase_add_test(t, mail_still_comes);
	tcase_add_test(t, a_pin_goes_before_all);
	tcase_add_test(t, a_pin_holds_through_its_last_day);
	tcase_add_test(t, each_reason_has_a_code_and_words);
	tcase_add_test(t, shared_timelines);
	tcase_add_test(t, names_of_states_and_pins);
	tcase_add_test(t, state_as_the_record_spells_it);
	suite_add_tcase(s, t);
	return suite_run(s);
}
