#include "db/queues.h"

#include <string.h>

#include "db/store.h"
#include "mta/maillog.h"
#include "relay/name.h"

/* Beside the kinds of rows of traffic.c and recent.c. */
enum { QUEUED = 'q' };

struct key {
	uint8_t bytes[1 + MAILLOG_RELAY_MAX + 1 + NAME_KEY_SIZE];
	size_t len;
};

/* 'q', the relay, NUL: the relay itself; and an entry's key behind that: one entry. */
static struct key key_of(const char *relay, const char *name)
{
	struct key k = {.bytes = {QUEUED}, .len = 1};
	size_t n = strnlen(relay, MAILLOG_RELAY_MAX);

	memcpy(k.bytes + 1, relay, n);
	k.len += n + 1;
	if (name)
		k.len += name_to_key(k.bytes + k.len, name);
	return k;
}

static void add_figures(struct str *out, const struct queue_figures *f)
{
	value_add_number(out, (uint64_t)f->msgs);
	value_add_number(out, (uint64_t)f->bytes);
	value_add_signed(out, f->oldest);
}

static struct queue_figures read_figures(struct value_reader *r)
{
	struct queue_figures f = {.msgs = (int64_t)value_number(r)};

	f.bytes = (int64_t)value_number(r);
	f.oldest = value_signed(r);
	return f;
}

/* What the relay had before, its own row too. */
static int drop(struct db_txn *t, const struct key *k, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k->len, (void *)k->bytes}, value;
	int got, rc = 0;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && rc == 0 && key.mv_size >= k->len && memcmp(key.mv_data, k->bytes, k->len) == 0;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		rc = mdb_cursor_del(c, 0);
		if (rc != 0)
			rc = store_txn_fail(t, rc, "cannot write to", e);
	}
	mdb_cursor_close(c);
	return got < 0 || rc != 0 ? -1 : 0;
}

int queues_replace(struct db_txn *t, const struct queue_told *told, const struct queue_row *row, size_t n, struct err *e)
{
	struct key k = key_of(told->relay, NULL);

	if (drop(t, &k, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, told->time);
	add_figures(&t->value, &told->all);
	if (store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		k = key_of(told->relay, row[i].name);
		value_begin(&t->value, STORE_VALUE_VERSION);
		add_figures(&t->value, &row[i].figures);
		if (store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e) != 0)
			return -1;
	}
	return 0;
}

static int read_told(struct db_txn *t, const MDB_val *key, const MDB_val *value, struct queue_told *out, struct err *e)
{
	struct value_reader r;

	if (store_read(t, STORE_TRAFFIC, key, value, &r, e) != 0)
		return -1;
	out->relay = (const char *)key->mv_data + 1; /* the key ends in a NUL */
	out->time = value_signed(&r);
	out->all = read_figures(&r);
	return store_end_read(t, STORE_TRAFFIC, key->mv_data, key->mv_size, &r, e);
}

/* The row after all of a relay's: the first whose key is not below its own with 0xff in place of an entry's. */
static void key_behind(struct key *k, const MDB_val *key)
{
	memcpy(k->bytes, key->mv_data, key->mv_size);
	k->len = key->mv_size;
	k->bytes[k->len++] = 0xff;
}

int queues_each(struct db_txn *t, int (*fn)(void *ctx, const struct queue_told *told), void *ctx, struct err *e)
{
	struct key k = {.bytes = {QUEUED}, .len = 1};
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k.len, k.bytes}, value;
	int got, rc = 0;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e); got == 1;
	     got = store_move(t, c, &key, &value, MDB_SET_RANGE, e)) {
		const uint8_t *bytes = key.mv_data;
		struct queue_told told;

		if (key.mv_size < 3 || bytes[0] != QUEUED)
			break;
		if (bytes[key.mv_size - 1] != '\0' || key.mv_size > 2 + MAILLOG_RELAY_MAX) {
			rc = store_damaged(t, STORE_TRAFFIC, key.mv_data, key.mv_size, e);
			break;
		}
		rc = read_told(t, &key, &value, &told, e);
		if (rc != 0 || fn(ctx, &told) != 0)
			break;
		key_behind(&k, &key);
		key = (MDB_val){k.len, k.bytes};
	}
	mdb_cursor_close(c);
	return got < 0 || rc != 0 ? -1 : 0;
}

int queues_get(struct db_txn *t, const char *relay, const char *name, struct queue_figures *out, struct err *e)
{
	struct key k = key_of(relay, name);
	struct value_reader r;
	int got = store_get(t, STORE_TRAFFIC, k.bytes, k.len, &r, e);

	*out = (struct queue_figures){0};
	if (got != 1)
		return got;
	*out = read_figures(&r);
	return store_end_read(t, STORE_TRAFFIC, k.bytes, k.len, &r, e) == 0 ? 1 : -1;
}
