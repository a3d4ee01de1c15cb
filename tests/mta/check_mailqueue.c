/*
 * mailqueue: what postqueue -j prints, in whatever pieces it comes, and what it prints when it cannot.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mta/mailqueue.h"
#include "support/suite.h"

static const char two[] =
	"{\"queue_name\": \"deferred\", \"queue_id\": \"4A\", \"arrival_time\": 1700000000, \"message_size\": 900, "
	"\"forced_expire\": false, \"sender\": \"a@b.example\", \"recipients\": [{\"address\": \"x@Kunde.example\", "
	"\"delay_reason\": \"connect: \\\"refused\\\"\"}, {\"address\": \"y@kunde.example\"}, "
	"{\"address\": \"\\\"odd @ one\\\"@sub.kunde.example\"}]}\n"
	"{\"queue_name\": \"active\", \"queue_id\": \"4B\", \"arrival_time\": 1700000100, \"message_size\": 100, "
	"\"sender\": \"\", \"recipients\": [{\"address\": \"z@m\xc3\xbcller.example\"}, {\"address\": \"postmaster\"}, "
	"{\"address\": \"r@[127.0.0.1]\"}]}";

static void has_two(const struct mailqueue *q)
{
	ck_assert_uint_eq(q->n_messages, 2);
	ck_assert_uint_eq(q->refused, 0);
	ck_assert_int_eq(q->message[0].size, 900);
	ck_assert_int_eq(q->message[1].arrival, 1700000100);
	ck_assert_uint_eq(q->n_items, 3); /* two recipients of one domain are one; a literal and a bare name are none */
	ck_assert_str_eq(q->item[0].domain, "kunde.example");
	ck_assert_str_eq(q->item[1].domain, "sub.kunde.example");
	ck_assert_uint_eq(q->item[1].message, 0);
	ck_assert_str_eq(q->item[2].domain, "xn--mller-kva.example");
	ck_assert_uint_eq(q->item[2].message, 1);
}

START_TEST(messages_come_in_any_pieces)
{
	for (size_t cut = 1; cut < sizeof two - 1; cut += 7) {
		struct mailqueue q = {0};

		mailqueue_take(&q, two, cut);
		mailqueue_take(&q, two + cut, sizeof two - 1 - cut);
		mailqueue_end(&q);
		has_two(&q);
		mailqueue_clear(&q);
	}
}
END_TEST

START_TEST(what_is_no_message_is_counted_and_the_first_kept)
{
	static const char *const bad[] = {
		"postqueue: fatal: Queue report unavailable - mail system is down\n",
		"{\"arrival_time\": -5, \"message_size\": 1, \"recipients\": []}\n",
		"{\"arrival_time\": 5, \"message_size\": \"1\", \"recipients\": []}\n",
		"{\"arrival_time\": 5, \"message_size\": 1}\n",
		"[1, 2]\n", "{\"arrival_time\": 5\n", "\xff\xfe{}\n", "null\n",
	};
	struct mailqueue q = {0};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		mailqueue_take(&q, bad[i], strlen(bad[i]));
	mailqueue_take(&q, "\n\n", 2); /* empty lines are nothing */
	mailqueue_end(&q);
	ck_assert_uint_eq(q.n_messages, 0);
	ck_assert_uint_eq(q.refused, sizeof bad / sizeof *bad);
	ck_assert_ptr_nonnull(strstr(str_text(&q.excuse), "mail system is down"));
	mailqueue_clear(&q);
}
END_TEST

/* Nested without end: jansson gives up, and so the line is none. */
START_TEST(a_deep_line_is_refused)
{
	enum { DEEP = 1000000 };
	struct mailqueue q = {0};
	char *text = malloc(DEEP);

	memset(text, '[', DEEP);
	mailqueue_take(&q, text, DEEP);
	mailqueue_end(&q);
	ck_assert_uint_eq(q.refused, 1);
	mailqueue_clear(&q);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mailqueue");
	TCase *c = tcase_create("postqueue -j");

	tcase_add_test(c, messages_come_in_any_pieces);
	tcase_add_test(c, what_is_no_message_is_counted_and_the_first_kept);
	tcase_add_test(c, a_deep_line_is_refused);
	suite_add_tcase(s, c);
	return suite_run(s);
}
