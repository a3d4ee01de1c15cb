/*
 * Rows of every database of the store, out of bytes whose sums are right: an input is rows, each a byte for the database,
 * one for the length of its key, the key, two for the length of the value, its version, the value.  They lie in a
 * transaction that is dropped again; then all that reads the store reads it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/record.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/auditlog.h"
#include "db/batches.h"
#include "db/brownouts.h"
#include "db/chain.h"
#include "db/config_row.h"
#include "db/entries.h"
#include "db/env.h"
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
#include "fuzz/targets.h"

enum { ROWS_MAX = 24, NAMES_MAX = 8 };

/* Made once, and gone from the directory while it is open. */
static struct db *open_store(void)
{
	static struct db *db;
	char dir[200], path[300];
	struct err e = {0};

	if (db)
		return db;
	snprintf(dir, sizeof dir, "%s/mxward-fuzz.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	FUZZ_ASSERT(mkdtemp(dir) != NULL);
	if (db_create(dir, &e) != 0 || db_open(&db, dir, DB_READ_WRITE, &e) != 0)
		fuzz_failed(e.text, __FILE__, __LINE__);
	snprintf(path, sizeof path, "rm -rf '%s'", dir);
	FUZZ_ASSERT(system(path) == 0);
	return db;
}

static size_t put_rows(struct db_txn *t, const uint8_t *at, const uint8_t *end, char names[NAMES_MAX][NAME_SIZE])
{
	size_t n = 0;

	for (int i = 0; i < ROWS_MAX && end - at >= 5; i++) {
		unsigned database = at[0] % N_STORES;
		size_t key_len = at[1], value_len;
		const uint8_t *key = at + 2;
		struct err ignored;

		if (key_len == 0 || (size_t)(end - key) < key_len + 3)
			break;
		at = key + key_len;
		value_len = (size_t)at[0] << 8 | at[1];
		value_begin(&t->value, at[2]);
		at += 3;
		if (value_len > (size_t)(end - at))
			value_len = (size_t)(end - at);
		str_add_bytes(&t->value, at, value_len);
		at += value_len;
		store_put(t, database, key, key_len, 0, &ignored);
		if (n < NAMES_MAX && database == STORE_ENTRY && name_from_key(names[n], key, key_len) == 0)
			n++;
	}
	return n;
}

/* Texts end within their value, and are read to their end. */
static size_t touch(const char *text)
{
	return text ? strlen(text) : 0;
}

static void on_open(void *ctx, const struct maillog_message *open)
{
	FUZZ_ASSERT(strnlen(open->id, sizeof open->id) < sizeof open->id);
	*(size_t *)ctx += touch(open->relay);
}

static void on_day(void *ctx, int64_t day, const struct maillog_figures *f)
{
	(void)day;
	*(size_t *)ctx += (size_t)f->in_msgs;
}

static void on_line(void *ctx, uint64_t identity)
{
	*(size_t *)ctx += (size_t)identity;
}

struct looking {
	struct db_txn *t;
	size_t sum;
};

static int on_relay(void *ctx, const char *relay)
{
	struct looking *l = ctx;
	struct traffic_outflow out;
	struct queue_figures figures;
	struct err e;

	l->sum += touch(relay);
	traffic_busiest(l->t, relay, 0, 40000, &out, &e);
	traffic_lines_each(l->t, relay, 29000000, on_line, &l->sum, &e);
	traffic_lines_is_closed(l->t, relay, 20000, &e);
	queues_get(l->t, relay, "shop.example", &figures, &e);
	return 0;
}

static int on_queue(void *ctx, const struct queue_told *told)
{
	return on_relay(ctx, told->relay);
}

static int on_scan(void *ctx, const struct scan *s)
{
	*(size_t *)ctx += touch(s->by) + touch(s->cause);
	return 0;
}

static void read_name(struct db_txn *t, struct arena *a, const char *name, size_t *sum)
{
	static struct subnames below;
	static struct recent recent;
	struct traffic_outside outside;
	struct maillog_figures figures;
	struct observed o, *rows;
	struct entry entry;
	uint64_t seq, *seqs;
	struct err e = {0};
	size_t n;

	if (entry_get(t, name, a, &entry, &e) == 1)
		*sum += touch(entry.table_value) + touch(entry.note) + touch(entry.customer) + touch(entry.pin_note);
	if (observed_get(t, name, a, &o, &e) == 1)
		*sum += touch(o.chain) + touch(o.resolver) + touch(o.each);
	if (history_get(t, name, a, &rows, &n, &e) == 0)
		for (size_t i = 0; i < n; i++)
			*sum += touch(rows[i].chain);
	if (subnames_get(t, name, &below, &e) == 0)
		FUZZ_ASSERT(below.n <= SUBNAMES_MAX);
	if (recent_get(t, name, &recent, &e) == 1)
		FUZZ_ASSERT(recent.n <= sizeof recent.day / sizeof *recent.day);
	traffic_sum(t, name, 0, 40000, &figures, &e);
	traffic_outside(t, name, 0, 19000, 40000, &outside, &e);
	traffic_each_day(t, name, 0, 40000, on_day, sum, &e);
	batch_find_deleted(t, name, &seq, &e);
	auditlog_of_domain(t, name, a, &seqs, &n, &e);
}

static void read_lists(struct db_txn *t, struct arena *a, size_t *sum)
{
	struct looking l = {t, 0};
	struct missing_rows missing;
	struct publish_state state;
	struct months_done months;
	struct report_times times;
	struct review_last last;
	struct str config = {0};
	struct batch *batch;
	struct entry *entry;
	struct scan scan;
	const char **name;
	struct err e = {0};
	int64_t time;
	size_t n, m;

	if (batch_list(t, a, &batch, &n, 100, &e) == 0)
		for (size_t i = 0; i < n; i++) {
			*sum += touch(batch[i].who) + touch(batch[i].reason) + touch(batch[i].ticket);
			batch_entries(t, batch[i].seq, a, &entry, &m, &e);
		}
	scan_last(t, a, &scan, &e);
	scan_each(t, on_scan, sum, &e);
	for (int from = 0; from < N_MISSING_SOURCES; from++)
		if (missing_rows_get(t, (enum missing_source)from, a, &missing, &e) == 1) {
			FUZZ_ASSERT(missing.n <= MISSING_ROWS_MAX);
			for (size_t i = 0; i < missing.n; i++)
				*sum += touch(missing.row[i].name) + touch(missing.row[i].near) + touch(missing.row[i].zone);
		}
	if (publish_get(t, "/t", a, &state, &e) == 1)
		*sum += touch(state.why);
	publish_names_since(t, 0, PUBLISH_AND_EDITS, a, &name, &n, 100, &e);
	brownouts_get(t, a, &name, &n, &e);
	config_row_get(t, &config, &e);
	months_get(t, &months, &e);
	reports_get(t, &times, &e);
	if (reviews_last(t, &last, &e) == 1)
		FUZZ_ASSERT(strnlen(last.who, sizeof last.who) < sizeof last.who);
	reviews_of(t, "root", 1760000000, &time, &e);
	traffic_each_relay(t, on_relay, &l, &e);
	queues_each(t, on_queue, &l, &e);
	traffic_open_each(t, on_open, &l.sum, &e);
	traffic_coverage(t, 0, 40000, &(struct traffic_coverage){0}, &e);
	traffic_lines_forget(t, 20000, 20100, &e);
	*sum += l.sum;
	str_clear(&config);
}

static void read_log(struct db_txn *t, struct arena *a, size_t *sum)
{
	char chain[AUDIT_CHAIN_KEY + 1], after[AUDIT_CHAIN_KEY + 1] = "";
	uint8_t hash[AUDIT_HASH];
	struct audit_tail end;
	struct audit_row row;
	struct str line = {0};
	uint64_t size = 0, seq;
	struct err e = {0};

	auditlog_size(t, &size, &e);
	auditlog_root(t, size < 64 ? size : 64, hash, &e);
	for (uint64_t i = 0; i < 16; i++) {
		if (auditlog_get(t, i, a, &row, &e) == 1)
			*sum += touch(row.record.domain) + touch(row.record.before) + touch(row.record.after);
		chain_line(t, i, &line, &e);
		chain_annex(t, i, 'n', &line, &e);
		chain_leaf(t, i, hash, &e);
	}
	for (int i = 0; i < 16 && chain_next(t, i ? after : NULL, chain, &end, &e) == 1; i++) {
		FUZZ_ASSERT(strnlen(chain, sizeof chain) < sizeof chain);
		chain_seq(t, chain, 1, &seq, &e);
		memcpy(after, chain, sizeof after);
	}
	str_clear(&line);
}

void fuzz_rows(const uint8_t *bytes, size_t len)
{
	static volatile size_t kept; /* so that nothing read is thought to be unused */
	char names[NAMES_MAX][NAME_SIZE] = {"shop.example"};
	struct entry_walk walk;
	struct arena a = {0};
	struct err e = {0};
	struct db_txn *t;
	size_t n, sum = 0;

	if (db_begin_write(&t, open_store(), "a fuzzer", 0, 1000, &e) != 0)
		fuzz_failed(e.text, __FILE__, __LINE__);
	n = put_rows(t, bytes, bytes + len, names);
	for (size_t i = 0; i < (n ? n : 1); i++)
		read_name(t, &a, names[i], &sum);
	read_lists(t, &a, &sum);
	read_log(t, &a, &sum);
	if (walk_begin(&walk, t, NULL, 1, &e) == 0) {
		while (walk_next(&walk, &e) == 1)
			sum += touch(walk.e.note) + touch(walk.o.chain);
		walk_end(&walk);
	}
	db_abort(t);
	arena_clear(&a);
	kept = sum;
	(void)kept;
}
