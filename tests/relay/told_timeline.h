/*
 * told_timeline: observations told as a text, for the tests of the time rules.
 *
 * A timeline is written as a text, one character a day from day 0 on, one observation each:
 *	L listed, M moved, O orphan (C1), N orphan (C2), H orphan on hold, U no answer, V no answer though one
 *	resolver heard us listed, o an orphan in a distrusted scan, l listed in one, x an orphan under other
 *	relay hosts, . nothing was asked; a number behind repeats it: O20 L O28 without the blanks
 * What was counted is folded as evidence_follow() does it: the last observation stands beside the tally.
 */
#ifndef RELAY_TOLD_TIMELINE_H
#define RELAY_TOLD_TIMELINE_H

#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "relay/config.h"
#include "relay/entry.h"
#include "relay/timeline.h"

enum { DAY = 86400, SETS = 7, OTHER_SETS = 8 };
static const int64_t day0 = 20000 * (int64_t)DAY; /* 0:00 UTC */

static struct entry entry;
static struct timeline_rules rules;
static struct observed seen;
static int counts;

static void set_up(void)
{
	struct config c;

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	entry = (struct entry){.name = "a.example",
			       .table_value = "",
			       .customer = "",
			       .contact = "",
			       .note = "",
			       .pin_note = "",
			       .notice_ticket = ""};
	config_init(&c);
	timeline_rules_from(&rules, &c);
	config_clear(&c);
	rules.sets = SETS;
	seen = (struct observed){0};
	counts = 0;
}

static void observe(char code, int64_t when)
{
	static const struct {
		char code;
		struct verdict verdict;
	} codes[] = {
		{'L', {CLASS_OK, OK_BACKUP, 0, DELETE_NEVER, 0}},
		{'l', {CLASS_OK, OK_BACKUP, 0, DELETE_NEVER, 0}},
		{'M', {CLASS_MOVED, MOVED_OFFNET, 2, DELETE_NEVER, 0}},
		{'B', {CLASS_BROKEN, BRK_WE_ARE_ONLY, 3, DELETE_NEVER, 0}},
		{'A', {CLASS_NA, NA_SUFFIX, 0, DELETE_NEVER, 0}},
		{'O', {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1, 0}},
		{'o', {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1, 0}},
		{'x', {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1, 0}},
		{'N', {CLASS_ORPHAN, ORPHAN_NXDOMAIN, 2, DELETE_C2, 0}},
		{'H', {CLASS_ORPHAN, ORPHAN_OFFNET, 3, DELETE_HOLD, H_NEAR_MISS}},
		{'U', {CLASS_UNKNOWN, UNK_TIMEOUT, 1, DELETE_NEVER, 0}},
		{'V', {CLASS_UNKNOWN, UNK_INCONSISTENT, 1, DELETE_NEVER, 0}},
	};
	struct observed fresh = {.time = when, .since = when, .sets = code == 'x' ? OTHER_SETS : SETS,
				 .was_listed = code == 'V'};
	size_t i = 0;

	while (i < sizeof codes / sizeof *codes && codes[i].code != code)
		i++;
	ck_assert_msg(i < sizeof codes / sizeof *codes, "no code '%c'", code);
	fresh.verdict = codes[i].verdict;
	if (seen.time)
		tally_inherit(&fresh, &seen, counts, &rules);
	seen = fresh;
	counts = code != 'o' && code != 'l';
}

/* Returns how many days they were. */
static int tell(const char *days)
{
	int day = 0;

	while (*days) {
		char code = *days++, *end;
		long n = strtol(days, &end, 10);

		if (end == days)
			n = 1;
		days = end;
		for (; n > 0; n--, day++)
			if (code != '.')
				observe(code, day0 + (int64_t)day * DAY + 2 * 3600);
	}
	return day;
}

/* At noon of a day, counted from day 0. */
static struct timeline judge_on(int day)
{
	struct timeline t;

	timeline_judge(&t, &rules, &entry, &seen, counts, NULL, day0 + (int64_t)day * DAY + DAY / 2);
	return t;
}

static void comes_out(const char *days, enum state want, int may_from)
{
	struct timeline t;
	int last;

	seen = (struct observed){0};
	counts = 0;
	last = tell(days) - 1;
	t = judge_on(last);
	ck_assert_msg(t.state == want, "%s: %s, wanted %s", days, state_name(t.state), state_name(want));
	ck_assert_msg((t.why == 0) == (want == STATE_DELETABLE), "%s: why %x", days, t.why);
	if (may_from < 0)
		ck_assert_msg(t.may_from == 0, "%s: from day %d, wanted none", days, (int)((t.may_from - day0) / DAY));
	else
		ck_assert_msg(t.may_from == day0 + (int64_t)may_from * DAY, "%s: from day %d, wanted %d", days,
			      (int)((t.may_from - day0) / DAY), may_from);
}

#endif
