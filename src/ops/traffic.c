#include "ops/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "mta/maillog_words.h"
#include "ops/traffic_seen.h"
#include "ops/ward.h"

struct counting {
	struct ward *ward;
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
	sum->held += add->held;
	sum->outside += add->outside;
}

/* The entry itself, else the nearest above it, else the nearest `.x`: 1 found, 0, -1. */
static int find_entry(struct db_txn *txn, char name[NAME_SIZE], struct err *e)
{
	char suffix[NAME_SIZE + 1];
	struct entry entry;

	for (const char *d = name; d; d = name_parent(d)) {
		int got = entry_get(txn, d, NULL, &entry, e);

		if (got == 0 && d != name) {
			suffix[0] = '.';
			memcpy(suffix + 1, d, strlen(d) + 1);
			got = strlen(suffix) < NAME_SIZE ? entry_get(txn, suffix, NULL, &entry, e) : 0;
		}
		if (got == 1)
			memcpy(name, entry.name, sizeof entry.name);
		if (got != 0)
			return got;
	}
	return 0;
}

static const char *fold(void *ctx, const char *domain, size_t len)
{
	struct counting *c = ctx;
	struct db_txn *txn;
	int got = 0;

	if (name_from_text(c->folded, domain, len, NULL) == NAME_REFUSED)
		return domain;
	if (db_begin_read(&txn, c->ward->db, &c->e) != 0) {
		c->failed = 1;
		return domain;
	}
	got = find_entry(txn, c->folded, &c->e);
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
	unsigned news = traffic_seen_note(&c->seen, event->relay, event->time, event->identity);

	if (news & TRAFFIC_NEW_HERE)
		traffic_add_figures(sum_of(c, event->name), &event->add);
	else
		c->out->twice++;
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

int traffic_run(struct ward *w, char *const *log, size_t n, const struct traffic_options *o, struct traffic_result *out,
		struct err *e)
{
	struct counting c = {.ward = w, .out = out};
	struct maillog_options mo = {
		.relay = o->relay,
		.networks = &w->config.site.networks,
		.fold = w->db ? fold : NULL,
		.on_event = on_event,
		.ctx = &c,
	};
	char **sorted = mem_array(NULL, n + 1, sizeof *sorted);
	int rc;

	*out = (struct traffic_result){0};
	memcpy(sorted, log, n * sizeof *sorted);
	c.log = maillog_new(&mo);
	rc = read_logs(&c, sorted, n, o, e);
	if (rc == 0)
		collect(&c);
	maillog_free(c.log);
	maillog_words_clear(&c.names);
	traffic_seen_clear(&c.seen);
	free(sorted);
	return rc;
}

void traffic_result_clear(struct traffic_result *r)
{
	arena_clear(&r->arena);
	*r = (struct traffic_result){0};
}
