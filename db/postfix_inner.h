/*
 * postfix_inner: what the child that reads a table tells its parent, apart from the child: damage may have it say anything.
 */
#ifndef DB_POSTFIX_INNER_H
#define DB_POSTFIX_INNER_H

#include "mta/tables.h"

struct child;
struct err;
struct target_version;

/* 0 all was read, 1 fn wants no more, -1 and *e when the child said why, -2 when it did not end.  Without fn no row may
 * come. */
int postfix_take_rows(const struct child *c, table_fn *fn, void *ctx, struct target_version *at, struct err *e);

#endif
