#include "dns/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/str.h"
#include "dns/lookup_inner.h"
#include "relay/config.h"

int lookups_new(struct lookups **out, struct loop *loop, const struct config *config,
		struct err *e)
{
	struct lookups *l = mem_alloc(sizeof *l);

	l->worker.fd = -1;
	l->loop = loop;
	l->config = config;
	l->ready_last = &l->ready;
	if (resolvers_get(&l->resolvers, config, e)) {
		free(l);
		return -1;
	}
	resolvers_pace(&l->setup, &l->resolvers, config);
	/* Stragglers and the questions about targets leave room in the worker's window, so more
	 * names than that are worth having under way. */
	l->window = 2 * l->setup.window;
	for (size_t i = 0; i < l->resolvers.n; i++)
		resolver_text(l->resolver_text[i], sizeof l->resolver_text[i], &l->resolvers.address[i]);
	if (link_start(l, e)) {
		lookups_free(l);
		return -1;
	}
	*out = l;
	return 0;
}

static void unlink_job(struct lookups *l, struct job *j)
{
	if (j->prev)
		j->prev->next = j->next;
	else
		l->jobs = j->next;
	if (j->next)
		j->next->prev = j->prev;
	l->n_jobs--;
}

static void unready(struct lookups *l, struct job *j)
{
	struct job **place = &l->ready;

	if (!j->ready)
		return;
	while (*place != j)
		place = &(*place)->ready_next;
	*place = j->ready_next;
	if (!j->ready_next)
		l->ready_last = place;
	j->ready = 0;
}

void job_drop(struct lookups *l, struct job *j)
{
	unready(l, j);
	unlink_job(l, j);
	job_release(l, j);
	free(j);
}

void lookups_free(struct lookups *l)
{
	struct waiter *w;

	if (!l)
		return;
	/* The one who frees it may be a callback; the rest is done when that has returned. */
	if (l->busy) {
		l->dead = 1;
		return;
	}
	link_stop(l);
	loop_cancel(l->loop, l->watchdog);
	loop_cancel(l->loop, l->soon);
	while (l->jobs)
		job_drop(l, l->jobs);
	for (uint32_t i = 0; i < l->n_slots; i++)
		question_release(l, l->slot[i].question);
	question_forget_all(l);
	while ((w = l->free_waiters)) {
		l->free_waiters = w->next;
		free(w);
	}
	arena_clear(&l->arena);
	free(l->slot);
	free(l->bucket);
	free(l);
}

void job_make_ready(struct lookups *l, struct job *j)
{
	if (j->ready)
		return;
	j->ready = 1;
	j->ready_next = NULL;
	*l->ready_last = j;
	l->ready_last = &j->ready_next;
}

static void on_soon(void *ctx)
{
	struct lookups *l = ctx;

	l->soon = NULL;
	lookups_run_ready(l);
}

void lookups_run_soon(struct lookups *l)
{
	if (!l->soon && l->ready)
		l->soon = loop_after(l->loop, 0, on_soon, l);
}

struct job *job_new(struct lookups *l, const char *name, size_t n_steps)
{
	size_t len = strnlen(name, NAME_SIZE - 1), steps = n_steps * sizeof(struct step);
	int suffix = name[0] == '.';
	struct job *j = mem_alloc(sizeof *j + steps + len + 1 + (suffix ? len + JOB_RANDOM + 1 : 0));

	if (!l->busy)
		l->now = loop_now();
	j->name = (char *)j->step + steps;
	memcpy(j->name, name, len);
	j->asked = suffix ? j->name + len + 1 : j->name;
	j->n_steps = n_steps;
	j->suffix = suffix;
	j->next = l->jobs;
	if (j->next)
		j->next->prev = j;
	l->jobs = j;
	l->n_jobs++;
	return j;
}

static void ask(struct lookups *l, const char *name, int urgent, int anyway, lookup_fn *fn,
		void *ctx)
{
	struct job *j;

	if (l->dead)
		return;
	j = job_new(l, name, l->resolvers.n);
	j->fn = fn;
	j->ctx = ctx;
	j->urgent = urgent != 0;
	l->names++;
	j->unasked = strlen(name) >= NAME_SIZE ||
		     (!anyway && verdict_of_name(j->name).class != CLASS_NONE);
	if (!j->unasked)
		job_begin(l, j);
	/* What is settled already is told from the loop. */
	if (!j->waiting)
		job_make_ready(l, j);
	lookups_run_soon(l);
}

void lookups_ask(struct lookups *l, const char *name, int urgent, lookup_fn *fn, void *ctx)
{
	ask(l, name, urgent, 0, fn, ctx);
}

void lookups_ask_anyway(struct lookups *l, const char *name, lookup_fn *fn, void *ctx)
{
	ask(l, name, 0, 1, fn, ctx);
}

void lookups_cancel(struct lookups *l, const char *name, lookup_fn *fn, void *ctx)
{
	struct job *next;

	for (struct job *j = l->jobs; j; j = next) {
		next = j->next;
		if (j->fn != fn || j->ctx != ctx || strcmp(j->name, name))
			continue;
		job_drop(l, j);
	}
}

/* Which of the answers made the combined verdict what it is: the same verdict, else the same
 * class. */
static size_t decisive(const struct verdict *each, size_t n, struct verdict v)
{
	for (size_t i = 0; i < n; i++)
		if (each[i].class == v.class && each[i].reason == v.reason)
			return i;
	for (size_t i = 0; i < n; i++)
		if (each[i].class == v.class)
			return i;
	return 0;
}

static void tell(struct lookups *l, struct job *j)
{
	struct lookup_result r = {.name = j->name};
	struct verdict counted[FRAME_RESOLVERS], *each;
	struct answer *all;
	size_t n = 0;

	if (j->unasked) {
		r.verdict = verdict_of_name(j->name);
		j->fn(j->ctx, &r);
		return;
	}
	while (n < l->resolvers.n && j->step[n].stage >= STEP_DONE)
		n++;
	if (l->judged.job != j)
		arena_reset(&l->arena);
	all = l->judged.job == j && n == 1 ? &l->judged.answer : arena_alloc(&l->arena, n * sizeof *all);
	each = arena_alloc(&l->arena, n * sizeof *each);
	for (size_t i = 0; i < n; i++) {
		if (l->judged.job != j || l->judged.resolver != i)
			answer_build(l, j, (unsigned)i, &all[i]);
		else if (all != &l->judged.answer)
			all[i] = l->judged.answer;
		each[i] = counted[i] = j->step[i].verdict;
		/* NA_SUFFIX for want of an answer says nothing beside one that was heard. */
		if (each[i].class == CLASS_NA &&
		    (all[i].status == ANSWER_FAIL || all[i].base == ANSWER_FAIL))
			counted[i] = (struct verdict){0};
	}
	r.verdict = verdict_combine(counted, n);
	if (r.verdict.class == CLASS_NONE)
		r.verdict = each[0];
	r.all = all;
	r.each = each;
	r.n_all = n;
	r.answer = &all[decisive(each, n, r.verdict)];
	j->fn(j->ctx, &r);
}

/* Takes the job off every list, tells, and frees it: the callback may ask and cancel as it
 * likes. */
static void finish(struct lookups *l, struct job *j)
{
	unlink_job(l, j);
	if (j->authority)
		authority_tell(l, j);
	else
		tell(l, j);
	job_release(l, j);
	free(j);
}

void lookups_run_ready(struct lookups *l)
{
	struct job *j;

	if (l->busy)
		return;
	l->busy = 1;
	l->now = loop_now();
	while (!l->dead && (j = l->ready)) {
		l->ready = j->ready_next;
		if (!l->ready)
			l->ready_last = &l->ready;
		j->ready = 0;
		l->judged.job = NULL;
		job_advance(l, j);
		if (job_is_over(l, j))
			finish(l, j);
	}
	l->busy = 0;
	if (l->dead)
		lookups_free(l);
	else
		link_flush(l);
}

size_t lookups_pending(const struct lookups *l)
{
	return l->n_jobs;
}

size_t lookups_window(const struct lookups *l)
{
	return l->window;
}

void lookups_compare(struct lookups *l, int yes)
{
	l->compare = yes;
}

const char *lookups_resolvers(struct lookups *l)
{
	struct str text = {0};

	for (size_t i = 0; i < l->resolvers.n; i++)
		str_addf(&text, "%s%s", i ? ", " : "", l->resolver_text[i]);
	snprintf(l->resolver_list, sizeof l->resolver_list, "%s", str_text(&text));
	str_clear(&text);
	return l->resolver_list;
}

void lookups_forget(struct lookups *l)
{
	question_forget_all(l);
}

struct lookup_counts lookups_counts(const struct lookups *l)
{
	const struct frame_counts *a = &l->counts_before, *b = &l->counts;

	return (struct lookup_counts){
		.names = l->names,
		.queries = a->queries + b->queries,
		.answers = a->answers + b->answers,
		.retries = a->retries + b->retries,
		.timeouts = a->timeouts + b->timeouts,
		.tcp = a->tcp + b->tcp,
	};
}

const char *lookups_sandbox_note(const struct lookups *l)
{
	return l->note;
}
