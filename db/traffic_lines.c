#include "db/traffic_lines.h"

#include <string.h>

#include "db/store.h"
#include "db/traffic_key.h"

/* The most of identities that one row holds; a minute may have many rows. */
enum { ROW_MAX = 4096, MINUTES = 1440 };

static int read_row(struct db_txn *t, const MDB_val *key, const MDB_val *value,
		    void (*fn)(void *ctx, uint64_t identity), void *ctx, struct err *e)
{
	struct value_reader r;

	if (store_read(t, STORE_TRAFFIC, key, value, &r, e) != 0)
		return -1;
	while (value_left(&r) > 0 && !r.bad) {
		uint64_t identity = value_u64(&r);

		if (!r.bad && fn)
			fn(ctx, identity);
	}
	return store_end_read(t, STORE_TRAFFIC, key->mv_data, key->mv_size, &r, e);
}

/* Goes through the rows of a minute; *rows is how many there are. */
static int walk_minute(struct db_txn *t, const struct traffic_key *k,
		       void (*fn)(void *ctx, uint64_t identity), void *ctx, int64_t *rows,
		       struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k->len, (void *)k->bytes}, value;
	int got;

	*rows = 0;
	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size == k->len + 4 && traffic_key_begins(&key, k, k->len);
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		*rows = traffic_key_number((const uint8_t *)key.mv_data + k->len) + 1;
		if (fn && read_row(t, &key, &value, fn, ctx, e) != 0) {
			got = -1;
			break;
		}
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

int traffic_lines_each(struct db_txn *t, const char *relay, int64_t minute,
		       void (*fn)(void *ctx, uint64_t identity), void *ctx, struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_LINES, relay);
	int64_t rows;

	traffic_key_add_number(&k, minute);
	return walk_minute(t, &k, fn, ctx, &rows, e);
}

int traffic_lines_add(struct db_txn *t, const char *relay, int64_t minute,
		      const uint64_t *identity, size_t n, struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_LINES, relay);
	int64_t row;

	traffic_key_add_number(&k, minute);
	if (walk_minute(t, &k, NULL, NULL, &row, e) != 0)
		return -1;
	for (size_t i = 0; i < n; row++) {
		struct traffic_key full = k;

		traffic_key_add_number(&full, row);
		value_begin(&t->value, STORE_VALUE_VERSION);
		for (size_t end = n - i > ROW_MAX ? i + ROW_MAX : n; i < end; i++)
			value_add_u64(&t->value, identity[i]);
		if (store_put(t, STORE_TRAFFIC, full.bytes, full.len, 0, e) != 0)
			return -1;
	}
	return 0;
}

/* --- forgetting
 * -------------------------------------------------------------------------------- */

int traffic_lines_is_closed(struct db_txn *t, const char *relay, int64_t day, struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_CLOSED, relay);
	struct value_reader r;

	traffic_key_add_number(&k, day);
	return store_get(t, STORE_TRAFFIC, k.bytes, k.len, &r, e);
}

/* A relay's rows begin at k, whose last eight bytes are minute and row. */
static int close_day(struct db_txn *t, const struct traffic_key *k, int64_t day, struct err *e)
{
	struct traffic_key closed = *k;

	closed.bytes[0] = TRAFFIC_CLOSED;
	closed.len = k->len - 8;
	traffic_key_add_number(&closed, day);
	value_begin(&t->value, STORE_VALUE_VERSION);
	return store_put(t, STORE_TRAFFIC, closed.bytes, closed.len, 0, e) < 0 ? -1 : 0;
}

/* What k stands on is too old: it goes, and its day is closed.  Else k goes on to the next
 * relay. */
static int forget_row(struct db_txn *t, struct traffic_key *k, int64_t before, struct err *e)
{
	int64_t minute = traffic_key_number(k->bytes + k->len - 8);

	if (minute >= before * MINUTES) {
		k->len -= 8;
		k->bytes[k->len - 1] =
			1; /* behind all that begins with this relay and its NUL */
		return 0;
	}
	if (close_day(t, k, minute / MINUTES, e) != 0)
		return -1;
	return store_delete(t, STORE_TRAFFIC, k->bytes, k->len, e) < 0 ? -1 : 0;
}

static int forget_all(struct db_txn *t, int64_t before, struct err *e)
{
	struct traffic_key k = {.bytes = {TRAFFIC_LINES}, .len = 1};
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	int got = c ? 1 : -1;

	while (got == 1) {
		MDB_val key = {k.len, k.bytes}, value;

		got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
		if (got != 1 || *(const uint8_t *)key.mv_data != TRAFFIC_LINES)
			break;
		/* Without the NUL behind the relay the way on would lead back. */
		if (key.mv_size < 10 || key.mv_size > sizeof k.bytes || ((const uint8_t *)key.mv_data)[key.mv_size - 9] != 0)
			got = store_damaged(t, STORE_TRAFFIC, key.mv_data, key.mv_size, e);
		else {
			k.len = key.mv_size;
			memcpy(k.bytes, key.mv_data, k.len);
			got = forget_row(t, &k, before, e) == 0 ? 1 : -1;
		}
	}
	if (c)
		mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

int traffic_lines_forget(struct db_txn *t, int64_t before, int64_t today, struct err *e)
{
	static const uint8_t key = TRAFFIC_FORGOTTEN;
	struct value_reader r;
	int64_t last = -1;
	int got = store_get(t, STORE_TRAFFIC, &key, 1, &r, e);

	if (got < 0)
		return -1;
	if (got == 1) {
		last = value_signed(&r);
		if (store_end_read(t, STORE_TRAFFIC, &key, 1, &r, e) != 0)
			return -1;
	}
	if (last == today)
		return 0;
	if (forget_all(t, before, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, today);
	return store_put(t, STORE_TRAFFIC, &key, 1, 0, e) < 0 ? -1 : 0;
}
