#include "audit/tree.h"

#include <string.h>

#include "base/sha256.h"

uint64_t tree_key(unsigned level, uint64_t index)
{
	uint64_t key = level;

	while (level-- > 0)
		index = 2 * index + 1;
	for (; index; index >>= 1)
		key += index;
	return key;
}

void tree_node(uint8_t out[AUDIT_HASH], const uint8_t left[AUDIT_HASH],
	       const uint8_t right[AUDIT_HASH])
{
	unsigned char both[1 + 2 * AUDIT_HASH] = {0x01};

	memcpy(both + 1, left, AUDIT_HASH);
	memcpy(both + 1 + AUDIT_HASH, right, AUDIT_HASH);
	sha256_of(out, both, sizeof both);
}

int tree_append(const struct tree_store *s, uint64_t seq, const uint8_t leaf[AUDIT_HASH])
{
	uint8_t hash[AUDIT_HASH], left[AUDIT_HASH];
	unsigned level = 0;

	memcpy(hash, leaf, AUDIT_HASH);
	if (s->put(s->ctx, tree_key(0, seq), hash))
		return -1;
	/* A right child completes its parent, and so on upwards as long as the parent is a
	 * right child. */
	for (; seq & 1; seq >>= 1, level++) {
		if (s->get(s->ctx, tree_key(level, seq - 1), left))
			return -1;
		tree_node(hash, left, hash);
		if (s->put(s->ctx, tree_key(level + 1, seq >> 1), hash))
			return -1;
	}
	return 0;
}

int tree_root(const struct tree_store *s, uint64_t size, uint8_t root[AUDIT_HASH])
{
	uint8_t left[AUDIT_HASH];
	int any = 0;

	/* The set bits of the size are the complete subtrees, the lowest bit the rightmost one;
	 * folded from the right they give mth(0, size). */
	for (unsigned level = 0; level < 64 && size >> level; level++) {
		if (!(size >> level & 1))
			continue;
		if (s->get(s->ctx, tree_key(level, (size >> level) - 1), any ? left : root))
			return -1;
		if (any)
			tree_node(root, left, root);
		any = 1;
	}
	if (!any)
		sha256_of(root, NULL, 0);
	return 0;
}
