/*
 * proof: what shows, with a few hashes, that a record is in the tree and that a tree grew from another.
 *
 * RFC 6962 2.1.1 and 2.1.2 for making them, RFC 9162 2.1.3.2 and 2.1.4.2 for checking.  Pure: the nodes
 * live wherever the callbacks of the tree_store find them.
 */
#ifndef AUDIT_PROOF_H
#define AUDIT_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"
#include "audit/tree.h"

/* A tree of 2^53 leaves is 53 levels high; a proof between trees has one hash more. */
enum { PROOF_MAX = 64 };

struct proof {
	size_t n;
	uint8_t hash[PROOF_MAX][AUDIT_HASH];
};

/* The siblings on the way from leaf index to the root of size, lowest first; index < size.
 * -1 as the store's get() gave it. */
int proof_inclusion(const struct tree_store *s, uint64_t index, uint64_t size, struct proof *out);

/* That the tree of size old is the beginning of that of size; old <= size.  Empty for 0 and for size. */
int proof_consistency(const struct tree_store *s, uint64_t old, uint64_t size, struct proof *out);

/* 1: the proof leads from the leaf to the root, 0: it does not. */
int proof_shows_inclusion(const struct proof *p, const uint8_t leaf[AUDIT_HASH], uint64_t index, uint64_t size,
			  const uint8_t root[AUDIT_HASH]);

/* 1: both roots follow from the proof, 0: they do not.  0 < old < size. */
int proof_shows_consistency(const struct proof *p, uint64_t old, const uint8_t old_root[AUDIT_HASH], uint64_t size,
			    const uint8_t root[AUDIT_HASH]);

#endif
