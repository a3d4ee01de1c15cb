/*
 * each_row_read: every function that reads a row of some kind, and of which kind.
 */
#ifndef TESTS_DB_EACH_ROW_READ_H
#define TESTS_DB_EACH_ROW_READ_H

#include "base/mem.h"
#include "db/each_row_written.h"

static struct arena arena;
static struct str text;

static int get_entry(struct db_txn *t)
{
	struct entry e;

	return entry_get(t, name, NULL, &e, &err);
}

static int walk_all(struct db_txn *t)
{
	struct entry_walk w;
	int got;

	if (walk_begin(&w, t, NULL, 1, &err) != 0)
		return -1;
	while ((got = walk_next(&w, &err)) == 1)
		;
	walk_end(&w);
	return got;
}

static int get_observed(struct db_txn *t)
{
	struct observed o;

	return observed_get(t, name, NULL, &o, &err);
}

static int get_history(struct db_txn *t)
{
	struct observed *rows;
	size_t n;

	return history_get(t, name, &arena, &rows, &n, &err);
}

static int get_scan(struct db_txn *t)
{
	struct scan s;

	return scan_get(t, 1, &arena, &s, &err);
}

static int last_scan(struct db_txn *t)
{
	struct scan s;

	return scan_last(t, &arena, &s, &err);
}

static int ignore_scan(void *ctx, const struct scan *s)
{
	(void)ctx;
	(void)s;
	return 0;
}

static int each_scan(struct db_txn *t)
{
	return scan_each(t, ignore_scan, NULL, &err);
}

static int count_scan(struct db_txn *t)
{
	return scan_counts(t, &(struct scan_trust){{0}, {0}, {0}}, 1, &err);
}

static int get_batch(struct db_txn *t)
{
	struct batch b;

	return batch_get(t, 0, &arena, &b, &err);
}

static int list_batches(struct db_txn *t)
{
	struct batch *b;
	size_t n;

	return batch_list(t, &arena, &b, &n, 10, &err);
}

static int entries_of_batch(struct db_txn *t)
{
	struct entry *e;
	size_t n;

	return batch_entries(t, 0, &arena, &e, &n, &err);
}

static int find_deleted(struct db_txn *t)
{
	uint64_t seq;

	return batch_find_deleted(t, name, &seq, &err);
}

static int get_record(struct db_txn *t)
{
	struct audit_row row;

	return auditlog_get(t, 0, &arena, &row, &err);
}

static int records_of_domain(struct db_txn *t)
{
	uint64_t *seq;
	size_t n;

	return auditlog_of_domain(t, name, &arena, &seq, &n, &err);
}

static int root_of_log(struct db_txn *t)
{
	uint8_t root[AUDIT_HASH];

	return auditlog_root(t, 1, root, &err);
}

static int get_line(struct db_txn *t)
{
	return chain_line(t, 0, &text, &err);
}

static int get_note(struct db_txn *t)
{
	return chain_annex(t, 0, 'n', &text, &err);
}

static int get_leaf(struct db_txn *t)
{
	uint8_t leaf[AUDIT_HASH];

	return chain_leaf(t, 0, leaf, &err);
}

static int first_chain(struct db_txn *t)
{
	char chain[AUDIT_CHAIN_KEY + 1];
	struct audit_tail end;

	return chain_next(t, NULL, chain, &end, &err);
}

static int end_of_chain(struct db_txn *t)
{
	struct audit_tail end;

	return chain_end(t, "C-1/a.example", &end, &err);
}

static int seq_in_chain(struct db_txn *t)
{
	uint64_t seq;

	return chain_seq(t, "C-1/a.example", 1, &seq, &err);
}

static int get_brownouts(struct db_txn *t)
{
	const char **names;
	size_t n;

	return brownouts_get(t, &arena, &names, &n, &err);
}

static int get_config(struct db_txn *t)
{
	return config_row_get(t, &text, &err);
}

static int get_missing(struct db_txn *t)
{
	struct missing_rows rows;

	return missing_rows_get(t, MISSING_IN_LOGS, &arena, &rows, &err);
}

static int get_months(struct db_txn *t)
{
	struct months_done m;

	return months_get(t, &m, &err);
}

static int get_publish(struct db_txn *t)
{
	struct publish_state s;

	return publish_get(t, table, &arena, &s, &err);
}

static int get_reports(struct db_txn *t)
{
	struct report_times r;

	return reports_get(t, &r, &err);
}

static int last_review(struct db_txn *t)
{
	struct review_last r;

	return reviews_last(t, &r, &err);
}

static int review_of(struct db_txn *t)
{
	int64_t time;

	return reviews_of(t, "jk", 9, &time, &err);
}

static int sum_figures(struct db_txn *t)
{
	struct maillog_figures f;

	return traffic_sum(t, name, today, today, &f, &err);
}

static void ignore_day(void *ctx, int64_t day, const struct maillog_figures *f)
{
	(void)ctx;
	(void)day;
	(void)f;
}

static int each_day(struct db_txn *t)
{
	return traffic_each_day(t, name, today, today, ignore_day, NULL, &err);
}

static int figures_from_outside(struct db_txn *t)
{
	struct traffic_outside o;

	return traffic_outside(t, name, today, today, today, &o, &err);
}

static int busiest(struct db_txn *t)
{
	struct traffic_outflow o;

	return traffic_busiest(t, relay, today, today, &o, &err);
}

static int generation(struct db_txn *t)
{
	uint64_t n;

	return traffic_generation(t, &n, &err);
}

static void ignore_line(void *ctx, uint64_t identity)
{
	(void)ctx;
	(void)identity;
}

static int each_line(struct db_txn *t)
{
	return traffic_lines_each(t, relay, today * 1440, ignore_line, NULL, &err);
}

static void ignore_message(void *ctx, const struct maillog_message *m)
{
	(void)ctx;
	(void)m;
}

static int each_open(struct db_txn *t)
{
	return traffic_open_each(t, ignore_message, NULL, &err);
}

static int get_recent(struct db_txn *t)
{
	struct recent r;

	return recent_get(t, name, &r, &err);
}

static int get_subnames(struct db_txn *t)
{
	struct subnames s;

	return subnames_get(t, name, &s, &err);
}

static int ignore_queue(void *ctx, const struct queue_told *told)
{
	(void)ctx;
	(void)told;
	return 0;
}

static int each_queue(struct db_txn *t)
{
	return queues_each(t, ignore_queue, NULL, &err);
}

static int get_queue(struct db_txn *t)
{
	struct queue_figures f;

	return queues_get(t, relay, name, &f, &err);
}

/* A row that is text, or empty, has no form that could be wrong under a right sum; one that got longer with a later version
 * may lack its end. */
enum form { ANY_FORM, HAS_FORM, MAY_LACK_ITS_END };

static const struct reader {
	enum store_database of;
	int (*read)(struct db_txn *t);
	enum form form;
} readers[] = {
	{STORE_ENTRY, get_entry, HAS_FORM},
	{STORE_ENTRY, walk_all, HAS_FORM},
	{STORE_OBSERVED, get_observed, HAS_FORM},
	{STORE_OBSERVED, walk_all, HAS_FORM},
	{STORE_HISTORY, get_history, HAS_FORM},
	{STORE_SCAN, get_scan, HAS_FORM},
	{STORE_SCAN, last_scan, HAS_FORM},
	{STORE_SCAN, each_scan, HAS_FORM},
	{STORE_SCAN, count_scan, HAS_FORM},
	{STORE_BATCH, get_batch, HAS_FORM},
	{STORE_BATCH, list_batches, HAS_FORM},
	{STORE_BATCH_ITEM, entries_of_batch, HAS_FORM},
	{STORE_BATCH_ITEM, find_deleted, ANY_FORM},
	{STORE_AUDIT_RECORD, get_record, HAS_FORM},
	{STORE_AUDIT_RECORD, get_line, ANY_FORM},
	{STORE_AUDIT_NODE, root_of_log, HAS_FORM},
	{STORE_AUDIT_NODE, get_leaf, HAS_FORM},
	{STORE_AUDIT_ANNEX, get_record, HAS_FORM},
	{STORE_AUDIT_ANNEX, get_note, ANY_FORM},
	{STORE_AUDIT_CHAIN, first_chain, HAS_FORM},
	{STORE_AUDIT_CHAIN, end_of_chain, HAS_FORM},
	{STORE_AUDIT_INDEX, seq_in_chain, HAS_FORM},
	{STORE_AUDIT_INDEX, records_of_domain, HAS_FORM},
	{STORE_AUDIT_DOMAIN, records_of_domain, ANY_FORM},
	{STORE_META, get_brownouts, ANY_FORM},
	{STORE_META, get_config, ANY_FORM},
	{STORE_META, get_missing, HAS_FORM},
	{STORE_META, get_months, HAS_FORM},
	{STORE_META, get_publish, MAY_LACK_ITS_END},
	{STORE_META, get_reports, HAS_FORM},
	{STORE_META, last_review, HAS_FORM},
	{STORE_META, review_of, HAS_FORM},
	{STORE_TRAFFIC, generation, HAS_FORM},
	{STORE_TRAFFIC, sum_figures, MAY_LACK_ITS_END},
	{STORE_TRAFFIC, each_day, MAY_LACK_ITS_END},
	{STORE_TRAFFIC, figures_from_outside, MAY_LACK_ITS_END},
	{STORE_TRAFFIC, busiest, HAS_FORM},
	{STORE_TRAFFIC, each_line, HAS_FORM},
	{STORE_TRAFFIC, each_open, HAS_FORM},
	{STORE_TRAFFIC, get_recent, HAS_FORM},
	{STORE_TRAFFIC, get_subnames, HAS_FORM},
	{STORE_TRAFFIC, each_queue, HAS_FORM},
	{STORE_TRAFFIC, get_queue, HAS_FORM},
};

#endif
