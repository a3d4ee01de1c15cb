/*
 * scan_months: once a month a record of each flagged entry and of each with a customer: checks made, how many found it
 * away, and its mail.  Those that were deleted in the month have theirs too: what they cost to the last day is asked for
 * most.  Of one that changed hands each customer has a record, of the mail of his own days.
 *
 * Written when the first trusted scan of a new month has closed (and the logs of its last day were read), so that fourteen
 * months without a change do not read as fourteen months in which nobody looked.  In bounded transactions, each with its
 * records and its place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/month.h"
#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "db/months.h"
#include "db/traffic.h"
#include "ops/commit.h"
#include "ops/holders.h"
#include "ops/scan_inner.h"
#include "ops/ward.h"

/* Entries looked at and records written in one transaction: a console waits for one of them. */
enum { LOOKED_AT_ONCE = 5000, WRITTEN_AT_ONCE = 500 };

/* The logs of a month's last day are read a night later; nobody waits longer for them than so many days. */
enum { LOGS_MAY_LAG = 3 };

struct writing {
	struct ward *ward;
	struct months_done done;
	struct billing_calendar calendar;
	int month;	       /* the one that is written */
	int64_t begin, end;    /* of it */
	int has_scan;	       /* in it */
	int64_t closed;	       /* when the scan closed that writes it */
	int64_t from, to;      /* its first and last day, UTC, as traffic is counted */
	unsigned measured;     /* days of it of which a log was read */
	struct str after, note;
	struct err *e;
};

/* The day with which a month begins, in the calendar alone. */
static int64_t first_day(int month)
{
	return date_day_of(month / 12, month % 12 + 1, 1);
}

static int is_flagged(const struct observed *o)
{
	switch ((enum class)o->verdict.class) {
	case CLASS_MOVED:
	case CLASS_BROKEN:
	case CLASS_ORPHAN:
	case CLASS_UNKNOWN:
		return 1;
	default:
		return 0;
	}
}

/* The counted observations of the month, the last one included where its scan counts. */
static int count_checks(struct writing *w, struct db_txn *txn, struct scan_trust *trust, const struct observed *o,
			struct audit_month *m)
{
	struct observed_month all = {0};
	int counts = 0;

	for (unsigned i = 0; i < o->n_months; i++)
		if (o->month[i].month == w->month)
			all = o->month[i];
	if (o->time && billing_calendar_month(&w->calendar, o->time) == w->month)
		counts = scan_counts(txn, trust, o->scan, w->e);
	if (counts < 0)
		return -1;
	m->checks = all.checks + (uint64_t)counts;
	m->away = all.away + (uint64_t)(counts && o->verdict.class == CLASS_ORPHAN);
	return 0;
}

/* On how many of somebody's days a log was read. */
static int count_measured(struct writing *w, struct db_txn *txn, const struct holder *h, unsigned *days)
{
	struct traffic_coverage coverage;

	if (h->from == w->from && h->to == w->to) {
		*days = w->measured;
		return 0;
	}
	if (traffic_coverage(txn, h->from, h->to, &coverage, w->e) != 0)
		return -1;
	*days = (unsigned)coverage.days;
	return 0;
}

/* The mail of all days that were one customer's. */
static int find_traffic(struct writing *w, struct db_txn *txn, const char *name, const struct holders *h,
			const char *customer, struct audit_month *m)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct holder *own = &h->each[i];
		struct maillog_figures sum = {0};
		unsigned days;

		if (strcmp(own->customer, customer) != 0)
			continue;
		if (count_measured(w, txn, own, &days) != 0 ||
		    (days > 0 && traffic_sum(txn, name, own->from, own->to, &sum, w->e) < 0))
			return -1;
		if (days == 0)
			continue;
		m->is_measured = m->has_more = 1;
		m->days += days;
		m->in_messages += (uint64_t)sum.in_msgs;
		m->in_bytes += (uint64_t)sum.in_bytes;
		m->out_messages += (uint64_t)sum.out_transactions;
		m->out_bytes += (uint64_t)sum.out_bytes;
		m->refused += (uint64_t)sum.relay_denied;
	}
	return 0;
}

/* One customer's record, into his own chain. */
static int write_record(struct writing *w, struct commit *c, const char *customer, const char *domain, const char *verdict,
			const struct audit_month *m)
{
	struct audit_what what = {.action = AUDIT_OBSERVE_MONTH, .customer = customer, .domain = domain, .before = verdict,
				  .batch = ""};

	if (m->checks == 0 && !m->is_measured)
		return 0; /* nobody looked, and a record would say so of nobody */
	str_truncate(&w->after, 0);
	str_truncate(&w->note, 0);
	audit_month_add(&w->after, m);
	audit_month_add_note(&w->note, m);
	what.after = str_text(&w->after);
	if (auditlog_change_note(&c->audit, (struct audit_note){.reason = "month", .text = str_text(&w->note), .ticket = ""},
				 w->e) != 0 ||
	    auditlog_append(&c->audit, &what, w->e) != 0)
		return -1;
	return 0;
}

static int is_told_before(const struct holders *h, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(h->each[k].customer, h->each[i].customer) == 0)
			return 1;
	return 0;
}

/* The records that an entry needs: one for each customer whose it was. */
static int write_records(struct writing *w, struct commit *c, struct scan_trust *trust, const struct entry *entry,
			 const struct observed *o, struct arena *a)
{
	struct holders_month month = {w->begin, w->end, w->from, w->to};
	struct audit_month all = {.year = w->month / 12, .month = w->month % 12 + 1};
	struct holders holders;
	char verdict[80];

	if (count_checks(w, c->txn, trust, o, &all) != 0 ||
	    holders_find(&holders, c->txn, a, entry, &month, w->e) != 0)
		return -1;
	scan_say_verdict(verdict, sizeof verdict, o->verdict.class, o->verdict.reason);
	for (size_t i = 0; i < holders.n; i++) {
		const char *customer = holders.each[i].customer;
		struct audit_month m = all;

		if (is_told_before(&holders, i) || (!customer[0] && !is_flagged(o) && m.away == 0))
			continue;
		if (find_traffic(w, c->txn, entry->name, &holders, customer, &m) != 0 ||
		    write_record(w, c, customer, entry->name, verdict, &m) != 0)
			return -1;
	}
	return 0;
}

static int write_one(struct writing *w, struct commit *c, struct scan_trust *trust, const char *name, struct arena *a)
{
	struct observed o = {0};
	struct entry entry;
	int got = entry_get(c->txn, name, a, &entry, w->e);

	if (got <= 0 || entry.added >= w->end)
		return got < 0 ? -1 : 0;
	if (observed_get(c->txn, name, a, &o, w->e) < 0)
		return -1;
	return write_records(w, c, trust, &entry, &o, a);
}

/* The place alone. */
static int keep(struct writing *w)
{
	struct db_txn *txn;

	if (db_begin_write(&txn, w->ward->db, "the monthly records", 1, SCAN_COMMIT_WAIT, w->e) != 0)
		return -1;
	if (months_put(txn, &w->done, w->e) != 0) {
		db_abort(txn);
		return -1;
	}
	return db_commit(txn, w->e);
}

struct names {
	char (*name)[NAME_SIZE];
	size_t n;
	int is_end; /* there are none behind them */
};

/* The next names behind the place that may need a record. */
static int read_names(struct writing *w, struct names *names)
{
	struct entry_walk walk;
	struct db_txn *txn;
	int got;

	names->n = 0;
	if (db_begin_read(&txn, w->ward->db, w->e) != 0)
		return -1;
	if (walk_begin(&walk, txn, w->done.position[0] ? w->done.position : NULL, 0, w->e) != 0) {
		db_abort(txn);
		return -1;
	}
	got = 1;
	for (int i = 0; i < LOOKED_AT_ONCE && names->n < WRITTEN_AT_ONCE && (got = walk_next(&walk, w->e)) == 1; i++) {
		memcpy(w->done.position, walk.e.name, strlen(walk.e.name) + 1);
		if (walk.e.customer[0] || is_flagged(&walk.o) || walk.o.n_months)
			memcpy(names->name[names->n++], walk.e.name, strlen(walk.e.name) + 1);
	}
	names->is_end = got == 0;
	walk_end(&walk);
	db_abort(txn);
	return got < 0 ? -1 : 0;
}

static int begin_writing(struct writing *w, struct commit *c)
{
	struct audit_note note = {.reason = "month", .text = "", .ticket = ""};

	return commit_begin(c, w->ward, "the monthly records", 1, note, w->e);
}

/* The records and how far they bring us, together. */
static int end_writing(struct writing *w, struct commit *c, int rc)
{
	if (rc < 0 || months_put(c->txn, &w->done, w->e) != 0) {
		commit_drop(c);
		return -1;
	}
	return commit_end(c, w->e);
}

/* The records of some names. */
static int write_some(struct writing *w, const struct names *names)
{
	struct scan_trust trust = {0};
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	if (begin_writing(w, &c) != 0)
		return -1;
	for (size_t i = 0; i < names->n && rc >= 0; i++) {
		arena_reset(&a);
		rc = write_one(w, &c, &trust, names->name[i], &a);
	}
	arena_clear(&a);
	if (names->is_end) {
		w->done.batch = 1;
		w->done.position[0] = '\0';
	}
	return end_writing(w, &c, rc);
}

/* --- those that were deleted since the month began ------------------------------------------------ */

/* What was counted of an entry lives on in the history's last row.  One that came back has its record as an entry, and one
 * that was deleted twice has it once. */
static int write_deleted(struct writing *w, struct commit *c, struct scan_trust *trust, const struct entry *entry,
			 struct arena *a)
{
	static const struct observed never;
	struct observed *rows;
	struct entry again;
	uint64_t newest;
	size_t n;
	int got = entry_get(c->txn, entry->name, a, &again, w->e);

	/* Of one that came back when the month was over the entry says nothing about it. */
	if (got < 0 || (got == 1 && again.added < w->end) || entry->added >= w->end)
		return got < 0 ? -1 : 0;
	got = batch_find_deleted(c->txn, entry->name, &newest, w->e);
	if (got != 1 || newest + 1 != w->done.batch)
		return got < 0 ? -1 : 0;
	if (history_get(c->txn, entry->name, a, &rows, &n, w->e) != 0)
		return -1;
	return write_records(w, c, trust, entry, n ? &rows[n - 1] : &never, a);
}

/* Those of entries from *next on. */
static int write_some_deleted(struct writing *w, const struct entry *entry, size_t n, size_t *next)
{
	struct scan_trust trust = {0};
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	if (begin_writing(w, &c) != 0)
		return -1;
	for (int i = 0; i < WRITTEN_AT_ONCE && *next < n && rc >= 0; i++, ++*next) {
		arena_reset(&a);
		rc = write_deleted(w, &c, &trust, &entry[*next], &a);
		memcpy(w->done.position, entry[*next].name, strlen(entry[*next].name) + 1);
	}
	arena_clear(&a);
	return end_writing(w, &c, rc);
}

/* In the order of keys, which is that of a batch; the entry of the place itself may be gone from it. */
static int is_not_behind(const char *name, const char *place)
{
	unsigned char a[NAME_KEY_SIZE], b[NAME_KEY_SIZE];
	size_t a_len = name_to_key(a, name), b_len = name_to_key(b, place), least = a_len < b_len ? a_len : b_len;
	int order = memcmp(a, b, least);

	return order < 0 || (order == 0 && a_len <= b_len);
}

static int write_batch(struct writing *w, uint64_t seq)
{
	struct arena a = {0};
	struct entry *entry = NULL;
	struct db_txn *txn;
	size_t n = 0, next = 0;
	int rc;

	if (db_begin_read(&txn, w->ward->db, w->e) != 0)
		return -1;
	rc = batch_entries(txn, seq, &a, &entry, &n, w->e);
	db_abort(txn);
	if (w->done.batch != seq + 1)
		w->done.position[0] = '\0';
	w->done.batch = seq + 1;
	while (next < n && w->done.position[0] && is_not_behind(entry[next].name, w->done.position))
		next++;
	while (rc == 0 && next < n)
		rc = write_some_deleted(w, entry, n, &next);
	arena_clear(&a);
	return rc;
}

/* From the oldest to the newest, so that a killed process knows which are done. */
static int write_batches(struct writing *w)
{
	struct arena a = {0};
	struct batch *batch;
	struct db_txn *txn;
	size_t n;
	int rc;

	if (db_begin_read(&txn, w->ward->db, w->e) != 0)
		return -1;
	rc = batch_list(txn, &a, &batch, &n, SIZE_MAX, w->e);
	db_abort(txn);
	for (size_t i = rc == 0 ? n : 0; i-- > 0 && rc == 0;)
		if (batch[i].action == AUDIT_DELETE && batch[i].time >= w->begin && batch[i].time <= w->closed &&
		    batch[i].seq + 1 >= w->done.batch)
			rc = write_batch(w, batch[i].seq);
	arena_clear(&a);
	w->done.last = w->done.doing;
	w->done.doing = 0;
	w->done.batch = 0;
	w->done.position[0] = '\0';
	return rc == 0 ? keep(w) : -1;
}

/* Whether any scan touched the month; older ones need no look. */
static int look_at_scan(void *ctx, const struct scan *scan)
{
	struct writing *w = ctx;

	w->has_scan |= scan->started < w->end && scan->ended >= w->begin;
	return w->has_scan || scan->started < w->begin;
}

/* 1 while logs of the month are still to come. */
static int waits_for_logs(const struct writing *w, struct db_txn *txn)
{
	struct traffic_coverage later;

	if (w->measured == 0 || w->closed >= w->end + (int64_t)LOGS_MAY_LAG * DATE_DAY)
		return 0;
	if (traffic_coverage(txn, w->to + 1, w->to + LOGS_MAY_LAG, &later, w->e) != 0)
		return -1;
	return later.days == 0;
}

/* 1 it is written, 0 it waits, -1. */
static int write_month(struct writing *w, int month)
{
	struct traffic_coverage coverage;
	struct names names = {0};
	struct db_txn *txn;
	int rc;

	w->month = month;
	w->from = first_day(month);
	w->to = first_day(month + 1) - 1;
	billing_calendar_month(&w->calendar, (w->from + 15) * DATE_DAY);
	w->begin = w->calendar.begin;
	w->end = w->calendar.end;
	if (db_begin_read(&txn, w->ward->db, w->e) != 0)
		return -1;
	rc = traffic_coverage(txn, w->from, w->to, &coverage, w->e);
	w->has_scan = 0;
	if (rc == 0)
		rc = scan_each(txn, look_at_scan, w, w->e);
	w->measured = (unsigned)coverage.days;
	if (rc == 0)
		rc = waits_for_logs(w, txn);
	db_abort(txn);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (w->measured == 0 && !w->has_scan) {
		w->done.last = month;
		w->done.doing = 0;
		return 1;
	}
	if (w->done.doing != month) {
		w->done.batch = 0;
		w->done.position[0] = '\0';
	}
	w->done.doing = month;
	names.name = mem_array(NULL, WRITTEN_AT_ONCE, sizeof *names.name);
	while (rc == 0 && w->done.batch == 0) {
		rc = read_names(w, &names);
		if (rc == 0 && (names.n > 0 || names.is_end))
			rc = write_some(w, &names);
	}
	free(names.name);
	if (rc == 0)
		rc = write_batches(w);
	return rc < 0 ? -1 : 1;
}

int scan_write_months(struct ward *w, const struct scan *scan, struct err *e)
{
	struct writing writing = {.ward = w, .calendar = {.config = &w->config}, .closed = scan->ended,
				  .e = e};
	int present = billing_calendar_month(&writing.calendar, scan->ended), got, rc = 1;
	int32_t last;
	struct db_txn *txn;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = months_get(txn, &writing.done, e);
	db_abort(txn);
	if (got < 0)
		return -1;
	/* Before the first trusted scan nobody looked. */
	if (got == 0)
		writing.done.last = billing_calendar_month(&writing.calendar, scan->started) - 1;
	last = writing.done.last;
	while (rc == 1 && writing.done.last < present - 1)
		rc = write_month(&writing, writing.done.last + 1);
	if (rc >= 0 && (got == 0 || writing.done.last != last))
		rc = keep(&writing);
	str_clear(&writing.after);
	str_clear(&writing.note);
	return rc < 0 ? -1 : 0;
}
