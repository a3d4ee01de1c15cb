/*
 * audit_pending: the ends of chains that a write transaction has added to, until it commits.
 *
 * Chains sort by customer and domain, records come in the order of changes.  Kept until the end
 * and written in key order, a million of them cost a fifth of the time and two thirds of the
 * pages.
 */
#ifndef DB_AUDIT_PENDING_H
#define DB_AUDIT_PENDING_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"

struct db_txn;
struct err;

enum { AUDIT_CHAIN_KEY = AUDIT_CUSTOMER_MAX + 1 + 254 }; /* "customer/domain" */

/* The end of a chain. */
struct audit_tail {
	uint64_t number, seq;
	uint8_t leaf[AUDIT_HASH];
};

/* Where a chain ends, what is pending included: 1, 0 (no such chain), -1. */
int audit_pending_find(struct db_txn *t, const char *chain, struct audit_tail *out,
		       struct err *e);

/* A record was added to the chain: this is its end now. */
int audit_pending_add(struct db_txn *t, const char *chain, const struct audit_tail *tail,
		      struct err *e);

/* Writes chain and index rows in key order; called by the commit. */
int audit_pending_write(struct db_txn *t, struct err *e);
void audit_pending_drop(struct db_txn *t);

/* The payload of a chain's row. */
struct value_reader;
void audit_tail_read(struct value_reader *r, struct audit_tail *out);

/* The key chain, 0x00, number; returns its length. */
size_t audit_index_key(uint8_t *out, const char *chain, uint64_t number);

#endif
