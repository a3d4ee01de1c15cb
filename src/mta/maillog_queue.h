/*
 * maillog_queue: what is known of each message that is on its way, by relay and queue id.
 *
 * Short queue ids are used again within seconds, so a message is forgotten at `removed` and begins anew at
 * `client=`.  What stays is still in a relay's queue, or its last lines are in a log that was not given.
 */
#ifndef MTA_MAILLOG_QUEUE_H
#define MTA_MAILLOG_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "mta/maillog_line.h"

enum {
	MAILLOG_IS_PROBE = 1,	/* an address probe of Postfix's own (verify) */
	MAILLOG_IS_INSIDE = 2,	/* came from our networks or with a login */
	MAILLOG_IS_BOUNCE = 4,	/* our own non-delivery notification, */
	MAILLOG_IS_CHARGED = 8	/* which was counted already */
};

/* A domain that a message goes to; names live as long as the accounting. */
struct maillog_part {
	const char *name;
	uint8_t was_deferred; /* at least once, for whatever reason */
	uint8_t was_delayed;  /* by an outage of its primary */
	uint8_t was_held;     /* and it got the message afterwards */
	uint8_t was_sent;     /* its primary got the message, for one recipient at least */
};

struct maillog_message {
	struct maillog_message *next; /* in its bucket */
	uint64_t hash;
	const char *relay;
	char id[MAILLOG_ID_MAX + 1];
	int64_t size; /* -1: no line with it was seen */
	int64_t time; /* of its last line */
	unsigned flags;
	const char *charged; /* of a bounce: the domain whose message it was; NULL when unknown */
	const char *failed;  /* the domain that bounced last, else the one that was deferred last; NULL */
	int has_bounced;
	struct maillog_part *part;
	uint64_t *transaction; /* hashes of the SMTP transactions that were counted */
	uint32_t n_parts, n_transactions;
};

struct maillog_queue {
	struct maillog_message **bucket;
	size_t n, n_buckets;
	struct maillog_message *spare;
};

/* relay is one pointer for one relay.  NULL when there is none. */
struct maillog_message *maillog_queue_find(const struct maillog_queue *q, const char *relay, struct maillog_bytes id);

/* Finds or makes it; *is_new may be NULL. */
struct maillog_message *maillog_queue_get(struct maillog_queue *q, const char *relay, struct maillog_bytes id,
					  int *is_new);

/* Empties a message whose id begins a new life. */
void maillog_queue_renew(struct maillog_message *m);
void maillog_queue_remove(struct maillog_queue *q, const char *relay, struct maillog_bytes id);

/* The part of the message for a domain: found or added. */
struct maillog_part *maillog_message_part(struct maillog_message *m, const char *name, int *is_new);

/* 1 when the transaction was not counted yet. */
int maillog_message_add_transaction(struct maillog_message *m, uint64_t hash);

void maillog_queue_clear(struct maillog_queue *q);

#endif
