#include "db/chain.h"

#include <string.h>

#include "audit/tree.h"
#include "db/audit_node.h"
#include "db/store.h"

/* --- chains ----------------------------------------------------------------------------------- */

static int read_end(struct db_txn *t, const MDB_val *key, struct value_reader *r, struct audit_tail *end,
		    struct err *e)
{
	audit_tail_read(r, end);
	return store_end_read(t, STORE_AUDIT_CHAIN, key->mv_data, key->mv_size, r, e);
}

int chain_next(struct db_txn *t, const char *after, char name[AUDIT_CHAIN_KEY + 1], struct audit_tail *end,
	       struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_AUDIT_CHAIN, e);
	MDB_val key = {after ? strlen(after) : 0, (void *)after}, value;
	struct value_reader r;
	int got;

	if (!c)
		return -1;
	got = store_move(t, c, &key, &value, after ? MDB_SET_RANGE : MDB_FIRST, e);
	if (got == 1 && after && key.mv_size == strlen(after) && memcmp(key.mv_data, after, key.mv_size) == 0)
		got = store_move(t, c, &key, &value, MDB_NEXT, e);
	if (got == 1 && store_read(t, STORE_AUDIT_CHAIN, &key, &value, &r, e) != 0)
		got = -1;
	if (got == 1 && key.mv_size > AUDIT_CHAIN_KEY)
		got = store_damaged(t, STORE_AUDIT_CHAIN, key.mv_data, key.mv_size, e);
	if (got == 1 && read_end(t, &key, &r, end, e) != 0)
		got = -1;
	if (got == 1) {
		memcpy(name, key.mv_data, key.mv_size);
		name[key.mv_size] = '\0';
	}
	mdb_cursor_close(c);
	return got;
}

int chain_end(struct db_txn *t, const char *name, struct audit_tail *end, struct err *e)
{
	MDB_val key = {strlen(name), (void *)name};
	struct value_reader r;
	int got = store_get(t, STORE_AUDIT_CHAIN, key.mv_data, key.mv_size, &r, e);

	return got == 1 && read_end(t, &key, &r, end, e) != 0 ? -1 : got;
}

int chain_seq(struct db_txn *t, const char *name, uint64_t number, uint64_t *seq, struct err *e)
{
	uint8_t key[AUDIT_CHAIN_KEY + 16];
	size_t len = audit_index_key(key, name, number);
	struct value_reader r;
	int got = store_get(t, STORE_AUDIT_INDEX, key, len, &r, e);

	if (got != 1)
		return got;
	if (value_left(&r) != 8)
		return store_damaged(t, STORE_AUDIT_INDEX, key, len, e);
	*seq = value_from_key_u64(r.at);
	return 1;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int get_line(struct db_txn *t, enum store_database d, const void *key, size_t len, struct str *out,
		    struct err *e)
{
	struct value_reader r;
	int got = store_get(t, d, key, len, &r, e);

	str_truncate(out, 0);
	if (got == 1)
		str_add_bytes(out, r.at, value_left(&r));
	return got;
}

int chain_line(struct db_txn *t, uint64_t seq, struct str *out, struct err *e)
{
	uint8_t key[8];

	value_key_u64(key, seq);
	return get_line(t, STORE_AUDIT_RECORD, key, sizeof key, out, e);
}

static void annex_key(uint8_t key[9], uint64_t seq, char kind)
{
	value_key_u64(key, seq);
	key[8] = (uint8_t)kind;
}

int chain_annex(struct db_txn *t, uint64_t seq, char kind, struct str *out, struct err *e)
{
	uint8_t key[9];

	annex_key(key, seq, kind);
	return get_line(t, STORE_AUDIT_ANNEX, key, sizeof key, out, e);
}

int chain_evidence(struct db_txn *t, const uint8_t hash[AUDIT_HASH], struct str *out, struct err *e)
{
	return get_line(t, STORE_AUDIT_EVIDENCE, hash, AUDIT_HASH, out, e);
}

static int get_node(void *ctx, uint64_t node, uint8_t hash[AUDIT_HASH])
{
	struct chain_nodes *n = ctx;

	return audit_node_get(n->txn, node, hash, n->e);
}

struct tree_store chain_tree(struct chain_nodes *n)
{
	return (struct tree_store){.get = get_node, .ctx = n};
}

int chain_leaf(struct db_txn *t, uint64_t seq, uint8_t leaf[AUDIT_HASH], struct err *e)
{
	return audit_node_get(t, tree_key(0, seq), leaf, e);
}

/* --- erasing ---------------------------------------------------------------------------------- */

int chain_erase_annex(struct db_txn *t, uint64_t seq, char kind, struct err *e)
{
	uint8_t key[9];

	annex_key(key, seq, kind);
	return store_delete(t, STORE_AUDIT_ANNEX, key, sizeof key, e);
}

int chain_erase_body(struct db_txn *t, uint64_t seq, struct err *e)
{
	struct value_reader r;
	uint8_t key[8];
	int got;

	value_key_u64(key, seq);
	got = store_get(t, STORE_AUDIT_RECORD, key, sizeof key, &r, e);
	if (got != 1 || value_left(&r) == 0)
		return got < 0 ? -1 : 0;
	/* The row stays, empty: its leaf and its place in the chain are still proven. */
	value_begin(&t->value, STORE_VALUE_VERSION);
	return store_put(t, STORE_AUDIT_RECORD, key, sizeof key, 0, e) < 0 ? -1 : 1;
}
