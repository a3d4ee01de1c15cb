#include "ui/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
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
	int64_t time; /* 0: none yet */
	int asking;
};

struct live {
	struct ward *ward;
	void (*changed)(void *ctx, const char *name);
	void (*failed)(void *ctx, const char *text);
	void *ctx;
	struct answered *bucket[BUCKETS];
	size_t n;
	char (*resting)[NAME_SIZE];
	size_t n_resting;
	struct loop_timer *rested;
	int64_t began; /* when the first was asked, on the loop's clock; 0: none yet */
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

	*l = (struct live){.ward = w, .changed = changed, .failed = failed, .ctx = ctx};
	return l;
}

/* That all are without an answer because no resolver gives one is said once. */
static void tell_silence(struct live *l)
{
	char text[300];
	struct err e;

	if (l->is_silence_said || ward_resolvers_answer(l->ward, l->began, &e) == 0)
		return;
	if (lookups_counts(l->ward->lookups).names < SILENT_NAMES)
		return; /* a single one may wait for its own name servers */
	l->is_silence_said = 1;
	snprintf(text, sizeof text, "see resolver in mxward.conf(5); none answers: %s", lookups_resolvers(l->ward->lookups));
	l->failed(l->ctx, text);
}

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct live *l = ctx;
	struct answered *a = find(l, r->name);

	if (!a || !a->asking)
		return;
	a->asking = 0;
	arena_clear(&a->arena);
	evidence_observe(&a->observed, &a->arena, &l->ward->config.site, r,
			 site_hash(&l->ward->config.site));
	a->time = date_now();
	tell_silence(l);
	l->changed(l->ctx, a->name);
}

void live_free(struct live *l)
{
	if (!l)
		return;
	loop_cancel(l->ward->loop, l->rested);
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
	struct err e;

	if (l->off)
		return 0;
	if (ward_start_lookups(l->ward, &e) == 0)
		return 1;
	l->off = 1;
	l->failed(l->ctx, e.text);
	return 0;
}

static void ask(struct live *l, const char *name)
{
	struct answered *a = find(l, name);

	if (a && (a->asking || (a->time && date_now() - a->time < LIVE_KEEP_S)))
		return;
	if (!a)
		a = add(l, name);
	a->asking = 1;
	if (!l->began)
		l->began = loop_now();
	lookups_ask(l->ward->lookups, a->name, 1, on_answer, l);
}

static void on_rested(void *ctx)
{
	struct live *l = ctx;

	l->rested = NULL;
	if (l->n_resting == 0 || !is_ready(l))
		return;
	if (l->n > LIVE_MAX)
		drop_answers(l);
	for (size_t i = 0; i < l->n_resting; i++)
		ask(l, l->resting[i]);
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

	return a && a->asking;
}

void live_again(struct live *l, const char *const *names, size_t n)
{
	if (!is_ready(l))
		return;
	lookups_forget(l->ward->lookups);
	l->is_silence_said = 0;
	for (size_t i = 0; i < n; i++) {
		struct answered *a = find(l, names[i]);

		if (a)
			a->time = 0;
		ask(l, names[i]);
	}
}
