#include "db/audit_node.h"

#include <string.h>

#include "db/store.h"

int audit_node_get(struct db_txn *t, uint64_t node, uint8_t hash[AUDIT_HASH], struct err *e)
{
	struct value_reader r;
	uint8_t key[8];
	int got;

	value_key_u64(key, node);
	got = store_get(t, STORE_AUDIT_NODE, key, sizeof key, &r, e);
	if (got < 0)
		return -1;
	if (got == 0 || value_left(&r) != AUDIT_HASH)
		return store_damaged(t, STORE_AUDIT_NODE, key, sizeof key, e);
	memcpy(hash, r.at, AUDIT_HASH);
	return 0;
}
