#include "db/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db/brownouts.h"
#include "db/code.h"
#include "db/store.h"

static int read_result(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		       enum code_result result, struct err *e)
{
	if (result == CODE_OK)
		return 0;
	return result == CODE_NEWER ? store_newer(t, d, key, key_len, e)
				    : store_damaged(t, d, key, key_len, e);
}

/* --- entries --- */

int entry_get(struct db_txn *t, const char *name, struct arena *a, struct entry *out,
	      struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len = name_to_key(key, name);
	struct value_reader r;
	int got = store_get(t, STORE_ENTRY, key, key_len, &r, e);

	if (got == 0)
		return store_miss(t, STORE_ENTRY, key, key_len, e);
	if (got != 1)
		return got;
	if (read_result(t, STORE_ENTRY, key, key_len, code_read_entry(&r, out), e) != 0)
		return -1;
	/* The spelling of the key, should the caller's have been another one. */
	if (name_from_key(out->name, key, key_len) != 0)
		return store_damaged(t, STORE_ENTRY, key, key_len, e);
	if (a)
		code_copy_entry(out, a);
	return 1;
}

/* A name that no key can give back would be there and never be found. */
static int key_of(struct db_txn *t, unsigned char key[NAME_KEY_SIZE], size_t *len,
		  const char *name, struct err *e)
{
	char back[NAME_SIZE];

	*len = name_to_key(key, name);
	if (name_kind(name) != NAME_REFUSED && name_from_key(back, key, *len) == 0 &&
	    strcmp(back, name) == 0)
		return 0;
	err_set(e, ERR_DATA,
		"the database cannot hold an entry with this name; nothing was changed");
	return store_refuse(t, e);
}

int entry_put(struct db_txn *t, const struct entry *entry, struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len;

	if (key_of(t, key, &key_len, entry->name, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	code_add_entry(&t->value, entry);
	if (store_put(t, STORE_ENTRY, key, key_len, 0, e) != 0)
		return -1;
	return brownouts_note(t, entry->name, entry->brown_until != 0, e);
}

int entry_add_sorted(struct db_txn *t, const struct entry *entry, struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len;
	int rc;

	if (key_of(t, key, &key_len, entry->name, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	code_add_entry(&t->value, entry);
	rc = store_put(t, STORE_ENTRY, key, key_len, MDB_APPEND, e);
	if (rc == 1)
		rc = store_put(t, STORE_ENTRY, key, key_len, MDB_NOOVERWRITE, e);
	return rc < 0 ? -1 : !rc;
}

int entry_delete(struct db_txn *t, const char *name, struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];

	if (brownouts_note(t, name, 0, e) != 0)
		return -1;
	return store_delete(t, STORE_ENTRY, key, name_to_key(key, name), e);
}

int entry_count(struct db_txn *t, uint64_t *n, struct err *e)
{
	return store_count(t, STORE_ENTRY, n, e);
}

/* --- observations --- */

int observed_get(struct db_txn *t, const char *name, struct arena *a, struct observed *out,
		 struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len = name_to_key(key, name);
	struct value_reader r;
	int got = store_get(t, STORE_OBSERVED, key, key_len, &r, e);

	if (got == 0)
		return store_miss(t, STORE_OBSERVED, key, key_len, e);
	if (got != 1)
		return got;
	if (read_result(t, STORE_OBSERVED, key, key_len, code_read_observed(&r, out, a, &t->mx),
			e) != 0)
		return -1;
	return 1;
}

int observed_put(struct db_txn *t, const char *name, const struct observed *o, struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len;

	if (key_of(t, key, &key_len, name, e) != 0)
		return -1;
	value_begin(&t->value, CODE_OBSERVED_VERSION);
	code_add_observed(&t->value, o);
	return store_put(t, STORE_OBSERVED, key, key_len, 0, e);
}

int observed_delete(struct db_txn *t, const char *name, struct err *e)
{
	unsigned char key[NAME_KEY_SIZE];

	return store_delete(t, STORE_OBSERVED, key, name_to_key(key, name), e);
}

int entries_are_whole(struct db_txn *t, struct err *e)
{
	return store_is_whole(t, STORE_ENTRY, e) != 0 || store_is_whole(t, STORE_OBSERVED, e) != 0 ? -1 : 0;
}

/* --- both, side by side --- */

/* The two cursors go through the same keys in the same order, so nothing is ever searched for.
 */
struct place {
	unsigned char key[NAME_KEY_SIZE]; /* a copy: the page may change under a walk that writes */
	size_t len;
};

struct entry_walk_state {
	struct db_txn *txn;
	MDB_cursor *entry, *observed;
	MDB_val key, seen_key;
	struct value_reader seen;
	MDB_cursor_op next; /* what brings the next entry */
	int has_seen, with_mx;
	int is_whole; /* from the first entry on, in a snapshot: all must come */
	uint64_t left; /* no more than there are: damaged pages can lead in a circle */
	struct mx_room mx;
	struct place entry_at, observed_at; /* where both were before */
	unsigned char start[NAME_KEY_SIZE];
	size_t start_len;
};

static int compare_keys(const MDB_val *a, const MDB_val *b)
{
	int c = memcmp(a->mv_data, b->mv_data,
		       a->mv_size < b->mv_size ? a->mv_size : b->mv_size);

	return c ? c : (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

/* A row that a damaged page or key brings out of order would hide those around it without a word. */
static int goes_on(struct entry_walk_state *s, enum store_database d, struct place *before, const MDB_val *key, struct err *e)
{
	const MDB_val last = {before->len, before->key};

	if (key->mv_size > sizeof before->key || (before->len && compare_keys(key, &last) <= 0))
		return store_damaged(s->txn, d, key->mv_data, key->mv_size, e);
	memcpy(before->key, key->mv_data, key->mv_size);
	before->len = key->mv_size;
	return 0;
}

/* Moves the observation's cursor; its sum is looked at here, so that no flipped key is passed over. */
static int see(struct entry_walk_state *s, MDB_cursor_op op, struct err *e)
{
	MDB_val value;

	s->has_seen = store_move(s->txn, s->observed, &s->seen_key, &value, op, e);
	if (s->has_seen != 1)
		return s->has_seen;
	if (store_read(s->txn, STORE_OBSERVED, &s->seen_key, &value, &s->seen, e) != 0 ||
	    goes_on(s, STORE_OBSERVED, &s->observed_at, &s->seen_key, e) != 0)
		return -1;
	return 1;
}

static int begin_behind(struct entry_walk_state *s, const char *after, struct err *e)
{
	MDB_val wanted, value;
	int got;

	s->start_len = name_to_key(s->start, after);
	wanted = s->key = s->seen_key = (MDB_val){s->start_len, s->start};
	if (see(s, MDB_SET_RANGE, e) < 0)
		return -1;
	got = store_move(s->txn, s->entry, &s->key, &value, MDB_SET_RANGE, e);
	if (got < 0)
		return -1;
	if (got == 0)
		s->left = 0;
	else
		s->next = compare_keys(&s->key, &wanted) == 0 ? MDB_NEXT : MDB_GET_CURRENT;
	return 0;
}

int walk_begin(struct entry_walk *w, struct db_txn *t, const char *after, int with_mx,
	       struct err *e)
{
	struct entry_walk_state *s = mem_alloc(sizeof *s);

	*w = (struct entry_walk){.state = s};
	s->txn = t;
	s->with_mx = with_mx;
	s->next = MDB_FIRST;
	s->entry = store_cursor(t, STORE_ENTRY, e);
	s->observed = s->entry ? store_cursor(t, STORE_OBSERVED, e) : NULL;
	if (!s->observed || store_count(t, STORE_ENTRY, &s->left, e) != 0)
		goto fail;
	if (after) {
		if (begin_behind(s, after, e) != 0)
			goto fail;
		return 0;
	}
	if (see(s, MDB_FIRST, e) < 0)
		goto fail;
	s->is_whole = !t->write;
	return 0;
fail:
	walk_end(w);
	return -1;
}

/* Brings the observation's cursor to the entry's key: 1 it has one, 0 it has none, -1. */
static int catch_up(struct entry_walk_state *s, struct err *e)
{
	while (s->has_seen) {
		int c = compare_keys(&s->seen_key, &s->key);

		if (c >= 0)
			return c == 0;
		if (see(s, MDB_NEXT, e) < 0)
			return -1;
	}
	return 0;
}

/* name_from_key() without the look at what kind of name it is, which would take most of a
 * walk's time: the sum covers the key, so it is one that key_of() let in. */
static int name_of_sound_key(char out[NAME_SIZE], const unsigned char *key, size_t len)
{
	char *to = out + len;

	if (len == 0 || len >= NAME_SIZE)
		return -1;
	if (key[0] <= 0x02)
		return name_from_key(out, key, len);
	*to = '\0';
	if (len > 2 && key[len - 1] == 0x01 && key[len - 2] == 0x01) {
		/* A suffix: of the two marks one stands for the dot in front. */
		len--;
		*--to = '\0';
	}
	for (size_t at = 0; at < len;) {
		const unsigned char *mark = memchr(key + at, 0x01, len - at);
		size_t label = mark ? (size_t)(mark - key) - at : len - at;

		to -= label;
		memcpy(to, key + at, label);
		at += label;
		if (mark) {
			*--to = '.';
			at++;
		}
	}
	return 0;
}

/* The end came before the number of rows that LMDB counts. */
static int rows_are_missing(struct entry_walk_state *s, struct err *e)
{
	return store_damaged(s->txn, STORE_ENTRY, s->entry_at.key, s->entry_at.len, e);
}

int walk_next(struct entry_walk *w, struct err *e)
{
	struct entry_walk_state *s = w->state;
	struct value_reader r;
	enum code_result result;
	MDB_val value;
	int got;

	if (s->left == 0)
		return 0;
	s->left--;
	got = store_move(s->txn, s->entry, &s->key, &value, s->next, e);
	if (got != 1) {
		s->left = 0;
		return got == 0 && s->is_whole ? rows_are_missing(s, e) : got;
	}
	s->next = MDB_NEXT;
	if (store_read(s->txn, STORE_ENTRY, &s->key, &value, &r, e) != 0 ||
	    goes_on(s, STORE_ENTRY, &s->entry_at, &s->key, e) != 0)
		return -1;
	result = code_read_entry(&r, &w->e);
	if (result == CODE_OK &&
	    name_of_sound_key(w->e.name, s->key.mv_data, s->key.mv_size) != 0)
		result = CODE_DAMAGED;
	if (read_result(s->txn, STORE_ENTRY, s->key.mv_data, s->key.mv_size, result, e) != 0)
		return -1;
	got = catch_up(s, e);
	if (got <= 0) {
		w->o = (struct observed){.resolver = "", .chain = "", .each = ""};
		return got < 0 ? -1 : 1;
	}
	r = s->seen;
	result = code_read_observed(&r, &w->o, NULL, s->with_mx ? &s->mx : NULL);
	if (read_result(s->txn, STORE_OBSERVED, s->key.mv_data, s->key.mv_size, result, e) != 0)
		return -1;
	return 1;
}

void walk_end(struct entry_walk *w)
{
	struct entry_walk_state *s = w->state;

	if (!s)
		return;
	if (s->entry)
		mdb_cursor_close(s->entry);
	if (s->observed)
		mdb_cursor_close(s->observed);
	mx_room_clear(&s->mx);
	free(s);
	w->state = NULL;
}
