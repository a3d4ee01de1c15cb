/*
 * How entries stand: that lists, limits and the console's rows say the same of one, a pinned one above all.
 */
#include "ops/standing.h"

#include "base/date.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/scans.h"
#include "db/store.h"
#include "db/traffic_key.h"
#include "ops/traffic_look.h"
#include "ops/rows.h"
#include "relay/config.h"
#include "relay/limit.h"

static struct config config;

static void put_by(const char *name, enum pin_reason pin, enum reason reason, uint32_t flags, uint32_t scan)
{
	static const struct observed_mx mx = {.preference = 10, .target = "mx1.cloud.example"};
	struct entry e = entry_named(name);
	struct observed o = {.resolver = "127.0.0.1", .chain = "", .mx = &mx, .n_mx = 1, .count = 1, .days = 1, .scan = scan};
	struct db_txn *t = begin_write();

	e.pin = (uint8_t)pin;
	o.verdict = (struct verdict){.class = (uint8_t)reason_class(reason), .reason = (uint8_t)reason, .flags = flags};
	o.time = o.since = date_now() - 86400;
	o.verdict.severity = o.verdict.class == CLASS_BROKEN ? 3 : 0;
	OK(entry_put(t, &e, &err));
	OK(observed_put(t, name, &o, &err));
	OK(db_commit(t, &err));
}

static void put(const char *name, enum pin_reason pin, enum reason reason, uint32_t flags)
{
	put_by(name, pin, reason, flags, 0);
}

static void set_up(void)
{
	open_database();
	config_init(&config);
	put("fine.example", PIN_NONE, OK_BACKUP, 0);
	put("kept.example", PIN_ETRN, ORPHAN_OFFNET, W_ONNET);
}

static void tear_down(void)
{
	config_clear(&config);
	remove_database();
}

/* How many a limit takes, by the walk of commands and scans. */
static size_t taken_by_walk(const char *text)
{
	struct standing s;
	struct entry_walk w;
	struct limit *l;
	struct db_txn *t = begin_read();
	size_t n = 0;

	OK(limit_parse(&l, text, &err, NULL));
	standing_begin_from(&s, &config, t);
	OK(walk_begin(&w, t, NULL, 1, &err));
	while (walk_next(&w, &err) == 1)
		n += (size_t)standing_matches(&s, l, &w.e, &w.o);
	walk_end(&w);
	db_abort(t);
	limit_free(l);
	return n;
}

/* The same by the console's rows. */
static size_t taken_by_rows(const char *text)
{
	struct rows *r = rows_new(&config);
	struct limit *l;
	size_t n;
	int rc;

	OK(limit_parse(&l, text, &err, NULL));
	rows_set_limit(r, l);
	while ((rc = rows_load(r, db, 10, &err)) == 0)
		;
	ck_assert_int_eq(rc, 1);
	n = rows_count(r);
	rows_free(r);
	limit_free(l);
	return n;
}

static const struct {
	const char *limit;
	size_t taken;
} cases[] = {
	{"", 2},
	{"class:orphan", 0},
	{"class:na", 1},
	{"reason:NA_PINNED", 1},
	{"class:ok", 1},
	{"flag:W_ONNET", 0},
	{"pinned:yes", 1},
	{"state:pinned", 1},
	{"mx:cloud.example", 2},
	{"bytes:>0", 0},
	{"since:>1h", 2},
};

START_TEST(a_limit_takes_the_same_by_either_way)
{
	ck_assert_msg(taken_by_walk(cases[_i].limit) == cases[_i].taken, "walk: %s", cases[_i].limit);
	ck_assert_msg(taken_by_rows(cases[_i].limit) == cases[_i].taken, "rows: %s", cases[_i].limit);
}
END_TEST

/* The console's first line and stat count an entry as the limit does that finds it. */
START_TEST(pinned_entries_are_counted_as_not_judged)
{
	struct rows *r = rows_new(&config);
	struct rows_summary sum;

	put("fails.example", PIN_OUTAGE, BRK_WE_ARE_ONLY, 0);
	while (rows_load(r, db, 10, &err) == 0)
		;
	rows_summary(r, &sum);
	ck_assert_uint_eq(sum.class[CLASS_NA], 2);
	ck_assert_uint_eq(sum.class[CLASS_OK], 1);
	ck_assert_uint_eq(sum.class[CLASS_ORPHAN] + sum.class[CLASS_BROKEN], 0);
	ck_assert_uint_eq(sum.failing, 0);
	rows_free(r);
}
END_TEST

/* What DNS says of a pinned entry is shown beside the pin. */
START_TEST(a_row_of_a_pinned_entry_says_what_dns_says)
{
	struct standing s;
	struct observed o;
	struct entry e;
	struct row row;
	struct db_txn *t = begin_read();

	IS(entry_get(t, "kept.example", NULL, &e, &err), 1);
	IS(observed_get(t, "kept.example", NULL, &o, &err), 1);
	standing_begin_from(&s, &config, t);
	standing_row(&row, &s, &e, &o);
	ck_assert_int_eq(row.verdict.reason, ORPHAN_OFFNET);
	ck_assert_int_eq(row.state, STATE_PINNED);
	ck_assert_int_eq(row.pin, PIN_ETRN);
	ck_assert_int_eq(standing_verdict(&e, &o, s.now).reason, NA_PINNED);
	db_abort(t);
}
END_TEST

/* --- mail --- */

static void put_mail(int64_t day, const char *relay, int64_t outside)
{
	struct maillog_figures f = {.in_msgs = outside + 3, .outside = outside};
	struct db_txn *t = begin_write();

	OK(traffic_add(t, "fine.example", relay, day, &f, &err));
	OK(traffic_mark_measured(t, relay, day, NULL, &err));
	OK(db_commit(t, &err));
}

static int64_t weekly(int64_t since_day, int days)
{
	struct traffic_look l;
	struct db_txn *t = begin_read();
	int64_t n;

	traffic_look_begin(&l, t, date_now());
	n = traffic_look_weekly(&l, "fine.example", since_day * 86400, days);
	db_abort(t);
	return n;
}

START_TEST(mail_before_any_log_is_not_measured)
{
	int64_t today = date_day(date_now());

	ck_assert_int_eq(weekly(today - 40, 28), -1);
	put_mail(today - 50, "relay1", 9);
	ck_assert_int_eq(weekly(today - 40, 28), -1);
	put_mail(today - 40, "relay1", 0);
	ck_assert_int_eq(weekly(today - 40, 28), 0);
}
END_TEST

/* A day's burst is forgotten by the busiest week after the days that a run takes, and by the average slowly. */
START_TEST(old_mail_counts_by_the_average)
{
	int64_t today = date_day(date_now());

	put_mail(today - 38, "relay1", 50);
	ck_assert_int_eq(weekly(today - 40, 28), 9); /* 7 * 50 / 41 */
	ck_assert_int_eq(weekly(today - 99, 28), 4); /* 7 * 50 / 100 */
	ck_assert_int_eq(weekly(today - 99, 90), 50);
}
END_TEST

START_TEST(the_busiest_week_is_any_seven_days_of_all_relays)
{
	int64_t today = date_day(date_now());

	for (int i = 0; i < 8; i++)
		put_mail(today - 20 + i, "relay1", 1);
	ck_assert_int_eq(weekly(today - 90, 28), 7);
	put_mail(today - 20, "relay2", 4);
	ck_assert_int_eq(weekly(today - 90, 28), 11);
	put_mail(today - 13, "relay2", 4);
	ck_assert_int_eq(weekly(today - 90, 28), 11); /* the week that begins a day later has as many */
	put_mail(today - 14, "relay2", 1);
	ck_assert_int_eq(weekly(today - 90, 28), 12);
	put_mail(today, "relay1", 13);
	ck_assert_int_eq(weekly(today - 2, 28), 13);
	ck_assert_int_eq(weekly(today, 28), 13); /* a run of a day is a week's at least */
}
END_TEST

/* What was counted and cannot be read is not no mail. */
START_TEST(a_damaged_day_of_mail_holds_its_entry)
{
	int64_t today = date_day(date_now());
	struct traffic_key k = traffic_key_of_name("fine.example", today - 5);
	uint8_t wrong[9] = {0};
	MDB_val key = {k.len, k.bytes}, value = {sizeof wrong, wrong}, old;
	struct timeline t = {.mail = {-1, -1, 0, 1}};
	struct db_txn *txn;
	MDB_cursor *c;
	char why[300];

	put_mail(today - 5, "relay1", 1);
	ck_assert_int_eq(weekly(today - 40, 28), 1);
	txn = begin_write();
	ck_assert_int_eq(mdb_cursor_open(txn->txn, db->dbi[STORE_TRAFFIC], &c), 0);
	ck_assert_int_eq(mdb_cursor_get(c, &key, &old, MDB_SET_RANGE), 0);
	ck_assert_int_eq(memcmp(key.mv_data, k.bytes, k.len - 4), 0);
	ck_assert_int_eq(mdb_cursor_put(c, &key, &value, MDB_CURRENT), 0);
	mdb_cursor_close(c);
	OK(db_commit(txn, &err));
	ck_assert_int_eq(weekly(today - 40, 28), TRAFFIC_UNREAD);
	ck_assert_int_eq(weekly(today - 4, 28), -1); /* no day of it was measured */
	timeline_why_words(why, sizeof why, WHY_MAIL, &t, &(struct timeline_rules){0}, NULL);
	ck_assert_ptr_nonnull(strstr(why, "the record is damaged"));
}
END_TEST

/* What the record of a scan says decides whether what it saw counts; where that cannot be read, nothing else may be said
 * in its place as if it were so. */
START_TEST(a_damaged_scan_is_said_and_counts_for_nothing)
{
	struct scan scan = {.number = 7, .started = date_now() - 90, .ended = date_now() - 60, .trusted = 1};
	uint8_t number[4] = {0, 0, 0, 7}, wrong[9] = {0};
	MDB_val key = {sizeof number, number}, value = {sizeof wrong, wrong};
	struct db_txn *t = begin_write();
	struct rows *rows;
	struct standing s;
	int rc;

	OK(scan_put(t, &scan, &err));
	OK(db_commit(t, &err));
	put_by("gone.example", PIN_NONE, ORPHAN_OFFNET, 0, 7);
	t = begin_read();
	standing_begin_from(&s, &config, t);
	ck_assert_int_eq(standing_counts(&s, 7), 1);
	OK(standing_end(&s, &err));
	db_abort(t);

	t = begin_write();
	ck_assert_int_eq(mdb_put(t->txn, db->dbi[STORE_SCAN], &key, &value, 0), 0);
	OK(db_commit(t, &err));
	t = begin_read();
	standing_begin_from(&s, &config, t);
	ck_assert_int_eq(standing_counts(&s, 7), 0);
	FAILS(standing_end(&s, &err), ERR_DATA);
	SAYS("a row of 'scan'");
	db_abort(t);
	rows = rows_new(&config);
	while ((rc = rows_load(rows, db, 10, &err)) == 0)
		;
	ck_assert_int_eq(rc, -1);
	SAYS("a row of 'scan'");
	rows_free(rows);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("standing");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_limit_takes_the_same_by_either_way, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tc, pinned_entries_are_counted_as_not_judged);
	tcase_add_test(tc, a_row_of_a_pinned_entry_says_what_dns_says);
	tcase_add_test(tc, mail_before_any_log_is_not_measured);
	tcase_add_test(tc, old_mail_counts_by_the_average);
	tcase_add_test(tc, a_damaged_day_of_mail_holds_its_entry);
	tcase_add_test(tc, a_damaged_scan_is_said_and_counts_for_nothing);
	tcase_add_test(tc, the_busiest_week_is_any_seven_days_of_all_relays);
	return run_suite(tc);
}
