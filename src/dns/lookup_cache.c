#include "dns/lookup_inner.h"

#include <stdlib.h>
#include <string.h>

/*
 * Questions: who waits for them, and which of them are kept.  A question is
 * found by resolver, type and name; it is freed when neither a job nor the
 * worker nor the hash holds it.
 */

/* FNV-1a; who floods the table with names of his own choosing only slows his own domains.  The type is left out: A and
 * AAAA of a host are looked for together, and so lie together. */
static uint32_t hash_of(unsigned resolver, const uint8_t *name, size_t len)
{
	uint64_t h = 14695981039346656037ull ^ resolver;

	for (size_t i = 0; i < len; i++)
		h = (h ^ name[i]) * 1099511628211ull;
	return (uint32_t)(h ^ h >> 29);
}

static struct question **bucket_of(const struct lookups *l, uint32_t h)
{
	return &l->bucket[h & (l->n_buckets - 1)];
}

/* Twice as many buckets. */
static void grow(struct lookups *l)
{
	size_t n = l->n_buckets ? 2 * l->n_buckets : CACHE_LEAST, before = l->n_buckets;
	struct question **old = l->bucket;

	l->bucket = mem_alloc(n * sizeof(*l->bucket));
	l->n_buckets = n;
	for (size_t i = 0; i < before; i++)
		for (struct question *q = old[i], *next; q; q = next) {
			struct question **place = bucket_of(l, q->hash);

			next = q->hash_next;
			q->hash_next = *place;
			*place = q;
		}
	free(old);
}

static void unhash(struct lookups *l, struct question **place)
{
	struct question *q = *place;

	*place = q->hash_next;
	q->hashed = HASHED_NOT;
	l->n_hashed--;
	question_release(l, q);
}

static struct question *find(struct lookups *l, uint32_t h, unsigned resolver, uint16_t type,
			     const uint8_t *name, size_t len)
{
	struct question **place, *q;

	if (!l->n_buckets)
		return NULL;
	for (place = bucket_of(l, h); (q = *place); place = &q->hash_next) {
		if (q->hash != h || q->type != type || q->resolver != resolver || q->name_len != len ||
		    memcmp(q->name, name, len))
			continue;
		if (l->now < q->stale)
			return q;
		unhash(l, place);
		return NULL;
	}
	return NULL;
}

void question_forget_all(struct lookups *l)
{
	for (size_t i = 0; i < l->n_buckets && l->n_hashed; i++)
		while (l->bucket[i])
			unhash(l, &l->bucket[i]);
}

static void hash(struct lookups *l, struct question *q, enum hashed how)
{
	struct question **place;

	if (l->n_hashed >= CACHE_MOST)
		question_forget_all(l);
	if (l->n_hashed >= l->n_buckets)
		grow(l);
	place = bucket_of(l, q->hash);
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

/* A name on its way into a question; len is -1 when it can be no name in DNS. */
struct spelling {
	uint8_t wire[MESSAGE_NAME];
	int len;
	uint32_t hash;
};

static void spell(struct spelling *s, const struct job *j, const char *name)
{
	s->len = message_name_to_wire(s->wire, name);
	s->hash = s->len < 0 ? 0 : hash_of(j->resolver, s->wire, (size_t)s->len);
}

static struct question *ask(struct lookups *l, struct job *j, const struct spelling *s, uint16_t type, int64_t budget,
			    int cached)
{
	int len = s->len;
	struct question *q = len < 0 ? NULL : find(l, s->hash, j->resolver, type, s->wire, (size_t)len);

	if (q) {
		q->refs++;
		if (!q->reply)
			wait_for(l, q, j);
		return q;
	}
	q = mem_alloc(sizeof *q + (len < 0 ? 0 : (size_t)len));
	q->refs = 1;
	q->hash = s->hash;
	q->stale = INT64_MAX;
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
	memcpy(q->name, s->wire, (size_t)len);
	hash(l, q, cached ? HASHED_KEPT : HASHED_OPEN);
	link_send(l, q);
	return q;
}

struct question *question_ask(struct lookups *l, struct job *j, const char *name, uint16_t type,
			      int64_t budget, int cached)
{
	struct spelling s;

	spell(&s, j, name);
	return ask(l, j, &s, type, budget, cached);
}

void question_ask_host(struct lookups *l, struct job *j, const char *name, struct question *host[2], int64_t budget,
		       int cached)
{
	struct spelling s;

	spell(&s, j, name);
	host[0] = ask(l, j, &s, MESSAGE_A, budget, cached);
	host[1] = ask(l, j, &s, MESSAGE_AAAA, budget, cached);
}

void question_answer(struct lookups *l, struct question *q, const struct reply *r)
{
	struct waiter *w;

	q->reply = reply_copy(r);
	q->stale = l->now + (r->status == ANSWER_FAIL ? CACHE_FAILED : CACHE_GOOD) + 1;
	if (q->hashed == HASHED_OPEN) {
		struct question **place = bucket_of(l, q->hash);

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
