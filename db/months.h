/*
 * months: how far the monthly records of the audit log have come.
 *
 * Moved on in the transaction that writes the records, so that whoever is killed between two of them neither loses
 * one nor writes one twice.  A month is the number year * 12 + (month - 1).
 */
#ifndef DB_MONTHS_H
#define DB_MONTHS_H

#include <stdint.h>

#include "relay/name.h"

struct db_txn;
struct err;

struct months_done {
	int32_t last;		  /* the last month of which all records are written; 0: none yet */
	int32_t doing;		  /* the one that is being written; 0: none */
	uint64_t batch;		  /* 0: entries are gone through; else 1 + seq of the batch of deletions that is */
	char position[NAME_SIZE]; /* the last entry of them that has its record of that month, "" before the first */
};

int months_get(struct db_txn *t, struct months_done *out, struct err *e); /* 1, 0 nothing was begun, -1 */
int months_put(struct db_txn *t, const struct months_done *m, struct err *e);

#endif
