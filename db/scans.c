#include "db/scans.h"

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
	value_add_byte(out, s->canaries);
	value_add_byte(out, s->accepted);
	value_add_byte(out, s->limited);
	value_add_byte(out, s->reported);
	value_add_signed(out, s->touched);
	value_add_number(out, s->newly_unknown);
	value_add_number(out, s->new_suspects);
	value_add_number(out, s->held);
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
	out->canaries = value_byte(r);
	out->accepted = value_byte(r);
	out->limited = value_byte(r);
	out->reported = value_byte(r);
	out->touched = value_signed(r);
	out->newly_unknown = value_number(r);
	out->new_suspects = value_number(r);
	out->held = value_number(r);
	out->sets = value_u64(r);
	out->total = value_number(r);
	out->done = value_number(r);
	classes = value_number(r);
	if (!r->bad && classes > N_CLASSES)
		return store_newer(t, STORE_SCAN, key, SCAN_KEY, e);
	for (uint64_t i = 0; i < classes && !r->bad; i++)
		out->count[i] = value_number(r);
	out->cause = value_text_kept(r, a);
	out->by = value_text_kept(r, a);
	out->position = value_text_kept(r, a);
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

/* The scan under a cursor. */
static int read_at(struct db_txn *t, const MDB_val *key, const MDB_val *value, struct arena *a, struct scan *out,
		   struct err *e)
{
	struct value_reader r;

	if (key->mv_size != SCAN_KEY)
		return store_damaged(t, STORE_SCAN, key->mv_data, key->mv_size, e);
	if (store_read(t, STORE_SCAN, key, value, &r, e) != 0)
		return -1;
	return read_scan(t, key->mv_data, &r, a, out, e);
}

int scan_last(struct db_txn *t, struct arena *a, struct scan *out, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_SCAN, e);
	MDB_val key, value;
	int got;

	if (!c)
		return -1;
	got = store_move(t, c, &key, &value, MDB_LAST, e);
	mdb_cursor_close(c);
	if (got != 1)
		return got;
	return read_at(t, &key, &value, a, out, e) == 0 ? 1 : -1;
}

int scan_each(struct db_txn *t, int (*fn)(void *ctx, const struct scan *s), void *ctx, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_SCAN, e);
	MDB_val key, value;
	struct scan scan;
	uint64_t left; /* damaged pages can lead in a circle */
	int got = 0;

	if (!c)
		return -1;
	if (store_count(t, STORE_SCAN, &left, e) != 0)
		got = -1;
	while (got == 0 && left-- > 0) {
		got = store_move(t, c, &key, &value, MDB_PREV, e);
		if (got != 1)
			break;
		if (read_at(t, &key, &value, NULL, &scan, e) != 0)
			got = -1;
		else
			got = fn(ctx, &scan) ? 1 : 0;
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

/* Number 0 is no scan's, so an empty place matches nothing that is asked. */
static int remember(struct db_txn *t, struct scan_trust *memory, uint32_t number, size_t *place, struct err *e)
{
	struct scan scan;
	int got;

	*place = number % SCAN_TRUST_KEPT;
	if (number == 0 || memory->number[*place] == number)
		return number != 0;
	got = scan_get(t, number, NULL, &scan, e);
	if (got < 0)
		return -1;
	memory->number[*place] = number;
	memory->counts[*place] = got == 1 && scan.ended && scan.trusted;
	memory->canaries[*place] = got == 1 && scan.ended && scan.canaries;
	return 1;
}

int scan_counts(struct db_txn *t, struct scan_trust *memory, uint32_t number, struct err *e)
{
	size_t place;
	int got = remember(t, memory, number, &place, e);

	return got == 1 ? memory->counts[place] : got;
}

int scan_had_canaries(struct db_txn *t, struct scan_trust *memory, uint32_t number, struct err *e)
{
	size_t place;
	int got = remember(t, memory, number, &place, e);

	return got == 1 ? memory->canaries[place] : got;
}
