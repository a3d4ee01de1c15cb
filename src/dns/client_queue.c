#include "dns/client_inner.h"

/*
 * The queues of a server.  Queries leave in the order in which they came; but
 * a datagram costs a quarter when it goes together with others of its length,
 * so the first may take its like along, over the heads of those between.
 */

static struct queue *queue_of(struct server *s, const struct query *q)
{
	return q->urgent ? &s->urgent : &s->queue;
}

void queue_add(struct server *s, struct query *q, int first)
{
	struct queue *a = queue_of(s, q);
	struct query **alike = &a->alike[q->packet_len].first, **alike_last = &a->alike[q->packet_len].last;

	q->state = QUERY_QUEUED;
	q->list = NULL;
	q->prev = first ? NULL : a->last;
	q->next = first ? a->first : NULL;
	*(q->prev ? &q->prev->next : &a->first) = q;
	*(q->next ? &q->next->prev : &a->last) = q;
	q->alike = first ? *alike : NULL;
	if (!*alike)
		*alike = *alike_last = q;
	else if (first)
		*alike = q;
	else
		*alike_last = (*alike_last)->alike = q;
}

/* Both orders are one, so the first of a length is the first of them everywhere. */
static struct query *take(struct queue *a, struct query *q)
{
	*(q->prev ? &q->prev->next : &a->first) = q->next;
	*(q->next ? &q->next->prev : &a->last) = q->prev;
	a->alike[q->packet_len].first = q->alike;
	return q;
}

int queue_is_empty(const struct server *s)
{
	return !s->urgent.first && !s->queue.first;
}

struct query *queue_take(struct server *s)
{
	struct queue *a = s->urgent.first ? &s->urgent : &s->queue;

	return take(a, a->first);
}

struct query *queue_take_alike(struct server *s, const struct query *q)
{
	struct queue *a = queue_of(s, q);
	struct query *other = a->alike[q->packet_len].first;

	return other ? take(a, other) : NULL;
}

struct query *queue_take_waiting(struct server *s, int64_t before)
{
	if (s->urgent.first && s->urgent.first->asked < before)
		return take(&s->urgent, s->urgent.first);
	return s->queue.first && s->queue.first->asked < before ? take(&s->queue, s->queue.first) : NULL;
}
