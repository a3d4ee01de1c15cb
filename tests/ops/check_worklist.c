/*
 * The worklist: which entries stand in it and as what, what a review takes out of it, and what comes back.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/date.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "db/reviews.h"
#include "db/traffic.h"
#include "mta/maillog.h"
#include "ops/change.h"
#include "ops/notice.h"
#include "ops/rows.h"
#include "ops/show.h"
#include "ops/ward.h"
#include "ops/worklist.h"
#include "relay/config.h"
#include "relay/limit.h"
#include "relay/tally.h"
#include "support/run.h"
#include "support/suite.h"

enum { DAY = 86400 };

static char *dir;
static struct ward ward;
static struct err e;

static void set_up(void)
{
	char config[1100];
	struct ward_options o = {.needs_database = 1};
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
			       "resolver = 127.0.0.1:9\ndatabase = %s/db\n", dir);
	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	o.config_file = config;
	ck_assert_msg(ward_open(&ward, &o, &e) == 0, "%s", e.text);
}

static void tear_down(void)
{
	ward_close(&ward);
	run_remove_dir(dir);
}

/* An entry with what was seen of it since so many days; added long ago. */
static void put(const char *name, enum reason reason, int days, void (*more)(struct entry *e, struct observed *o))
{
	int64_t now = date_now();
	struct entry entry = {.table_value = "", .customer = "", .contact = "", .note = "", .pin_note = "", .notice_ticket = "",
			      .added = now - 400 * DAY};
	struct observed o = {.verdict = {.class = reason_class(reason), .reason = (uint8_t)reason},
			     .since = now - days * DAY, .time = now, .count = 2, .days = 2, .resolver = "", .chain = "",
			     .rcode = -1, .ede = -1, .authenticated = -1};
	struct db_txn *txn;

	snprintf(entry.name, sizeof entry.name, "%s", name);
	if (more)
		more(&entry, &o);
	ck_assert_msg(db_begin_write(&txn, ward.db, "a test", 0, 1000, &e) == 0, "%s", e.text);
	ck_assert_msg(entry_put(txn, &entry, &e) == 0 && observed_put(txn, name, &o, &e) == 0, "%s", e.text);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
}

static void fails(struct entry *entry, struct observed *o)
{
	(void)entry;
	o->verdict.severity = 3;
}

static void is_due(struct entry *entry, struct observed *o)
{
	(void)o;
	entry->notice_deadline = date_now() + 2 * DAY;
}

static void is_pinned_for_a_week(struct entry *entry, struct observed *o)
{
	(void)o;
	entry->pin = PIN_OUTAGE;
	entry->pin_until = date_now() + 7 * DAY;
}

static void is_pinned(struct entry *entry, struct observed *o)
{
	entry->pin = PIN_ETRN;
	o->verdict.severity = 3;
}

static void is_silent(struct entry *entry, struct observed *o)
{
	(void)entry;
	o->unknown_since = date_now() - 181 * DAY;
}

static void was_added_today(struct entry *entry, struct observed *o)
{
	(void)o;
	entry->added = date_now() - 3600;
}

static void read_all(struct worklist *w)
{
	int rc;

	worklist_begin(w);
	while ((rc = worklist_load(w, &ward, 1, &e)) == 0)
		;
	ck_assert_msg(rc == 1, "%s", e.text);
}

static const struct work_item *find(const struct worklist *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->item[i].name, name) == 0)
			return &w->item[i];
	return NULL;
}

static void expect(const struct worklist *w, const char *name, enum work_kind kind)
{
	const struct work_item *item = find(w, name);

	ck_assert_msg(item != NULL, "%s is not in the worklist", name);
	ck_assert_msg(item->kind == kind, "%s is %s", name, work_kind_name(item->kind));
}

/* What DNS said of it before. */
static void put_before(const char *name, enum reason reason, int from, int to)
{
	struct observed o = {.verdict = {.class = reason_class(reason), .reason = (uint8_t)reason},
			     .since = date_now() - from * DAY, .time = date_now() - to * DAY, .count = 2, .days = 2,
			     .resolver = "", .chain = "", .rcode = -1, .ede = -1, .authenticated = -1};
	struct db_txn *txn;

	ck_assert_msg(db_begin_write(&txn, ward.db, "a test", 0, 1000, &e) == 0, "%s", e.text);
	ck_assert_msg(history_put(txn, name, &o, &e) == 0 && db_commit(txn, &e) == 0, "%s", e.text);
}

static void put_some_of_each(void)
{
	put("bounces.example", BRK_WE_ARE_ONLY, 100, fails);
	put("moved.example", MOVED_OFFNET, 100, NULL);
	put("told.example", MOVED_OFFNET, 100, is_due);
	put("ends.example", ORPHAN_OFFNET, 100, is_pinned_for_a_week);
	put("pinned.example", BRK_WE_ARE_ONLY, 100, is_pinned);
	put("silent.example", UNK_TIMEOUT, 181, is_silent);
	put("quiet.example", UNK_TIMEOUT, 100, NULL);
	put("left.example", ORPHAN_OFFNET, 2, NULL);
	put_before("left.example", OK_BACKUP, 100, 3);
	put("first.example", ORPHAN_OFFNET, 2, NULL); /* never seen otherwise */
	put("fine.example", OK_BACKUP, 100, NULL);
	put("added.example", OK_BACKUP, 0, was_added_today);
}

/* Yesterday's log of the one relay. */
static void send_mail(const char *name, int64_t n)
{
	struct maillog_figures mail = {.in_msgs = n, .outside = n};
	int64_t yesterday = date_day(date_now()) - 1;
	struct db_txn *txn;

	ck_assert_msg(db_begin_write(&txn, ward.db, "a test", 0, 1000, &e) == 0, "%s", e.text);
	ck_assert_int_eq(traffic_add(txn, name, "relay1", yesterday, &mail, &e), 0);
	ck_assert_int_eq(traffic_mark_measured(txn, "relay1", yesterday, NULL, &e), 0);
	ck_assert_int_eq(traffic_next_generation(txn, &e), 0);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
}

static void has_waited(struct entry *entry, struct observed *o)
{
	int64_t now = date_now();

	(void)entry;
	o->sets = site_hash(&ward.config.site);
	o->n_tallies = 1;
	o->tally[0] = (struct tally){.sets = o->sets, .class = CLASS_ORPHAN, .reason = ORPHAN_OFFNET, .deletion = DELETE_C1,
				     .rule = DELETE_C1, .first = now - 40 * DAY, .last = now - DAY, .count = 40, .days = 40};
}

static void has_waited_pinned(struct entry *entry, struct observed *o)
{
	has_waited(entry, o);
	entry->pin = PIN_ETRN;
}

static size_t taken_by(const char *text)
{
	struct rows *r = rows_new(&ward.config);
	struct limit *l;
	size_t n;
	int rc;

	ck_assert_msg(limit_parse(&l, text, &e, NULL) == 0, "%s", e.text);
	rows_set_limit(r, l);
	while ((rc = rows_load(r, ward.db, 10, &e)) == 0)
		;
	ck_assert_msg(rc == 1, "%s", e.text);
	n = rows_count(r);
	rows_free(r);
	limit_free(l);
	return n;
}

static const char *shown(const char *name)
{
	static struct str present;
	struct str past = {0};

	str_truncate(&present, 0);
	ck_assert_msg(show_parts(&present, &past, &ward, name, NULL, 78, 78, &e) == 0, "%s", e.text);
	str_clear(&past);
	return str_text(&present);
}

/* The list's head, the limit, the review and the order of the list mean the same by it. */
START_TEST(ready_is_the_same_everywhere)
{
	struct rows *r = rows_new(&ward.config);
	struct worklist w = {0};
	struct rows_summary sum;
	struct row row;

	put("waited.example", ORPHAN_OFFNET, 40, has_waited);
	put("a.silent.example", UNK_SERVFAIL, 0, has_waited); /* no answer is no evidence, though its days are over */
	put("pinned.example", ORPHAN_OFFNET, 40, has_waited_pinned);
	put("fine.example", OK_BACKUP, 100, NULL);
	ck_assert_uint_eq(taken_by("state:deletable"), 2);
	ck_assert_uint_eq(taken_by("ready:yes"), 1);
	ck_assert_uint_eq(taken_by("ready:yes waited"), 1);
	ck_assert_uint_eq(taken_by("ready:no"), 3);
	rows_set_order(r, ROWS_BY_READY, 0);
	while (rows_load(r, ward.db, 10, &e) == 0)
		;
	rows_summary(r, &sum);
	ck_assert_uint_eq(sum.ready, 1);
	rows_get(r, 0, &row);
	ck_assert_str_eq(row.name, "waited.example");
	rows_free(r);
	read_all(&w);
	ck_assert_uint_eq(w.of_kind[WORK_READY], 1);
	expect(&w, "waited.example", WORK_READY);
	worklist_free(&w);
	ck_assert_ptr_nonnull(strstr(shown("waited.example"), "May be deleted: "));
	ck_assert_ptr_nonnull(strstr(shown("a.silent.example"), "Cannot delete: no usable answer when last asked"));
}
END_TEST

START_TEST(a_row_says_what_mail_holds_back)
{
	struct rows *r = rows_new(&ward.config);
	struct row row;

	put("one.example", ORPHAN_OFFNET, 40, has_waited);
	put("two.example", ORPHAN_OFFNET, 40, has_waited);
	send_mail("one.example", ward.config.mail_trickle + 1);
	send_mail("two.example", ward.config.mail_trickle);
	while (rows_load(r, ward.db, 10, &e) == 0)
		;
	rows_get(r, 0, &row);
	ck_assert_int_eq(row.state, STATE_ORPHAN);
	ck_assert_int_eq(row.is_held_by_mail, 1);
	rows_get(r, 1, &row);
	ck_assert_int_eq(row.state, STATE_DELETABLE);
	ck_assert_int_eq(row.is_held_by_mail, 0);
	rows_free(r);
}
END_TEST

START_TEST(mail_is_counted_in_words)
{
	struct worklist w = {0};

	put("one.example", BRK_WE_ARE_ONLY, 100, fails);
	put("two.example", BRK_WE_ARE_ONLY, 100, fails);
	send_mail("one.example", 1);
	send_mail("two.example", 2);
	read_all(&w);
	ck_assert_ptr_nonnull(strstr(find(&w, "one.example")->more, ", 1 mail"));
	ck_assert_ptr_null(strstr(find(&w, "one.example")->more, "mails"));
	ck_assert_ptr_nonnull(strstr(find(&w, "two.example")->more, ", 2 mails"));
	worklist_free(&w);
}
END_TEST

START_TEST(each_kind)
{
	struct worklist w = {0};

	put_some_of_each();
	read_all(&w);
	expect(&w, "bounces.example", WORK_FAILING);
	expect(&w, "moved.example", WORK_MOVED);
	expect(&w, "told.example", WORK_MOVED);
	expect(&w, "ends.example", WORK_PIN);
	expect(&w, "silent.example", WORK_SILENT);
	expect(&w, "left.example", WORK_NEW);
	ck_assert_ptr_null(find(&w, "added.example")); /* nobody has reviewed yet: all are new */
	ck_assert_ptr_null(find(&w, "first.example"));
	ck_assert_ptr_null(find(&w, "pinned.example"));
	ck_assert_ptr_null(find(&w, "quiet.example"));
	ck_assert_ptr_null(find(&w, "fine.example"));
	ck_assert_uint_eq(w.left, 6);
	ck_assert_uint_eq(w.of_kind[WORK_MOVED], 2);
	/* The most pressing first, and a notice that is due before the others. */
	ck_assert_str_eq(w.item[0].name, "bounces.example");
	ck_assert_str_eq(w.item[1].name, "told.example");
	ck_assert_ptr_nonnull(strstr(w.item[1].more, "due in 2d"));
	ck_assert_str_eq(w.item[2].more, "not told");
	worklist_free(&w);
}
END_TEST

START_TEST(what_is_reviewed_is_no_longer_left)
{
	const char *names[] = {"bounces.example", "left.example"};
	struct worklist w = {0};

	put_some_of_each();
	ck_assert_msg(change_reviewed(&ward, names, 2, &e) == 0, "%s", e.text);
	read_all(&w);
	ck_assert_uint_eq(w.n, 6);
	ck_assert_uint_eq(w.left, 4);
	ck_assert_uint_eq(w.of_kind[WORK_FAILING], 0);
	ck_assert_int_ge(w.last.time, date_now() - 60);
	ck_assert_str_eq(w.last.who, worklist_reviewer(&ward));
	/* What was new when this sitting began is so until it is over. */
	expect(&w, "left.example", WORK_NEW);
	worklist_free(&w);
}
END_TEST

static void was_reviewed_before(struct entry *entry, struct observed *o)
{
	fails(entry, o);
	entry->reviewed = date_now() - 2 * DAY;
}

static void was_reviewed_long_ago(struct entry *entry, struct observed *o)
{
	fails(entry, o);
	entry->reviewed = date_now() - 31 * DAY;
}

START_TEST(a_review_holds_until_something_changes)
{
	struct worklist w = {0};

	put("same.example", BRK_WE_ARE_ONLY, 100, was_reviewed_before);
	put("since.example", BRK_WE_ARE_ONLY, 1, was_reviewed_before);
	put("forgotten.example", BRK_WE_ARE_ONLY, 100, was_reviewed_long_ago);
	read_all(&w);
	ck_assert_int_eq(find(&w, "same.example")->is_reviewed, 1);
	ck_assert_int_eq(find(&w, "since.example")->is_reviewed, 0);
	ck_assert_int_eq(find(&w, "forgotten.example")->is_reviewed, 0);
	worklist_free(&w);
}
END_TEST

static void note_review(const char *who, int64_t time)
{
	struct db_txn *txn;

	ck_assert_msg(db_begin_write(&txn, ward.db, "a test", 0, 1000, &e) == 0, "%s", e.text);
	ck_assert_msg(reviews_put(txn, who, time, &e) == 0 && db_commit(txn, &e) == 0, "%s", e.text);
}

START_TEST(what_was_added_since_is_new)
{
	struct worklist w = {0};

	put_some_of_each();
	note_review(worklist_reviewer(&ward), date_now() - 2 * DAY + 7200);
	read_all(&w);
	expect(&w, "added.example", WORK_NEW);
	ck_assert_ptr_null(find(&w, "left.example")); /* it left before that review */
	worklist_free(&w);
}
END_TEST

/* Before a day and a ticket are asked for. */
START_TEST(a_notice_needs_ground_and_taking_it_back_none)
{
	put("moved.example", MOVED_OFFNET, 100, NULL);
	put("back.example", OK_BACKUP, 1, is_due); /* it had moved when its customer was told */
	put("silent.example", UNK_SERVFAIL, 1, NULL);
	ck_assert_msg(notice_has_ground(&ward, "moved.example", &e) == 0, "%s", e.text);
	ck_assert_msg(notice_has_ground(&ward, "back.example", &e) == 0, "%s", e.text);
	ck_assert_int_eq(notice_has_ground(&ward, "silent.example", &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	ck_assert_str_eq(e.text, "'silent.example' has not moved (no answer); a notice is for entries that moved");
	ck_assert_int_eq(notice_has_ground(&ward, "nobody.example", &e), -1);
	ck_assert_int_eq(e.code, ERR_NOINPUT);
}
END_TEST

static int64_t review_of(const char *who, int64_t now)
{
	struct db_txn *txn;
	int64_t time;

	ck_assert_msg(db_begin_read(&txn, ward.db, &e) == 0, "%s", e.text);
	ck_assert_msg(reviews_of(txn, who, now, &time, &e) == 0, "%s", e.text);
	db_abort(txn);
	return time;
}

START_TEST(a_sitting_is_over_after_half_a_day)
{
	int64_t monday = 1000 * DAY;

	ck_assert_int_eq(review_of("jk", monday), 0);
	note_review("jk", monday);
	note_review("jk", monday + 600);
	ck_assert_int_eq(review_of("jk", monday + 700), 0);
	ck_assert_int_eq(review_of("jk", monday + DAY), monday + 600);
	ck_assert_int_eq(review_of("mw", monday + DAY), 0);
	note_review("jk", monday + DAY);
	note_review("mw", monday + DAY + 5);
	note_review("jk", monday + DAY + 60);
	ck_assert_int_eq(review_of("jk", monday + DAY + 61), monday + 600);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worklist");
	TCase *t = tcase_create("worklist");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, mail_is_counted_in_words);
	tcase_add_test(t, each_kind);
	tcase_add_test(t, ready_is_the_same_everywhere);
	tcase_add_test(t, a_row_says_what_mail_holds_back);
	tcase_add_test(t, what_is_reviewed_is_no_longer_left);
	tcase_add_test(t, a_review_holds_until_something_changes);
	tcase_add_test(t, what_was_added_since_is_new);
	tcase_add_test(t, a_notice_needs_ground_and_taking_it_back_none);
	tcase_add_test(t, a_sitting_is_over_after_half_a_day);
	suite_add_tcase(s, t);
	return suite_run(s);
}
