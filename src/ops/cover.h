/*
 * cover: which entry of the list covers a name.
 */
#ifndef OPS_COVER_H
#define OPS_COVER_H

#include "relay/name.h"

struct db_txn;
struct err;

/* The entry itself, else, with by_parents, the nearest above it, else the nearest `.x`: 1 and name is that
 * entry's, 0, -1. */
int cover_find(struct db_txn *txn, char name[NAME_SIZE], int by_parents, struct err *e);

#endif
