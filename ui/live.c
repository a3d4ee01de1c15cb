#include "ui/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "dns/lookup.h"
#include "ops/evidence.h"
#include "ops/ward.h"
#include "relay/entry.h"
#include "relay/site.h"

enum { BUCKETS = 1024, RESTING_MAX = 1000, SILENT_NAMES = 2 };

struct answered {
	struct answered *next;
	char name[NAME_SIZE];
	struct arena arena;
	struct observed observed;
	int64_t time;		     /* on the loop's clock; 0: none yet */
	struct lookup_counts before; /* it was asked */
	uint32_t silence;	     /* the one that it has been counted in */
	int asking, is_awaited;	     /* by somebody who asked for it by a key */
};

struct live {
	struct ward *ward;
	void (*changed)(void *ctx, const char *name);
	void (*failed)(void *ctx, const char *text);
	void *ctx;
	struct answered *bucket[BUCKETS];
	size_t n;
	char (*resting)[NAME_SIZE];
	size_t n_resting, n_asking;
	struct loop_timer *rested, *again;
	uint64_t heard;	  /* what all resolvers had answered when that was looked at last */
	uint32_t silence; /* number of the time since then */
	size_t in_vain;	  /* names that were asked within it and got nothing */
	int is_silence_said;
	int off; /* it failed; nothing is asked any more */
};

static unsigned bucket_of(const char *name)
{
	unsigned h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % BUCKETS;
}

static struct answered *find(const struct live *l, const char *name)
{
	struct answered *a = l->bucket[bucket_of(name)];

	while (a && strcmp(a->name, name) != 0)
		a = a->next;
	return a;
}

static struct answered *add(struct live *l, const char *name)
{
	struct answered *a = mem_alloc(sizeof *a);
	unsigned i = bucket_of(name);
	size_t len = strlen(name);

	memcpy(a->name, name, len < NAME_SIZE ? len : NAME_SIZE - 1);
	a->next = l->bucket[i];
	l->bucket[i] = a;
	l->n++;
	return a;
}

/* Drops all that is not being asked for; what is on the screen will be asked for again. */
static void drop_answers(struct live *l)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct answered **p = &l->bucket[i]; *p;) {
			struct answered *a = *p;

			if (a->asking) {
				p = &a->next;
				continue;
			}
			*p = a->next;
			arena_clear(&a->arena);
			free(a);
			l->n--;
		}
}

struct live *live_new(struct ward *w, void (*changed)(void *ctx, const char *name),
		      void (*failed)(void *ctx, const char *text), void *ctx)
{
	struct live *l = mem_alloc(sizeof *l);

	*l = (struct live){.ward = w, .changed = changed, .failed = failed, .ctx = ctx, .silence = 1};
	return l;
}

static uint64_t answers(const struct live *l)
{
	return lookups_counts(l->ward->lookups).answers;
}

int live_is_silent(const struct live *l)
{
	/* A single name may wait for its own name servers. */
	return l->in_vain >= SILENT_NAMES && answers(l) == l->heard;
}

/* A name that failed while a resolver said something, of whatever name, is no sign of silence. */
static void note_silence(struct live *l, struct answered *a, int failed)
{
	struct lookup_counts now = lookups_counts(l->ward->lookups);

	if (now.answers != l->heard) {
		l->heard = now.answers;
		l->silence++;
		l->in_vain = 0;
		l->is_silence_said = 0;
	}
	if (failed && a->silence != l->silence && a->before.answers == now.answers && a->before.queries != now.queries) {
		a->silence = l->silence;
		l->in_vain++;
	}
}

/* What the rows do not show: a failure takes the place of no answer. */
static void tell_failure(struct live *l, const struct answered *a)
{
	int silent = live_is_silent(l);
	char text[NAME_SIZE + 300];

	if (silent && !l->is_silence_said) {
		l->is_silence_said = 1;
		snprintf(text, sizeof text, "no live answers: see resolver in mxward.conf(5); none answers: %s",
			 lookups_resolvers(l->ward->lookups));
	} else if (a->is_awaited && !silent) {
		snprintf(text, sizeof text, "no usable answer about %s just now", a->name);
	} else {
		return;
	}
	l->failed(l->ctx, text);
}

static int is_failure(const struct answered *a)
{
	return a->time && evidence_is_failure(&a->observed);
}

static int is_same_failure(const struct answered *a, struct verdict before, int was_failure)
{
	return was_failure && is_failure(a) && before.reason == a->observed.verdict.reason;
}

static void ask_failed_later(struct live *l);

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct live *l = ctx;
	struct answered *a = find(l, r->name);
	int was_failure, was_silent;
	struct verdict before;

	if (!a || !a->asking)
		return;
	was_failure = is_failure(a);
	was_silent = l->in_vain >= SILENT_NAMES;
	before = a->observed.verdict;
	a->asking = 0;
	l->n_asking--;
	arena_clear(&a->arena);
	evidence_observe(&a->observed, &a->arena, &l->ward->config.site, r,
			 site_hash(&l->ward->config.site));
	a->time = loop_now();
	note_silence(l, a, is_failure(a));
	if (is_failure(a))
		tell_failure(l, a);
	a->is_awaited = 0;
	if (!is_same_failure(a, before, was_failure) || was_silent != live_is_silent(l))
		l->changed(l->ctx, a->name);
	ask_failed_later(l);
}

void live_free(struct live *l)
{
	if (!l)
		return;
	loop_cancel(l->ward->loop, l->rested);
	loop_cancel(l->ward->loop, l->again);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct answered *a = l->bucket[i]; a; a = a->next) {
			if (a->asking && l->ward->lookups)
				lookups_cancel(l->ward->lookups, a->name, on_answer, l);
			a->asking = 0;
		}
	drop_answers(l);
	free(l->resting);
	free(l);
}

static int is_ready(struct live *l)
{
	char text[600];
	struct err e;

	if (l->off)
		return 0;
	if (ward_start_lookups(l->ward, &e) == 0)
		return 1;
	l->off = 1;
	snprintf(text, sizeof text, "no live answers: %s", e.text);
	l->failed(l->ctx, text);
	return 0;
}

/* Milliseconds for which it still serves. */
static int64_t time_left(const struct answered *a)
{
	int64_t keep = is_failure(a) ? LIVE_KEEP_FAILED_S : LIVE_KEEP_S;

	return a->time + keep * 1000 - loop_now();
}

static void ask(struct live *l, const char *name)
{
	struct answered *a = find(l, name);

	if (a && (a->asking || (a->time && time_left(a) > 0)))
		return;
	if (!a)
		a = add(l, name);
	a->asking = 1;
	l->n_asking++;
	a->before = lookups_counts(l->ward->lookups);
	lookups_ask(l->ward->lookups, a->name, 1, on_answer, l);
}

static void ask_resting(struct live *l)
{
	if (l->n_resting == 0 || !is_ready(l))
		return;
	if (l->n > LIVE_MAX)
		drop_answers(l);
	for (size_t i = 0; i < l->n_resting; i++)
		ask(l, l->resting[i]);
	ask_failed_later(l);
}

static void on_rested(void *ctx)
{
	struct live *l = ctx;

	l->rested = NULL;
	ask_resting(l);
}

static void on_again(void *ctx)
{
	struct live *l = ctx;

	l->again = NULL;
	if (l->n_asking == 0) /* else the last of those comes back to it */
		ask_resting(l);
}

/* One round after the other: when nothing is being asked, and all that failed has had its time, it is asked together. */
static void ask_failed_later(struct live *l)
{
	int64_t wait = 0;

	loop_cancel(l->ward->loop, l->again);
	l->again = NULL;
	for (size_t i = 0; i < l->n_resting && l->n_asking == 0; i++) {
		struct answered *a = find(l, l->resting[i]);

		if (a && is_failure(a)) {
			wait = wait > 1 ? wait : 1;
			wait = time_left(a) > wait ? time_left(a) : wait;
		}
	}
	if (wait > 0)
		l->again = loop_after(l->ward->loop, wait, on_again, l);
}

/* True when the same names rest there already: their time runs on. */
static int is_same(const struct live *l, const char *const *names, size_t n)
{
	if (n != l->n_resting)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], l->resting[i]) != 0)
			return 0;
	return 1;
}

void live_rest(struct live *l, const char *const *names, size_t n)
{
	if (n > RESTING_MAX)
		n = RESTING_MAX;
	if (l->off || is_same(l, names, n))
		return;
	l->resting = mem_array(l->resting, n ? n : 1, NAME_SIZE);
	l->n_resting = n;
	for (size_t i = 0; i < n; i++) {
		size_t len = strnlen(names[i], NAME_SIZE - 1);

		memcpy(l->resting[i], names[i], len);
		l->resting[i][len] = '\0';
	}
	loop_cancel(l->ward->loop, l->rested);
	loop_cancel(l->ward->loop, l->again);
	l->again = NULL;
	l->rested = loop_after(l->ward->loop, LIVE_REST_MS, on_rested, l);
}

const struct observed *live_get(struct live *l, const char *name)
{
	struct answered *a = find(l, name);

	return a && a->time ? &a->observed : NULL;
}

int live_is_asking(const struct live *l, const char *name)
{
	struct answered *a = find(l, name);

	return a && a->asking && !a->time;
}

void live_again(struct live *l, const char *const *names, size_t n)
{
	if (!is_ready(l))
		return;
	lookups_forget(l->ward->lookups);
	l->is_silence_said = 0;
	for (size_t i = 0; i < n; i++) {
		struct answered *a = find(l, names[i]);

		if (!a)
			a = add(l, names[i]);
		a->time = 0;
		a->is_awaited = 1;
		ask(l, names[i]);
	}
}
