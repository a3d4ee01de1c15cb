#include "db/scans.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"

enum { SCAN_KEY = 4 };

static void make_key(uint8_t out[SCAN_KEY], uint32_t number)
{
	for (int i = 0; i < SCAN_KEY; i++)
		out[i] = (uint8_t)(number >> (24 - 8 * i));
}

int scan_put(struct db_txn *t, const struct scan *s, struct err *e)
{
	struct str *out = &t->value;
	uint8_t key[SCAN_KEY];

	make_key(key, s->number);
	value_begin(out, STORE_VALUE_VERSION);
	value_add_signed(out, s->started);
	value_add_signed(out, s->ended);
	value_add_signed(out, s->pid);
	value_add_byte(out, s->trusted);
	value_add_u64(out, s->sets);
	value_add_number(out, s->total);
	value_add_number(out, s->done);
	value_add_number(out, N_CLASSES);
	for (unsigned i = 0; i < N_CLASSES; i++)
		value_add_number(out, s->count[i]);
	value_add_text(out, s->cause);
	value_add_text(out, s->by);
	value_add_text(out, s->position);
	return store_put(t, STORE_SCAN, key, sizeof key, 0, e);
}

static const char *take_text(struct value_reader *r, struct arena *a)
{
	size_t len;
	const char *text = value_text(r, &len);

	return a && len > 0 ? arena_string(a, text, len) : text;
}

static int read_scan(struct db_txn *t, const uint8_t key[SCAN_KEY], struct value_reader *r,
		     struct arena *a, struct scan *out, struct err *e)
{
	uint64_t classes;
	int64_t pid;

	*out = (struct scan){.number = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
				       (uint32_t)key[2] << 8 | key[3]};
	out->started = value_signed(r);
	out->ended = value_signed(r);
	pid = value_signed(r);
	out->pid = (int32_t)pid;
	out->trusted = value_byte(r);
	out->sets = value_u64(r);
	out->total = value_number(r);
	out->done = value_number(r);
	classes = value_number(r);
	if (!r->bad && classes > N_CLASSES)
		return store_newer(t, STORE_SCAN, key, SCAN_KEY, e);
	for (uint64_t i = 0; i < classes && !r->bad; i++)
		out->count[i] = value_number(r);
	out->cause = take_text(r, a);
	out->by = take_text(r, a);
	out->position = take_text(r, a);
	if (pid != out->pid)
		r->bad = 1;
	return store_end_read(t, STORE_SCAN, key, SCAN_KEY, r, e);
}

int scan_get(struct db_txn *t, uint32_t number, struct arena *a, struct scan *out,
	     struct err *e)
{
	struct value_reader r;
	uint8_t key[SCAN_KEY];
	int got;

	make_key(key, number);
	got = store_get(t, STORE_SCAN, key, sizeof key, &r, e);
	if (got != 1)
		return got;
	return read_scan(t, key, &r, a, out, e) == 0 ? 1 : -1;
}

int scan_last(struct db_txn *t, struct arena *a, struct scan *out, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_SCAN, e);
	struct value_reader r;
	MDB_val key, value;
	int got;

	if (!c)
		return -1;
	got = store_move(t, c, &key, &value, MDB_LAST, e);
	mdb_cursor_close(c);
	if (got != 1)
		return got;
	if (key.mv_size != SCAN_KEY)
		return store_damaged(t, STORE_SCAN, key.mv_data, key.mv_size, e);
	if (store_read(t, STORE_SCAN, &key, &value, &r, e) != 0)
		return -1;
	return read_scan(t, key.mv_data, &r, a, out, e) == 0 ? 1 : -1;
}
