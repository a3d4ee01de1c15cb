/*
 * The rules that stand in the way of a deletion, each by itself: who may lift it, and what is said; and which entry covers
 * which.  With real name servers they are asked in check_gate.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "ops/remove_cover.h"
#include "ops/remove_inner.h"
#include "relay/entry.h"

enum { DAY = 86400 };
static const int64_t day0 = 20000 * (int64_t)DAY; /* 2024-10-04, 0:00 UTC */

static struct remove_plan plan;
static struct remove_item item;

static void begin(int override, int customer_request)
{
	plan = (struct remove_plan){.options = {.override = override, .customer_request = customer_request}};
	plan.rules = (struct timeline_rules){.observations = 7, .fresh = 2, .flap_changes = 3, .mail_trickle = 5};
	item = (struct remove_item){.fate = REMOVE_GO, .verdict = {.class = CLASS_ORPHAN}};
}

START_TEST(a_rule_keeps_or_is_lifted)
{
	begin(0, 0);
	remove_rule(&plan, &item, "HOLD", "first");
	ck_assert_int_eq(item.fate, REMOVE_STAY);
	ck_assert_str_eq(item.why, "first");
	remove_rule(&plan, &item, "QUEUE", "second");
	ck_assert_str_eq(item.why, "first");
	ck_assert_str_eq(item.lifted, "");

	begin(1, 0);
	remove_rule(&plan, &item, "GROUP_HOLD", "why");
	ck_assert_str_eq(item.lifted, "GROUP_HOLD");
	remove_rule(&plan, &item, "HOLD", "why");
	remove_rule(&plan, &item, "GROUP_HOLD", "why");
	remove_rule(&plan, &item, "HOLD", "why");
	remove_rule(&plan, &item, "QUEUE", "why");
	ck_assert_str_eq(item.lifted, "GROUP_HOLD HOLD QUEUE");
	ck_assert_int_eq(item.fate, REMOVE_GO);
	ck_assert_str_eq(item.why, "");
}
END_TEST

START_TEST(a_lifted_rule_is_a_whole_word)
{
	begin(0, 0);
	ck_assert_int_eq(remove_has_lifted(&item, "HOLD"), 0);
	strcpy(item.lifted, "GROUP_HOLD");
	ck_assert_int_eq(remove_has_lifted(&item, "HOLD"), 0);
	ck_assert_int_eq(remove_has_lifted(&item, "GROUP"), 0);
	ck_assert_int_eq(remove_has_lifted(&item, "GROUP_HOLD"), 1);
	strcpy(item.lifted, "WAITING GROUP_HOLD QUEUE");
	ck_assert_int_eq(remove_has_lifted(&item, "WAITING"), 1);
	ck_assert_int_eq(remove_has_lifted(&item, "GROUP_HOLD"), 1);
	ck_assert_int_eq(remove_has_lifted(&item, "QUEUE"), 1);
	ck_assert_int_eq(remove_has_lifted(&item, "HOLD"), 0);
	ck_assert_int_eq(remove_has_lifted(&item, "QUEU"), 0);
	ck_assert_int_eq(remove_has_lifted(&item, "QUEUED"), 0);
	ck_assert_int_eq(remove_has_lifted(&item, "AITING"), 0);
}
END_TEST

/* What a customer's request lifts is the waiting, and the mail that is a condition of it; an override lifts all. */
START_TEST(each_reason_of_time)
{
	static const struct {
		enum timeline_why why;
		int customer_lifts;
		const char *code, *said; /* said: how it begins */
	} rows[] = {
		{WHY_HOLD, 0, "HOLD", "held: an MX resembles a host of ours"},
		{WHY_GROUP_HOLD, 0, "GROUP_HOLD", "held until 2024-10-05: it left us in one night"},
		{WHY_FLAPPING, 0, "FLAPPING", "flapping: it changed 3 times"},
		{WHY_LISTED, 1, "WAITING", "an orphan just now, but no trusted scan has counted that yet"},
		{WHY_NOT_JUDGED, 1, "WAITING", "an orphan just now, but no trusted scan has counted that yet"},
		{WHY_UNKNOWN, 1, "WAITING", "an orphan just now, but no trusted scan has counted that yet"},
		{WHY_SPAN, 1, "WAITING", "an orphan since 2024-10-04, it takes 28 days; not before 2024-11-01"},
		{WHY_COUNT, 1, "WAITING", "1 observation on 1 day, it takes 7; not before 2024-11-01"},
		{WHY_STALE, 1, "WAITING", "the last counted observation is more than 2 days old, or from the future; not before"},
		{WHY_MAIL, 1, "MAIL_TRICKLE", "up to 9 messages a week still come for it from outside (mail-trickle is 5)"},
		{WHY_QUEUE, 0, "QUEUE", "the relay still holds mail for it"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int how = 0; how < 3; how++) {
			int lifts = how == 1 || (how == 2 && rows[i].customer_lifts);

			begin(how == 1, how == 2);
			item.timeline = (struct timeline){.why = 1u << rows[i].why, .since = day0, .count = 1, .days = 1,
							  .needs_days = 28, .may_from = day0 + 28 * DAY,
							  .hold_until = day0 + DAY, .flaps_until = day0 + DAY,
							  .mail = {.in_week = 9}};
			remove_rule_by_time(&plan, &item);
			ck_assert_msg(item.fate == (lifts ? REMOVE_GO : REMOVE_STAY), "%s: %d %s", rows[i].code, how, item.why);
			ck_assert_str_eq(item.lifted, lifts ? rows[i].code : "");
			if (how == 0)
				ck_assert_msg(strncmp(item.why, rows[i].said, strlen(rows[i].said)) == 0, "%s", item.why);
			if (how == 0 && rows[i].why != WHY_SPAN && rows[i].why != WHY_COUNT && rows[i].why != WHY_STALE)
				ck_assert_msg(!strstr(item.why, "not before"), "%s", item.why);
		}
	/* The pin is another's business: nothing lifts it. */
	begin(0, 0);
	item.timeline.why = 1u << WHY_PINNED;
	remove_rule_by_time(&plan, &item);
	ck_assert_int_eq(item.fate, REMOVE_GO);
	/* The first of several is told; none is lost. */
	begin(1, 0);
	item.timeline.why = 1u << WHY_HOLD | 1u << WHY_SPAN | 1u << WHY_COUNT | 1u << WHY_QUEUE;
	remove_rule_by_time(&plan, &item);
	ck_assert_str_eq(item.lifted, "HOLD WAITING QUEUE");
	/* What the relays hold is told where it was measured; a day only where there is one. */
	begin(0, 0);
	item.timeline.why = 1u << WHY_QUEUE;
	strcpy(item.queued, "3 messages of r1");
	remove_rule_by_time(&plan, &item);
	ck_assert_str_eq(item.why, "mail still waits for it: 3 messages of r1");
	begin(0, 0);
	item.timeline = (struct timeline){.why = 1u << WHY_SPAN, .since = day0, .needs_days = 28};
	strcpy(item.queued, "3 messages of r1");
	remove_rule_by_time(&plan, &item);
	ck_assert_str_eq(item.why, "an orphan since 2024-10-04, it takes 28 days");
}
END_TEST

/* What is no orphan just now has a worse rule against it than that it has to wait. */
START_TEST(waiting_is_no_rule_against_what_is_listed)
{
	for (int class = CLASS_NONE; class < N_CLASSES; class++)
		for (int w = WHY_HOLD; w < N_WHYS; w++) {
			int waits = w == WHY_LISTED || w == WHY_UNKNOWN || w == WHY_NOT_JUDGED || w == WHY_SPAN ||
				    w == WHY_COUNT || w == WHY_STALE;

			begin(0, 0);
			item.verdict.class = (uint8_t)class;
			item.timeline.why = 1u << w;
			remove_rule_by_time(&plan, &item);
			ck_assert_msg(item.fate == (waits && class != CLASS_ORPHAN ? REMOVE_GO : REMOVE_STAY), "%s of %s",
				      timeline_why_code((enum timeline_why)w), class_name((enum class)class));
		}
}
END_TEST

START_TEST(a_second_brownout_is_none)
{
	struct remove_options o = {.brownout_days = 3};
	struct entry entry = {.name = "a.example", .brown_until = day0};

	begin(0, 0);
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_STAY);
	ck_assert_ptr_nonnull(strstr(item.why, "it is in a brownout until 2024-10-04"));
	begin(0, 0);
	o.brownout_days = 0;
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_GO);
	o.brownout_days = 1;
	entry.brown_until = 0;
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_GO);
}
END_TEST

START_TEST(only_a_brownout_that_is_over_ends_in_a_deletion)
{
	struct remove_options o = {.ends_brownout = 1};
	struct entry entry = {.name = "a.example", .brown_until = date_now() - DAY};

	begin(0, 0);
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_GO);
	entry.brown_until = 0;
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_STAY);
	ck_assert_ptr_nonnull(strstr(item.why, "took its brownout back meanwhile"));
	begin(0, 0);
	entry.brown_until = date_now() + DAY;
	remove_look_at_brownout(&item, &o, &entry);
	ck_assert_int_eq(item.fate, REMOVE_STAY);
}
END_TEST

/* It left us a month ago, which is long enough; that it is gone just now may be an end of registration, which is not. */
START_TEST(what_is_gone_just_now_takes_longer)
{
	static const struct {
		uint8_t deletion;
		int since, needs_days, stays;
	} rows[] = {
		{DELETE_C1, 30, 28, 0}, {DELETE_C2, 30, 28, 1}, {DELETE_C2, 89, 28, 1},
		{DELETE_C2, 90, 28, 0}, {DELETE_C2, 30, 90, 0}, /* there its own rule says so already */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int lifts = 0; lifts < 2; lifts++) {
			begin(0, lifts);
			plan.rules.days_registration = 90;
			item.verdict.reason = ORPHAN_NXDOMAIN;
			item.verdict.deletion = rows[i].deletion;
			item.timeline = (struct timeline){.since = date_now() - rows[i].since * (int64_t)DAY,
							  .needs_days = rows[i].needs_days};
			remove_rule_by_time(&plan, &item);
			ck_assert_msg(item.fate == (rows[i].stays && !lifts ? REMOVE_STAY : REMOVE_GO), "row %zu: %s", i, item.why);
			ck_assert_str_eq(item.lifted, rows[i].stays && lifts ? "WAITING" : "");
			if (rows[i].stays && !lifts)
				ck_assert_ptr_nonnull(strstr(item.why, "takes 90 days"));
		}
}
END_TEST

/* Who agrees after lunch agrees to what DNS said before it. */
START_TEST(old_answers_delete_nothing)
{
	uint64_t batch;

	begin(0, 0);
	plan.item = &item;
	plan.n = 1;
	plan.heard = date_now() - REMOVE_OLD_S - 1;
	ck_assert_int_eq(remove_commit(&plan, "left", "", 1, &batch, &err), -1);
	ck_assert_msg(strstr(err.text, "over 10 minutes old"), "%s", err.text);
	ck_assert_int_eq(item.fate, REMOVE_GO);
}
END_TEST

START_TEST(which_entry_covers_which)
{
	static const struct {
		const char *entry, *name;
		int by_parents, otherwise;
	} rows[] = {
		{"x.example", "a.x.example", 1, 0},	 {"x.example", "b.a.x.example", 1, 0},
		{"x.example", "x.example", 0, 0},	 {"x.example", "ax.example", 0, 0},
		{"x.example", ".x.example", 0, 0},	 {"a.x.example", "x.example", 0, 0},
		{".x.example", "a.x.example", 0, 1},	 {".x.example", "b.a.x.example", 0, 1},
		{".x.example", "x.example", 0, 0},	 {".x.example", ".a.x.example", 0, 0},
		{".x.example", "ax.example", 0, 0},	 {"x.example", ".a.x.example", 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(cover_is_by(rows[i].entry, rows[i].name, 1) == rows[i].by_parents, "row %zu", i);
		ck_assert_msg(cover_is_by(rows[i].entry, rows[i].name, 0) == rows[i].otherwise, "row %zu", i);
	}
}
END_TEST

/* --- with a list ----------------------------------------------------------------------------------------- */

static void put(const char *name, enum reason reason)
{
	struct entry e = entry_named(name);
	struct observed o = {.resolver = "127.0.0.1", .chain = "", .count = 1, .days = 1};
	struct db_txn *t = begin_write();

	OK(entry_put(t, &e, &err));
	o.verdict = (struct verdict){.class = (uint8_t)reason_class(reason), .reason = (uint8_t)reason};
	o.time = o.since = day0;
	if (reason != REASON_NONE)
		OK(observed_put(t, name, &o, &err));
	OK(db_commit(t, &err));
}

static void covers(const char *name, int by_parents, const char *parent, size_t covered, size_t listed, const char *names)
{
	struct db_txn *t = begin_read();
	struct cover c;

	OK(cover_read(&c, t, name, by_parents, &err));
	ck_assert_msg(strcmp(c.parent, parent) == 0, "%s: parent '%s'", name, c.parent);
	ck_assert_msg(c.covered == covered && c.listed == listed, "%s: %zu, %zu listed", name, c.covered, c.listed);
	ck_assert_msg(strcmp(c.names, names) == 0, "%s: '%s'", name, c.names);
	db_abort(t);
}

START_TEST(what_an_entry_of_the_list_covers)
{
	put("x.example", OK_BACKUP);
	put("a.x.example", ORPHAN_OFFNET);
	put("b.a.x.example", REASON_NONE);
	put("xy.example", OK_BACKUP);
	put("y.example", OK_BACKUP);
	covers("x.example", 1, "", 2, 0, "a.x.example, b.a.x.example");
	covers("b.a.x.example", 1, "a.x.example", 0, 0, "");
	covers("c.x.example", 1, "x.example", 0, 0, "");
	covers("x.example", 0, "", 0, 0, "");
	covers("a.x.example", 0, "", 0, 0, "");
	put("c.x.example", MOVED_OFFNET);
	put("d.x.example", UNK_TIMEOUT);
	put(".x.example", NA_SUFFIX);
	covers("x.example", 1, "", 4, 1, "c.x.example");
	covers("a.x.example", 0, ".x.example", 0, 0, "");
	covers("x.example", 0, "", 0, 0, "");
	covers(".x.example", 0, "", 4, 1, "c.x.example");
	/* Inert in the other mode. */
	covers(".x.example", 1, "", 0, 0, "");
	covers(".a.x.example", 1, "", 0, 0, "");
	covers(".a.x.example", 0, "", 1, 0, "b.a.x.example");
	put("e.x.example", BRK_WE_ARE_ONLY);
	covers("x.example", 1, "", 5, 2, "c.x.example, e.x.example");
}
END_TEST

START_TEST(names_as_many_as_fit)
{
	char name[40], want[200] = "k.x.example";

	put("x.example", ORPHAN_OFFNET);
	put("k.x.example", ORPHAN_OFFNET);
	for (int i = 1; i <= 12; i++) {
		snprintf(name, sizeof name, "name%02d.x.example", i);
		put(name, ORPHAN_OFFNET);
		if (i <= 6)
			snprintf(want + strlen(want), sizeof want - strlen(want), ", %s", name);
		if (i == 6) /* 119 characters and their end */
			covers("x.example", 1, "", 7, 0, want);
	}
	strcat(want, " and 6 more");
	covers("x.example", 1, "", 13, 0, want);
}
END_TEST

START_TEST(one_name_that_does_not_fit)
{
	char name[200];

	put("x.example", ORPHAN_OFFNET);
	snprintf(name, sizeof name, "%055d.%055d.x.example", 1, 2);
	put(name, ORPHAN_OFFNET);
	covers("x.example", 1, "", 1, 0, "1 names");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("remove rules");
	TCase *t = tcase_create("rules"), *list = tcase_create("list");

	setenv("TZ", "UTC", 1);
	tcase_add_test(t, a_rule_keeps_or_is_lifted);
	tcase_add_test(t, a_lifted_rule_is_a_whole_word);
	tcase_add_test(t, each_reason_of_time);
	tcase_add_test(t, waiting_is_no_rule_against_what_is_listed);
	tcase_add_test(t, a_second_brownout_is_none);
	tcase_add_test(t, only_a_brownout_that_is_over_ends_in_a_deletion);
	tcase_add_test(t, what_is_gone_just_now_takes_longer);
	tcase_add_test(t, old_answers_delete_nothing);
	tcase_add_test(t, which_entry_covers_which);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(list, open_database, remove_database);
	tcase_add_test(list, what_an_entry_of_the_list_covers);
	tcase_add_test(list, names_as_many_as_fit);
	tcase_add_test(list, one_name_that_does_not_fit);
	suite_add_tcase(s, list);
	return suite_run(s);
}
