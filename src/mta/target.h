/*
 * target: a mail server's table as publishing sees it, whatever engine keeps it.
 *
 * An engine is a small table of operations; db/postfix_write.h has Postfix's lmdb, mta/engines.h those of tables on other
 * hosts.  The rest of this module is pure: comparing the rows of a table, as they are read, with
 * what is wished, in one pass and in the order of keys, and the sum by which an audit record names a table's content.
 */
#ifndef MTA_TARGET_H
#define MTA_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "mta/tables.h"

struct err;

/* "N entries sha256:HEX", where HEX is the SHA-256 of a line "key TAB value LF" for each row in the order of keys by
 * bytes: what `postmap -s lmdb:TABLE | sha256sum` prints. */
struct target_sum {
	uint64_t count;
	uint8_t hash[32];
};
enum { TARGET_SUM_TEXT = 112 };
char *target_sum_text(char out[TARGET_SUM_TEXT], const struct target_sum *s);
int target_sum_is_same(const struct target_sum *a, const struct target_sum *b);

/* Which edition of a table was read; it differs once anybody wrote.  All zero: there was no table. */
struct target_version {
	uint64_t device, inode, number;
};

struct target_change {
	const char *key, *value; /* value NULL: the key goes */
};

struct target_engine {
	const char *name;
	/* Gives all rows in the order of keys; ERR_NOINPUT when there is no table. */
	int (*read)(const char *where, table_fn *fn, void *ctx, struct target_version *at, struct err *e);
	/* Makes the changes (sorted by key) all at once, *at being what was read: 0 and *at is what it is now, 1 when
	 * somebody else wrote meanwhile and nothing was done, -1. */
	int (*apply)(const char *where, const struct target_change *c, size_t n, struct target_version *at,
		     struct err *e);
	/* A new table of these rows, never seen half made: 0, 1 when there is one by now, -1.  NULL: what is not there is an
	 * error, somebody else makes it. */
	int (*create)(const char *where, const struct target_change *c, size_t n, struct target_version *at,
		      struct err *e);
	/* Makes the mail server look at the table afresh, by means of the table alone.  NULL: there are none. */
	int (*refresh)(const char *where, struct target_version *at, struct err *e);
	/* Only its edition, at once: 0, 1 when somebody is writing just now, -1.  NULL: that cannot be told cheaply. */
	int (*look)(const char *where, struct target_version *at, struct err *e);
};

/* What is to be at a key.  ours: the database changed it since the table was last in line, so a difference is ours to
 * mend; otherwise somebody else made it. */
struct target_wish {
	const char *key;
	const char *value; /* NULL: not to be there */
	int ours;
	int any_value; /* what the table has is as good */
};

enum target_drift_kind { DRIFT_EXTRA, DRIFT_MISSING, DRIFT_VALUE };

struct target_drift {
	enum target_drift_kind kind;
	const char *key, *value; /* of the table; of the wish where it is missing */
	const char *why;	 /* why the row cannot be an entry, or NULL */
};

struct target_diff {
	/* what is wished: sorted by target_wish_order(), no key twice */
	const struct target_wish *wish;
	size_t n_wishes;
	int is_whole; /* the wishes are all of it: what else the table has is drift */
	int overrule; /* drift is undone, not told apart */
	struct err *e; /* where target_diff_row() says what is wrong */

	struct target_sum before, after;
	struct target_change *change; /* sorted by key */
	size_t n_changes, added, removed;
	size_t undone; /* of the removed: what others had put there */
	struct target_drift *drift;
	size_t n_drift;
	struct target_diff_state *state;
};

int target_wish_order(const void *x, const void *y); /* for qsort() */

/* Between begin and end target_diff_row() takes the table's rows; an unread table has none. */
void target_diff_begin(struct target_diff *d);
int target_diff_row(void *diff, const struct table_row *row); /* a table_fn */
void target_diff_end(struct target_diff *d);
void target_diff_clear(struct target_diff *d);

#endif
