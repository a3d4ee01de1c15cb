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
#include "ops/config_record.h"
#include "ops/evidence.h"
#include "ops/scan_inner.h"
#include "ops/standing.h"
#include "ops/ward.h"
#include "relay/breaker.h"
#include "relay/limit.h"
#include "relay/vary.h"

/* A chunk is a contiguous range of names that is committed at once: 26 times cheaper than as many spread ones, and
 * short enough that a console waits for it for milliseconds. */
enum { CHUNK = 500, CHUNKS_MAX = 64 };

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

static int is_wanted(const struct scanning *s, const struct entry_walk *w, struct standing *standing)
{
	if (s->going_on && w->o.time && w->o.scan == s->scan.number)
		return 0;
	return standing_matches(standing, s->o->limit, &w->e, &w->o);
}

static int read_chunk(struct scanning *s, struct chunk *c)
{
	int with_mx = s->o->limit && limit_needs_mx(s->o->limit), got;
	struct standing standing;
	struct entry_walk w;
	struct db_txn *txn;

	if (db_begin_read(&txn, s->ward->db, s->e) != 0)
		return -1;
	standing_begin(&standing, &s->rules, txn);
	if (walk_begin(&w, txn, s->last[0] ? s->last : NULL, with_mx, s->e) != 0) {
		db_abort(txn);
		return -1;
	}
	while ((got = walk_next(&w, s->e)) == 1 && c->n < CHUNK) {
		memcpy(s->last, w.e.name, strlen(w.e.name) + 1);
		if (!is_wanted(s, &w, &standing))
			continue;
		c->question[c->n].chunk = c;
		memcpy(c->question[c->n++].name, w.e.name, strlen(w.e.name) + 1);
		if (c->n == CHUNK)
			break;
	}
	walk_end(&w);
	if (got >= 0 && standing_end(&standing, s->e) != 0)
		got = -1;
	db_abort(txn);
	s->walked = got == 0;
	return got < 0 ? -1 : 0;
}

/* The same news on several days is no news to the circuit breaker any more. */
static void count_news(struct scan *scan, const struct observed *o)
{
	scan->count[o->verdict.class]++;
	if (o->repeat + 1 >= BREAKER_DAYS)
		return;
	scan->newly_unknown += (o->news & NEWS_UNKNOWN) != 0;
	scan->new_suspects += (o->news & NEWS_SUSPECT) != 0;
}

/* The first answer is a change too, from nothing: "we first looked on" is told by its record.  So is the first one for
 * another customer, until it is told to him.  Those that list us and have no customer have nobody who could ask. */
static void note_first_look(struct observed *o, const struct observed *old, const struct entry *entry)
{
	int is_flagged = o->verdict.class == CLASS_MOVED || o->verdict.class == CLASS_BROKEN ||
			 o->verdict.class == CLASS_ORPHAN;

	o->news |= old->news & NEWS_HANDED;
	if ((o->definite_class == CLASS_NONE || o->news & NEWS_HANDED) &&
	    (is_flagged || (entry->customer[0] && o->verdict.class == CLASS_OK)))
		o->news |= NEWS_CHANGED;
}

static int store(struct scanning *s, struct db_txn *txn, struct scan_trust *trust, struct question *q, struct arena *a)
{
	struct evidence_scan of_old = {0};
	struct observed old = {0};
	struct entry entry;
	int changed = 0, got = entry_get(txn, q->name, a, &entry, s->e);

	if (got <= 0)
		return got; /* a colleague deleted it meanwhile */
	got = observed_get(txn, q->name, a, &old, s->e);
	if (got == 1) {
		of_old.counts = scan_counts(txn, trust, old.scan, s->e);
		of_old.canaries = scan_had_canaries(txn, trust, old.scan, s->e);
		of_old.month = billing_calendar_month(&s->calendar, old.time);
	}
	if (got < 0 || of_old.counts < 0 || of_old.canaries < 0)
		return -1;
	q->fresh.scan = s->scan.number;
	if (got == 1)
		vary_follow(&q->fresh, &old, &s->ward->config.site, q->name, a);
	evidence_follow(&q->fresh, got ? &old : NULL, of_old, &s->rules, &changed);
	note_first_look(&q->fresh, &old, &entry);
	count_news(&s->scan, &q->fresh);
	if (changed && history_put(txn, q->name, &old, s->e) != 0)
		return -1;
	return observed_put(txn, q->name, &q->fresh, s->e);
}

int scan_write(struct scanning *s)
{
	struct db_txn *txn;

	if (db_begin_write(&txn, s->ward->db, "a scan", 1, SCAN_COMMIT_WAIT, s->e) != 0)
		return -1;
	if (scan_put(txn, &s->scan, s->e) != 0) {
		db_abort(txn);
		return -1;
	}
	return db_commit(txn, s->e);
}

static int commit_chunk(struct scanning *s, struct chunk *c)
{
	struct scan_trust trust = {0};
	struct db_txn *txn;

	if (db_begin_write(&txn, s->ward->db, "a scan", 1, SCAN_COMMIT_WAIT, s->e) != 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		s->scan.done++;
		if (store(s, txn, &trust, &c->question[i], &c->arena) < 0) {
			db_abort(txn);
			return -1;
		}
	}
	s->scan.touched = date_now();
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
		s->o->progress(s->o->ctx, &s->scan, seconds > 0 ? (double)(s->scan.done - s->done_before) / seconds : 0);
}

/* Silence of our own resolver is not stored as that of 500 names' servers: while it may be dead nobody calls this. */
static void commit_answered(struct scanning *s)
{
	struct chunk *next;

	for (struct chunk *c = s->asking; c && !s->failed; c = next) {
		next = c->next;
		if (c->answered < c->n)
			continue;
		if (ward_resolvers_answer(s->ward, s->began, s->e) != 0 || commit_chunk(s, c) != 0)
			s->failed = 1;
		drop_chunk(s, c);
		show_progress(s);
	}
}

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct question *q = ctx;
	struct chunk *c = q->chunk;
	struct scanning *s = c->scanning;

	evidence_observe(&q->fresh, &c->arena, &s->ward->config.site, r, s->rules.sets);
	if (q->fresh.time == 0)
		q->fresh.time = q->fresh.since = date_now();
	c->answered++;
	scan_pulse_note(s, r);
	if (!s->failed && !scan_pulse_is_weak(s)) {
		commit_answered(s);
		feed(s);
	}
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

enum scan_stand scan_stand(const struct scan *s, uint64_t sets, int64_t now)
{
	if (s->ended)
		return SCAN_ENDED;
	if (s->pid != getpid() && (kill(s->pid, 0) == 0 || errno == EPERM))
		return SCAN_RUNS;
	if (!s->limited && s->sets == sets && s->canaries && now - s->touched <= SCAN_GOES_ON_S && now >= s->touched - 3600)
		return SCAN_TO_GO_ON;
	return SCAN_TO_BEGIN_ANEW;
}

static int abandon(struct db_txn *txn, struct scan *last, int64_t now, struct err *e)
{
	char cause[120];
	int rc;

	snprintf(cause, sizeof cause, "cut off after %llu of %llu entries and not gone on with",
		 (unsigned long long)last->done, (unsigned long long)last->total);
	last->ended = now;
	last->canaries = 0;
	last->cause = cause;
	rc = scan_put(txn, last, e);
	last->cause = NULL;
	return rc;
}

/* Within one write transaction, so that of two that start at once one sees the other. */
static int begin_in(struct scanning *s, struct db_txn *txn, struct arena *a)
{
	struct scan last = {0};
	int64_t now = date_now();
	enum scan_stand stand = SCAN_ENDED;
	uint64_t total = 0;
	int got = scan_last(txn, a, &last, s->e);

	if (got < 0 || entry_count(txn, &total, s->e) != 0)
		return -1;
	if (got == 1)
		stand = scan_stand(&last, s->rules.sets, now);
	if (stand == SCAN_RUNS)
		return err_set(s->e, ERR_BUSY, "scan %u by %s (process %d) is running; wait for it or end that process",
			       last.number, last.by, last.pid);
	s->going_on = stand == SCAN_TO_GO_ON && !s->o->limit;
	if (stand != SCAN_ENDED && !s->going_on && abandon(txn, &last, now, s->e) != 0)
		return -1;
	if (s->going_on)
		s->scan = last;
	else
		s->scan = (struct scan){.number = last.number + 1, .started = now, .sets = s->rules.sets, .canaries = 1,
					.limited = s->o->limit != NULL};
	s->done_before = s->scan.done;
	s->scan.pid = getpid();
	s->scan.touched = now;
	s->scan.total = total;
	s->scan.by = s->ward->operator.login;
	s->scan.cause = s->scan.position = "";
	return scan_put(txn, &s->scan, s->e);
}

static int begin(struct scanning *s)
{
	struct arena a = {0};
	struct db_txn *txn;
	int rc;

	if (db_begin_write(&txn, s->ward->db, "a scan", 1, SCAN_COMMIT_WAIT, s->e) != 0)
		return -1;
	rc = begin_in(s, txn, &a);
	arena_clear(&a);
	if (rc != 0) {
		db_abort(txn);
		return -1;
	}
	return db_commit(txn, s->e);
}

/* A process that was killed between closing its scan and writing its records left that to us. */
static int finish_last(struct ward *w, const struct timeline_rules *r, struct err *e)
{
	struct arena a = {0};
	struct scan last;
	struct db_txn *txn;
	int got;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = scan_last(txn, &a, &last, e);
	db_abort(txn);
	if (got == 1 && last.ended && last.trusted && !last.reported)
		got = scan_report(w, &last, r, e);
	arena_clear(&a);
	return got < 0 ? -1 : 0;
}

static int ask_all(struct scanning *s)
{
	scan_pulse_begin(s);
	feed(s);
	while (!s->failed && (s->asking || !s->walked)) {
		loop_turn(s->ward->loop, 1000);
		if (!s->failed && ward_resolvers_answer(s->ward, s->began, s->e) != 0)
			s->failed = 1;
		if (s->failed || !scan_pulse_is_weak(s))
			continue;
		if (scan_pulse_feel(s) != 0) {
			s->failed = 1;
			break;
		}
		commit_answered(s);
		if (!s->failed)
			feed(s);
	}
	if (!s->failed)
		return 0;
	lookups_free(s->ward->lookups); /* first, so that no answer comes for a chunk that is gone */
	s->ward->lookups = NULL;
	while (s->asking)
		drop_chunk(s, s->asking);
	return -1;
}

int scan_run(struct ward *w, const struct scan_options *o, struct scan *out, struct err *e)
{
	static char cause[sizeof((struct scanning *)0)->cause];
	struct scanning s = {.ward = w, .o = o, .e = e, .began = loop_now()};

	timeline_rules_from(&s.rules, &w->config);
	s.calendar.config = &w->config;
	if (ward_may_change(w, e) != 0 || ward_start_lookups(w, e) != 0 || finish_last(w, &s.rules, e) != 0 ||
	    config_record_changes(w, e) != 0 || begin(&s) != 0)
		return -1;
	scan_ask_canaries(&s);
	/* Who is silent now need not be asked again whether he lives. */
	if (ward_resolvers_answer(w, s.began, e) != 0 || ask_all(&s) != 0)
		return -1;
	lookups_forget(w->lookups);
	scan_ask_canaries(&s);
	if (scan_close(&s) != 0 || (s.scan.trusted && scan_report(w, &s.scan, &s.rules, e) != 0))
		return -1;
	memcpy(cause, s.cause, sizeof cause);
	*out = s.scan;
	out->cause = s.scan.cause[0] ? cause : "";
	return 0;
}
