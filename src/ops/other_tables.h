/*
 * other_tables: the tables of the mail server in which a name may stand beside the one that mxward writes.
 *
 * Postfix is asked which tables it uses: for recipients, routes, and rules about recipients.  Those that can be read
 * are lmdb, and the texts of hash, btree, cdb, dbm and texthash.  Nothing is ever written.  Blocks while Postfix is
 * asked and while a table is read.
 */
#ifndef OPS_OTHER_TABLES_H
#define OPS_OTHER_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "mta/tables.h"
#include "relay/name.h"

struct err;
struct ward;

struct other_table {
	const char *parameter, *table; /* "transport_maps", "hash:/etc/postfix/transport" */
};

struct other_tables {
	struct other_table *table; /* in the order in which they are shown */
	size_t n;
	struct arena arena; /* the texts of all */
};

/* What a file was when it was looked at; two that differ mean that it may hold something else.  All 0: no file. */
struct other_table_version {
	uint64_t device, inode, size;
	int64_t written, changed; /* nanoseconds since 1970: of its bytes, and of anything about it */
};

/* -1 when Postfix cannot be asked which tables there are; to be cleared in either case. */
int other_tables_ask(struct other_tables *t, const struct ward *w, struct err *e);
void other_tables_clear(struct other_tables *t);

/* Hands over each row.  0 also where there is nothing to be read, as of static:; -1 and *e says why the table was not
 * looked through. */
int other_table_read(const struct other_table *t, table_fn *fn, void *ctx, struct err *e);

void other_table_version(struct other_table_version *v, const struct other_table *t);

/* What a row is about: user@x, @x, .x and x are of x.  *len is how long its key is; -1 when it is about no domain. */
int other_table_domain(char out[NAME_SIZE], const struct table_row *row, size_t *len);

#endif
