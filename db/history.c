#include "db/history.h"

#include <string.h>

#include "base/mem.h"
#include "db/code.h"
#include "db/store.h"

enum { HISTORY_KEY_SIZE = NAME_KEY_SIZE + 9 };

/* Times are never below zero, so their bytes order as they do. */
static size_t make_key(uint8_t out[HISTORY_KEY_SIZE], const char *name, int64_t since)
{
	size_t len = name_to_key(out, name);

	out[len++] = 0;
	value_key_u64(out + len, (uint64_t)since);
	return len + 8;
}

int history_put(struct db_txn *t, const char *name, const struct observed *o, struct err *e)
{
	uint8_t key[HISTORY_KEY_SIZE];
	size_t len = make_key(key, name, o->since);

	value_begin(&t->value, CODE_OBSERVED_VERSION);
	code_add_observed(&t->value, o);
	return store_put(t, STORE_HISTORY, key, len, 0, e);
}

static int read_row(struct db_txn *t, const MDB_val *key, const MDB_val *value, struct arena *a,
		    struct observed *out, struct err *e)
{
	struct value_reader r;

	if (store_read(t, STORE_HISTORY, key, value, &r, e) != 0)
		return -1;
	switch (code_read_observed(&r, out, a, NULL)) {
	case CODE_OK:
		return 0;
	case CODE_NEWER:
		return store_newer(t, STORE_HISTORY, key->mv_data, key->mv_size, e);
	case CODE_DAMAGED:
		break;
	}
	return store_damaged(t, STORE_HISTORY, key->mv_data, key->mv_size, e);
}

/* Counts the rows under one name, or reads them where rows is given. */
static int visit(struct db_txn *t, MDB_cursor *c, const char *name, struct arena *a,
		 struct observed *rows, size_t *n, struct err *e)
{
	uint8_t start[HISTORY_KEY_SIZE];
	size_t len = make_key(start, name, 0), max = rows ? *n : SIZE_MAX;
	MDB_val key = {len, start}, value;
	int got;

	*n = 0;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e); got == 1 && *n < max;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		if (key.mv_size != len || memcmp(key.mv_data, start, len - 8) != 0)
			break;
		if (rows && read_row(t, &key, &value, a, &rows[*n], e) != 0)
			return -1;
		++*n;
	}
	return got < 0 ? -1 : 0;
}

int history_get(struct db_txn *t, const char *name, struct arena *a, struct observed **rows,
		size_t *n, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_HISTORY, e);
	int rc;

	*rows = NULL;
	*n = 0;
	if (!c)
		return -1;
	rc = visit(t, c, name, a, NULL, n, e);
	if (rc == 0 && *n > 0) {
		*rows = arena_alloc(a, *n * sizeof **rows);
		rc = visit(t, c, name, a, *rows, n, e);
	}
	mdb_cursor_close(c);
	return rc;
}
