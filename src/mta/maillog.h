/*
 * maillog: per-domain accounting over Postfix logs, in one pass.
 *
 * A consumer of lines: it keeps the messages that are on their way, and tells of each line that counts as
 * an event of one domain.  What was counted before, and what is added up, is the caller's.  Sizes are
 * Postfix's `size=`, the message in the queue file, not bytes on the wire.
 */
#ifndef MTA_MAILLOG_H
#define MTA_MAILLOG_H

#include <stddef.h>
#include <stdint.h>

#include "mta/maillog_queue.h"

struct err;
struct maillog;
struct netset;

enum { MAILLOG_RELAY_MAX = 200 }; /* bytes of a relay's name that are kept */

struct maillog_figures {
	int64_t in_msgs, in_bytes;		     /* once per message and domain */
	int64_t out_transactions, out_bytes;	     /* once per SMTP transaction */
	int64_t backscatter_msgs, backscatter_bytes; /* our bounces, charged to the domain that bounced */
	int64_t relay_denied;			     /* recipients that were refused */
	int64_t held;	 /* of in_msgs: delivered after an outage of the primary: maillog_outage.h */
	int64_t outside; /* of in_msgs: neither from our networks nor with a login */
	int64_t at_once; /* of in_msgs: went on at once: maillog_outage.h */
	int64_t browned; /* recipients answered 450 in a brownout, each time they were tried */
};

/* What a line adds to a name (as fold gave it; one pointer for one name); name is NULL when it says nothing. */
struct maillog_told {
	const char *name;
	struct maillog_figures add;
	const char *domain; /* the recipient's, lower case, where mail for it was taken in or put off in a brownout; else NULL */
};

struct maillog_event {
	const char *relay; /* one pointer for one relay */
	int64_t time;
	uint64_t identity;	   /* of the line */
	struct maillog_told told;  /* with all that was known before */
	struct maillog_told alone; /* as if these logs were all there is: without maillog_add_open() the same */
};

struct maillog_options {
	const char *relay;	       /* whose logs they are; NULL: the host that each line names */
	const struct netset *networks; /* ours; NULL: only loopback is inside */
	/* The name that a recipient domain (lower case, as it stands in the log) is counted under; asked
	 * once for each.  NULL: as it stands. */
	const char *(*fold)(void *ctx, const char *domain, size_t len);
	void (*on_event)(void *ctx, const struct maillog_event *event);
	void (*on_line)(void *ctx, const char *relay, int64_t time); /* of Postfix; may be NULL */
	void *ctx;
};

struct maillog_counts {
	uint64_t lines, postfix, cut; /* read, of Postfix, too long */
	uint64_t unsized;	      /* counted without a size: the line with it is in a log that was not read */
	uint64_t jumps;		      /* times that the clock went back by more than a minute */
};

struct maillog *maillog_new(const struct maillog_options *o);
void maillog_free(struct maillog *m);

/* Sorts the paths of logs by the time of their first dated line; -1 when one cannot be read. */
int maillog_sort(char **path, size_t n, struct err *e);

/* One file after the other; messages stay known from one to the next. */
int maillog_read(struct maillog *m, const char *path, struct err *e);

struct maillog_counts maillog_counts(const struct maillog *m);

/* The messages that are still on their way, to be kept until the next log comes: names and relay as above. */
void maillog_each_open(const struct maillog *m, void (*fn)(void *ctx, const struct maillog_message *open), void *ctx);
void maillog_add_open(struct maillog *m, const struct maillog_message *open);

/* The one pointer for a relay's name. */
const char *maillog_relay(struct maillog *m, const char *relay, size_t len);

#endif
