#include "db/audit_pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db/store.h"

/* Written in between when there are so many, to bound the memory (about 100 bytes each). */
enum { PENDING_MAX = 1 << 20 };

struct row {
	const char *chain;
	struct audit_tail tail;
	uint32_t hash; /* of the chain: a million rows are not read again to make room for more */
};

struct audit_pending {
	struct arena arena;
	struct row *row;
	size_t n, room;
	uint32_t *slot; /* hash table: number of the chain's newest row, plus one */
	size_t slots;	/* a power of two */
};

static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static uint32_t *find_slot(const struct audit_pending *p, const char *chain, uint32_t hash)
{
	size_t i = hash & (p->slots - 1);

	for (; p->slot[i]; i = (i + 1) & (p->slots - 1)) {
		const struct row *row = &p->row[p->slot[i] - 1];

		if (row->hash == hash && strcmp(row->chain, chain) == 0)
			break;
	}
	return &p->slot[i];
}

/* Of a chain with several rows a later one takes the slot. */
static void grow_slots(struct audit_pending *p)
{
	free(p->slot);
	p->slots = p->slots ? p->slots * 2 : 64;
	p->slot = mem_alloc(p->slots * sizeof *p->slot);
	for (size_t i = 0; i < p->n; i++)
		*find_slot(p, p->row[i].chain, p->row[i].hash) = (uint32_t)i + 1;
}

void audit_tail_read(struct value_reader *r, struct audit_tail *out)
{
	*out = (struct audit_tail){0};
	if (value_left(r) != 16 + AUDIT_HASH) {
		r->bad = 1;
		return;
	}
	out->number = value_from_key_u64(r->at);
	out->seq = value_from_key_u64(r->at + 8);
	memcpy(out->leaf, r->at + 16, AUDIT_HASH);
	r->at = r->end;
}

int audit_pending_find(struct db_txn *t, const char *chain, struct audit_tail *out,
		       struct err *e)
{
	struct audit_pending *p = t->pending;
	struct value_reader r;
	int got;

	if (p && p->n > 0) {
		uint32_t slot = *find_slot(p, chain, hash_of(chain));

		if (slot) {
			*out = p->row[slot - 1].tail;
			return 1;
		}
	}
	got = store_get(t, STORE_AUDIT_CHAIN, chain, strlen(chain), &r, e);
	if (got != 1)
		return got;
	audit_tail_read(&r, out);
	return store_end_read(t, STORE_AUDIT_CHAIN, chain, strlen(chain), &r, e) == 0 ? 1 : -1;
}

int audit_pending_add(struct db_txn *t, const char *chain, const struct audit_tail *tail,
		      struct err *e)
{
	struct audit_pending *p = t->pending;
	uint32_t *slot, hash = hash_of(chain);

	if (!p)
		p = t->pending = mem_alloc(sizeof *p);
	if (p->n == PENDING_MAX && audit_pending_write(t, e) != 0)
		return -1;
	if (p->n == p->room) {
		p->room = p->room * 2 + 16;
		p->row = mem_array(p->row, p->room, sizeof *p->row);
	}
	if (2 * (p->n + 1) > p->slots)
		grow_slots(p);
	slot = find_slot(p, chain, hash);
	p->row[p->n].chain =
		*slot ? p->row[*slot - 1].chain : arena_string(&p->arena, chain, strlen(chain));
	p->row[p->n].tail = *tail;
	p->row[p->n].hash = hash;
	*slot = (uint32_t)++p->n;
	return 0;
}

/* --- writing --- */

size_t audit_index_key(uint8_t *out, const char *chain, uint64_t number)
{
	size_t len = strlen(chain);

	memcpy(out, chain, len + 1);
	value_key_u64(out + len + 1, number);
	return len + 9;
}

/* domain, 0x00, customer */
static size_t domain_key(uint8_t *out, const char *chain)
{
	const char *slash = strchr(chain, '/');
	size_t customer = slash ? (size_t)(slash - chain) : 0,
	       domain = slash ? strlen(slash + 1) : 0;

	memcpy(out, slash ? slash + 1 : "", domain + 1);
	memcpy(out + domain + 1, chain, customer);
	return domain + 1 + customer;
}

/* MDB_APPEND as long as the rows belong behind all that is there. */
static int put_sorted(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		      unsigned *append, struct err *e)
{
	int rc = 1;

	if (*append)
		rc = store_put(t, d, key, key_len, MDB_APPEND, e);
	if (rc == 1) {
		*append = 0;
		rc = store_put(t, d, key, key_len, 0, e);
	}
	return rc;
}

static void put_u64(struct str *out, uint64_t n)
{
	uint8_t bytes[8];

	value_key_u64(bytes, n);
	str_add_bytes(out, bytes, sizeof bytes);
}

static int by_chain(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = a->chain == b->chain ? 0 : strcmp(a->chain, b->chain);

	return c ? c : (a->tail.number > b->tail.number) - (a->tail.number < b->tail.number);
}

static int write_index(struct db_txn *t, const struct audit_pending *p, struct err *e)
{
	uint8_t key[AUDIT_CHAIN_KEY + 16];
	unsigned append = 1;

	for (size_t i = 0; i < p->n; i++) {
		size_t len = audit_index_key(key, p->row[i].chain, p->row[i].tail.number);

		value_begin(&t->value, STORE_VALUE_VERSION);
		put_u64(&t->value, p->row[i].tail.seq);
		if (put_sorted(t, STORE_AUDIT_INDEX, key, len, &append, e) != 0)
			return -1;
	}
	return 0;
}

static int write_chains(struct db_txn *t, const struct audit_pending *p, struct err *e)
{
	unsigned append = 1;

	for (size_t i = 0; i < p->n; i++) {
		const struct row *row = &p->row[i];

		if (i + 1 < p->n && strcmp(row[1].chain, row->chain) == 0)
			continue; /* not the chain's last one */
		value_begin(&t->value, STORE_VALUE_VERSION);
		put_u64(&t->value, row->tail.number);
		put_u64(&t->value, row->tail.seq);
		str_add_bytes(&t->value, row->tail.leaf, AUDIT_HASH);
		if (put_sorted(t, STORE_AUDIT_CHAIN, row->chain, strlen(row->chain), &append,
			       e) != 0)
			return -1;
	}
	return 0;
}

static const char *domain_of(const char *chain)
{
	const char *slash = strchr(chain, '/');

	return slash ? slash + 1 : "";
}

static int by_domain(const void *x, const void *y)
{
	const char *a = *(const char *const *)x, *b = *(const char *const *)y;
	int c = strcmp(domain_of(a), domain_of(b));

	return c ? c : strcmp(a, b);
}

/* A chain is entered under its domain once, when it begins. */
static int write_domains(struct db_txn *t, const struct audit_pending *p, struct err *e)
{
	uint8_t key[AUDIT_CHAIN_KEY + 16];
	const char **chain = mem_array(NULL, p->n, sizeof *chain);
	unsigned append = 1;
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->row[i].tail.number == 1)
			chain[n++] = p->row[i].chain;
	qsort(chain, n, sizeof *chain, by_domain);
	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t len = domain_key(key, chain[i]);

		value_begin(&t->value, STORE_VALUE_VERSION);
		rc = put_sorted(t, STORE_AUDIT_DOMAIN, key, len, &append, e);
	}
	free(chain);
	return rc;
}

int audit_pending_write(struct db_txn *t, struct err *e)
{
	struct audit_pending *p = t->pending;

	if (!p || p->n == 0)
		return 0;
	qsort(p->row, p->n, sizeof *p->row, by_chain);
	if (write_index(t, p, e) != 0 || write_chains(t, p, e) != 0 ||
	    write_domains(t, p, e) != 0)
		return -1;
	p->n = 0;
	memset(p->slot, 0, p->slots * sizeof *p->slot);
	arena_clear(&p->arena);
	return 0;
}

void audit_pending_drop(struct db_txn *t)
{
	struct audit_pending *p = t->pending;

	if (!p)
		return;
	arena_clear(&p->arena);
	free(p->row);
	free(p->slot);
	free(p);
	t->pending = NULL;
}
