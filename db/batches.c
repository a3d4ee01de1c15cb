#include "db/batches.h"

#include <string.h>

#include "base/mem.h"
#include "db/code.h"
#include "db/store.h"

/*
 * Two kinds of rows in batch_item: under a name its batches, to find the newest, and under a
 * batch its entries.  Both sort by name, so that a bulk deletion, which goes in key order,
 * writes neighbours.
 */
enum { BY_NAME = 1, BY_BATCH = 2, ITEM_KEY_SIZE = NAME_KEY_SIZE + 10 };
enum { IS_DELETED = 0, IS_RESTORED = 1 };

/* --- the batch itself --- */

int batch_put(struct db_txn *t, const struct batch *b, struct err *e)
{
	struct str *out = &t->value;
	uint8_t key[8];

	value_key_u64(key, b->seq);
	value_begin(out, STORE_VALUE_VERSION);
	value_add_signed(out, b->time);
	value_add_byte(out, b->action);
	value_add_number(out, b->count);
	value_add_number(out, b->restored);
	value_add_text(out, b->who);
	value_add_text(out, b->reason);
	value_add_text(out, b->ticket);
	return store_put(t, STORE_BATCH, key, sizeof key, 0, e);
}

static int read_batch(struct db_txn *t, const void *key, size_t key_len, struct value_reader *r,
		      struct arena *a, struct batch *out, struct err *e)
{
	if (key_len != 8)
		return store_damaged(t, STORE_BATCH, key, key_len, e);
	*out = (struct batch){.seq = value_from_key_u64(key)};
	out->time = value_signed(r);
	out->action = value_byte(r);
	out->count = value_number(r);
	out->restored = value_number(r);
	out->who = value_text_kept(r, a);
	out->reason = value_text_kept(r, a);
	out->ticket = value_text_kept(r, a);
	return store_end_read(t, STORE_BATCH, key, key_len, r, e);
}

int batch_get(struct db_txn *t, uint64_t seq, struct arena *a, struct batch *out, struct err *e)
{
	struct value_reader r;
	uint8_t key[8];
	int got;

	value_key_u64(key, seq);
	got = store_get(t, STORE_BATCH, key, sizeof key, &r, e);
	if (got != 1)
		return got;
	return read_batch(t, key, sizeof key, &r, a, out, e) == 0 ? 1 : -1;
}

int batch_list(struct db_txn *t, struct arena *a, struct batch **out, size_t *n, size_t max,
	       struct err *e)
{
	MDB_cursor *c;
	MDB_val key, value;
	uint64_t count;
	int got;

	*out = NULL;
	*n = 0;
	if (store_count(t, STORE_BATCH, &count, e) != 0)
		return -1;
	if (max > count)
		max = (size_t)count;
	if (max == 0)
		return 0;
	c = store_cursor(t, STORE_BATCH, e);
	if (!c)
		return -1;
	*out = arena_alloc(a, max * sizeof **out);
	for (got = store_move(t, c, &key, &value, MDB_LAST, e); got == 1 && *n < max;
	     got = store_move(t, c, &key, &value, MDB_PREV, e)) {
		struct value_reader r;

		if (store_read(t, STORE_BATCH, &key, &value, &r, e) != 0 ||
		    read_batch(t, key.mv_data, key.mv_size, &r, a, &(*out)[*n], e) != 0) {
			got = -1;
			break;
		}
		++*n;
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

/* --- its entries --- */

static size_t key_by_batch(uint8_t out[ITEM_KEY_SIZE], uint64_t seq, const char *name)
{
	out[0] = BY_BATCH;
	value_key_u64(out + 1, seq);
	return 9 + (name ? name_to_key(out + 9, name) : 0);
}

static size_t key_by_name(uint8_t out[ITEM_KEY_SIZE], const char *name, uint64_t seq)
{
	size_t len;

	out[0] = BY_NAME;
	len = 1 + name_to_key(out + 1, name);
	out[len++] = 0;
	value_key_u64(out + len, seq);
	return len + 8;
}

static int put_item(struct db_txn *t, uint64_t seq, const struct entry *entry, uint8_t state,
		    struct err *e)
{
	uint8_t key[ITEM_KEY_SIZE];
	size_t len = key_by_batch(key, seq, entry->name);

	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_byte(&t->value, state);
	code_add_entry(&t->value, entry);
	if (store_put(t, STORE_BATCH_ITEM, key, len, 0, e) != 0)
		return -1;
	len = key_by_name(key, entry->name, seq);
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_byte(&t->value, state);
	return store_put(t, STORE_BATCH_ITEM, key, len, 0, e);
}

int batch_add_entry(struct db_txn *t, uint64_t seq, const struct entry *entry, struct err *e)
{
	return put_item(t, seq, entry, IS_DELETED, e);
}

static int read_item(struct db_txn *t, const uint8_t *key, size_t key_len,
		     struct value_reader *r, struct arena *a, struct entry *out, uint8_t *state,
		     struct err *e)
{
	enum code_result result;

	*state = value_byte(r);
	result = code_read_entry(r, out);
	if (result == CODE_NEWER || (result == CODE_OK && *state > IS_RESTORED))
		return store_newer(t, STORE_BATCH_ITEM, key, key_len, e);
	if (result != CODE_OK || key_len < 10 ||
	    name_from_key(out->name, key + 9, key_len - 9) != 0)
		return store_damaged(t, STORE_BATCH_ITEM, key, key_len, e);
	if (a)
		code_copy_entry(out, a);
	return 0;
}

/* Counts the entries of a batch that were not restored, or reads them where out is given. */
static int visit(struct db_txn *t, MDB_cursor *c, uint64_t seq, struct arena *a,
		 struct entry *out, size_t *n, struct err *e)
{
	uint8_t start[ITEM_KEY_SIZE];
	size_t len = key_by_batch(start, seq, NULL), max = out ? *n : SIZE_MAX;
	MDB_val key = {len, start}, value;
	int got;

	*n = 0;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e); got == 1 && *n < max;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct value_reader r;
		/* cppcheck-suppress uninitvar ; read_item() fills it */
		struct entry entry, *to = out ? &out[*n] : &entry;
		uint8_t state;

		if (key.mv_size <= len || memcmp(key.mv_data, start, len) != 0)
			break;
		if (store_read(t, STORE_BATCH_ITEM, &key, &value, &r, e) != 0 ||
		    read_item(t, key.mv_data, key.mv_size, &r, out ? a : NULL, to, &state, e) !=
			    0)
			return -1;
		*n += state == IS_DELETED;
	}
	return got < 0 ? -1 : 0;
}

int batch_entries(struct db_txn *t, uint64_t seq, struct arena *a, struct entry **out,
		  size_t *n, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_BATCH_ITEM, e);
	int rc;

	*out = NULL;
	*n = 0;
	if (!c)
		return -1;
	rc = visit(t, c, seq, a, NULL, n, e);
	if (rc == 0 && *n > 0) {
		*out = arena_alloc(a, *n * sizeof **out);
		rc = visit(t, c, seq, a, *out, n, e);
	}
	mdb_cursor_close(c);
	return rc;
}

/* Whether the row under the cursor is one of the name's, deleted and not restored: 1, 0, -1. */
static int is_deleted(struct db_txn *t, const MDB_val *key, const MDB_val *value, struct err *e)
{
	struct value_reader r;
	int deleted;

	if (store_read(t, STORE_BATCH_ITEM, key, value, &r, e) != 0)
		return -1;
	deleted = value_byte(&r) == IS_DELETED;
	if (store_end_read(t, STORE_BATCH_ITEM, key->mv_data, key->mv_size, &r, e) != 0)
		return -1;
	return deleted;
}

/* Goes backwards from behind the last batch that the name can have been in. */
static int find_newest(struct db_txn *t, MDB_cursor *c, const char *name, uint64_t *seq,
		       struct err *e)
{
	uint8_t start[ITEM_KEY_SIZE];
	size_t len = key_by_name(start, name, UINT64_MAX);
	MDB_val key = {len, start}, value;
	int got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);

	if (got >= 0)
		got = store_move(t, c, &key, &value, got ? MDB_PREV : MDB_LAST, e);
	while (got == 1 && key.mv_size == len && memcmp(key.mv_data, start, len - 8) == 0) {
		int deleted = is_deleted(t, &key, &value, e);

		*seq = value_from_key_u64((const uint8_t *)key.mv_data + len - 8);
		if (deleted != 0)
			return deleted;
		got = store_move(t, c, &key, &value, MDB_PREV, e);
	}
	return got < 0 ? -1 : 0;
}

int batch_find_deleted(struct db_txn *t, const char *name, uint64_t *seq, struct err *e)
{
	MDB_cursor *c;
	uint64_t count;
	int found;

	if (store_count(t, STORE_BATCH_ITEM, &count, e) != 0)
		return -1;
	if (count == 0)
		return 0; /* an import asks this for each of a million names */
	c = store_cursor(t, STORE_BATCH_ITEM, e);
	if (!c)
		return -1;
	found = find_newest(t, c, name, seq, e);
	mdb_cursor_close(c);
	return found;
}

int batch_mark_restored(struct db_txn *t, uint64_t seq, const char *name, struct err *e)
{
	uint8_t key[ITEM_KEY_SIZE], state;
	size_t len = key_by_batch(key, seq, name);
	struct arena a = {0};
	struct value_reader r;
	struct batch batch;
	struct entry entry;
	int rc, got = store_get(t, STORE_BATCH_ITEM, key, len, &r, e);

	if (got < 0)
		return -1;
	if (got == 0) {
		err_set(e, ERR_NOINPUT, "the batch b%llu did not delete '%s'",
			(unsigned long long)seq, name);
		return store_refuse(t, e);
	}
	/* What is read points into pages that writing may change. */
	rc = read_item(t, key, len, &r, &a, &entry, &state, e);
	if (rc == 0 && state == IS_DELETED) {
		got = batch_get(t, seq, &a, &batch, e);
		rc = got < 0 ? -1 : put_item(t, seq, &entry, IS_RESTORED, e);
		if (rc == 0 && got == 1) {
			batch.restored++;
			rc = batch_put(t, &batch, e);
		}
	}
	arena_clear(&a);
	return rc;
}
