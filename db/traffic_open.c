#include "db/traffic_open.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"
#include "db/traffic_key.h"
#include "mta/maillog.h"

enum { PART_DELAYED = 1, PART_HELD = 2, PART_DEFERRED = 4, PART_SENT = 8 };

static uint8_t bits_of(const struct maillog_part *p)
{
	return (uint8_t)((p->was_delayed ? PART_DELAYED : 0) | (p->was_held ? PART_HELD : 0) |
			 (p->was_deferred ? PART_DEFERRED : 0) | (p->was_sent ? PART_SENT : 0));
}

int traffic_open_put(struct db_txn *t, const struct maillog_message *m, struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_OPEN, m->relay);

	traffic_key_add(&k, m->id, strlen(m->id));
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, m->size);
	value_add_signed(&t->value, m->time);
	value_add_number(&t->value, m->flags);
	value_add_byte(&t->value, (uint8_t)(m->has_bounced != 0));
	value_add_text(&t->value, m->charged);
	value_add_text(&t->value, m->failed);
	value_add_number(&t->value, m->n_parts);
	for (uint32_t i = 0; i < m->n_parts; i++) {
		value_add_text(&t->value, m->part[i].name);
		value_add_byte(&t->value, bits_of(&m->part[i]));
	}
	value_add_number(&t->value, m->n_transactions);
	for (uint32_t i = 0; i < m->n_transactions; i++)
		value_add_u64(&t->value, m->transaction[i]);
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e);
}

static const char *text_or_none(struct value_reader *r)
{
	const char *text = value_text(r, NULL);

	return *text ? text : NULL;
}

static void read_parts(struct value_reader *r, struct maillog_message *m, struct arena *a)
{
	uint64_t n = value_number(r);

	/* Each part takes at least three bytes and each transaction eight, so what does not fit
	 * cannot be. */
	if (r->bad || n > value_left(r) / 3) {
		r->bad = 1;
		return;
	}
	m->part = arena_alloc(a, (n + 1) * sizeof *m->part);
	for (m->n_parts = 0; m->n_parts < n; m->n_parts++) {
		struct maillog_part *part = &m->part[m->n_parts];
		uint8_t bits;

		part->name = value_text(r, NULL);
		bits = value_byte(r);
		part->was_delayed = bits & PART_DELAYED;
		part->was_held = (bits & PART_HELD) != 0;
		part->was_deferred = (bits & PART_DEFERRED) != 0;
		part->was_sent = (bits & PART_SENT) != 0;
	}
	n = value_number(r);
	if (r->bad || n > value_left(r) / 8) {
		r->bad = 1;
		return;
	}
	m->transaction = arena_alloc(a, (n + 1) * sizeof *m->transaction);
	for (m->n_transactions = 0; m->n_transactions < n; m->n_transactions++)
		m->transaction[m->n_transactions] = value_u64(r);
}

static int read_open(struct db_txn *t, const MDB_val *key, const MDB_val *value,
		     struct arena *a, struct maillog_message *m, struct err *e)
{
	const uint8_t *bytes = key->mv_data, *nul = memchr(bytes, 0, key->mv_size);
	size_t id = nul ? key->mv_size - (size_t)(nul - bytes) - 1 : 0;
	struct value_reader r;

	if (id == 0 || id > MAILLOG_ID_MAX)
		return store_damaged(t, STORE_TRAFFIC, key->mv_data, key->mv_size, e);
	if (store_read(t, STORE_TRAFFIC, key, value, &r, e) != 0)
		return -1;
	*m = (struct maillog_message){
		.relay = arena_string(a, (const char *)bytes + 1, (size_t)(nul - bytes) - 1)};
	memcpy(m->id, nul + 1, id);
	m->size = value_signed(&r);
	m->time = value_signed(&r);
	m->flags = value_number32(&r);
	m->has_bounced = value_byte(&r);
	m->charged = text_or_none(&r);
	m->failed = text_or_none(&r);
	read_parts(&r, m, a);
	return store_end_read(t, STORE_TRAFFIC, key->mv_data, key->mv_size, &r, e);
}

int traffic_open_each(struct db_txn *t,
		      void (*fn)(void *ctx, const struct maillog_message *open), void *ctx,
		      struct err *e)
{
	uint8_t start = TRAFFIC_OPEN;
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {1, &start}, value;
	struct arena a = {0};
	int got;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && *(const uint8_t *)key.mv_data == TRAFFIC_OPEN;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct maillog_message m;

		if (read_open(t, &key, &value, &a, &m, e) != 0) {
			got = -1;
			break;
		}
		fn(ctx, &m);
		arena_reset(&a);
	}
	mdb_cursor_close(c);
	arena_clear(&a);
	return got < 0 ? -1 : 0;
}

int traffic_open_drop(struct db_txn *t, struct err *e)
{
	uint8_t start = TRAFFIC_OPEN;
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key, value;
	int got = 1;

	if (!c)
		return -1;
	while (got == 1) {
		int rc;

		key = (MDB_val){1, &start};
		got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
		if (got != 1 || *(const uint8_t *)key.mv_data != TRAFFIC_OPEN)
			break;
		rc = mdb_cursor_del(c, 0);
		if (rc != 0)
			got = store_txn_fail(t, rc, "cannot write to", e);
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}
