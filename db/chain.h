/*
 * chain: the log as bytes, for exports, signing and erasing: chains and their stored lines.
 *
 * A chain is all records of one customer and domain, "customer/domain".  Lines are
 * given as stored; nothing is read and written again.
 */
#ifndef DB_CHAIN_H
#define DB_CHAIN_H

#include <stdint.h>

#include "db/audit_pending.h"

struct db_txn;
struct err;
struct str;
struct tree_store;

/* The first chain behind `after` (NULL: the first of all): 1 and its name and end, 0 none, -1. */
int chain_next(struct db_txn *t, const char *after, char name[AUDIT_CHAIN_KEY + 1], struct audit_tail *end,
	       struct err *e);

/* The chain's end: 1, 0 there is no such chain, -1.  Not within a write that has added to it. */
int chain_end(struct db_txn *t, const char *name, struct audit_tail *end, struct err *e);

/* The seq of record number of a chain: 1, 0, -1. */
int chain_seq(struct db_txn *t, const char *name, uint64_t number, uint64_t *seq, struct err *e);

/* The line of a record, put in place of what out holds; empty when its body was erased: 1, 0, -1. */
int chain_line(struct db_txn *t, uint64_t seq, struct str *out, struct err *e);

/* The note ('n') or operator ('o') line of a record: 1, 0 erased, -1. */
int chain_annex(struct db_txn *t, uint64_t seq, char kind, struct str *out, struct err *e);
int chain_evidence(struct db_txn *t, const uint8_t hash[AUDIT_HASH], struct str *out, struct err *e);
int chain_leaf(struct db_txn *t, uint64_t seq, uint8_t leaf[AUDIT_HASH], struct err *e);

/* The stored nodes for the functions of audit/tree.h and audit/proof.h; get only. */
struct chain_nodes {
	struct db_txn *txn;
	struct err *e;
};
struct tree_store chain_tree(struct chain_nodes *n);

/* Takes a line away for ever, in a write: 1, 0 it was gone already, -1. */
int chain_erase_annex(struct db_txn *t, uint64_t seq, char kind, struct err *e);
int chain_erase_body(struct db_txn *t, uint64_t seq, struct err *e);

#endif
