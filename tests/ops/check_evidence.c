/*
 * What a new observation takes over from the last one, and what is news about it: what the circuit breaker counts.
 */
#include "ops/evidence.h"

#include <check.h>
#include <string.h>

#include "relay/entry.h"
#include "relay/timeline.h"
#include "support/suite.h"

enum { DAY = 86400 };
static const int64_t day0 = 20000 * (int64_t)DAY; /* 0:00 UTC */
static const struct timeline_rules rules = {.sets = 7, .flap_changes = 3, .gap = 7};
static const struct evidence_scan trusted = {.counts = 1, .canaries = 1, .month = 5}, distrusted = {.canaries = 1, .month = 5},
				  bad_canaries = {.month = 5};

static struct observed seen(enum reason reason, int64_t time)
{
	struct observed o = {.time = time, .since = time, .count = 1, .days = 1, .sets = 7};

	o.verdict = (struct verdict){.class = (uint8_t)reason_class(reason), .reason = (uint8_t)reason, .severity = 1};
	return o;
}

static struct observed follow(enum reason reason, int64_t time, struct observed *old, struct evidence_scan of_old, int *changed)
{
	struct observed fresh = seen(reason, time);

	evidence_follow(&fresh, old, of_old, &rules, changed);
	return fresh;
}

/* What may not take the place of an answer, and what is told without blame for the name's own servers. */
START_TEST(a_failure_says_nothing_of_the_entry)
{
	static const struct {
		enum reason reason;
		int rcode;
		const char *each;
		int failure, silence;
	} rows[] = {
		{UNK_TIMEOUT, -1, "", 1, 1},
		{UNK_TIMEOUT, -1, "127.0.0.1:53 UNK_TIMEOUT, [::1]:53 UNK_TIMEOUT", 1, 1},
		{UNK_TIMEOUT, -1, "127.0.0.1:53 UNK_TIMEOUT, [::1]:53 UNK_SERVFAIL", 1, 0},
		{UNK_TIMEOUT, -1, "127.0.0.1:53 ORPHAN_OFFNET, [::1]:53 UNK_TIMEOUT", 1, 0},
		{UNK_TIMEOUT, 0, "", 1, 0},
		{UNK_SERVFAIL, 2, "", 1, 0},
		{UNK_MALFORMED, -1, "", 1, 0},
		{UNK_TARGET_TEMPFAIL, 0, "", 1, 0},
		{NA_SUFFIX, -1, "", 1, 0},
		{NA_SUFFIX, 2, "", 1, 0},
		{NA_SUFFIX, 0, "", 0, 0},
		{NA_SUFFIX, 3, "", 0, 0},
		{NA_SPECIAL, -1, "", 0, 0},
		{ORPHAN_NXDOMAIN, 3, "", 0, 0},
		{OK_BACKUP, 0, "", 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed o = seen(rows[i].reason, day0);

		o.rcode = rows[i].rcode;
		o.each = rows[i].each;
		ck_assert_msg(evidence_is_failure(&o) == rows[i].failure, "row %zu: failure", i);
		ck_assert_msg(evidence_is_silence(&o) == rows[i].silence, "row %zu: silence", i);
	}
}
END_TEST

/* But for a listing that nobody knew of. */
START_TEST(a_listing_contradicts_what_knows_of_none)
{
	static const struct {
		enum reason fresh;
		int was_listed;
		enum reason stored;
		int was_listed_then, contradicts;
	} rows[] = {
		{UNK_INCONSISTENT, 1, ORPHAN_OFFNET, 0, 1},
		{UNK_INCONSISTENT, 1, UNK_TIMEOUT, 0, 1},
		{UNK_INCONSISTENT, 1, UNK_INCONSISTENT, 1, 0},
		{UNK_PRIMARY_TEMPFAIL, 1, MOVED_OFFNET, 0, 0},
		{UNK_PRIMARY_TEMPFAIL, 1, OK_BACKUP, 0, 0},
		{UNK_INCONSISTENT, 0, ORPHAN_OFFNET, 0, 0},
		{UNK_TIMEOUT, 0, ORPHAN_OFFNET, 0, 0},
		{OK_BACKUP, 1, ORPHAN_OFFNET, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed fresh = seen(rows[i].fresh, day0 + DAY), stored = seen(rows[i].stored, day0);

		fresh.was_listed = (uint8_t)rows[i].was_listed;
		stored.was_listed = (uint8_t)rows[i].was_listed_then;
		ck_assert_msg(evidence_contradicts(&fresh, &stored) == rows[i].contradicts, "row %zu", i);
	}
}
END_TEST

START_TEST(what_is_news)
{
	static const struct {
		enum reason old;
		enum reason counted, definite; /* what was counted before the old one */
		int counts;
		enum reason fresh;
		unsigned news;
		enum reason then_counted, then_definite;
	} rows[] = {
		{OK_BACKUP, 0, 0, 1, ORPHAN_OFFNET, NEWS_SUSPECT | NEWS_CHANGED, OK_BACKUP, OK_BACKUP},
		{MOVED_OFFNET, 0, 0, 1, ORPHAN_OFFNET, NEWS_SUSPECT | NEWS_CHANGED, MOVED_OFFNET, MOVED_OFFNET},
		{BRK_WE_ARE_ONLY, 0, 0, 1, ORPHAN_OFFNET, NEWS_SUSPECT | NEWS_CHANGED, BRK_WE_ARE_ONLY, BRK_WE_ARE_ONLY},
		/* It never listed us, so it did not leave. */
		{NA_SUFFIX, 0, 0, 1, ORPHAN_NXDOMAIN, NEWS_CHANGED, NA_SUFFIX, NA_SUFFIX},
		{ORPHAN_OFFNET, 0, 0, 1, ORPHAN_OFFNET, 0, ORPHAN_OFFNET, ORPHAN_OFFNET},
		{ORPHAN_OFFNET, 0, 0, 1, ORPHAN_NULLMX, 0, ORPHAN_OFFNET, ORPHAN_OFFNET},
		{ORPHAN_OFFNET, 0, 0, 1, OK_BACKUP, NEWS_CHANGED, ORPHAN_OFFNET, ORPHAN_OFFNET},
		{OK_BACKUP, 0, 0, 1, MOVED_OFFNET, NEWS_CHANGED, OK_BACKUP, OK_BACKUP},
		{OK_BACKUP, 0, 0, 1, NA_SUFFIX, NEWS_CHANGED, OK_BACKUP, OK_BACKUP},
		{OK_BACKUP, 0, 0, 1, OK_TRANSPORT, 0, OK_BACKUP, OK_BACKUP},
		{OK_BACKUP, 0, 0, 1, UNK_TIMEOUT, NEWS_UNKNOWN, OK_BACKUP, OK_BACKUP},
		{MOVED_OFFNET, 0, 0, 1, UNK_TIMEOUT, NEWS_UNKNOWN, MOVED_OFFNET, MOVED_OFFNET},
		{BRK_WE_ARE_ONLY, 0, 0, 1, UNK_TIMEOUT, NEWS_UNKNOWN, BRK_WE_ARE_ONLY, BRK_WE_ARE_ONLY},
		{ORPHAN_OFFNET, 0, 0, 1, UNK_TIMEOUT, NEWS_UNKNOWN, ORPHAN_OFFNET, ORPHAN_OFFNET},
		{NA_SUFFIX, 0, 0, 1, UNK_TIMEOUT, NEWS_UNKNOWN, NA_SUFFIX, NA_SUFFIX},
		/* Lame for longer is no news; that it left meanwhile is. */
		{UNK_TIMEOUT, OK_BACKUP, OK_BACKUP, 1, UNK_TIMEOUT, 0, UNK_TIMEOUT, OK_BACKUP},
		{UNK_TIMEOUT, OK_BACKUP, OK_BACKUP, 1, ORPHAN_OFFNET, NEWS_SUSPECT | NEWS_CHANGED, UNK_TIMEOUT, OK_BACKUP},
		/* What was not counted changes nothing of what was. */
		{ORPHAN_OFFNET, OK_BACKUP, OK_BACKUP, 0, ORPHAN_OFFNET, NEWS_SUSPECT | NEWS_CHANGED, OK_BACKUP, OK_BACKUP},
		{UNK_TIMEOUT, OK_BACKUP, OK_BACKUP, 0, UNK_TIMEOUT, NEWS_UNKNOWN, OK_BACKUP, OK_BACKUP},
		/* Never counted yet: nothing to differ from. */
		{OK_BACKUP, 0, 0, 0, ORPHAN_OFFNET, 0, 0, 0},
		{OK_BACKUP, 0, 0, 0, UNK_TIMEOUT, 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed old = seen(rows[i].old, day0), fresh;
		int changed;

		old.counted_class = (uint8_t)reason_class(rows[i].counted);
		old.definite_class = (uint8_t)reason_class(rows[i].definite);
		old.definite_reason = (uint8_t)rows[i].definite;
		fresh = follow(rows[i].fresh, day0 + DAY, &old, rows[i].counts ? trusted : distrusted, &changed);
		ck_assert_msg(fresh.news == rows[i].news, "row %zu: news %u, wanted %u", i, fresh.news, rows[i].news);
		ck_assert_msg(fresh.counted_class == reason_class(rows[i].then_counted), "row %zu: counted", i);
		ck_assert_msg(fresh.definite_class == reason_class(rows[i].then_definite), "row %zu: definite", i);
		ck_assert_msg(fresh.definite_reason == rows[i].then_definite, "row %zu: definite reason", i);
	}
}
END_TEST

/* On how many days the same news came in distrusted scans: after three they are believed. */
START_TEST(the_same_news_on_several_days)
{
	static const struct {
		unsigned old_news;
		int repeat;
		const struct evidence_scan *of_old;
		enum reason fresh;
		int64_t later;
		int then;
	} rows[] = {
		{NEWS_SUSPECT, 0, &distrusted, ORPHAN_OFFNET, DAY, 1},
		{NEWS_SUSPECT | NEWS_CHANGED, 1, &distrusted, ORPHAN_OFFNET, DAY, 2},
		{NEWS_UNKNOWN, 1, &distrusted, UNK_TIMEOUT, DAY, 2},
		/* the same day; the first and the last second of one */
		{NEWS_SUSPECT, 1, &distrusted, ORPHAN_OFFNET, 3600, 1},
		{NEWS_SUSPECT, 1, &distrusted, ORPHAN_OFFNET, DAY - 1, 1},
		/* a night of bad canaries neither adds nor takes away */
		{NEWS_SUSPECT, 2, &bad_canaries, ORPHAN_OFFNET, DAY, 2},
		/* other news, none, or a night that counted */
		{NEWS_UNKNOWN, 2, &distrusted, ORPHAN_OFFNET, DAY, 0},
		{NEWS_CHANGED, 2, &distrusted, ORPHAN_OFFNET, DAY, 0},
		{0, 2, &distrusted, ORPHAN_OFFNET, DAY, 0},
		{NEWS_SUSPECT, 2, &distrusted, OK_BACKUP, DAY, 0},
		{NEWS_SUSPECT, 2, &trusted, ORPHAN_OFFNET, DAY, 0},
		{NEWS_SUSPECT, UINT8_MAX - 1, &distrusted, ORPHAN_OFFNET, DAY, UINT8_MAX},
		{NEWS_SUSPECT, UINT8_MAX, &distrusted, ORPHAN_OFFNET, DAY, UINT8_MAX},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed old = seen(ORPHAN_OFFNET, day0), fresh;
		int changed;

		old.counted_class = old.definite_class = CLASS_OK;
		old.definite_reason = OK_BACKUP;
		old.news = (uint8_t)rows[i].old_news;
		old.repeat = (uint8_t)rows[i].repeat;
		fresh = follow(rows[i].fresh, day0 + rows[i].later, &old, *rows[i].of_old, &changed);
		ck_assert_msg(fresh.repeat == rows[i].then, "row %zu: %d, wanted %d", i, fresh.repeat, rows[i].then);
	}
}
END_TEST

START_TEST(silence_of_more_than_a_week)
{
	struct observed old, fresh;
	int changed;

	fresh = follow(UNK_TIMEOUT, day0, NULL, distrusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, day0);
	ck_assert_int_eq(fresh.verdict.severity, 1);
	old = fresh;
	fresh = follow(UNK_SERVFAIL, day0 + 7 * DAY, &old, trusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, day0);
	ck_assert_int_eq(fresh.verdict.severity, 1);
	old = fresh;
	fresh = follow(UNK_TIMEOUT, day0 + 7 * DAY + 1, &old, trusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, day0);
	ck_assert_int_eq(fresh.verdict.severity, 2);
	/* An answer ends it. */
	old = fresh;
	fresh = follow(OK_BACKUP, day0 + 8 * DAY, &old, trusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, 0);
	ck_assert_int_eq(fresh.verdict.severity, 1);
	old = fresh;
	fresh = follow(UNK_TIMEOUT, day0 + 9 * DAY, &old, trusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, day0 + 9 * DAY);
	/* A row that says of a failure, but of no time, is none. */
	old = (struct observed){.verdict = {.class = CLASS_UNKNOWN}, .unknown_since = 1};
	fresh = follow(UNK_TIMEOUT, day0, &old, trusted, &changed);
	ck_assert_int_eq(fresh.unknown_since, day0);
	ck_assert_uint_eq(fresh.counted_class, CLASS_NONE);
	ck_assert_int_eq(changed, 0);
}
END_TEST

START_TEST(a_run_goes_on_or_ends)
{
	static const struct observed_mx a[] = {{.preference = 10, .target = "a.example"}, {.preference = 20, .target = "b.example"}};
	static const struct observed_mx preference[] = {{.preference = 10, .target = "a.example"},
							{.preference = 21, .target = "b.example"}};
	static const struct observed_mx name[] = {{.preference = 10, .target = "c.example"}, {.preference = 20, .target = "b.example"}};
	static const struct {
		enum reason reason;
		const struct observed_mx *mx;
		size_t n_mx;
		uint64_t sets;
		int changed;
	} rows[] = {
		{OK_BACKUP, a, 2, 7, 0},	{OK_BACKUP, a, 1, 7, 1},	{OK_BACKUP, preference, 2, 7, 1},
		{OK_BACKUP, name, 2, 7, 1},	{OK_BACKUP, a, 2, 8, 1},	{OK_TRANSPORT, a, 2, 7, 1},
		{ORPHAN_OFFNET, a, 2, 7, 1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed old = seen(OK_BACKUP, day0), fresh = seen(rows[i].reason, day0 + DAY);
		int changed = -1;

		old.mx = a;
		old.n_mx = 2;
		old.since = day0 - 9 * DAY;
		old.count = 12;
		old.days = 10;
		old.distrusted = 3;
		old.hold_until = day0 + 5;
		fresh.mx = rows[i].mx;
		fresh.n_mx = rows[i].n_mx;
		fresh.sets = rows[i].sets;
		evidence_follow(&fresh, &old, distrusted, &rules, &changed);
		ck_assert_msg(changed == rows[i].changed, "row %zu: changed %d", i, changed);
		ck_assert_int_eq(fresh.since, changed ? day0 + DAY : day0 - 9 * DAY);
		ck_assert_uint_eq(fresh.count, changed ? 1 : 13);
		ck_assert_uint_eq(fresh.days, changed ? 1 : 11);
		ck_assert_uint_eq(old.distrusted, 4);
		ck_assert_uint_eq(fresh.distrusted, changed ? 0 : 4);
		ck_assert_int_eq(fresh.hold_until, day0 + 5);
	}
}
END_TEST

/* UTC days, to the second. */
START_TEST(days_of_a_run)
{
	static const struct {
		int64_t first, then;
		unsigned days;
	} rows[] = {{0, DAY - 1, 1}, {DAY - 1, DAY, 2}, {66398, 66399, 1}, {0, 3 * DAY, 2}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed old = seen(OK_BACKUP, day0 + rows[i].first), fresh;
		int changed;

		fresh = follow(OK_BACKUP, day0 + rows[i].then, &old, trusted, &changed);
		ck_assert_uint_eq(fresh.days, rows[i].days);
		ck_assert_uint_eq(fresh.distrusted, 0);
		/* The same second that parts two days of a run parts those of the same news. */
		old = seen(ORPHAN_OFFNET, day0 + rows[i].first);
		old.definite_class = CLASS_OK;
		old.news = NEWS_SUSPECT;
		fresh = follow(ORPHAN_OFFNET, day0 + rows[i].then, &old, distrusted, &changed);
		ck_assert_uint_eq(fresh.repeat, rows[i].days - 1);
	}
}
END_TEST

START_TEST(months_are_those_of_counted_scans)
{
	struct observed old = seen(ORPHAN_OFFNET, day0), fresh;
	struct evidence_scan of_old = trusted;
	int changed;

	fresh = follow(ORPHAN_OFFNET, day0 + DAY, &old, distrusted, &changed);
	ck_assert_uint_eq(fresh.n_months, 0);
	fresh = follow(ORPHAN_OFFNET, day0 + DAY, &old, trusted, &changed);
	ck_assert_uint_eq(fresh.n_months, 1);
	ck_assert_int_eq(fresh.month[0].month, 5);
	ck_assert_uint_eq(fresh.month[0].checks, 1);
	ck_assert_uint_eq(fresh.month[0].away, 1);
	old = fresh;
	old.verdict = (struct verdict){.class = CLASS_OK, .reason = OK_BACKUP};
	fresh = follow(ORPHAN_OFFNET, day0 + 2 * DAY, &old, trusted, &changed);
	ck_assert_uint_eq(fresh.month[0].checks, 2);
	ck_assert_uint_eq(fresh.month[0].away, 1);
	ck_assert_uint_eq(old.n_months, 0);
	ck_assert_uint_eq(old.n_tallies, 0);
	ck_assert_uint_eq(fresh.n_tallies, 1);
	for (int m = 6; m < 6 + 2 * OBSERVED_MONTHS; m++) {
		of_old.month = m;
		old = fresh;
		fresh = follow(ORPHAN_OFFNET, day0 + m * DAY, &old, of_old, &changed);
		ck_assert_int_eq(changed, 0);
		ck_assert_uint_eq(fresh.n_months, m - 4 < OBSERVED_MONTHS ? m - 4 : OBSERVED_MONTHS);
		for (int i = 0; i < fresh.n_months; i++) {
			ck_assert_int_eq(fresh.month[i].month, m - i);
			ck_assert_uint_eq(fresh.month[i].checks, m - i == 5 ? 2 : 1);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence");
	TCase *t = tcase_create("evidence");

	tcase_add_test(t, a_failure_says_nothing_of_the_entry);
	tcase_add_test(t, a_listing_contradicts_what_knows_of_none);
	tcase_add_test(t, what_is_news);
	tcase_add_test(t, the_same_news_on_several_days);
	tcase_add_test(t, silence_of_more_than_a_week);
	tcase_add_test(t, a_run_goes_on_or_ends);
	tcase_add_test(t, days_of_a_run);
	tcase_add_test(t, months_are_those_of_counted_scans);
	suite_add_tcase(s, t);
	return suite_run(s);
}
