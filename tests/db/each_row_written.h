/*
 * each_row_written: a database with one row of every kind, and every function that writes one.
 */
#ifndef TESTS_DB_EACH_ROW_WRITTEN_H
#define TESTS_DB_EACH_ROW_WRITTEN_H

#include "base/date.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/batches.h"
#include "db/brownouts.h"
#include "db/chain.h"
#include "db/config_row.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/history.h"
#include "db/missing_rows.h"
#include "db/months.h"
#include "db/publish.h"
#include "db/queues.h"
#include "db/recent.h"
#include "db/reports.h"
#include "db/reviews.h"
#include "db/scans.h"
#include "db/store.h"
#include "db/subnames.h"
#include "db/traffic.h"
#include "db/traffic_lines.h"
#include "db/traffic_open.h"
#include "mta/maillog.h"
#include "mta/maillog_queue.h"

static const char name[] = "a.example", relay[] = "relay1", table[] = "/etc/postfix/relay_domains.lmdb";
static int64_t today; /* as date_day() counts */

static struct audit_writer log_writer;

static int put_entry(struct db_txn *t)
{
	struct entry e = entry_named(name);

	return entry_put(t, &e, &err);
}

static int add_entry(struct db_txn *t)
{
	struct entry e = entry_named("z.example");

	return entry_add_sorted(t, &e, &err);
}

static int drop_entry(struct db_txn *t)
{
	return entry_delete(t, name, &err);
}

static struct observed an_observation(void)
{
	static const struct observed_mx mx = {.target = "mx.a.example"};

	return (struct observed){.verdict = {CLASS_OK, OK_BACKUP, 0, 0, 0},
				 .time = 9,
				 .resolver = "127.0.0.1:53",
				 .chain = "",
				 .each = "",
				 .mx = &mx,
				 .n_mx = 1};
}

static int put_observed(struct db_txn *t)
{
	struct observed o = an_observation();

	return observed_put(t, name, &o, &err);
}

static int drop_observed(struct db_txn *t)
{
	return observed_delete(t, name, &err);
}

static int put_history(struct db_txn *t)
{
	struct observed o = an_observation();

	return history_put(t, name, &o, &err);
}

static int put_scan(struct db_txn *t)
{
	return scan_put(t, &(struct scan){.number = 1, .cause = "", .by = "jk", .position = ""}, &err);
}

static int put_batch(struct db_txn *t)
{
	return batch_put(t, &(struct batch){.seq = 0, .action = AUDIT_DELETE, .count = 1, .who = "jk", .reason = "", .ticket = ""}, &err);
}

static int add_to_batch(struct db_txn *t)
{
	struct entry e = entry_named(name);

	return batch_add_entry(t, 0, &e, &err);
}

static int mark_restored(struct db_txn *t)
{
	return batch_mark_restored(t, 0, name, &err);
}

static int begin_log(struct db_txn *t)
{
	static const struct audit_operator who = {.login = "jk", .trust = "same", .loginuid = 1, .uid = 1, .sudo_uid = 1};

	return auditlog_begin(&log_writer, t, &who, (struct audit_note){"delete", "left", ""}, &err);
}

static int append_to_log(struct db_txn *t)
{
	struct audit_evidence v = {.question = "q.", .rcode = "NOERROR", .resolver = "r", .verdict = "OK", .reason = "OK"};
	struct audit_what what = {.action = AUDIT_DELETE, .customer = "C-1", .domain = name, .evidence = &v, .n_evidence = 1};

	log_writer.txn = t;
	return auditlog_append(&log_writer, &what, &err);
}

static int put_brownout(struct db_txn *t)
{
	return brownouts_note(t, name, 1, &err);
}

static int put_config(struct db_txn *t)
{
	return config_row_put(t, "window = 5\n", &err);
}

static int put_missing(struct db_txn *t)
{
	struct missing_row row = {.name = name, .near = "", .zone = ""};

	return missing_rows_put(t, MISSING_IN_LOGS, &(struct missing_rows){.time = 9, .n = 1, .row = &row}, &err);
}

static int put_months(struct db_txn *t)
{
	return months_put(t, &(struct months_done){.last = 3, .position = "a.example"}, &err);
}

static int put_publish(struct db_txn *t)
{
	return publish_put(t, table, &(struct publish_state){.why = ""}, &err);
}

static int put_report(struct db_txn *t)
{
	return reports_put(t, &(struct report_times){9, 9}, &err);
}

static int put_review(struct db_txn *t)
{
	return reviews_put(t, "jk", 9, &err);
}

static int add_figures(struct db_txn *t)
{
	return traffic_add(t, name, relay, today, &(struct maillog_figures){.in_msgs = 1, .in_bytes = 1000}, &err);
}

static int mark_measured(struct db_txn *t)
{
	return traffic_mark_measured(t, relay, today, &(struct traffic_outflow){1000, 1000}, &err);
}

static int next_generation(struct db_txn *t)
{
	return traffic_next_generation(t, &err);
}

static int add_lines(struct db_txn *t)
{
	static const uint64_t identity = 7;

	return traffic_lines_add(t, relay, today * 1440, &identity, 1, &err);
}

static int forget_lines(struct db_txn *t)
{
	return traffic_lines_forget(t, today + 1, today + 1, &err);
}

static int put_open(struct db_txn *t)
{
	static struct maillog_part part = {.name = name};
	static uint64_t transaction = 7;

	return traffic_open_put(t, &(struct maillog_message){.relay = relay, .id = "4XYZ", .size = 9, .part = &part, .n_parts = 1,
							     .transaction = &transaction, .n_transactions = 1}, &err);
}

static int drop_open(struct db_txn *t)
{
	return traffic_open_drop(t, &err);
}

static int put_recent(struct db_txn *t)
{
	return recent_put(t, name, &(struct recent){.n = 1, .day = {{today, 1, 1000, 0, 0}}}, &err);
}

static int complete_recent(struct db_txn *t)
{
	return recent_complete(t, &err);
}

static int put_subnames(struct db_txn *t)
{
	return subnames_put(t, name, &(struct subnames){.n = 1, .at = {{"www.a.example", today, 1}}}, &err);
}

static int put_queue(struct db_txn *t)
{
	struct queue_row row = {name, {1, 1000, 9}};

	return queues_replace(t, &(struct queue_told){relay, 9, {1, 1000, 9}}, &row, 1, &err);
}

static int erase_note(struct db_txn *t)
{
	return chain_erase_annex(t, 0, 'n', &err);
}

/* In an order in which they can follow one another; begin_log() stands before what it begins. */
static int (*const writers[])(struct db_txn *t) = {
	put_entry,    put_observed, put_history, put_scan,	put_batch,     add_to_batch,  begin_log,    append_to_log, put_brownout,
	put_config,   put_missing,  put_months,	 put_publish,	put_report,    put_review,    add_figures,  mark_measured, next_generation,
	add_lines,    put_open,	    put_recent,	 complete_recent, put_subnames,	put_queue,
};

/* These undo, so they are tried only where they must fail. */
static int (*const undoing[])(struct db_txn *t) = {
	add_entry, drop_entry, drop_observed, mark_restored, forget_lines, drop_open, erase_note,
};

/* What is read at once need not be on a disk. */
static void do_not_wait_for_the_disk(void)
{
	ck_assert_int_eq(mdb_env_set_flags(db->env, MDB_NOSYNC, 1), 0);
}

static void fill_all(void)
{
	struct db_txn *t;

	today = date_day(date_now());
	open_database();
	do_not_wait_for_the_disk();
	t = begin_write();
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
		OK(writers[i](t));
	auditlog_end(&log_writer);
	OK(db_commit(t, &err));
}

#endif
