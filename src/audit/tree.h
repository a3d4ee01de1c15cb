/*
 * tree: the RFC 6962 Merkle tree over the records; nodes are numbered in the order in which they are made.
 *
 * Pure: the nodes live wherever the callbacks put them.
 */
#ifndef AUDIT_TREE_H
#define AUDIT_TREE_H

#include <stdint.h>

#include "audit/record.h"

struct tree_store {
	/* 0 on success, -1 on failure, which the tree functions pass on. */
	int (*get)(void *ctx, uint64_t key, uint8_t hash[AUDIT_HASH]);
	int (*put)(void *ctx, uint64_t key, const uint8_t hash[AUDIT_HASH]);
	void *ctx;
};

uint64_t tree_key(unsigned level, uint64_t index); /* Go's tlog.StoredHashIndex */
void tree_node(uint8_t out[AUDIT_HASH], const uint8_t left[AUDIT_HASH],
	       const uint8_t right[AUDIT_HASH]);

/* Adds leaf number seq (the present size) and the inner nodes it completes, in rising key
 * order. */
int tree_append(const struct tree_store *s, uint64_t seq, const uint8_t leaf[AUDIT_HASH]);
int tree_root(const struct tree_store *s, uint64_t size, uint8_t root[AUDIT_HASH]);

#endif
