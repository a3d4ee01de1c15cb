/* The language that picks entries: relay/limit. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "relay/limit.h"
#include "relay/limit_term.h"
#include "relay/timeline.h"
#include "relay/verdict.h"
#include "support/suite.h"

enum { DAY = 86400, NOW = 1800000000 };

static struct limit_row row;
static const char *const *targets;
static int mx_calls;

static const char *target_at(const void *ctx, size_t i)
{
	const char *const *list = ctx;

	mx_calls++;
	return list[i];
}

static void set_up(void)
{
	static const char *const list[] = {"aspmx.l.google.com", "mx2.isp.example", NULL};

	targets = list;
	mx_calls = 0;
	row = (struct limit_row){
		.name = "shop.example.com",
		.customer = "C-1042",
		.class = CLASS_ORPHAN,
		.reason = ORPHAN_OFFNET,
		.state = STATE_DELETABLE,
		.flags = W_MX_CNAME | H_NEAR_MISS,
		.since = NOW - 30 * DAY,
		.bytes = 2000000000,
		.held = 0,
		.mx_target = target_at,
		.ctx = list,
	};
}

static int in(const char *text)
{
	struct limit *l;
	struct err e;
	int r;

	ck_assert_msg(limit_parse(&l, text, &e, NULL) == 0, "%s", e.text);
	r = limit_matches(l, &row, NOW);
	limit_free(l);
	return r;
}

static void mistake(const char *text, size_t at, const char *sentence)
{
	struct limit *l;
	struct err e;
	size_t place = 999;

	ck_assert_msg(limit_parse(&l, text, &e, &place) == -1, "'%s' was taken", text);
	ck_assert_ptr_null(l);
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_msg(strstr(e.text, sentence) != NULL, "'%s' lacks '%s'", e.text, sentence);
	ck_assert_msg(place == at, "'%s': place %zu", text, place);
	ck_assert_int_eq(limit_parse(&l, text, &e, NULL), -1);
}

START_TEST(nothing_matches_everything)
{
	ck_assert(in(""));
	ck_assert(in("  \t "));
	row = (struct limit_row){.name = "", .bytes = -1, .held = -1};
	ck_assert(in(""));
}
END_TEST

START_TEST(words_that_are_limits)
{
	ck_assert(limit_is_limit("class:orphan"));
	ck_assert(limit_is_limit("*.example"));
	ck_assert(limit_is_limit("a?.example"));
	ck_assert(!limit_is_limit("a.example"));
	ck_assert(!limit_is_limit(""));
}
END_TEST

START_TEST(classes_reasons_and_states)
{
	ck_assert(in("class:orphan"));
	ck_assert(in("CLASS:Orphan"));
	ck_assert(in("class:o*"));
	ck_assert(!in("class:ok"));
	ck_assert(!in("class:un*"));
	ck_assert(in("reason:ORPHAN_OFFNET"));
	ck_assert(in("reason:orphan_*"));
	ck_assert(in("reason:*_offnet"));
	ck_assert(!in("reason:orphan_onnet"));
	ck_assert(!in("reason:unk_*"));
	ck_assert(in("state:deletable"));
	ck_assert(in("state:del*"));
	ck_assert(!in("state:orphan"));
	row.class = CLASS_UNKNOWN;
	ck_assert(in("class:un*"));
	row.class = CLASS_NONE;
	ck_assert(!in("class:*"));
	/* Damaged numbers match nothing. */
	row.class = row.reason = row.state = 255;
	ck_assert(!in("class:*"));
	ck_assert(!in("reason:*"));
	ck_assert(!in("state:*"));
	row.reason = NA_SYNTAX;
	ck_assert(in("reason:na_syntax"));
}
END_TEST

START_TEST(ready_is_an_orphan_that_is_deletable)
{
	ck_assert(in("ready:yes"));
	ck_assert(!in("ready:no"));
	for (int s = 0; s < N_STATES; s++) {
		row.state = (uint8_t)s;
		ck_assert_int_eq(in("ready:YES"), s == STATE_DELETABLE);
		ck_assert_int_eq(in("ready:no"), s != STATE_DELETABLE);
	}
	/* No answer stops the clock and deletes nothing. */
	row.state = STATE_DELETABLE;
	for (int c = 0; c < N_CLASSES; c++) {
		row.class = (uint8_t)c;
		ck_assert_int_eq(in("ready:yes"), c == CLASS_ORPHAN);
		ck_assert_int_eq(in("ready:no"), c != CLASS_ORPHAN);
		ck_assert(in("state:deletable"));
	}
}
END_TEST

START_TEST(customers)
{
	ck_assert(in("customer:C-1042"));
	ck_assert(in("customer:c-1042"));
	ck_assert(in("customer:C-*"));
	ck_assert(in("customer:C-10?2"));
	ck_assert(!in("customer:C-104"));
	ck_assert(!in("customer:"));
	row.customer = "";
	ck_assert(in("customer:"));
	ck_assert(!in("customer:C-1042"));
	row.customer = NULL;
	ck_assert(in("customer:"));
	row.customer = "a:b\\c";
	ck_assert(in("customer:a:b\\c"));
}
END_TEST

START_TEST(targets_are_asked_for_only_when_needed)
{
	struct limit *l;
	struct err e;

	ck_assert(in("mx:*.google.com"));
	ck_assert(in("mx:ASPMX.l.google.com."));
	ck_assert(in("mx:google.com"));
	ck_assert(in("mx:mx?.isp.example"));
	ck_assert(!in("mx:google"));
	ck_assert(!in("mx:oogle.com"));
	ck_assert(!in("mx:*.google"));
	ck_assert(in("-mx:*.outlook.com"));
	mx_calls = 0;
	ck_assert(!in("class:ok mx:*.google.com"));
	ck_assert(!in("mx:*.google.com class:ok"));
	ck_assert_int_eq(mx_calls, 0);
	row.mx_target = NULL;
	ck_assert(!in("mx:*.google.com"));
	ck_assert_int_eq(limit_parse(&l, "-mx:x shop", &e, NULL), 0);
	ck_assert(limit_needs_mx(l));
	limit_free(l);
	ck_assert_int_eq(limit_parse(&l, "shop", &e, NULL), 0);
	ck_assert(!limit_needs_mx(l));
	limit_free(l);
}
END_TEST

START_TEST(pins_and_flags)
{
	ck_assert(in("pinned:no"));
	ck_assert(!in("pinned:yes"));
	row.pinned = 3;
	ck_assert(in("pinned:yes"));
	ck_assert(!in("pinned:no"));
	ck_assert(in("brownout:no"));
	row.browned = 1;
	ck_assert(in("brownout:yes"));
	ck_assert(in("-brownout:no"));
	ck_assert(in("flag:H_NEAR_MISS"));
	ck_assert(in("flag:near_miss"));
	ck_assert(in("flag:w_mx_cname"));
	ck_assert(in("flag:H_*"));
	ck_assert(!in("flag:W_TTL0"));
	ck_assert(in("flag:*cname"));
	ck_assert(in("-flag:W_TTL0"));
	row.flags = 0;
	ck_assert(!in("flag:*"));
}
END_TEST

START_TEST(times)
{
	ck_assert(!in("since:>30d"));
	ck_assert(in("since:>=30d"));
	ck_assert(in("since:<=30d"));
	ck_assert(!in("since:<30d"));
	row.since = NOW - 30 * DAY - 1;
	ck_assert(in("since:>30d"));
	ck_assert(in("since:>4w"));
	ck_assert(in("since:<5W"));
	ck_assert(in("since:>719h"));
	ck_assert(in("since:<721h"));
	ck_assert(in("since:<1mo"));
	ck_assert(in("since:>0.9mo"));
	ck_assert(in("since:<1y"));
	ck_assert(in("since:<1.5d -since:<0.5d") == 0);
	row.since = 0;
	ck_assert(!in("since:>30d"));
	ck_assert(!in("since:<30d"));
	ck_assert(in("-since:>30d"));
}
END_TEST

START_TEST(amounts)
{
	ck_assert(in("bytes:>1G"));
	ck_assert(in("bytes:>1.9g"));
	ck_assert(!in("bytes:>2G"));
	ck_assert(in("bytes:>=2G"));
	ck_assert(in("bytes:<=2G"));
	ck_assert(!in("bytes:<2G"));
	ck_assert(in("bytes:<2000000001"));
	ck_assert(in("bytes:=2000M"));
	ck_assert(in("bytes:2000000k"));
	ck_assert(in("bytes:<1T"));
	ck_assert(in("held:0"));
	ck_assert(in("held:<1"));
	ck_assert(!in("held:>0"));
	row.held = row.bytes = -1;
	ck_assert(!in("held:0"));
	ck_assert(!in("held:<1"));
	ck_assert(!in("bytes:>=0"));
	ck_assert(in("-bytes:>=0"));
}
END_TEST

START_TEST(notices)
{
	ck_assert(in("notice:none"));
	ck_assert(!in("notice:pending"));
	row.notice_deadline = NOW;
	ck_assert(in("notice:pending"));
	ck_assert(!in("notice:none"));
	ck_assert(!in("notice:expired"));
	row.notice_deadline = NOW - DAY + 1;
	ck_assert(in("notice:pending"));
	row.notice_deadline = NOW - DAY;
	ck_assert(in("notice:EXPIRED"));
	ck_assert(!in("notice:pending"));
}
END_TEST

START_TEST(names)
{
	ck_assert(in("shop"));
	ck_assert(in("SHOP.EX"));
	ck_assert(in("com"));
	ck_assert(!in("shopx"));
	ck_assert(in("*.example.com"));
	ck_assert(in("Shop.*"));
	ck_assert(in("sho?.example.com"));
	ck_assert(!in("*.example"));
	ck_assert(!in("hop*"));
	ck_assert(!in("sho?"));
	ck_assert(in("*shop*"));
	ck_assert(in("*"));
	ck_assert(!in("-shop"));
	ck_assert(in("-*.example"));
	ck_assert(!in("sh\\op"));
}
END_TEST

START_TEST(names_with_letters_outside_ascii)
{
	row.name = "www.xn--bcher-kva.example";
	ck_assert(in("b\xc3\xbc"
		     "cher"));
	ck_assert(in("B\xc3\x9c"
		     "CHER"));
	ck_assert(in("b\xc3\xbc"
		     "cher.example"));
	ck_assert(in("b\xc3\xbc"
		     "ch"));
	ck_assert(in("*b\xc3\xbc*"));
	ck_assert(in("ww?.b\xc3\xbc"
		     "cher.exampl?"));
	ck_assert(!in("www.b?cher.example"));
	ck_assert(in("xn--bcher"));
	ck_assert(!in("b\xc3\xb6"
		      "cher"));
	ck_assert(!in("b\xc3\xbc"
		      "cherx"));
	ck_assert(!in("-b\xc3\xbc"
		      "cher"));
	ck_assert(in("\xef\xbd\x97\xef\xbd\x97\xef\xbd\x97"));
	row.name = "shop.example.com";
	ck_assert(!in("b\xc3\xbc"
		      "cher"));
	/* No A-label can be made of it, and no name holds it. */
	ck_assert(!in("\xe2\x98\x83"));
}
END_TEST

START_TEST(words_are_anded)
{
	ck_assert(in("class:orphan ready:yes shop -pinned:yes"));
	ck_assert(!in("class:orphan ready:yes shop pinned:yes"));
	ck_assert(!in("shop zzz"));
	ck_assert(in("\tshop   com "));
}
END_TEST

START_TEST(quotes)
{
	row.name = "user@a:b";
	row.customer = "Foo Bar";
	ck_assert(in("customer:\"foo bar\""));
	ck_assert(in("\"customer:\"foo\" bar\"") == 0);
	ck_assert(in("customer:foo\" \"bar"));
	ck_assert(in("\"a:b\""));
	ck_assert(in("-\"a:c\""));
	row.name = "-a.example";
	ck_assert(in("\"-a\""));
	ck_assert(!in("-\"-a\""));
}
END_TEST

START_TEST(mistakes_are_named_with_their_place)
{
	mistake("class:orfan", 0,
		"limit, at 'class:orfan' (position 1): unknown class 'orfan'; classes are ok "
		"moved broken "
		"orphan unknown na");
	mistake("shop  -class:orfan", 6, "'-class:orfan' (position 7): unknown class 'orfan'");
	mistake("class:", 0, "unknown class ''");
	mistake("reason:OFFNET", 0, "unknown reason 'OFFNET'");
	mistake("state:ready", 0, "unknown state 'ready'; states are new listed");
	mistake("flag:W_X", 0, "unknown flag 'W_X'");
	mistake("notice:maybe", 0, "a notice is none, pending or expired");
	mistake("clas:orphan", 0,
		"unknown key 'clas'; keys are class reason state ready customer mx");
	mistake("pinned:1", 0, "wants yes or no");
	mistake("ready:", 0, "wants yes or no");
	mistake("a since:30d", 2, "wants > (longer ago) or <");
	mistake("since:=30d", 0, "wants >");
	mistake("since:>30", 0, "wants >");
	mistake("since:>d", 0, "wants >");
	mistake("since:>30m", 0, "wants >");
	mistake("since:>-3d", 0, "wants >");
	mistake("since:>99999999999999999d", 0, "wants >");
	mistake("bytes:>1X", 0, "wants a number");
	mistake("bytes:", 0, "wants a number");
	mistake("bytes:>", 0, "wants a number");
	mistake("bytes:>1.G", 0, "wants a number");
	mistake("bytes:>999999999999999T", 0, "wants a number");
	mistake("bytes:>1.0000001G", 0, "wants a number");
	mistake("held:-1", 0, "wants a number");
	mistake("mx:", 0, "wants the name of an MX host");
	mistake("mx:a\\b", 0, "a backslash");
	mistake("shop -", 5, "'-' without a word");
	mistake("\"\"", 0, "an empty word");
	mistake("shop \"a b", 5, "the quote is not closed");
	mistake(":x", 0, "nothing stands before the ':'");
	mistake("shop\x1b", 4, "a control byte at position 5");
	mistake("b\xc3", 0, "not valid UTF-8");
	mistake("b\xc3\xbc:x", 0, "unknown key 'b\\195\\188'");
}
END_TEST

START_TEST(a_limit_has_an_end)
{
	char text[5000];
	struct limit *l;
	struct err e;

	memset(text, 'a', sizeof text);
	text[4096] = '\0';
	ck_assert_int_eq(limit_parse(&l, text, &e, NULL), 0);
	ck_assert(!limit_matches(l, &row, NOW));
	limit_free(l);
	text[4096] = 'a';
	text[4097] = '\0';
	ck_assert_int_eq(limit_parse(&l, text, &e, NULL), -1);
	limit_free(NULL);
}
END_TEST

START_TEST(globs)
{
	static const struct {
		const char *pattern, *text;
		int matches;
	} cases[] = {
		{"", "", 1},
		{"", "a", 0},
		{"*", "", 1},
		{"**", "", 1},
		{"?", "", 0},
		{"?", "a", 1},
		{"?", "ab", 0},
		{"a*", "ABC", 1},
		{"*c", "abc", 1},
		{"a*c", "abcbc", 1},
		{"a*b*c", "axbxbxc", 1},
		{"a*b*c", "axcxb", 0},
		{"*?", "a", 1},
		{"*?", "", 0},
		{"?*?", "a", 0},
		{"?", "\xc3\xbc", 1},
		{"??", "\xc3\xbc", 0},
		{"?*?", "\xc3\xbc", 0},
		{"*?", "\xc3\xbc", 1},
		{"*a*b", "aab", 1},
		{"[a]", "a", 0},
		{"[a]", "[A]", 1},
		{"a\\*", "a\\b", 1},
		{"*a",
		 "b\xc3\xbc"
		 "a",
		 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(limit_glob_matches(cases[i].pattern, cases[i].text) ==
				      cases[i].matches,
			      "%s %s", cases[i].pattern, cases[i].text);
}
END_TEST

static int64_t local(int year, int month, int day, int hour)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_isdst = -1};

	return mktime(&tm);
}

/* In Berlin 2026-03-29 has 23 hours and 2026-10-25 has 25. */
START_TEST(days_are_local_and_include_both_ends)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	row.time = local(2026, 3, 29, 0);
	ck_assert(in("from:2026-03-29 to:2026-03-29"));
	ck_assert(!in("to:2026-03-28"));
	row.time = local(2026, 3, 30, 0) - 1;
	ck_assert(in("from:2026-03-29 to:2026-03-29"));
	ck_assert(!in("from:2026-03-30"));
	row.time = local(2026, 3, 30, 0);
	ck_assert(!in("to:2026-03-29"));
	row.time = local(2026, 10, 26, 0) - 1;
	ck_assert(in("to:2026-10-25"));
	ck_assert(in("-to:2026-10-24"));
	row.time = 0;
	ck_assert(!in("from:1971-01-01"));
	mistake("from:yesterday", 0, "wants a day such as 2026-03-31");
	mistake("class:ok to:2026-02-30", 9, "wants a day such as 2026-03-31");
	unsetenv("TZ");
	tzset();
}
END_TEST

START_TEST(actions_are_of_records)
{
	ck_assert(!in("action:*"));
	row.action = "relay.delete";
	ck_assert(in("action:relay.delete"));
	ck_assert(in("action:DELETE"));
	ck_assert(in("action:del*"));
	ck_assert(!in("action:observe.*"));
	row.action = "observe.month";
	ck_assert(in("action:observe.*"));
	ck_assert(!in("action:month"));
}
END_TEST

/* Each key has an example that is taken, and a help that fits beside it on a screen of 80 columns. */
START_TEST(each_key_is_explained)
{
	size_t n = 0;

	for (; limit_key(n); n++) {
		char word[80];
		struct limit *l;
		struct err e;

		snprintf(word, sizeof word, "%s:%s", limit_key(n), limit_key_value(n));
		ck_assert_msg(limit_parse(&l, word, &e, NULL) == 0, "%s", e.text);
		limit_free(l);
		ck_assert_uint_le(strlen(word), 20);
		ck_assert_msg(*limit_key_help(n) && strlen(limit_key_help(n)) <= 80 - 23, "%s: %s", word, limit_key_help(n));
	}
	ck_assert_uint_gt(n, 10);
	ck_assert_ptr_null(limit_key_value(n));
	ck_assert_ptr_null(limit_key_help(n));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("limit");
	TCase *t = tcase_create("limit");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, nothing_matches_everything);
	tcase_add_test(t, words_that_are_limits);
	tcase_add_test(t, classes_reasons_and_states);
	tcase_add_test(t, days_are_local_and_include_both_ends);
	tcase_add_test(t, actions_are_of_records);
	tcase_add_test(t, each_key_is_explained);
	tcase_add_test(t, ready_is_an_orphan_that_is_deletable);
	tcase_add_test(t, customers);
	tcase_add_test(t, targets_are_asked_for_only_when_needed);
	tcase_add_test(t, pins_and_flags);
	tcase_add_test(t, times);
	tcase_add_test(t, amounts);
	tcase_add_test(t, notices);
	tcase_add_test(t, names);
	tcase_add_test(t, names_with_letters_outside_ascii);
	tcase_add_test(t, words_are_anded);
	tcase_add_test(t, quotes);
	tcase_add_test(t, mistakes_are_named_with_their_place);
	tcase_add_test(t, a_limit_has_an_end);
	tcase_add_test(t, globs);
	suite_add_tcase(s, t);
	return suite_run(s);
}
