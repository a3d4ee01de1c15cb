/*
 * check_maillog: the accounting over Postfix logs, on logs of our own.
 *
 * What is charged to a customer must not depend on what a stranger writes into a log.
 */
#include "mta/maillog.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/err.h"
#include "relay/netset.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir;
static char path[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(path, sizeof path, "%s/mail.log", dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

struct tally {
	struct maillog_figures all, alpha, beta, gamma, delta;
	size_t events, open;
};

static void add(struct maillog_figures *sum, const struct maillog_figures *f)
{
	sum->in_msgs += f->in_msgs;
	sum->in_bytes += f->in_bytes;
	sum->out_transactions += f->out_transactions;
	sum->out_bytes += f->out_bytes;
	sum->backscatter_msgs += f->backscatter_msgs;
	sum->backscatter_bytes += f->backscatter_bytes;
	sum->relay_denied += f->relay_denied;
	sum->held += f->held;
	sum->outside += f->outside;
	sum->at_once += f->at_once;
}

static void on_event(void *ctx, const struct maillog_event *event)
{
	struct tally *t = ctx;

	t->events++;
	if (!event->told.name)
		return;
	add(&t->all, &event->told.add);
	if (strcmp(event->told.name, "alpha.example") == 0)
		add(&t->alpha, &event->told.add);
	if (strcmp(event->told.name, "beta.example") == 0)
		add(&t->beta, &event->told.add);
	if (strcmp(event->told.name, "gamma.example") == 0)
		add(&t->gamma, &event->told.add);
	if (strcmp(event->told.name, "delta.example") == 0)
		add(&t->delta, &event->told.add);
}

static void on_open(void *ctx, const struct maillog_message *open)
{
	struct tally *t = ctx;

	(void)open;
	t->open++;
}

static const char *fold_alpha(void *ctx, const char *domain, size_t len)
{
	(void)ctx;
	return len > 14 && strcmp(domain + len - 14, ".alpha.example") == 0 ? "alpha.example" : domain;
}

static struct maillog_counts read_files(struct tally *t, const char *const *files, size_t n)
{
	struct maillog_options o = {.on_event = on_event, .fold = fold_alpha, .ctx = t};
	struct maillog *m = maillog_new(&o);
	struct maillog_counts counts;
	struct err e;

	*t = (struct tally){0};
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(maillog_read(m, files[i], &e) == 0, "%s", e.text);
	maillog_each_open(m, on_open, t);
	counts = maillog_counts(m);
	maillog_free(m);
	return counts;
}

static void assert_day(const struct tally *t)
{
	/* sub.alpha.example is folded into alpha.example, so that message counts once. */
	ck_assert_int_eq(t->alpha.in_msgs, 2);
	ck_assert_int_eq(t->alpha.in_bytes, 12888);
	ck_assert_int_eq(t->alpha.out_transactions, 2);
	ck_assert_int_eq(t->alpha.outside, 1); /* the other one came with a login */
	ck_assert_int_eq(t->alpha.held, 0);
	ck_assert_int_eq(t->beta.in_msgs, 1);
	ck_assert_int_eq(t->beta.out_transactions, 1);
	ck_assert_int_eq(t->beta.held, 1);
	ck_assert_int_eq(t->gamma.in_msgs, 2);
	ck_assert_int_eq(t->gamma.in_bytes, 3700);
	ck_assert_int_eq(t->gamma.out_transactions, 0);
	ck_assert_int_eq(t->gamma.backscatter_msgs, 1);
	ck_assert_int_eq(t->gamma.backscatter_bytes, 5200);
	ck_assert_int_eq(t->delta.relay_denied, 2);
	ck_assert_int_eq(t->all.in_msgs, 5);
	ck_assert_uint_eq(t->open, 0);
}

START_TEST(a_day_in_both_formats)
{
	struct tally t;
	const char *file = run_source("tests/mta/logs/day-rfc3339.log");

	read_files(&t, &file, 1);
	assert_day(&t);
	file = run_source("tests/mta/logs/day-traditional.log");
	read_files(&t, &file, 1);
	assert_day(&t);
}
END_TEST

static char *read_all(const char *from)
{
	char *text = calloc(1, 100000);
	FILE *f = fopen(from, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, 99999, f), 0);
	fclose(f);
	return text;
}

/* Cut anywhere, one half compressed, and given in the wrong order: the same figures. */
START_TEST(rotated_and_compressed)
{
	char *text = read_all(run_source("tests/mta/logs/day-rfc3339.log")), first[1200], second[1200];
	struct tally t;
	struct err e;

	snprintf(first, sizeof first, "%s/mail.log.1.gz", dir);
	snprintf(second, sizeof second, "%s/mail.log", dir);
	for (char *cut = strchr(text, '\n') + 1; *cut; cut = strchr(cut, '\n') + 1) {
		char *files[] = {second, first};
		gzFile gz = gzopen(first, "wb");

		gzwrite(gz, text, (unsigned)(cut - text));
		gzclose(gz);
		run_write_file(second, "%s", cut);
		ck_assert_int_eq(maillog_sort(files, 2, &e), 0);
		ck_assert_str_eq(files[0], first);
		read_files(&t, (const char *const *)files, 2);
		assert_day(&t);
	}
	free(text);
}
END_TEST

/* What is on its way is handed from one run to the next. */
static void keep_open(void *ctx, const struct maillog_message *open)
{
	maillog_add_open(ctx, open);
}

START_TEST(open_messages_are_kept)
{
	char *text = read_all(run_source("tests/mta/logs/day-rfc3339.log"));
	struct tally t;
	struct err e;

	for (char *cut = strchr(text, '\n') + 1; *cut; cut = strchr(cut, '\n') + 1) {
		struct maillog_options o = {.on_event = on_event, .fold = fold_alpha, .ctx = &t};
		struct maillog *a = maillog_new(&o), *b = maillog_new(&o);

		t = (struct tally){0};
		run_write_file(path, "%.*s", (int)(cut - text), text);
		ck_assert_int_eq(maillog_read(a, path, &e), 0);
		maillog_each_open(a, keep_open, b);
		maillog_free(a);
		run_write_file(path, "%s", cut);
		ck_assert_int_eq(maillog_read(b, path, &e), 0);
		maillog_each_open(b, on_open, &t);
		maillog_free(b);
		assert_day(&t);
	}
	free(text);
}
END_TEST

START_TEST(networks_of_ours_are_inside)
{
	struct netset networks = {0};
	struct net_prefix p;
	struct tally t = {0};
	struct maillog_options o = {.on_event = on_event, .networks = &networks, .ctx = &t};
	struct maillog *m = maillog_new(&o);
	struct err e;

	ck_assert_int_eq(net_prefix_parse(&p, "203.0.113.0/28"), 0);
	netset_add(&networks, p);
	ck_assert_int_eq(maillog_read(m, run_source("tests/mta/logs/day-rfc3339.log"), &e), 0);
	ck_assert_int_eq(t.alpha.outside, 0);
	ck_assert_int_eq(t.gamma.outside, 2);
	maillog_free(m);
	netset_clear(&networks);
}
END_TEST

static void write_line(FILE *f, const char *second, const char *text)
{
	fprintf(f, "2026-03-04T09:15:%s+00:00 r postfix/%s\n", second, text);
}

/* The filter's second copy is the one that counts. */
START_TEST(a_content_filter_does_not_count_twice)
{
	FILE *f = fopen(path, "w");
	const char *file = path;
	struct tally t;

	write_line(f, "01", "smtpd[1]: AAAAAA01: client=h.test[203.0.113.5]");
	write_line(f, "01", "qmgr[2]: AAAAAA01: from=<a@h.test>, size=100, nrcpt=1 (queue active)");
	write_line(f, "02", "smtpd[3]: BBBBBB02: client=localhost[127.0.0.1]");
	write_line(f, "02", "qmgr[2]: BBBBBB02: from=<a@h.test>, size=150, nrcpt=1 (queue active)");
	write_line(f, "02", "smtp[4]: AAAAAA01: to=<x@alpha.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, "
			    "dsn=2.0.0, status=sent (250 2.0.0 from MTA: 250 2.0.0 Ok: queued as BBBBBB02)");
	write_line(f, "02", "qmgr[2]: AAAAAA01: removed");
	write_line(f, "03", "smtp[4]: BBBBBB02: to=<x@alpha.example>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
			    "status=sent (250 ok)");
	fclose(f);
	read_files(&t, &file, 1);
	ck_assert_int_eq(t.alpha.in_msgs, 1);
	ck_assert_int_eq(t.alpha.in_bytes, 150);
	ck_assert_int_eq(t.alpha.out_transactions, 1);
	ck_assert_uint_eq(t.open, 1);
}
END_TEST

START_TEST(rubbish_long_lines_and_a_clock_that_jumps)
{
	FILE *f = fopen(path, "w");
	const char *file = path;
	struct maillog_counts counts;
	struct tally t;

	for (int i = 0; i < 3000; i++)
		fputc(i * 7919 % 256, f);
	fputc('\n', f);
	fputs("2026-03-04T09:15:01+00:00 r postfix/qmgr[2]: AAAAAA01: from=<", f);
	for (int i = 0; i < 1 << 20; i++)
		fputc('a', f);
	fputs(">, size=100, nrcpt=1 (queue active)\n", f);
	write_line(f, "02", "qmgr[2]: AAAAAA01: from=<a@h.test>, size=100, nrcpt=1 (queue active)");
	fputs("2024-03-04T09:15:03+00:00 r postfix/smtp[4]: AAAAAA01: to=<x@beta.example>, relay=mx[192.0.2.1]:25, delay=1, "
	      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", f); /* and no LF at the end */
	fclose(f);
	counts = read_files(&t, &file, 1);
	ck_assert_uint_eq(counts.cut, 1);
	ck_assert_uint_eq(counts.jumps, 1);
	ck_assert_uint_eq(counts.postfix, 3);
	ck_assert_int_eq(t.beta.in_msgs, 1);
	ck_assert_int_eq(t.beta.out_bytes, 100);
}
END_TEST

/* One message each way: held by an outage, kept waiting by greylisting, at once, late without a reason that was
 * logged, lost in the end. */
START_TEST(held_at_once_and_neither)
{
	static const char *const down = "dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: Connection refused)",
				 *const grey = "dsn=4.2.0, status=deferred (host mx[192.0.2.1] said: 450 4.2.0 greylisted (in reply to "
					       "RCPT TO command))",
				 *const sent = "dsn=2.0.0, status=sent (250 ok)",
				 *const lost = "dsn=4.4.1, status=bounced (connect to mx[192.0.2.1]:25: Connection refused)";
	static const struct {
		const char *first, *last;
		int delay, held, at_once;
	} cases[] = {
		{down, sent, 400, 1, 0}, {grey, sent, 400, 0, 0}, {NULL, sent, 1, 0, 1},
		{NULL, sent, 299, 0, 1}, {NULL, sent, 300, 0, 0}, {down, lost, 400, 0, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *file = path;
		FILE *f = fopen(path, "w");
		char text[400];
		struct tally t;

		write_line(f, "01", "qmgr[2]: AAAAAA01: from=<a@h.test>, size=100, nrcpt=2 (queue active)");
		for (int k = 0; k < 2; k++) { /* two recipients are one message of the domain */
			snprintf(text, sizeof text, "smtp[4]: AAAAAA01: to=<%d@beta.example>, relay=none, delay=1, delays=1/0/0/0, %s", k,
				 cases[i].first);
			if (cases[i].first)
				write_line(f, "02", text);
		}
		for (int k = 0; k < 2; k++) {
			snprintf(text, sizeof text, "smtp[5]: AAAAAA01: to=<%d@beta.example>, relay=mx[192.0.2.1]:25, delay=%d, "
						    "delays=1/0/0/0, %s", k, cases[i].delay, cases[i].last);
			write_line(f, "09", text);
		}
		fclose(f);
		read_files(&t, &file, 1);
		ck_assert_int_eq(t.beta.in_msgs, 1);
		ck_assert_msg(t.beta.held == cases[i].held && t.beta.at_once == cases[i].at_once, "case %zu: %d held, %d at once", i,
			      (int)t.beta.held, (int)t.beta.at_once);
	}
}
END_TEST

START_TEST(a_damaged_log_is_named)
{
	char *text = read_all(run_source("tests/mta/logs/day-rfc3339.log")), bytes[4000];
	struct maillog_options o = {.on_event = on_event};
	struct maillog *m = maillog_new(&o);
	struct tally t = {0};
	struct err e;
	gzFile gz;
	FILE *f;
	size_t n;

	ck_assert_int_eq(maillog_read(m, "/nonexistent/mail.log", &e), -1);
	ck_assert_int_eq(e.code, ERR_NOINPUT);
	ck_assert_int_eq(maillog_read(m, dir, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOINPUT);
	run_write_file(path, "\xfd" "7zXZ%s\n", "\1\2\3 and more");
	ck_assert_int_eq(maillog_read(m, path, &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_ptr_nonnull(strstr(e.text, "xz -dc"));
	maillog_free(m);
	o.ctx = &t;
	m = maillog_new(&o);
	gz = gzopen(path, "wb");
	gzwrite(gz, text, (unsigned)strlen(text));
	gzclose(gz);
	f = fopen(path, "r");
	n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	f = fopen(path, "w");
	fwrite(bytes, 1, n / 2, f);
	fclose(f);
	ck_assert_int_eq(maillog_read(m, path, &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	maillog_free(m);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("maillog");
	TCase *c = tcase_create("logs");

	setenv("TZ", "UTC", 1);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_day_in_both_formats);
	tcase_add_test(c, held_at_once_and_neither);
	tcase_add_test(c, rotated_and_compressed);
	tcase_add_test(c, open_messages_are_kept);
	tcase_add_test(c, networks_of_ours_are_inside);
	tcase_add_test(c, a_content_filter_does_not_count_twice);
	tcase_add_test(c, rubbish_long_lines_and_a_clock_that_jumps);
	tcase_add_test(c, a_damaged_log_is_named);
	suite_add_tcase(s, c);
	return suite_run(s);
}
