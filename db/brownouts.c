#include "db/brownouts.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"
#include "relay/name.h"

/* Rows of the database of things there is one of: these words, NUL, and the entry's key. */
static const char prefix[] = "brownout";

enum { KEY_SIZE = sizeof prefix + NAME_KEY_SIZE };

static size_t make_key(uint8_t out[KEY_SIZE], const char *name)
{
	memcpy(out, prefix, sizeof prefix);
	return sizeof prefix + name_to_key(out + sizeof prefix, name);
}

int brownouts_note(struct db_txn *t, const char *name, int is, struct err *e)
{
	uint8_t key[KEY_SIZE];
	size_t len = make_key(key, name);

	if (!is)
		return store_delete(t, STORE_META, key, len, e) < 0 ? -1 : 0;
	value_begin(&t->value, STORE_VALUE_VERSION);
	return store_put(t, STORE_META, key, len, 0, e);
}

static int add_name(struct arena *a, const char ***name, size_t *n, size_t *room, const MDB_val *key)
{
	char text[NAME_SIZE];

	if (name_from_key(text, (const uint8_t *)key->mv_data + sizeof prefix, key->mv_size - sizeof prefix) != 0)
		return -1;
	if (*n == *room) {
		const char **more;

		*room = *room * 2 + 64;
		more = arena_alloc(a, *room * sizeof *more);
		if (*n)
			memcpy(more, *name, *n * sizeof *more);
		*name = more;
	}
	(*name)[(*n)++] = arena_string(a, text, strlen(text));
	return 0;
}

int brownouts_get(struct db_txn *t, struct arena *a, const char ***name, size_t *n, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_META, e);
	MDB_val key = {sizeof prefix, (void *)prefix}, value;
	size_t room = 0;
	int got;

	*name = NULL;
	*n = 0;
	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size > sizeof prefix && memcmp(key.mv_data, prefix, sizeof prefix) == 0;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct value_reader r;

		if (store_read(t, STORE_META, &key, &value, &r, e) != 0) {
			got = -1;
			break;
		}
		if (add_name(a, name, n, &room, &key) != 0) {
			got = store_damaged(t, STORE_META, key.mv_data, key.mv_size, e);
			break;
		}
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}
