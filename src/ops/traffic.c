#include "ops/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/env.h"
#include "mta/maillog_words.h"
#include "ops/cover.h"
#include "ops/traffic_seen.h"
#include "ops/traffic_store.h"
#include "ops/ward.h"

/* Another run that stores at the same time makes this one begin anew; more than that is no accident. */
enum { TRIES = 5 };

struct counting {
	struct ward *ward;
	struct db_txn *txn; /* one that is open already */
	struct traffic_store *store; /* NULL: a dry run */
	struct maillog *log;
	struct traffic_result *out;
	struct maillog_words names; /* meaning: the struct traffic_sum */
	struct traffic_seen seen;
	char folded[NAME_SIZE];
	struct err e; /* of a callback */
	int failed;
};

void traffic_add_figures(struct maillog_figures *sum, const struct maillog_figures *add)
{
	sum->in_msgs += add->in_msgs;
	sum->in_bytes += add->in_bytes;
	sum->out_transactions += add->out_transactions;
	sum->out_bytes += add->out_bytes;
	sum->backscatter_msgs += add->backscatter_msgs;
	sum->backscatter_bytes += add->backscatter_bytes;
	sum->relay_denied += add->relay_denied;
	sum->browned += add->browned;
	sum->held += add->held;
	sum->outside += add->outside;
	sum->at_once += add->at_once;
}

static const char *fold(void *ctx, const char *domain, size_t len)
{
	struct counting *c = ctx;
	struct db_txn *txn = c->txn;
	int got = 0;

	if (name_from_text(c->folded, domain, len, NULL) == NAME_REFUSED)
		return domain;
	if (!txn && db_begin_read(&txn, c->ward->db, &c->e) != 0) {
		c->failed = 1;
		return domain;
	}
	got = cover_find(txn, c->folded, 1, &c->e);
	if (!c->txn)
		db_abort(txn);
	c->failed |= got < 0;
	return got == 1 ? c->folded : domain;
}

static struct maillog_figures *sum_of(struct counting *c, const char *name)
{
	struct traffic_result *out = c->out;
	struct maillog_word *word = maillog_words_get(&c->names, name, strlen(name));
	struct traffic_sum *sum = word->meaning;

	if (!sum) {
		sum = arena_alloc(&out->arena, sizeof *sum);
		sum->name = arena_string(&out->arena, name, strlen(name));
		word->meaning = sum;
		out->n++;
	}
	return &sum->figures;
}

static void on_event(void *ctx, const struct maillog_event *event)
{
	struct counting *c = ctx;
	unsigned news;

	if (c->store && traffic_store_recall(c->store, &c->seen, event, &c->e) != 0)
		c->failed = 1;
	news = traffic_seen_note(&c->seen, event->relay, event->time, event->identity);
	if (c->store && news & TRAFFIC_NEW && event->told.name)
		traffic_store_count(c->store, event);
	c->out->stored += c->store && news & TRAFFIC_NEW;
	if (news & TRAFFIC_NEW_HERE) {
		if (event->alone.name)
			traffic_add_figures(sum_of(c, event->alone.name), &event->alone.add);
	} else
		c->out->twice++;
}

static void on_line(void *ctx, const char *relay, int64_t time)
{
	struct counting *c = ctx;

	traffic_store_measured(c->store, relay, time);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(((const struct traffic_sum *)x)->name, ((const struct traffic_sum *)y)->name);
}

static void collect(struct counting *c)
{
	struct traffic_result *out = c->out;
	size_t n = 0;

	out->sum = arena_alloc(&out->arena, (out->n + 1) * sizeof *out->sum);
	for (size_t i = 0; i < c->names.n_slots; i++)
		if (c->names.slot[i])
			out->sum[n++] = *(const struct traffic_sum *)c->names.slot[i]->meaning;
	if (n > 1)
		qsort(out->sum, n, sizeof *out->sum, by_name);
	out->counts = maillog_counts(c->log);
}

static int read_logs(struct counting *c, char **log, size_t n, const struct traffic_options *o, struct err *e)
{
	if (maillog_sort(log, n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		c->seen.file++;
		if (maillog_read(c->log, log[i], e) != 0)
			return -1;
		if (c->failed) {
			*e = c->e;
			return -1;
		}
		if (o->progress)
			o->progress(o->ctx, (int)i + 1, (int)n);
	}
	return 0;
}

/* 0; 1: another run stored something meanwhile; -1. */
static int run_once(struct ward *w, char **log, size_t n, const struct traffic_options *o, struct traffic_result *out,
		    struct err *e)
{
	struct traffic_store store = {0};
	struct counting c = {.ward = w, .out = out, .store = o->dry_run ? NULL : &store};
	struct maillog_options mo = {
		.relay = o->relay,
		.networks = &w->config.site.networks,
		.fold = w->db ? fold : NULL,
		.on_event = on_event,
		.on_line = c.store ? on_line : NULL,
		.ctx = &c,
	};
	int rc = 0;

	*out = (struct traffic_result){0};
	c.log = maillog_new(&mo);
	if (c.store)
		rc = traffic_store_begin(c.store, w->db, c.log, &c.txn, e);
	if (rc == 0)
		rc = read_logs(&c, log, n, o, e);
	if (rc == 0)
		collect(&c);
	if (rc == 0 && c.store)
		rc = traffic_store_commit(c.store, w, c.log, &c.seen, e);
	traffic_store_clear(&store);
	maillog_free(c.log);
	maillog_words_clear(&c.names);
	traffic_seen_clear(&c.seen);
	return rc;
}

int traffic_run(struct ward *w, char *const *log, size_t n, const struct traffic_options *o, struct traffic_result *out,
		struct err *e)
{
	char **sorted;
	int rc = 1;

	*out = (struct traffic_result){0};
	if (!o->dry_run && ward_may_change(w, e) != 0)
		return -1;
	sorted = mem_array(NULL, n + 1, sizeof *sorted);
	memcpy(sorted, log, n * sizeof *sorted);
	for (int i = 0; i < TRIES && rc == 1; i++) {
		traffic_result_clear(out);
		rc = run_once(w, sorted, n, o, out, e);
	}
	free(sorted);
	if (rc == 1)
		return err_set(e, ERR_BUSY, "other runs of traffic stored figures while the logs were read; nothing was stored, try "
					    "again when they are done");
	return rc;
}

void traffic_result_clear(struct traffic_result *r)
{
	arena_clear(&r->arena);
	*r = (struct traffic_result){0};
}
