/*
 * maillog_line: what one line of a Postfix log says, as far as accounting needs it.
 *
 * Pure: bytes in, a struct whose parts point into the line out.  Traditional syslog lines (no year, local
 * time) and RFC 3339.  A line is written by our own mail server, but senders and remote servers choose
 * parts of it, so every part is found from the left, where only Postfix writes.
 */
#ifndef MTA_MAILLOG_LINE_H
#define MTA_MAILLOG_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { MAILLOG_ID_MAX = 23 };

struct maillog_bytes {
	const char *at;
	size_t len;
};

enum maillog_kind {
	MAILLOG_OTHER,
	MAILLOG_CLIENT,	  /* a message begins: client=, or uid= from pickup */
	MAILLOG_SIZE,	  /* from=<...>, size=: repeated at each queue run */
	MAILLOG_DELIVERY, /* to=<...>, ... status= */
	MAILLOG_BOUNCE,	  /* sender non-delivery notification: `other` is the id of the new message */
	MAILLOG_REMOVED,  /* the id is free to be used again */
	MAILLOG_REFUSED,  /* Relay access denied */
	MAILLOG_BROWNED	  /* answered 450 in a brownout */
};

enum maillog_status { MAILLOG_SENT, MAILLOG_DEFERRED, MAILLOG_BOUNCED, MAILLOG_PROBE, MAILLOG_ELSE };

struct maillog_line {
	enum maillog_kind kind;
	int64_t time;		    /* seconds since 1970 */
	uint64_t identity;	    /* of deliveries and refusals: time, program and text, whatever the format */
	struct maillog_bytes host, pid; /* of the line */
	struct maillog_bytes id;    /* the queue id */
	struct maillog_bytes address; /* client: its IP address, also of a refusal */
	struct maillog_bytes sender, domain, relay, dsn, reply, other;
	int64_t size;
	int64_t delay; /* of a delivery: whole seconds since the message came in */
	enum maillog_status status;
	int is_login; /* client=: it authenticated, or the message came from pickup */
};

/* What turns "Nov 23 17:10:16" into a time: the year is the last one in which that is not after `latest`. */
struct maillog_clock {
	int64_t latest;	 /* when the file was last written to */
	char hour[10];	 /* "Nov 23 17", whose beginning is known */
	int64_t begins;
};

/* The time a line begins with and what follows it: 1, or 0 when it has none. */
int maillog_line_time(struct maillog_clock *c, const char *line, size_t len, int64_t *time, size_t *rest);

/* 1 when it is a line of Postfix, of kind MAILLOG_OTHER when it says nothing for us; 0 for any other line. */
int maillog_line_read(struct maillog_line *out, struct maillog_clock *c, const char *line, size_t len);

#endif
