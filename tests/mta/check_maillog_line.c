/*
 * check_maillog_line: what one line of a Postfix log says, and what it does not though a stranger wrote it to look so.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mta/maillog.h"
#include "mta/maillog_outage.h"
#include "support/suite.h"

/* 2026-03-04 12:00:00 UTC */
enum { NOON = 1772625600 };

static int read_line(struct maillog_line *l, const char *text)
{
	struct maillog_clock clock = {.latest = NOON};

	return maillog_line_read(l, &clock, text, strlen(text));
}

static int is(struct maillog_bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.at, text, b.len) == 0;
}

START_TEST(times_of_both_formats)
{
	struct maillog_line l;

	ck_assert_int_eq(read_line(&l, "Mar  4 09:15:02 relay1 postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, NOON - 9898);
	ck_assert_int_eq(l.kind, MAILLOG_REMOVED);
	ck_assert(is(l.host, "relay1"));
	ck_assert_int_eq(read_line(&l, "2026-03-04T10:15:02.123456+01:00 r postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, NOON - 9898);
	ck_assert_int_eq(read_line(&l, "2026-03-04T04:45:02-0430 r postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, NOON - 9898);
	ck_assert_int_eq(read_line(&l, "2026-03-04T09:15:02Z r postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, NOON - 9898);
	/* The file was written in March, so its December is last year's. */
	ck_assert_int_eq(read_line(&l, "Dec 31 23:59:59 r postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, 1767225599);
	ck_assert_int_eq(read_line(&l, "Feb 29 00:00:00 r postfix/qmgr[9]: 3A0D1C0F2: removed"), 1);
	ck_assert_int_eq(l.time, 1709164800);
}
END_TEST

START_TEST(what_is_no_line_of_postfix)
{
	static const char *const lines[] = {
		"",
		"Mar  4",
		"Mar  4 09:15:02 relay1 dovecot/x[9]: 3A0D1C0F2: removed",
		"Mar  4 25:15:02 relay1 postfix/qmgr[9]: 3A0D1C0F2: removed",
		"Mxr  4 09:15:02 relay1 postfix/qmgr[9]: 3A0D1C0F2: removed",
		"Feb 30 09:15:02 relay1 postfix/qmgr[9]: 3A0D1C0F2: removed",
		"2026-13-04T09:15:02Z r postfix/qmgr[9]: 3A0D1C0F2: removed",
		"9999-03-04T09:15:02Z r postfix/qmgr[9]: 3A0D1C0F2: removed",
		"2026-03-04T09:15:02+xx:00 r postfix/qmgr[9]: 3A0D1C0F2: removed",
		"2026-03-04T09:15:02Z r sshd[9]: postfix/qmgr[9]: 3A0D1C0F2: removed",
	};
	struct maillog_line l;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		ck_assert_msg(read_line(&l, lines[i]) == 0, "line %zu", i);
	ck_assert_int_eq(read_line(&l, "Mar  4 09:15:02 r postfix/smtpd[9]: warning: removed"), 1);
	ck_assert_int_eq(l.kind, MAILLOG_OTHER);
	ck_assert_int_eq(read_line(&l, "Mar  4 09:15:02 r postfix/smtpd[9]: disconnect: removed"), 1);
	ck_assert_int_eq(l.kind, MAILLOG_OTHER);
}
END_TEST

/* A remote server's answer, a sender's address and a HELO are theirs to choose. */
START_TEST(strangers_cannot_forge_a_line)
{
	struct maillog_line l;

	read_line(&l, "Mar  4 09:15:02 r postfix/smtp[9]: 3A0D1C0F2: to=<a@b.example>, relay=mx[192.0.2.1]:25, delay=1, "
		      "delays=0/0/0/1, dsn=5.1.1, status=bounced (550 5.1.1 x, dsn=2.0.0, status=sent (250 ok))");
	ck_assert_int_eq(l.kind, MAILLOG_DELIVERY);
	ck_assert_int_eq(l.status, MAILLOG_BOUNCED);
	ck_assert(is(l.dsn, "5.1.1"));
	read_line(&l, "Mar  4 09:15:02 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[203.0.113.4]: 450 4.7.1 <a@b.test>: Helo "
		      "command rejected; from=<> to=<a@b.test> helo=<x: 554 5.7.1 <a@victim.example>: Relay access denied>");
	ck_assert_int_eq(l.kind, MAILLOG_OTHER);
	read_line(&l, "Mar  4 09:15:02 r postfix/qmgr[9]: 3A0D1C0F2: from=<\"x>, size=5\"@b.test>, size=77, nrcpt=1 (queue "
		      "active)");
	ck_assert_int_ne(l.size, 0);
	read_line(&l, "Mar  4 09:15:02 r postfix/smtp[9]: 3A0D1C0F2: to=<\"a@c.example\"@b.example>, relay=mx[192.0.2.1]:25, "
		      "delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)");
	ck_assert(is(l.domain, "b.example"));
}
END_TEST

START_TEST(refusals_of_both_codes_and_both_ids)
{
	struct maillog_line l;

	read_line(&l, "Mar  4 09:15:02 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[2001:db8::25]: 454 4.7.1 <i@d.example>: "
		      "Relay access denied; from=<> to=<i@d.example>");
	ck_assert_int_eq(l.kind, MAILLOG_REFUSED);
	ck_assert(is(l.domain, "d.example"));
	ck_assert(is(l.address, "2001:db8::25"));
	read_line(&l, "Mar  4 09:15:02 r postfix/smtpd[9]: 4YxKqQ3LzVz1cJB: reject: RCPT from h.test[203.0.113.5]: 554 5.7.1 "
		      "<i@d.example.>: Relay access denied; from=<> to=<i@d.example>");
	ck_assert_int_eq(l.kind, MAILLOG_REFUSED);
	ck_assert(is(l.domain, "d.example"));
	ck_assert(is(l.address, "203.0.113.5"));
}
END_TEST

START_TEST(both_formats_have_one_identity)
{
	struct maillog_line a, b, c;
	static const char tail[] = "postfix/smtpd[9]: NOQUEUE: reject: RCPT from u[203.0.113.5]: 454 4.7.1 <i@d.example>: Relay "
				   "access denied; from=<> to=<i@d.example>";
	char text[400];

	snprintf(text, sizeof text, "Mar  4 09:15:02 r %s", tail);
	read_line(&a, text);
	snprintf(text, sizeof text, "2026-03-04T09:15:02.5+00:00 r %s", tail);
	read_line(&b, text);
	snprintf(text, sizeof text, "2026-03-04T09:15:03.5+00:00 r %s", tail);
	read_line(&c, text);
	ck_assert_uint_eq(a.identity, b.identity);
	ck_assert_uint_ne(a.identity, c.identity);
}
END_TEST

/* What counts as an outage of the primary, word for word as Postfix logs it. */
START_TEST(outages_of_the_primary)
{
	static const struct {
		int outage;
		const char *dsn, *reply;
	} cases[] = {
		{1, "4.4.1", "connect to mx.b.example[192.0.2.1]:25: Connection refused"},
		{1, "4.4.1", "delivery temporarily suspended: connect to mx.b.example[192.0.2.1]:25: Connection timed out"},
		{1, "4.4.2", "lost connection with mx.b.example[192.0.2.1] while receiving the initial server greeting"},
		{1, "4.4.2", "conversation with mx.b.example[192.0.2.1] timed out while sending message body"},
		{1, "4.3.2", "host mx.b.example[192.0.2.1] said: 421 4.3.2 Service shutting down (in reply to MAIL FROM command)"},
		{1, "4.0.0", "host mx.b.example[192.0.2.1] said: 421 too busy (in reply to RCPT TO command)"},
		{1, "4.3.1", "host mx.b.example[192.0.2.1] said: 452 4.3.1 Insufficient system storage (in reply to MAIL FROM command)"},
		{1, "4.7.0", "host mx.b.example[192.0.2.1] refused to talk to me: 421 4.7.0 try again later"},
		{1, "4.0.0", "delivery temporarily suspended: host mx.b.example[192.0.2.1] refused to talk to me: 450 closed"},
		{0, "4.2.0", "host mx.b.example[192.0.2.1] said: 450 4.2.0 <a@b.example>: Greylisted (in reply to RCPT TO command)"},
		{0, "4.7.1", "host mx.b.example[192.0.2.1] said: 450 4.7.1 Recipient address rejected: greylisted (in reply to RCPT TO)"},
		{0, "4.2.2", "host mx.b.example[192.0.2.1] said: 452 4.2.2 mailbox full (in reply to RCPT TO command)"},
		{0, "4.4.3", "Host or domain name not found. Name service error for name=mx.b.example type=A: Host not found, try again"},
		{0, "4.4.4", "unable to look up host mx.b.example: Temporary failure in name resolution"},
		{0, "4.3.0", "mail transport unavailable"},
		{0, "4.3.0", "unknown mail transport error"},
		{0, "4.0.0", "host mx.b.example[192.0.2.1] refused to talk to me: 554 5.7.1 you are on a list"},
		{0, "4.2.0", "host mx.b.example[192.0.2.1] said: 450 4.2.0 no, 421 is what others said: 421 (in reply to RCPT TO command)"},
		{0, "4.7.5", "Server certificate not trusted"},
	};
	char text[600];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct maillog_line l;

		snprintf(text, sizeof text, "Mar  4 09:15:02 r postfix/smtp[9]: 3A0D1C0F2: to=<a@b.example>, relay=none, delay=31, "
					    "delays=0.1/0/30/0, dsn=%s, status=deferred (%s)", cases[i].dsn, cases[i].reply);
		read_line(&l, text);
		ck_assert_int_eq(l.kind, MAILLOG_DELIVERY);
		ck_assert_int_eq(l.delay, 31);
		ck_assert_msg(maillog_is_outage(&l) == cases[i].outage, "case %zu: %s", i, cases[i].reply);
		snprintf(text, sizeof text, "Mar  4 09:15:02 r postfix/smtp[9]: 3A0D1C0F2: to=<a@b.example>, relay=none, delay=31, "
					    "delays=0.1/0/30/0, dsn=%s, status=bounced (%s)", cases[i].dsn, cases[i].reply);
		read_line(&l, text);
		ck_assert_msg(!maillog_is_outage(&l), "case %zu: %s", i, cases[i].reply);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("maillog_line");
	TCase *c = tcase_create("lines");

	setenv("TZ", "UTC", 1);
	tcase_add_test(c, times_of_both_formats);
	tcase_add_test(c, what_is_no_line_of_postfix);
	tcase_add_test(c, strangers_cannot_forge_a_line);
	tcase_add_test(c, refusals_of_both_codes_and_both_ids);
	tcase_add_test(c, both_formats_have_one_identity);
	tcase_add_test(c, outages_of_the_primary);
	suite_add_tcase(s, c);
	return suite_run(s);
}
