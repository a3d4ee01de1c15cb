#include "dns/lookup_inner.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"

/*
 * The link to the worker.  It may die or lie at any time: open questions are
 * asked anew of the next one, at most three times; after a frame that cannot
 * be, they are answered with a failure.
 */

enum {
	WATCH_EVERY = 5000,
	SILENT_TOO_LONG = 25000,
	WAIT_BEFORE_START = 1000,
	STARTS_IN_VAIN = 3
};

static void on_worker(void *ctx, int fd, short revents);
static void ask_worker(struct lookups *l, struct question *q);

static void watch(struct lookups *l, int for_write)
{
	l->watching_write = for_write;
	loop_watch(l->loop, l->worker.fd, (short)(for_write ? POLLIN | POLLOUT : POLLIN),
		   on_worker, l);
}

int link_start(struct lookups *l, struct err *e)
{
	if (worker_start(&l->worker, &l->setup, &l->resolvers, e))
		return -1;
	l->running = 1;
	l->was_ready = 0;
	l->last_heard = loop_now();
	authority_give_all(l);
	watch(l, l->worker.out.begin < l->worker.out.end);
	return 0;
}

void link_stop(struct lookups *l)
{
	if (!l->running)
		return;
	loop_forget(l->loop, l->worker.fd);
	worker_stop(&l->worker);
	l->running = 0;
	for (size_t i = 0; i < FRAME_AUTHORITIES; i++)
		l->place[i].given = 0;
	l->counts_before.queries += l->counts.queries;
	l->counts_before.answers += l->counts.answers;
	l->counts_before.retries += l->counts.retries;
	l->counts_before.timeouts += l->counts.timeouts;
	l->counts_before.tcp += l->counts.tcp;
	l->counts = (struct frame_counts){0};
}

static void free_slot(struct lookups *l, struct question *q)
{
	struct slot *s = &l->slot[q->slot];

	if (q->resolver >= FRAME_RESOLVERS)
		l->place[q->resolver - FRAME_RESOLVERS].open--;
	s->question = NULL;
	s->generation++;
	s->next_free = l->free_slot;
	l->free_slot = q->slot + 1;
	l->n_open--;
}

static void answer(struct lookups *l, struct question *q, const struct reply *r)
{
	free_slot(l, q);
	question_answer(l, q, r);
	question_release(l, q);
}

static void fail(struct lookups *l, struct question *q, enum answer_failure failure)
{
	reply_room_init(&l->room);
	reply_fail(&l->room.reply, q->type, failure, -1, -1);
	answer(l, q, &l->room.reply);
}

static void fail_all(struct lookups *l, enum answer_failure failure)
{
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (l->slot[i].question)
			fail(l, l->slot[i].question, failure);
	lookups_run_soon(l);
}

/* The worker is gone.  One that died before it was ready tells of something that will not pass
 * by itself, so a new one is not started at once for ever. */
static void replace_worker(struct lookups *l)
{
	struct err e;
	int was_ready = l->was_ready;

	link_stop(l);
	l->starts_in_vain = was_ready ? 0 : l->starts_in_vain + 1;
	for (uint32_t i = 0; i < l->n_slots; i++) {
		struct question *q = l->slot[i].question;

		if (q && q->attempts >= LOOKUP_ATTEMPTS)
			fail(l, q, FAILURE_TIMEOUT);
	}
	lookups_run_soon(l);
	if (!l->n_open)
		return;
	if (l->starts_in_vain >= STARTS_IN_VAIN || link_start(l, &e)) {
		l->not_before = loop_now() + WAIT_BEFORE_START;
		fail_all(l, FAILURE_TIMEOUT);
		return;
	}
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (l->slot[i].question)
			ask_worker(l, l->slot[i].question);
}

static void distrust_worker(struct lookups *l)
{
	link_stop(l);
	fail_all(l, FAILURE_MALFORMED);
}

void link_flush(struct lookups *l)
{
	int rc;

	if (!l->running)
		return;
	rc = worker_flush(&l->worker);
	if (rc < 0)
		replace_worker(l);
	else if (l->watching_write != (rc > 0))
		watch(l, rc > 0);
}

static int take_reply(struct lookups *l, const struct frame *f)
{
	uint64_t cookie;
	struct slot *s;
	struct question *q;

	if (frame_get_reply(f, &cookie, &l->room) || (uint32_t)cookie >= l->n_slots)
		return -1;
	s = &l->slot[(uint32_t)cookie];
	q = s->question;
	if (!q || s->generation != cookie >> 32 || l->room.reply.type != q->type)
		return -1;
	answer(l, q, &l->room.reply);
	return 0;
}

static int give_tcp(struct lookups *l, uint8_t resolver)
{
	const struct config_address *a;

	if (resolver >= FRAME_RESOLVERS)
		a = &l->place[resolver - FRAME_RESOLVERS].address;
	else if (resolver < l->resolvers.n)
		a = &l->resolvers.address[resolver];
	else
		return -1;
	/* The place of an authority that nobody has needed yet has no address. */
	worker_give_tcp(&l->worker, resolver, a->address.family ? resolver_socket_tcp(a) : -1);
	return 0;
}

static int take_frame(struct lookups *l, const struct frame *f)
{
	uint8_t resolver;

	switch (f->type) {
	case FRAME_READY:
		if (l->was_ready || frame_get_ready(f, l->note))
			return -1;
		l->was_ready = 1;
		l->starts_in_vain = 0;
		return 0;
	case FRAME_REPLY:
		return l->was_ready ? take_reply(l, f) : -1;
	case FRAME_COUNTS:
		return frame_get_counts(f, &l->counts);
	case FRAME_WANT_TCP:
		return frame_get_want_tcp(f, &resolver) ? -1 : give_tcp(l, resolver);
	default:
		return -1;
	}
}

static void on_worker(void *ctx, int fd, short revents)
{
	struct lookups *l = ctx;
	struct frame f;
	int rc = 0, frames = 0;

	(void)fd;
	l->now = loop_now();
	if (revents & (POLLIN | POLLHUP | POLLERR)) {
		rc = worker_fill(&l->worker);
		l->last_heard = l->now;
		while (rc >= 0 && (frames = frame_next(&l->worker.in, &f)) > 0)
			if (take_frame(l, &f)) {
				frames = -1;
				break;
			}
	}
	if (frames < 0)
		distrust_worker(l);
	else if (rc < 0)
		replace_worker(l);
	lookups_run_ready(l);
}

/* A worker that says nothing for long while it was asked something hangs; its own timers make
 * it answer every eight seconds, if only with failures. */
static void on_watchdog(void *ctx)
{
	struct lookups *l = ctx;

	l->watchdog = NULL;
	if (!l->n_open)
		return;
	if (l->running && loop_now() - l->last_heard > SILENT_TOO_LONG) {
		replace_worker(l);
		link_flush(l);
	}
	l->watchdog = loop_after(l->loop, WATCH_EVERY, on_watchdog, l);
}

static void ask_worker(struct lookups *l, struct question *q)
{
	struct frame_query f = {
		.cookie = (uint64_t)l->slot[q->slot].generation << 32 | q->slot,
		.budget = q->budget,
		.type = q->type,
		.resolver = q->resolver,
		.urgent = q->urgent,
		.name_len = q->name_len,
	};

	memcpy(f.name, q->name, q->name_len);
	q->attempts++;
	frame_put_query(&l->worker.out, &f);
	/* Many are asked in one turn of the loop, and written together when it comes to the
	 * socket. */
	if (!l->watching_write && !l->busy)
		watch(l, 1);
}

/* A slot for q; the table grows as far as there are open questions. */
static void take_slot(struct lookups *l, struct question *q)
{
	if (!l->free_slot) {
		uint32_t n = l->n_slots ? 2 * l->n_slots : 1024;

		l->slot = mem_array(l->slot, n, sizeof *l->slot);
		for (uint32_t i = n; i-- > l->n_slots;) {
			l->slot[i] = (struct slot){.next_free = l->free_slot};
			l->free_slot = i + 1;
		}
		l->n_slots = n;
	}
	q->slot = l->free_slot - 1;
	l->free_slot = l->slot[q->slot].next_free;
	l->slot[q->slot].question = q;
	q->refs++;
	l->n_open++;
	if (q->resolver >= FRAME_RESOLVERS)
		l->place[q->resolver - FRAME_RESOLVERS].open++;
}

void link_send(struct lookups *l, struct question *q)
{
	struct err e;

	take_slot(l, q);
	if (!l->running) {
		if (loop_now() < l->not_before || link_start(l, &e)) {
			if (loop_now() >= l->not_before)
				l->not_before = loop_now() + WAIT_BEFORE_START;
			fail(l, q, FAILURE_TIMEOUT);
			lookups_run_soon(l);
			return;
		}
	}
	if (l->n_open == 1)
		l->last_heard = loop_now();
	if (!l->watchdog)
		l->watchdog = loop_after(l->loop, WATCH_EVERY, on_watchdog, l);
	ask_worker(l, q);
}
