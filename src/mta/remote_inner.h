/*
 * remote_inner: what the child that speaks with a server tells its parent, apart from the child: a server may have it say
 * anything.
 */
#ifndef MTA_REMOTE_INNER_H
#define MTA_REMOTE_INNER_H

#include "mta/remote.h"

struct child;

/* 0 and *result is what the work returned; -1 and *e; -2 when the child ended before its words did. */
int remote_listen(const struct remote_call *call, const struct child *c, table_fn *fn, void *ctx, int *result,
		  struct err *e);

#endif
