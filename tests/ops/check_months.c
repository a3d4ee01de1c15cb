/*
 * check_months: the monthly records of the audit log: who gets one, what it says, and that a process that is killed
 * again and again while it writes them neither loses one nor writes one twice.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/month.h"
#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "db/months.h"
#include "db/traffic.h"
#include "ops/commit.h"
#include "ops/scan_inner.h"
#include "ops/ward.h"
#include "support/run.h"
#include "support/suite.h"

enum { MARCH = 2026 * 12 + 2, DAY = 86400 };

/* 2026-03-01 and 2026-04-01, 0:00 in Berlin. */
static const int64_t march = 1772319600, april = 1774994400;

static char *dir, config[1100];
static struct ward w;
static struct err e;

static void set_up(void)
{
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
			       "billing-timezone = Europe/Berlin\n", dir);
	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
}

static void open_ward(void)
{
	struct ward_options o = {.config_file = config, .needs_database = 1};

	ck_assert_msg(ward_open(&w, &o, &e) == 0, "%s", e.text);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* A trusted scan's row, and what it says of one entry. */
static void put_scan(struct db_txn *t, uint32_t number, int64_t when)
{
	struct scan scan = {.number = number, .started = when, .ended = when, .trusted = 1, .canaries = 1, .cause = "", .by = "",
			    .position = ""};

	ck_assert_msg(scan_put(t, &scan, &e) == 0, "%s", e.text);
}

static void put_entry(struct db_txn *t, const char *name, const char *customer, int64_t added, enum class class,
		      struct observed_month month, int64_t seen)
{
	struct entry entry = {.table_value = "", .customer = customer, .contact = "", .note = "", .pin_note = "",
			      .notice_ticket = "", .added = added};
	struct observed o = {.verdict = {.class = (uint8_t)class,
					 .reason = class == CLASS_ORPHAN ? ORPHAN_OFFNET : OK_BACKUP},
			     .since = seen, .time = seen, .count = 1, .days = 1, .scan = seen < april ? 1 : 2, .resolver = "",
			     .chain = "", .n_months = 1, .month = {month}};

	snprintf(entry.name, sizeof entry.name, "%s", name);
	ck_assert_msg(entry_put(t, &entry, &e) == 0 && observed_put(t, name, &o, &e) == 0, "%s", e.text);
}

/* The same, deleted: what is left is in its batch and in the history. */
static void put_deleted(struct db_txn *t, uint64_t batch, const char *name, const char *customer, struct observed_month month,
			int64_t seen)
{
	struct entry entry;
	struct observed o;

	put_entry(t, name, customer, march, CLASS_ORPHAN, month, seen);
	ck_assert_int_eq(entry_get(t, name, NULL, &entry, &e), 1);
	ck_assert_int_eq(observed_get(t, name, NULL, &o, &e), 1);
	ck_assert_int_eq(batch_add_entry(t, batch, &entry, &e), 0);
	ck_assert_int_eq(observed_get(t, name, NULL, &o, &e), 1);
	ck_assert_int_eq(history_put(t, name, &o, &e), 0);
	ck_assert_int_eq(entry_delete(t, name, &e), 1);
	ck_assert_int_eq(observed_delete(t, name, &e), 1);
}

static void put_batch(struct db_txn *t, uint64_t seq, int64_t when, uint64_t count)
{
	struct batch batch = {.seq = seq, .time = when, .action = AUDIT_DELETE, .count = count, .who = "jk", .reason = "left",
			      .ticket = ""};

	ck_assert_int_eq(batch_put(t, &batch, &e), 0);
}

static int months(int64_t ended)
{
	struct scan scan = {.number = 2, .started = march + DAY, .ended = ended, .trusted = 1};

	return scan_write_months(&w, &scan, &e);
}

/* The one record of a name; "" for none. */
static void record_of(const char *name, char *out, size_t size, char *note, size_t note_size)
{
	struct arena a = {0};
	struct audit_row row;
	struct db_txn *t;
	uint64_t *seq;
	size_t n;

	out[0] = note[0] = '\0';
	ck_assert_int_eq(db_begin_read(&t, w.db, &e), 0);
	ck_assert_int_eq(auditlog_of_domain(t, name, &a, &seq, &n, &e), 0);
	ck_assert_uint_le(n, 1);
	if (n == 1) {
		ck_assert_int_eq(auditlog_get(t, seq[0], &a, &row, &e), 1);
		snprintf(out, size, "%s: %s -> %s", row.record.customer, row.record.before, row.record.after);
		snprintf(note, note_size, "%s", row.note.text);
	}
	db_abort(t);
	arena_clear(&a);
}

static void is_recorded(const char *name, const char *words, const char *more)
{
	char got[300], note[300];

	record_of(name, got, sizeof got, note, sizeof note);
	ck_assert_msg(strcmp(got, words) == 0, "%s: '%s'", name, got);
	ck_assert_msg(strcmp(note, more) == 0, "%s: '%s'", name, note);
}

START_TEST(who_gets_one_and_what_it_says)
{
	struct maillog_figures in = {.in_msgs = 3, .in_bytes = 5000, .out_transactions = 2, .out_bytes = 4000, .relay_denied = 1};
	struct db_txn *t;

	open_ward();
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	put_scan(t, 1, april - 3600);
	put_scan(t, 2, april + 3600);
	/* The last observation is of March in Berlin, though not in UTC, and its scan counts. */
	put_entry(t, "away.example", "", march, CLASS_ORPHAN, (struct observed_month){MARCH, 20, 18}, april - 60);
	put_entry(t, "paid.example", "C-1", march, CLASS_OK, (struct observed_month){MARCH, 30, 0}, april + 60);
	put_entry(t, "plain.example", "", march, CLASS_OK, (struct observed_month){MARCH, 30, 0}, april + 60);
	put_entry(t, "back.example", "", march, CLASS_OK, (struct observed_month){MARCH, 30, 4}, april + 60);
	put_entry(t, "young.example", "C-2", april, CLASS_OK, (struct observed_month){MARCH, 0, 0}, april + 60);
	put_entry(t, "unseen.example", "C-3", march, CLASS_OK, (struct observed_month){MARCH - 1, 5, 0}, april + 60);
	put_batch(t, 7, march + 20 * DAY, 2);
	put_deleted(t, 7, "gone.example", "C-4", (struct observed_month){MARCH, 18, 18}, march + 20 * DAY - 60);
	put_deleted(t, 7, "again.example", "C-5", (struct observed_month){MARCH, 18, 18}, march + 20 * DAY - 60);
	put_entry(t, "again.example", "C-6", march + 21 * DAY, CLASS_OK, (struct observed_month){MARCH, 9, 0}, april + 60);
	put_batch(t, 9, april + 60, 1);
	put_deleted(t, 9, "later.example", "C-7", (struct observed_month){MARCH, 18, 18}, march + 20 * DAY - 60);
	ck_assert_int_eq(traffic_add(t, "gone.example", "relay1", date_day(march + 5 * DAY), &in, &e), 0);
	ck_assert_int_eq(traffic_add(t, "paid.example", "relay1", date_day(march + 5 * DAY), &in, &e), 0);
	ck_assert_int_eq(traffic_add(t, "paid.example", "relay1", date_day(april + DAY), &in, &e), 0);
	ck_assert_int_eq(traffic_mark_measured(t, "relay1", date_day(march + 5 * DAY), NULL, &e), 0);
	ck_assert_int_eq(traffic_mark_measured(t, "relay1", date_day(march + 6 * DAY), NULL, &e), 0);
	ck_assert_int_eq(db_commit(t, &e), 0);

	/* March is not over, and then the logs of its last day are not read yet. */
	ck_assert_int_eq(months(april - 1), 0);
	is_recorded("away.example", "", "");
	ck_assert_int_eq(months(april + 7200), 0);
	is_recorded("away.example", "", "");
	ck_assert_int_eq(months(april + 3 * DAY - 1), 0);
	is_recorded("away.example", "", "");
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	ck_assert_int_eq(traffic_mark_measured(t, "relay1", date_day(april + DAY), NULL, &e), 0);
	ck_assert_int_eq(db_commit(t, &e), 0);
	ck_assert_msg(months(april + 7200) == 0, "%s", e.text);
	is_recorded("away.example", ": ORPHAN ORPHAN_OFFNET -> 2026-03: 21 checks, 19 away, 0 messages, 0 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 2 days");
	is_recorded("paid.example", "C-1: OK OK_BACKUP -> 2026-03: 30 checks, 0 away, 3 messages, 5000 bytes",
		    "delivered 2 messages, 4000 bytes; refused 1; mail logs read of 2 days");
	is_recorded("plain.example", "", "");
	/* Deleted in March: what it cost to its last day. */
	is_recorded("gone.example", "C-4: ORPHAN ORPHAN_OFFNET -> 2026-03: 19 checks, 19 away, 3 messages, 5000 bytes",
		    "delivered 2 messages, 4000 bytes; refused 1; mail logs read of 2 days");
	is_recorded("again.example", "C-6: OK OK_BACKUP -> 2026-03: 9 checks, 0 away, 0 messages, 0 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 2 days");
	/* Deleted before March had its records. */
	is_recorded("later.example", "C-7: ORPHAN ORPHAN_OFFNET -> 2026-03: 19 checks, 19 away, 0 messages, 0 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 2 days");
	is_recorded("back.example", ": OK OK_BACKUP -> 2026-03: 30 checks, 4 away, 0 messages, 0 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 2 days");
	is_recorded("young.example", "", "");
	is_recorded("unseen.example", "C-3: OK OK_BACKUP -> 2026-03: 0 checks, 0 away, 0 messages, 0 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 2 days");
	/* Once is enough. */
	ck_assert_int_eq(months(april + 7200), 0);
	ck_assert_int_eq(months(april + 10 * DAY), 0);
	is_recorded("paid.example", "C-1: OK OK_BACKUP -> 2026-03: 30 checks, 0 away, 3 messages, 5000 bytes",
		    "delivered 2 messages, 4000 bytes; refused 1; mail logs read of 2 days");
	ward_close(&w);
}
END_TEST

/* What the audit log says of whose an entry was; a day after the month's first. */
static void tell(enum audit_action action, const char *name, const char *customer, const char *after, int days)
{
	struct audit_note note = {.reason = "test", .text = "", .ticket = ""};
	struct audit_what what = {.action = action, .customer = customer, .domain = name, .before = "", .after = after,
				  .batch = ""};
	struct commit c;

	ck_assert_int_eq(commit_begin(&c, &w, "a test", 0, note, &e), 0);
	c.audit.time_ms = (march + (int64_t)days * DAY + DAY / 2) * 1000;
	ck_assert_msg(auditlog_append(&c.audit, &what, &e) == 0, "%s", e.text);
	ck_assert_int_eq(commit_end(&c, &e), 0);
}

/* The month's record in one customer's chain; "" for none. */
static void month_is(const char *customer, const char *name, const char *words)
{
	struct arena a = {0};
	struct str got = {0};
	struct db_txn *t;
	uint64_t *seq;
	size_t n;

	ck_assert_int_eq(db_begin_read(&t, w.db, &e), 0);
	ck_assert_int_eq(auditlog_of_domain(t, name, &a, &seq, &n, &e), 0);
	for (size_t i = 0; i < n; i++) {
		struct audit_row row;

		ck_assert_int_eq(auditlog_get(t, seq[i], &a, &row, &e), 1);
		if (row.record.action == AUDIT_OBSERVE_MONTH && strcmp(row.record.customer, customer) == 0)
			str_addf(&got, "%s; %s.", row.record.after, row.note.text);
	}
	ck_assert_msg(strcmp(str_text(&got), words) == 0, "%s of %s: '%s'", name, customer, str_text(&got));
	db_abort(t);
	str_clear(&got);
	arena_clear(&a);
}

#define MONTH_OF(n, bytes, days)                                                                                               \
	"2026-03: 9 checks, 0 away, " #n " messages, " bytes " bytes; delivered 0 messages, 0 bytes; refused 0; mail logs read " \
	"of " #days " days."

/* A customer pays for the days on which the domain was his: a message of 1000 bytes came in on each. */
START_TEST(whose_the_mail_was)
{
	static const char *const names[] = {"handed.example", "again.example", "later.example", "known.example", "twice.example",
					    "april.example"};
	struct maillog_figures in = {.in_msgs = 1, .in_bytes = 1000};
	struct observed_month checks = {MARCH, 9, 0};
	struct db_txn *t;

	open_ward();
	tell(AUDIT_ADD, "handed.example", "C-1", "accepted", -20);
	tell(AUDIT_TRANSFER, "handed.example", "C-1", "transferred out", 9);
	tell(AUDIT_TRANSFER, "handed.example", "C-2", "accepted", 9);
	tell(AUDIT_ADD, "again.example", "C-1", "accepted", -20);
	tell(AUDIT_DELETE, "again.example", "C-1", "deleted", 19);
	tell(AUDIT_ADD, "again.example", "C-2", "accepted", 21);
	tell(AUDIT_ADD, "later.example", "C-1", "accepted", -20);
	tell(AUDIT_DELETE, "later.example", "C-1", "deleted", 19);
	tell(AUDIT_ADD, "later.example", "C-2", "accepted", 32);
	tell(AUDIT_IMPORT, "known.example", "", "accepted", -20);
	tell(AUDIT_TRANSFER, "known.example", "", "transferred out", 9);
	tell(AUDIT_TRANSFER, "known.example", "C-2", "accepted", 9);
	tell(AUDIT_ADD, "twice.example", "C-1", "accepted", -20);
	tell(AUDIT_TRANSFER, "twice.example", "C-1", "transferred out", 9);
	tell(AUDIT_TRANSFER, "twice.example", "C-2", "accepted", 9);
	tell(AUDIT_TRANSFER, "twice.example", "C-2", "transferred out", 19);
	tell(AUDIT_TRANSFER, "twice.example", "C-1", "accepted", 19);
	tell(AUDIT_ADD, "april.example", "C-1", "accepted", -20);
	tell(AUDIT_TRANSFER, "april.example", "C-1", "transferred out", 32);
	tell(AUDIT_TRANSFER, "april.example", "C-2", "accepted", 32);
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	put_scan(t, 1, april - 3600);
	put_scan(t, 2, april + 3600);
	put_batch(t, 7, march + 19 * DAY, 1);
	put_deleted(t, 7, "later.example", "C-1", checks, march + 18 * DAY);
	put_entry(t, "handed.example", "C-2", march, CLASS_OK, checks, april + 60);
	put_entry(t, "again.example", "C-2", march + 21 * DAY, CLASS_OK, checks, april + 60);
	put_entry(t, "later.example", "C-2", april + DAY, CLASS_OK, (struct observed_month){0, 0, 0}, april + DAY);
	put_entry(t, "known.example", "C-2", march, CLASS_OK, checks, april + 60);
	put_entry(t, "twice.example", "C-1", march, CLASS_OK, checks, april + 60);
	put_entry(t, "april.example", "C-2", march, CLASS_OK, checks, april + 60);
	for (int64_t day = date_day_of(2026, 3, 1); day <= date_day_of(2026, 4, 1); day++) {
		ck_assert_int_eq(traffic_mark_measured(t, "relay1", day, NULL, &e), 0);
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			ck_assert_int_eq(traffic_add(t, names[i], "relay1", day, &in, &e), 0);
	}
	ck_assert_int_eq(db_commit(t, &e), 0);
	ck_assert_int_eq(months(april - 1), 0);
	ck_assert_msg(months(april + 7200) == 0, "%s", e.text);
	/* March 10 ends as the second one's. */
	month_is("C-1", "handed.example", MONTH_OF(9, "9000", 9));
	month_is("C-2", "handed.example", MONTH_OF(22, "22000", 22));
	month_is("C-1", "again.example", MONTH_OF(21, "21000", 21));
	month_is("C-2", "again.example", MONTH_OF(10, "10000", 10));
	/* It came back when the month was over. */
	month_is("C-1", "later.example", "2026-03: 10 checks, 1 away, 31 messages, 31000 bytes; delivered 0 messages, 0 bytes; refused "
					 "0; mail logs read of 31 days.");
	month_is("C-2", "later.example", "");
	/* It was nobody else's before it was known whose it is. */
	month_is("", "known.example", "");
	month_is("C-2", "known.example", MONTH_OF(31, "31000", 31));
	month_is("C-1", "twice.example", MONTH_OF(21, "21000", 21));
	month_is("C-2", "twice.example", MONTH_OF(10, "10000", 10));
	month_is("C-1", "april.example", MONTH_OF(31, "31000", 31));
	month_is("C-2", "april.example", "");
	ward_close(&w);
}
END_TEST

/* No log was read: that is said, and months in which nobody looked either leave nothing. */
START_TEST(what_is_not_measured)
{
	struct db_txn *t;

	open_ward();
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	put_scan(t, 1, march + DAY);
	put_entry(t, "paid.example", "C-1", march, CLASS_OK, (struct observed_month){MARCH, 1, 0}, april + 100 * DAY);
	ck_assert_int_eq(db_commit(t, &e), 0);
	ck_assert_int_eq(months(march + DAY), 0);
	ck_assert_int_eq(months(april + 100 * DAY), 0);
	is_recorded("paid.example", "C-1: OK OK_BACKUP -> 2026-03: 1 checks, 0 away, not measured", "");
	ward_close(&w);
}
END_TEST

enum { MANY = 4000, DELETED = 1500 };

static void name_many(char *out, size_t size, int i)
{
	snprintf(out, size, "n%04d.example", i);
}

/* Whoever stops to read logs gets the month all the same, a little later. */
START_TEST(logs_that_never_come)
{
	struct maillog_figures in = {.in_msgs = 1, .in_bytes = 700};
	struct db_txn *t;

	open_ward();
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	put_scan(t, 1, march + DAY);
	put_entry(t, "paid.example", "C-1", march, CLASS_OK, (struct observed_month){MARCH, 1, 0}, april + 100 * DAY);
	ck_assert_int_eq(traffic_add(t, "paid.example", "relay1", date_day(march + 5 * DAY), &in, &e), 0);
	ck_assert_int_eq(traffic_mark_measured(t, "relay1", date_day(march + 5 * DAY), NULL, &e), 0);
	ck_assert_int_eq(db_commit(t, &e), 0);
	ck_assert_int_eq(months(march + DAY), 0);
	ck_assert_int_eq(months(april + DAY), 0);
	is_recorded("paid.example", "", "");
	ck_assert_int_eq(months(april + 3 * DAY), 0);
	is_recorded("paid.example", "C-1: OK OK_BACKUP -> 2026-03: 1 checks, 0 away, 1 messages, 700 bytes",
		    "delivered 0 messages, 0 bytes; refused 0; mail logs read of 1 days");
	ward_close(&w);
}
END_TEST

START_TEST(killed_again_and_again)
{
	struct run_result r;
	struct db_txn *t;
	int status = -1, kills = 0;
	char name[40];
	struct months_done done;

	open_ward();
	ck_assert_int_eq(db_begin_write(&t, w.db, "a test", 0, 1000, &e), 0);
	put_scan(t, 1, april - 3600);
	for (int i = 0; i < MANY; i++) {
		name_many(name, sizeof name, i);
		if (i < DELETED)
			put_deleted(t, 5 + (uint64_t)(i % 2), name, "C-1", (struct observed_month){MARCH, 30, 0}, march - 60);
		else
			put_entry(t, name, "C-1", march, CLASS_ORPHAN, (struct observed_month){MARCH, 30, 0}, april + 60);
	}
	put_batch(t, 5, march + DAY, DELETED / 2);
	put_batch(t, 6, march + DAY, DELETED / 2);
	ck_assert_int_eq(db_commit(t, &e), 0);
	ck_assert_int_eq(months(april - 1), 0);
	ward_close(&w);
	/* Each gets a little more time than the one before, so that the last one ends by itself. */
	for (int turn = 0; status != 0 && turn < 500; turn++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			open_ward();
			_exit(months(april + 7200) == 0 ? 0 : 1);
		}
		usleep((useconds_t)(turn * 3000));
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		kills += WIFSIGNALED(status);
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_ge(kills, 1);
	open_ward();
	for (int i = 0; i < MANY; i++) {
		name_many(name, sizeof name, i);
		is_recorded(name, "C-1: ORPHAN ORPHAN_OFFNET -> 2026-03: 30 checks, 0 away, not measured", "");
	}
	ck_assert_int_eq(db_begin_read(&t, w.db, &e), 0);
	ck_assert_int_eq(months_get(t, &done, &e), 1);
	db_abort(t);
	ck_assert_int_eq(done.last, MARCH);
	ck_assert_int_eq(done.doing, 0);
	ck_assert_uint_eq(done.batch, 0);
	ward_close(&w);
	run_line(&r, config, "check");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
}
END_TEST

START_TEST(the_words_are_read_back)
{
	static const char *const wrong[] = {"", "2026-13: 1 checks, 0 away, 0 messages, 0 bytes", "2026-03: 1 checks, 0 away",
					    "2026-03: 1 checks, 0 away, 0 messages, 0 bytes more", "ORPHAN ORPHAN_OFFNET",
					    "2026-03: 1 checks, 0 away, not measured."};
	struct audit_month m;

	ck_assert_int_eq(audit_month_read(&m, "2026-03: 30 checks, 2 away, not measured"), 0);
	ck_assert_int_eq(m.is_measured, 0);
	ck_assert_int_eq(audit_month_read_note(&m, "delivered 1 messages, 2 bytes; refused 3; mail logs read of 4 days"), -1);
	ck_assert_int_eq(audit_month_read(&m, "2026-03: 30 checks, 2 away, 7 messages, 9 bytes"), 0);
	ck_assert_int_eq(audit_month_read_note(&m, "delivered 1 messages, 2 bytes; refused 3; mail logs read of 4 days!"), -1);
	ck_assert_int_eq(m.has_more, 0);
	ck_assert_int_eq(audit_month_read_note(&m, "delivered 1 messages, 2 bytes; refused 3; mail logs read of 4 days"), 0);
	ck_assert_uint_eq(m.checks + m.away + m.in_messages + m.in_bytes + m.out_messages + m.out_bytes + m.refused + m.days,
			  30 + 2 + 7 + 9 + 1 + 2 + 3 + 4);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(audit_month_read(&m, wrong[i]) == -1, "'%s' was taken", wrong[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("months");
	TCase *t = tcase_create("months");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, who_gets_one_and_what_it_says);
	tcase_add_test(t, whose_the_mail_was);
	tcase_add_test(t, what_is_not_measured);
	tcase_add_test(t, logs_that_never_come);
	tcase_add_test(t, killed_again_and_again);
	tcase_add_test(t, the_words_are_read_back);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
