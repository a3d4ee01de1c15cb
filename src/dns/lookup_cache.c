#include "dns/lookup_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"

/*
 * Questions: who waits for them, and which of them are kept.  A question is
 * found by resolver, type and name; it is freed when neither a job nor the
 * worker nor the hash holds it.
 */

static struct question **bucket_of(struct lookups *l, unsigned resolver, uint16_t type,
				   const uint8_t *name, size_t len)
{
	/* FNV-1a; who floods the table with names of his own choosing only slows his own
	 * domains. */
	uint64_t h = 14695981039346656037ull ^ resolver << 16 ^ type;

	for (size_t i = 0; i < len; i++)
		h = (h ^ name[i]) * 1099511628211ull;
	return &l->bucket[(h ^ h >> 29) & (CACHE_BUCKETS - 1)];
}

static void unhash(struct lookups *l, struct question **place)
{
	struct question *q = *place;

	*place = q->hash_next;
	q->hashed = HASHED_NOT;
	l->n_hashed--;
	question_release(l, q);
}

static int is_stale(const struct question *q, int64_t now)
{
	return q->reply && now - q->answered > (q->reply->status == ANSWER_FAIL ? CACHE_FAILED
										: CACHE_GOOD);
}

static struct question *find(struct lookups *l, unsigned resolver, uint16_t type,
			     const uint8_t *name, size_t len)
{
	struct question **place = bucket_of(l, resolver, type, name, len), *q;

	for (; (q = *place); place = &q->hash_next) {
		if (q->type != type || q->resolver != resolver || q->name_len != len ||
		    memcmp(q->name, name, len))
			continue;
		if (!is_stale(q, loop_now()))
			return q;
		unhash(l, place);
		return NULL;
	}
	return NULL;
}

void question_forget_all(struct lookups *l)
{
	for (size_t i = 0; i < CACHE_BUCKETS && l->n_hashed; i++)
		while (l->bucket[i])
			unhash(l, &l->bucket[i]);
}

static void hash(struct lookups *l, struct question *q, enum hashed how)
{
	struct question **place;

	if (l->n_hashed >= CACHE_MOST)
		question_forget_all(l);
	place = bucket_of(l, q->resolver, q->type, q->name, q->name_len);
	q->hash_next = *place;
	*place = q;
	q->hashed = (uint8_t)how;
	q->refs++;
	l->n_hashed++;
}

void question_release(struct lookups *l, struct question *q)
{
	(void)l;
	if (!q || --q->refs)
		return;
	free(q->reply);
	free(q);
}

static void wait_for(struct lookups *l, struct question *q, struct job *j)
{
	struct waiter *w = l->free_waiters;

	if (w)
		l->free_waiters = w->next;
	else
		w = mem_alloc(sizeof *w);
	w->job = j;
	w->next = q->waiters;
	q->waiters = w;
	j->waiting++;
}

void question_unwait(struct lookups *l, struct question *q, const struct job *j)
{
	struct waiter **place = q ? &q->waiters : NULL, *w;

	while (place && (w = *place)) {
		if (w->job != j) {
			place = &w->next;
			continue;
		}
		*place = w->next;
		w->next = l->free_waiters;
		l->free_waiters = w;
	}
}

struct question *question_ask(struct lookups *l, struct job *j, const char *name, uint16_t type,
			      int64_t budget, int cached)
{
	uint8_t wire[MESSAGE_NAME];
	int len = message_name_to_wire(wire, name);
	struct question *q = len < 0 ? NULL : find(l, j->resolver, type, wire, (size_t)len);

	if (q) {
		q->refs++;
		if (!q->reply)
			wait_for(l, q, j);
		return q;
	}
	q = mem_alloc(sizeof *q + (len < 0 ? 0 : (size_t)len));
	q->refs = 1;
	q->type = type;
	q->resolver = (uint8_t)j->resolver;
	q->urgent = (uint8_t)j->urgent;
	q->budget = (uint32_t)(budget < LOOKUP_LEAST ? LOOKUP_LEAST : budget);
	wait_for(l, q, j);
	if (len < 0) {
		/* It can be no name in DNS, whoever let it get here. */
		reply_room_init(&l->room);
		reply_fail(&l->room.reply, type, FAILURE_MALFORMED, -1, -1);
		question_answer(l, q, &l->room.reply);
		return q;
	}
	q->name_len = (uint8_t)len;
	memcpy(q->name, wire, (size_t)len);
	hash(l, q, cached ? HASHED_KEPT : HASHED_OPEN);
	link_send(l, q);
	return q;
}

void question_answer(struct lookups *l, struct question *q, const struct reply *r)
{
	struct waiter *w;

	q->reply = reply_copy(r);
	q->answered = loop_now();
	if (q->hashed == HASHED_OPEN) {
		struct question **place =
			bucket_of(l, q->resolver, q->type, q->name, q->name_len);

		while (*place != q)
			place = &(*place)->hash_next;
		unhash(l, place);
	}
	while ((w = q->waiters)) {
		struct job *j = w->job;

		q->waiters = w->next;
		w->next = l->free_waiters;
		l->free_waiters = w;
		if (--j->waiting == 0)
			job_make_ready(l, j);
	}
}
