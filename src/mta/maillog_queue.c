#include "mta/maillog_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint64_t hash_of(const char *relay, struct maillog_bytes id)
{
	uint64_t h = (uint64_t)(uintptr_t)relay * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < id.len; i++)
		h = (h ^ (unsigned char)id.at[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static struct maillog_message **place_of(const struct maillog_queue *q, uint64_t hash, const char *relay,
					 struct maillog_bytes id)
{
	struct maillog_message **p = &q->bucket[hash & (q->n_buckets - 1)];

	while (*p && ((*p)->hash != hash || (*p)->relay != relay || strlen((*p)->id) != id.len ||
		      memcmp((*p)->id, id.at, id.len) != 0))
		p = &(*p)->next;
	return p;
}

static void grow(struct maillog_queue *q)
{
	size_t n = q->n_buckets ? q->n_buckets * 4 : 4096;
	struct maillog_message **bucket = mem_alloc(n * sizeof(*bucket));

	for (size_t i = 0; i < q->n_buckets; i++)
		for (struct maillog_message *m = q->bucket[i], *next; m; m = next) {
			next = m->next;
			m->next = bucket[m->hash & (n - 1)];
			bucket[m->hash & (n - 1)] = m;
		}
	free(q->bucket);
	q->bucket = bucket;
	q->n_buckets = n;
}

struct maillog_message *maillog_queue_find(const struct maillog_queue *q, const char *relay, struct maillog_bytes id)
{
	return q->n_buckets ? *place_of(q, hash_of(relay, id), relay, id) : NULL;
}

struct maillog_message *maillog_queue_get(struct maillog_queue *q, const char *relay, struct maillog_bytes id, int *is_new)
{
	uint64_t hash = hash_of(relay, id);
	struct maillog_message **place, *m;

	if (q->n >= q->n_buckets)
		grow(q);
	place = place_of(q, hash, relay, id);
	if (is_new)
		*is_new = *place == NULL;
	if (*place)
		return *place;
	m = q->spare;
	if (m)
		q->spare = m->next;
	else
		m = mem_alloc(sizeof *m);
	*m = (struct maillog_message){.hash = hash, .relay = relay, .size = -1};
	memcpy(m->id, id.at, id.len);
	*place = m;
	q->n++;
	return m;
}

void maillog_queue_renew(struct maillog_message *m)
{
	free(m->part);
	free(m->transaction);
	m->size = -1;
	m->flags = 0;
	m->charged = m->failed = NULL;
	m->has_bounced = 0;
	m->part = NULL;
	m->transaction = NULL;
	m->n_parts = m->n_transactions = 0;
}

void maillog_queue_remove(struct maillog_queue *q, const char *relay, struct maillog_bytes id)
{
	struct maillog_message **place, *m;

	if (!q->n_buckets)
		return;
	place = place_of(q, hash_of(relay, id), relay, id);
	m = *place;
	if (!m)
		return;
	*place = m->next;
	maillog_queue_renew(m);
	m->next = q->spare;
	q->spare = m;
	q->n--;
}

/* Grows by doubling: a message may have thousands of recipient domains. */
static int is_full(uint32_t n)
{
	return n == 0 || (n >= 4 && (n & (n - 1)) == 0);
}

struct maillog_part *maillog_message_part(struct maillog_message *m, const char *name, int *is_new)
{
	*is_new = 0;
	for (uint32_t i = m->n_parts; i-- > 0;)
		if (m->part[i].name == name)
			return &m->part[i];
	*is_new = 1;
	if (is_full(m->n_parts))
		m->part = mem_array(m->part, m->n_parts ? (size_t)m->n_parts * 2 : 4, sizeof *m->part);
	m->part[m->n_parts] = (struct maillog_part){.name = name};
	return &m->part[m->n_parts++];
}

int maillog_message_add_transaction(struct maillog_message *m, uint64_t hash)
{
	for (uint32_t i = m->n_transactions; i-- > 0;)
		if (m->transaction[i] == hash)
			return 0;
	if (is_full(m->n_transactions))
		m->transaction =
			mem_array(m->transaction, m->n_transactions ? (size_t)m->n_transactions * 2 : 4, sizeof *m->transaction);
	m->transaction[m->n_transactions++] = hash;
	return 1;
}

void maillog_queue_clear(struct maillog_queue *q)
{
	for (size_t i = 0; i < q->n_buckets; i++)
		for (struct maillog_message *m = q->bucket[i], *next; m; m = next) {
			next = m->next;
			maillog_queue_renew(m);
			free(m);
		}
	for (struct maillog_message *m = q->spare, *next; m; m = next) {
		next = m->next;
		free(m);
	}
	free(q->bucket);
	*q = (struct maillog_queue){0};
}
