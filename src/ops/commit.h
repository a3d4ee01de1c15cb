/*
 * commit: a change and its audit records, in one transaction.
 *
 * commit_begin() refuses who may not change, waits for the lock, and opens the audit writer; commit_end()
 * commits both or neither.
 */
#ifndef OPS_COMMIT_H
#define OPS_COMMIT_H

#include "db/auditlog.h"

struct err;
struct entry;
struct ward;

/* How long a change waits for somebody else's before it says who that is. */
enum { COMMIT_WAIT_MS = 10000 };

struct commit {
	struct db_txn *txn;
	struct audit_writer audit;
	char batch[24]; /* "b<seq>" of this series once commit_name_batch() was called, "" before */
};

/* what is said to those who wait: "a deletion". */
int commit_begin(struct commit *c, struct ward *w, const char *what, int bulk, struct audit_note note, struct err *e);

/* The records from here on carry the batch that begins with the next one; returns its seq. */
uint64_t commit_name_batch(struct commit *c);

/* A record about one entry; after NULL: its state.  before likewise. */
int commit_record(struct commit *c, enum audit_action action, const struct entry *before, const struct entry *after,
		  const char *after_text, const struct audit_evidence *evidence, struct err *e);

int commit_end(struct commit *c, struct err *e);
void commit_drop(struct commit *c);

#endif
