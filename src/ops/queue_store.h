/*
 * queue_store: taking in what a relay holds in its queue: this machine's by asking Postfix, another one's from a file
 * with what `postqueue -j` printed there.
 */
#ifndef OPS_QUEUE_STORE_H
#define OPS_QUEUE_STORE_H

#include <stddef.h>

#include "ops/queue_look.h"

struct err;
struct ward;

struct queue_store_options {
	const char *relay; /* whose it is; NULL: this machine's */
	const char *path;  /* "-": standard input; NULL: ask Postfix */
	int dry_run;	   /* only sum up */
};

struct queue_store_result {
	struct queue_sum sum;
	size_t refused;	      /* lines that are no message */
	int64_t busiest_hour; /* as struct queue_relay has it */
};

int queue_store(struct ward *w, const struct queue_store_options *o, struct queue_store_result *r, struct err *e);
void queue_store_clear(struct queue_store_result *r);

#endif
