#include "ops/scan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "dns/lookup.h"
#include "ops/evidence.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"
#include "relay/limit.h"
#include "relay/timeline.h"

/* A chunk is a contiguous range of names that is committed at once: 26 times cheaper than as many spread ones, and
 * short enough that a console waits for it for milliseconds. */
enum { CHUNK = 500, CHUNKS_MAX = 64, COMMIT_WAIT = 60000 };

struct chunk;

struct question {
	struct chunk *chunk;
	char name[NAME_SIZE];
	struct observed fresh;
};

struct chunk {
	struct scanning *scanning;
	struct arena arena;
	size_t n, asked, answered;
	struct chunk *next;
	struct question question[CHUNK];
};

struct scanning {
	struct ward *ward;
	const struct scan_options *o;
	struct scan scan;
	uint64_t sets;
	char last[NAME_SIZE]; /* behind which the next chunk begins */
	int walked;	      /* all names are in chunks */
	struct chunk *asking; /* chunks with questions not yet asked or answered */
	size_t n_chunks;
	int64_t began; /* loop_now() */
	int failed;
	struct err *e;
};

static const char *mx_of(const void *ctx, size_t i)
{
	const struct observed *o = ctx;

	return i < o->n_mx ? o->mx[i].target : NULL;
}

static int is_wanted(const struct scanning *s, const struct entry_walk *w, const struct traffic_look *mail, int64_t now)
{
	struct traffic_mail figures;
	struct limit_row row = {
		.name = w->e.name,
		.customer = w->e.customer,
		.class = w->o.time ? w->o.verdict.class : CLASS_NONE,
		.reason = w->o.verdict.reason,
		.flags = w->o.verdict.flags,
		.state = (uint8_t)timeline_state(&w->e, w->o.time ? &w->o : NULL, now),
		.pinned = entry_pin_at(&w->e, now) != PIN_NONE,
		.since = w->o.since,
		.bytes = -1,
		.held = -1,
		.notice_deadline = w->e.notice_deadline,
		.mx_target = mx_of,
		.ctx = &w->o,
	};

	if (!s->o->limit)
		return 1;
	if (limit_needs_mail(s->o->limit)) {
		traffic_look_at(mail, w->e.name, &figures);
		row.bytes = figures.bytes;
		row.held = figures.held;
	}
	return limit_matches(s->o->limit, &row, now);
}

static int read_chunk(struct scanning *s, struct chunk *c)
{
	int with_mx = s->o->limit && limit_needs_mx(s->o->limit), got;
	int64_t now = date_now();
	struct traffic_look mail = {0};
	struct entry_walk w;
	struct db_txn *txn;

	if (db_begin_read(&txn, s->ward->db, s->e) != 0)
		return -1;
	if (s->o->limit && limit_needs_mail(s->o->limit))
		traffic_look_begin(&mail, txn, now);
	if (walk_begin(&w, txn, s->last[0] ? s->last : NULL, with_mx, s->e) != 0) {
		db_abort(txn);
		return -1;
	}
	while ((got = walk_next(&w, s->e)) == 1 && c->n < CHUNK) {
		memcpy(s->last, w.e.name, strlen(w.e.name) + 1);
		if (!is_wanted(s, &w, &mail, now))
			continue;
		c->question[c->n].chunk = c;
		memcpy(c->question[c->n++].name, w.e.name, strlen(w.e.name) + 1);
		if (c->n == CHUNK)
			break;
	}
	walk_end(&w);
	db_abort(txn);
	s->walked = got == 0;
	return got < 0 ? -1 : 0;
}

static int store(struct db_txn *txn, struct question *q, uint32_t number, struct arena *a, struct err *e)
{
	struct observed old;
	struct entry entry;
	int changed = 0, got = entry_get(txn, q->name, a, &entry, e);

	if (got <= 0)
		return got; /* a colleague deleted it meanwhile */
	got = observed_get(txn, q->name, a, &old, e);
	if (got < 0)
		return -1;
	q->fresh.scan = number;
	evidence_follow(&q->fresh, got ? &old : NULL, &changed);
	if (changed && history_put(txn, q->name, &old, e) != 0)
		return -1;
	return observed_put(txn, q->name, &q->fresh, e);
}

static int put_scan(struct scanning *s)
{
	struct db_txn *txn;

	if (db_begin_write(&txn, s->ward->db, "a scan", 1, COMMIT_WAIT, s->e) != 0)
		return -1;
	if (scan_put(txn, &s->scan, s->e) != 0) {
		db_abort(txn);
		return -1;
	}
	return db_commit(txn, s->e);
}

static int commit_chunk(struct scanning *s, struct chunk *c)
{
	struct db_txn *txn;

	if (db_begin_write(&txn, s->ward->db, "a scan", 1, COMMIT_WAIT, s->e) != 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		s->scan.done++;
		s->scan.count[c->question[i].fresh.verdict.class]++;
		if (store(txn, &c->question[i], s->scan.number, &c->arena, s->e) < 0) {
			db_abort(txn);
			return -1;
		}
	}
	s->scan.position = c->n ? c->question[c->n - 1].name : "";
	if (scan_put(txn, &s->scan, s->e) != 0) {
		db_abort(txn);
		return -1;
	}
	s->scan.position = "";
	return db_commit(txn, s->e);
}

static void drop_chunk(struct scanning *s, struct chunk *c)
{
	struct chunk **p = &s->asking;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	s->n_chunks--;
	arena_clear(&c->arena);
	free(c);
}

static void feed(struct scanning *s);

static void show_progress(struct scanning *s)
{
	double seconds = (double)(loop_now() - s->began) / 1000;

	if (s->o->progress)
		s->o->progress(s->o->ctx, &s->scan, seconds > 0 ? (double)s->scan.done / seconds : 0);
}

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct question *q = ctx;
	struct chunk *c = q->chunk;
	struct scanning *s = c->scanning;

	evidence_observe(&q->fresh, &c->arena, &s->ward->config.site, r, s->sets);
	if (q->fresh.time == 0)
		q->fresh.time = q->fresh.since = date_now();
	c->answered++;
	if (c->answered == c->n && !s->failed) {
		if (commit_chunk(s, c) != 0)
			s->failed = 1;
		drop_chunk(s, c);
		show_progress(s);
	}
	if (!s->failed)
		feed(s);
}

static int add_chunk(struct scanning *s)
{
	struct chunk *c = mem_alloc(sizeof *c), **end = &s->asking;

	c->scanning = s;
	if (read_chunk(s, c) != 0) {
		free(c);
		return -1;
	}
	if (c->n == 0) {
		free(c);
		return 0;
	}
	while (*end)
		end = &(*end)->next;
	*end = c;
	s->n_chunks++;
	return 0;
}

/* Keeps the worker's window full twice over, so that targets' questions overlap with the next names'. */
static void feed(struct scanning *s)
{
	struct lookups *l = s->ward->lookups;

	while (lookups_pending(l) < 2 * lookups_window(l)) {
		struct chunk *c = s->asking;

		while (c && c->asked == c->n)
			c = c->next;
		if (!c) {
			if (s->walked || s->n_chunks >= CHUNKS_MAX)
				return;
			if (add_chunk(s) != 0) {
				s->failed = 1;
				return;
			}
			continue;
		}
		struct question *q = &c->question[c->asked++];

		lookups_ask(l, q->name, 0, on_answer, q);
	}
}

/* A scan whose process lives is the one that runs; one whose process is gone was cut off. */
static int begin(struct scanning *s)
{
	struct arena a = {0};
	struct scan last;
	struct db_txn *txn;
	uint64_t total = 0;
	int got;

	if (db_begin_read(&txn, s->ward->db, s->e) != 0)
		return -1;
	got = scan_last(txn, &a, &last, s->e);
	if (got >= 0 && entry_count(txn, &total, s->e) != 0)
		got = -1;
	db_abort(txn);
	if (got == 1 && last.ended == 0 && last.pid != getpid() && (kill(last.pid, 0) == 0 || errno == EPERM))
		got = err_set(s->e, ERR_BUSY, "scan %u by %s (process %d) is running; wait for it or end that process",
			      last.number, last.by, last.pid);
	s->scan = (struct scan){.number = got == 1 ? last.number + 1 : 1, .started = date_now(), .pid = getpid(),
				.sets = s->sets, .total = total, .cause = "", .by = s->ward->operator.login,
				.position = ""};
	arena_clear(&a);
	return got < 0 ? -1 : put_scan(s);
}

int scan_run(struct ward *w, const struct scan_options *o, struct scan *out, struct err *e)
{
	struct scanning s = {.ward = w, .o = o, .sets = site_hash(&w->config.site), .e = e, .began = loop_now()};

	if (ward_may_change(w, e) != 0 || ward_start_lookups(w, e) != 0 || begin(&s) != 0)
		return -1;
	feed(&s);
	while (!s.failed && (s.asking || !s.walked))
		loop_turn(w->loop, 1000);
	if (s.failed) {
		lookups_free(w->lookups); /* first, so that no answer comes for a chunk that is gone */
		w->lookups = NULL;
		while (s.asking)
			drop_chunk(&s, s.asking);
		return -1;
	}
	s.scan.ended = date_now();
	s.scan.trusted = 1;
	*out = s.scan;
	return put_scan(&s);
}
