/*
 * import: a relay table of any format into the database: sort first, one transaction, a record an entry.
 */
#ifndef OPS_IMPORT_H
#define OPS_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "mta/tables.h"

struct err;
struct ward;

struct import_options {
	enum table_format format;
	const char *customer; /* for all of them; "" */
	int again;	      /* also what was deleted within the undo time */
	int dry_run;
	/* Told of each refused line and each skipped name; text is one sentence. */
	void (*tell)(void *ctx, long line, const char *text);
	void *ctx;
};

struct import_result {
	size_t added, unchanged, refused, skipped, twice;
	uint64_t batch; /* where something was added; the first record of a log has the number 0 */
};

/* path "-" is standard input. */
int import_table(struct ward *w, const char *path, const struct import_options *o, struct import_result *r, struct err *e);

/* Reads names only (for grade): calls fn for each canonical name, once. */
int import_names(const char *path, enum table_format f, void (*fn)(void *ctx, const char *name), void *ctx,
		 const struct import_options *o, size_t *refused, struct err *e);

#endif
