/*
 * The words of a list's columns: what DNS says, and when an entry may go.
 */
#include "relay/words.h"

#include <check.h>
#include <string.h>

#include "relay/entry.h"
#include "support/suite.h"

static char out[200];
static struct observed_mx mx[2];

static struct observed seen(uint8_t class, uint8_t reason, uint32_t flags)
{
	memset(mx, 0, sizeof mx);
	mx[0].ours = 1;
	strcpy(mx[0].target, "backup.isp.example");
	strcpy(mx[1].target, "in.mail.example.com");
	return (struct observed){.verdict = {.class = class, .reason = reason, .flags = flags}, .time = 9, .mx = mx, .n_mx = 2};
}

static const char *dns(struct observed o)
{
	return words_dns(out, sizeof out, &o);
}

START_TEST(what_dns_says)
{
	struct observed o = {.time = 0};

	ck_assert_str_eq(words_dns(out, sizeof out, NULL), "not looked at yet");
	ck_assert_str_eq(words_dns(out, sizeof out, &o), "not looked at yet");
	/* Where it went to, by the domain of the best target that is not ours. */
	o = seen(CLASS_MOVED, MOVED_OFFNET, 0);
	ck_assert_str_eq(dns(o), "moved to example.com");
	mx[1].target[0] = '\0';
	ck_assert_str_eq(dns(o), "our route leads outside");
	/* A flag says more than the reason. */
	ck_assert_str_eq(dns(seen(CLASS_ORPHAN, ORPHAN_OFFNET, H_NEAR_MISS)), "our name, mistyped?");
	ck_assert_str_eq(dns(seen(CLASS_ORPHAN, ORPHAN_OFFNET, H_SIBLING_OF_RELAY)), "unknown host of ours");
	/* One that only a newer program knows. */
	ck_assert_str_eq(dns(seen(CLASS_UNKNOWN, 250, 0)), "no answer");
}
END_TEST

START_TEST(what_dns_says_is_escaped)
{
	struct observed o = seen(CLASS_MOVED, MOVED_OFFNET, 0);

	strcpy(mx[1].target, "a\033[2J");
	ck_assert_ptr_null(strchr(dns(o), '\033'));
	ck_assert_ptr_nonnull(strstr(out, "[2J"));
}
END_TEST

enum { DAY = 86400, NOW = 1000 * DAY };

/* Whether help explains it; "in 12d" is for all days. */
static int is_explained(const char *word)
{
	for (size_t i = 0; words_ready_word(i); i++)
		if (strcmp(words_ready_word(i), word) == 0 || (strncmp(word, "in ", 3) == 0 && strcmp(words_ready_word(i), "in 12d") == 0))
			return *words_ready_help(i) != '\0';
	return 0;
}

static void says(const char *word, enum state state, enum class class, struct ready_look l)
{
	struct observed o = {.time = 9, .verdict = {.class = (uint8_t)class}};

	l.state = state;
	l.o = &o;
	ck_assert_str_eq(words_ready(out, sizeof out, &l, NOW), word);
	ck_assert_msg(strcmp(word, "-") == 0 || is_explained(word), "%s", word);
}

#define LOOK(...) ((struct ready_look){__VA_ARGS__})

START_TEST(when_it_may_go)
{
	says("now", STATE_DELETABLE, CLASS_ORPHAN, LOOK(0));
	says("frozen", STATE_DELETABLE, CLASS_UNKNOWN, LOOK(0));
	says("brown", STATE_DELETABLE, CLASS_ORPHAN, LOOK(.is_browned = 1));
	says("hold", STATE_HOLD, CLASS_ORPHAN, LOOK(0));
	says("pinned", STATE_PINNED, CLASS_ORPHAN, LOOK(0));
	says("flaps", STATE_FLAPPING, CLASS_ORPHAN, LOOK(0));
	says("frozen", STATE_ORPHAN, CLASS_UNKNOWN, LOOK(.may_from = NOW + DAY));
	says("in 1d", STATE_ORPHAN, CLASS_ORPHAN, LOOK(.may_from = NOW + 1));
	says("in 1d", STATE_SUSPECT, CLASS_ORPHAN, LOOK(.may_from = NOW + DAY));
	says("in 2d", STATE_SUSPECT, CLASS_ORPHAN, LOOK(.may_from = NOW + DAY + 1));
	/* Its day has come, and what is left is the look of today. */
	says("today", STATE_ORPHAN, CLASS_ORPHAN, LOOK(.may_from = NOW));
	says("-", STATE_ORPHAN, CLASS_ORPHAN, LOOK(0));
	says("-", STATE_LISTED, CLASS_OK, LOOK(.may_from = NOW + DAY));
	ck_assert_str_eq(words_ready(out, sizeof out, &LOOK(.state = STATE_NEW), NOW), "-");
}
END_TEST

START_TEST(mail_holds_an_orphan_back)
{
	says("mail", STATE_ORPHAN, CLASS_ORPHAN, LOOK(.is_held_by_mail = 1));
	says("mail", STATE_SUSPECT, CLASS_ORPHAN, LOOK(.is_held_by_mail = 1));
	says("hold", STATE_HOLD, CLASS_ORPHAN, LOOK(.is_held_by_mail = 1));
	says("-", STATE_LISTED, CLASS_OK, LOOK(.is_held_by_mail = 1));
}
END_TEST

START_TEST(a_notice_lets_a_moved_one_go)
{
	int64_t yesterday = NOW - 2 * DAY; /* the last day belongs to the deadline, wherever it is local */

	says("-", STATE_LISTED, CLASS_MOVED, LOOK(0));
	says("notice", STATE_LISTED, CLASS_MOVED, LOOK(.notice_deadline = NOW));
	says("may go", STATE_LISTED, CLASS_MOVED, LOOK(.notice_deadline = yesterday));
	says("mail", STATE_LISTED, CLASS_MOVED, LOOK(.notice_deadline = yesterday, .is_held_by_mail = 1));
	says("pinned", STATE_PINNED, CLASS_MOVED, LOOK(.notice_deadline = yesterday));
	says("flaps", STATE_FLAPPING, CLASS_MOVED, LOOK(.notice_deadline = yesterday));
	/* It is for what moved; and no answer lets nothing go. */
	says("-", STATE_LISTED, CLASS_OK, LOOK(.notice_deadline = yesterday));
	says("frozen", STATE_LISTED, CLASS_UNKNOWN, LOOK(.notice_deadline = yesterday));
}
END_TEST

START_TEST(what_deserves_a_look)
{
	struct observed o = {.time = 0, .verdict = {.severity = SEVERITY_FAILING}};

	ck_assert_int_eq(words_mark(NULL), ' ');
	ck_assert_int_eq(words_mark(&o), ' ');
	o.time = 9;
	ck_assert_int_eq(words_mark(&o), '!');
	o.verdict.severity = 0;
	o.verdict.deletion = DELETE_HOLD;
	ck_assert_int_eq(words_mark(&o), '?');
}
END_TEST

int main(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_test(t, what_dns_says);
	tcase_add_test(t, what_dns_says_is_escaped);
	tcase_add_test(t, when_it_may_go);
	tcase_add_test(t, mail_holds_an_orphan_back);
	tcase_add_test(t, a_notice_lets_a_moved_one_go);
	tcase_add_test(t, what_deserves_a_look);
	suite_add_tcase(s, t);
	return suite_run(s);
}
