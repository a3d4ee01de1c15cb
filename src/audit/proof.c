#include "audit/proof.h"

#include <string.h>

/* The largest power of two below n, n > 1: where RFC 6962 cuts a tree of n leaves. */
static uint64_t cut(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

/* The hash of leaves lo to hi, whose lo is where a complete subtree of that many leaves may begin. */
static int subtree(const struct tree_store *s, uint64_t lo, uint64_t hi, uint8_t out[AUDIT_HASH])
{
	uint64_t n = hi - lo;
	uint8_t right[AUDIT_HASH];
	unsigned level = 0;

	if ((n & (n - 1)) == 0) {
		while (n >> level > 1)
			level++;
		return s->get(s->ctx, tree_key(level, lo >> level), out);
	}
	if (subtree(s, lo, lo + cut(n), out) != 0 || subtree(s, lo + cut(n), hi, right) != 0)
		return -1;
	tree_node(out, out, right);
	return 0;
}

static int add(const struct tree_store *s, uint64_t lo, uint64_t hi, struct proof *out)
{
	if (out->n == PROOF_MAX)
		return -1;
	return subtree(s, lo, hi, out->hash[out->n++]);
}

static int include(const struct tree_store *s, uint64_t m, uint64_t lo, uint64_t hi, struct proof *out)
{
	uint64_t middle;

	if (hi - lo == 1)
		return 0;
	middle = lo + cut(hi - lo);
	if (m < middle)
		return include(s, m, lo, middle, out) != 0 ? -1 : add(s, middle, hi, out);
	return include(s, m, middle, hi, out) != 0 ? -1 : add(s, lo, middle, out);
}

int proof_inclusion(const struct tree_store *s, uint64_t index, uint64_t size, struct proof *out)
{
	out->n = 0;
	return index < size ? include(s, index, 0, size, out) : -1;
}

/* is_whole: the subtree is the old tree itself, whose root the reader has. */
static int connect(const struct tree_store *s, uint64_t m, uint64_t lo, uint64_t hi, int is_whole, struct proof *out)
{
	uint64_t middle;

	if (m == hi)
		return is_whole ? 0 : add(s, lo, hi, out);
	middle = lo + cut(hi - lo);
	if (m <= middle)
		return connect(s, m, lo, middle, is_whole, out) != 0 ? -1 : add(s, middle, hi, out);
	return connect(s, m, middle, hi, 0, out) != 0 ? -1 : add(s, lo, middle, out);
}

int proof_consistency(const struct tree_store *s, uint64_t old, uint64_t size, struct proof *out)
{
	out->n = 0;
	if (old == 0 || old == size)
		return 0;
	return old < size ? connect(s, old, 0, size, 1, out) : -1;
}

/* --- checking --------------------------------------------------------------------------------- */

/* Where a check stands: a node's place in its level, and the place of the last node of that level. */
struct climb {
	uint64_t at, last;
};

/* Whether the next hash stands on the left; on the right edge levels without a sibling are passed over. */
static int is_left(struct climb *c)
{
	if (!(c->at & 1) && c->at != c->last)
		return 0;
	while (c->at && !(c->at & 1)) {
		c->at >>= 1;
		c->last >>= 1;
	}
	return 1;
}

static void up(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

int proof_shows_inclusion(const struct proof *p, const uint8_t leaf[AUDIT_HASH], uint64_t index, uint64_t size,
			  const uint8_t root[AUDIT_HASH])
{
	struct climb c = {index, size - 1};
	uint8_t hash[AUDIT_HASH];

	if (index >= size)
		return 0;
	memcpy(hash, leaf, AUDIT_HASH);
	for (size_t i = 0; i < p->n; i++, up(&c)) {
		if (c.last == 0)
			return 0;
		if (is_left(&c))
			tree_node(hash, p->hash[i], hash);
		else
			tree_node(hash, hash, p->hash[i]);
	}
	return c.last == 0 && memcmp(hash, root, AUDIT_HASH) == 0;
}

int proof_shows_consistency(const struct proof *p, uint64_t old, const uint8_t old_root[AUDIT_HASH], uint64_t size,
			    const uint8_t root[AUDIT_HASH])
{
	struct climb c = {old - 1, size - 1};
	uint8_t was[AUDIT_HASH], is[AUDIT_HASH];
	size_t i = 0;

	if (old == 0 || old >= size || p->n == 0)
		return 0;
	/* Where the old tree is complete its root is the first node, and the proof need not say it. */
	memcpy(was, (old & (old - 1)) == 0 ? old_root : p->hash[i++], AUDIT_HASH);
	memcpy(is, was, AUDIT_HASH);
	while (c.at & 1)
		up(&c);
	for (; i < p->n; i++, up(&c)) {
		if (c.last == 0)
			return 0;
		if (is_left(&c)) {
			tree_node(was, p->hash[i], was);
			tree_node(is, p->hash[i], is);
		} else {
			tree_node(is, is, p->hash[i]);
		}
	}
	return c.last == 0 && memcmp(was, old_root, AUDIT_HASH) == 0 && memcmp(is, root, AUDIT_HASH) == 0;
}
