/*
 * publish: how far each mail server's table follows the database.
 *
 * One row per target: what it held when we left it, up to which audit record it is in line, and the intent that was
 * not yet followed by a done.  What is still to be done is no list of its own: it is the names that the audit records
 * since then are about, so no commit can forget to note it.
 */
#ifndef DB_PUBLISH_H
#define DB_PUBLISH_H

#include <stddef.h>
#include <stdint.h>

#include "mta/target.h"

struct arena;
struct db_txn;
struct err;

struct publish_state {
	struct target_sum sum;	       /* what the target held when it was last in line */
	struct target_version version; /* its edition then */
	int64_t in_line;	       /* when that was; 0: never */
	uint64_t upto;		       /* audit records before this one are in it */
	int is_intended;	       /* a publish.intent without a publish.done */
	struct target_sum from, to;    /* of that intent */
	int64_t refreshed_ms;	       /* when the table was last replaced by a copy */
	const char *why;	       /* why the last publish failed, "" */
	int64_t failing;	       /* since when it fails; 0: it does not, or an older program wrote this */
};

/* where: the target's path.  1, 0 (out is what never was published), -1. */
int publish_get(struct db_txn *t, const char *where, struct arena *a, struct publish_state *out, struct err *e);
int publish_put(struct db_txn *t, const char *where, const struct publish_state *s, struct err *e);

/* Names that were added, imported, deleted, restored or adopted, and perhaps those that were edited, by the records from seq on,
 * in their order, some of them more than once, at most max of them. */
enum publish_changes { PUBLISH_NAMES, PUBLISH_AND_EDITS };
int publish_names_since(struct db_txn *t, uint64_t seq, enum publish_changes which, struct arena *a, const char ***name, size_t *n, size_t max,
			struct err *e);

#endif
