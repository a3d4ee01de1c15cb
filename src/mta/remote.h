/*
 * remote: work with a table on another host, in a process of its own and in bounded time.
 *
 * Client libraries look up names, shake hands and wait in ways that no timeout of theirs bounds as a whole, and they
 * parse what a server sends.  So they run in a child: it hands over rows and signs of life through a pipe, and is ended
 * when none comes.  Nothing of the caller's is held meanwhile but what the caller holds; it must be no transaction.
 */
#ifndef MTA_REMOTE_H
#define MTA_REMOTE_H

#include <stddef.h>

#include "mta/tables.h"

struct err;
struct remote;

struct remote_call {
	const char *server; /* for messages: "ldaps://ldap.isp.example" */
	/* In the child: 0, 1 or -1 as the engine's operation returns it. */
	int (*work)(struct remote *r, void *job, struct err *e);
	void *job;
	int connect_seconds; /* until remote_connected() */
	int answer_seconds;  /* without a row or remote_alive() */
};

/* What work returned; fn gets the rows. */
int remote_run(const struct remote_call *call, table_fn *fn, void *ctx, struct err *e);

/* --- in the child --- */

void remote_connected(struct remote *r);
void remote_alive(struct remote *r);
/* A row of at most REMOTE_ROW_MAX bytes in each of its parts; longer ones are handed over as refused. */
enum { REMOTE_ROW_MAX = 4096 };
void remote_row(struct remote *r, const char *key, size_t key_len, const char *value, size_t value_len);

#endif
