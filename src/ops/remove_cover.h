/*
 * remove_cover: entries that cover one another, looked at before one of them goes.
 *
 * With Postfix's default parent_domain_matches_subdomains an entry accepts mail for every name below it, so
 * a deleted subname may still be accepted, and a deleted parent takes with it what it covered.  Without it,
 * `.x` does that for the names below x, and x for itself alone.
 */
#ifndef OPS_REMOVE_COVER_H
#define OPS_REMOVE_COVER_H

#include <stddef.h>

#include "relay/name.h"

struct db_txn;
struct err;

struct cover {
	char parent[NAME_SIZE]; /* the nearest entry that covers this one, "" for none */
	size_t covered;		/* entries below that this one covers */
	size_t listed;		/* of them, those that DNS said name us when they were last looked at */
	char names[160];	/* "a.x, b.x and 3 more": those that are listed, else all; "" for none */
};

/* parent_matches: which of the two modes above is the mail server's. */
int cover_read(struct cover *out, struct db_txn *txn, const char *name, int parent_matches, struct err *e);

/* True when entry covers name in that mode. */
int cover_is_by(const char *entry, const char *name, int parent_matches);

#endif
