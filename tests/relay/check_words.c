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

START_TEST(when_it_may_go)
{
	enum { DAY = 86400, NOW = 1000 * DAY };
	struct observed o = {.time = 9, .verdict = {.class = CLASS_ORPHAN}}, unknown = {.time = 9, .verdict = {.class = CLASS_UNKNOWN}};

	ck_assert_str_eq(words_ready(out, sizeof out, STATE_DELETABLE, &o, 0, NOW), "now");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_HOLD, &o, 0, NOW), "hold");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_PINNED, &o, 0, NOW), "pinned");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_FLAPPING, &o, 0, NOW), "flaps");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_ORPHAN, &unknown, NOW + DAY, NOW), "frozen");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_DELETABLE, &unknown, 0, NOW), "frozen");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_ORPHAN, &o, NOW + 1, NOW), "in 1d");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_SUSPECT, &o, NOW + DAY, NOW), "in 1d");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_SUSPECT, &o, NOW + DAY + 1, NOW), "in 2d");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_ORPHAN, &o, NOW, NOW), "-");
	ck_assert_str_eq(words_ready(out, sizeof out, STATE_LISTED, NULL, NOW + DAY, NOW), "-");
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
	tcase_add_test(t, what_deserves_a_look);
	suite_add_tcase(s, t);
	return suite_run(s);
}
