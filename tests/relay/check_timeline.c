/* States and pins: relay/timeline and relay/entry. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "base/date.h"
#include "base/str.h"
#include "relay/entry.h"
#include "relay/timeline.h"

enum { DAY = 86400, NOW = 1800000000 };

static struct entry entry;
static struct observed seen;

static void set_up(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	entry = (struct entry){.name = "a.example",
			       .table_value = "",
			       .customer = "",
			       .contact = "",
			       .note = "",
			       .pin_note = "",
			       .notice_ticket = ""};
	seen = (struct observed){.verdict = {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1, 0},
				 .time = NOW,
				 .since = NOW};
}

static enum state state(void)
{
	return timeline_state(&entry, &seen, NOW);
}

START_TEST(never_observed_is_new)
{
	ck_assert_int_eq(timeline_state(&entry, NULL, NOW), STATE_NEW);
	seen.time = 0;
	ck_assert_int_eq(state(), STATE_NEW);
}
END_TEST

START_TEST(classes)
{
	static const struct {
		enum class class;
		enum state state;
	} cases[] = {
		{CLASS_NONE, STATE_NEW},	 {CLASS_OK, STATE_LISTED},
		{CLASS_MOVED, STATE_LISTED},	 {CLASS_BROKEN, STATE_LISTED},
		{CLASS_ORPHAN, STATE_DELETABLE}, {CLASS_UNKNOWN, STATE_NEW},
		{CLASS_NA, STATE_LISTED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		seen.verdict.class = (uint8_t)cases[i].class;
		ck_assert_int_eq(state(), cases[i].state);
	}
	/* A number that no version of ours wrote is never evidence. */
	seen.verdict.class = 200;
	ck_assert_int_eq(state(), STATE_NEW);
}
END_TEST

START_TEST(deletion_rules)
{
	seen.verdict.deletion = DELETE_C2;
	ck_assert_int_eq(state(), STATE_DELETABLE);
	seen.verdict.deletion = DELETE_HOLD;
	ck_assert_int_eq(state(), STATE_HOLD);
	seen.verdict.deletion = DELETE_NEVER;
	ck_assert_int_eq(state(), STATE_ORPHAN);
	seen.verdict.deletion = 200;
	ck_assert_int_eq(state(), STATE_ORPHAN);
	/* Only an orphan is ever held or deletable. */
	seen.verdict = (struct verdict){CLASS_MOVED, MOVED_OFFNET, 2, DELETE_C1, 0};
	ck_assert_int_eq(state(), STATE_LISTED);
	seen.verdict = (struct verdict){CLASS_UNKNOWN, UNK_TIMEOUT, 1, DELETE_HOLD, 0};
	ck_assert_int_eq(state(), STATE_NEW);
}
END_TEST

START_TEST(only_a_fresh_orphan_is_deletable)
{
	seen.time = NOW - 2 * DAY;
	ck_assert_int_eq(state(), STATE_DELETABLE);
	seen.time = NOW - 2 * DAY - 1;
	ck_assert_int_eq(state(), STATE_ORPHAN);
	seen.time = NOW + 3600;
	ck_assert_int_eq(state(), STATE_DELETABLE);
	seen.time = NOW + 3601;
	ck_assert_int_eq(state(), STATE_ORPHAN);
	seen.verdict.deletion = DELETE_HOLD;
	ck_assert_int_eq(state(), STATE_HOLD);
}
END_TEST

START_TEST(a_pin_goes_before_all)
{
	entry.pin = PIN_ETRN;
	ck_assert_int_eq(state(), STATE_PINNED);
	seen.verdict.deletion = DELETE_HOLD;
	ck_assert_int_eq(state(), STATE_PINNED);
	ck_assert_int_eq(timeline_state(&entry, NULL, NOW), STATE_PINNED);
}
END_TEST

START_TEST(a_pin_holds_through_its_last_day)
{
	entry.pin = PIN_OUTAGE;
	ck_assert_int_eq(entry_pin_at(&entry, INT64_MAX - DAY), PIN_OUTAGE);
	entry.pin_until = NOW;
	ck_assert_int_eq(entry_pin_at(&entry, NOW - 100 * DAY), PIN_OUTAGE);
	ck_assert_int_eq(entry_pin_at(&entry, NOW + DAY - 1), PIN_OUTAGE);
	ck_assert_int_eq(entry_pin_at(&entry, NOW + DAY), PIN_NONE);
	entry.pin_until = NOW - DAY;
	ck_assert_int_eq(state(), STATE_DELETABLE);
	entry.pin = 99;
	entry.pin_until = 0;
	ck_assert_int_eq(entry_pin_at(&entry, NOW), PIN_OTHER);
	entry.pin = PIN_NONE;
	ck_assert_int_eq(entry_pin_at(&entry, NOW), PIN_NONE);
}
END_TEST

START_TEST(names_of_states_and_pins)
{
	static const char *const states[] = {"new",	  "listed",   "suspect", "orphan",
					     "deletable", "flapping", "hold",	 "pinned"};

	for (int s = 0; s < N_STATES; s++) {
		ck_assert_str_eq(state_name((enum state)s), states[s]);
		ck_assert_int_eq(state_from_name(states[s]), s);
	}
	ck_assert_int_eq(state_from_name("DELETABLE"), STATE_DELETABLE);
	ck_assert_int_eq(state_from_name("delet"), N_STATES);
	ck_assert_int_eq(state_from_name(""), N_STATES);
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
	entry.contract_end = NOW;
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
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, never_observed_is_new);
	tcase_add_test(t, classes);
	tcase_add_test(t, deletion_rules);
	tcase_add_test(t, only_a_fresh_orphan_is_deletable);
	tcase_add_test(t, a_pin_goes_before_all);
	tcase_add_test(t, a_pin_holds_through_its_last_day);
	tcase_add_test(t, names_of_states_and_pins);
	tcase_add_test(t, state_as_the_record_spells_it);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
