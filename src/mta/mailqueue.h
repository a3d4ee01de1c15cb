/*
 * mailqueue: what a Postfix holds in its queue, out of `postqueue -j`: one JSON object a line.
 *
 * Senders choose addresses, so a line is hostile: it is parsed by jansson, and what is not as postqueue(1) says is
 * counted as refused and passed over.  Pure but for mailqueue_read_fd(); a queue may be fed piece by piece.
 */
#ifndef MTA_MAILQUEUE_H
#define MTA_MAILQUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mta/maillog_words.h"

struct err;

struct mailqueue_message {
	int64_t arrival, size; /* seconds since 1970; bytes of the queue file's message */
};

/* That a message has recipients of a domain (canonical, as relay/name.h has it), once for each pair. */
struct mailqueue_item {
	uint32_t message;
	const char *domain;
};

struct mailqueue {
	struct mailqueue_message *message;
	struct mailqueue_item *item; /* in the order of messages */
	size_t n_messages, n_items;
	size_t refused;	   /* lines that are no message */
	struct str excuse; /* the beginning of the first of them: what postqueue said instead, as it stands */

	size_t message_room, item_room;
	struct maillog_words domains;
	struct str line; /* begun, not yet ended */
	int is_too_long;
};

void mailqueue_take(void *queue, const char *bytes, size_t len); /* lines, cut anywhere */
void mailqueue_end(struct mailqueue *q);			     /* the last line may have no LF */

/* All that comes from fd; path is for messages. */
int mailqueue_read_fd(struct mailqueue *q, int fd, const char *path, struct err *e);

void mailqueue_clear(struct mailqueue *q);

#endif
