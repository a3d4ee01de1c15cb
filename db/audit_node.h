/*
 * audit_node: a node of the audit log's tree, as stored.
 */
#ifndef DB_AUDIT_NODE_H
#define DB_AUDIT_NODE_H

#include <stdint.h>

#include "audit/record.h"

struct db_txn;
struct err;

/* node: tree_key() of it.  0; -1, also when it is not there. */
int audit_node_get(struct db_txn *t, uint64_t node, uint8_t hash[AUDIT_HASH], struct err *e);

#endif
