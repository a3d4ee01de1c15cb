/*
 * message: reads a query and writes a reply, byte by byte (RFC 1035 4, 6891).
 *
 * Reading trusts nothing.  Writing goes into a buffer of the caller's and
 * compresses names; whatever does not fit makes the reply a truncated one
 * (TC, question only), which reply_finish sees to.  Nothing allocates.
 */
#ifndef WORLD_MESSAGE_H
#define WORLD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "wname.h"

enum rcode {
	RC_NOERROR = 0,
	RC_FORMERR = 1,
	RC_SERVFAIL = 2,
	RC_NXDOMAIN = 3,
	RC_NOTIMP = 4,
	RC_REFUSED = 5,
	RC_BADVERS = 16
};

#define MESSAGE_MAX	 65535
#define HEADER_SIZE	 12
#define EDNS_UDP_SIZE	 1232 /* what our own OPT offers */
#define EDNS_UDP_CEILING 4096 /* and the most we believe of the client's */

struct query {
	const uint8_t *wire;
	size_t len;
	size_t question_end; /* 0 where there is no readable question */
	struct wname asked;  /* as it was spelled, to be echoed */
	struct wname name;   /* lower case */
	uint16_t type, class;
	int has_edns, dnssec_ok;
	uint16_t udp_size; /* what the client takes: 512 without EDNS */
};

/* 0: go on; an enum rcode to be answered with; -1: not a query, say nothing. */
int query_read(struct query *q, const uint8_t *wire, size_t len);

int query_wants_recursion(const struct query *q);

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

struct reply {
	uint8_t *out;
	size_t len, limit;
	uint16_t counts[3];
	enum section section;
	int overflow, authoritative, truncated;
	unsigned rcode;
	/* Names that are in the message already, to point at. */
	struct {
		const uint8_t *wire;
		uint16_t at;
		uint8_t len;
	} seen[96];
	unsigned seen_count;
};

/*
 * Begins a reply that echoes the question.  limit is the largest message the
 * client takes, over TCP MESSAGE_MAX; out has room for that.
 */
void reply_begin(struct reply *r, const struct query *q, uint8_t *out, size_t limit);

/*
 * One record in the present section.  Names in data are compressed where the
 * type is one of RFC 1035's.  owner and data must live until reply_finish.
 */
void reply_add(struct reply *r, const struct wname *owner, uint16_t type, uint32_t ttl,
	       const uint8_t *data, size_t len);

/* Sets the header, adds an OPT where the query had one; returns the length. */
size_t reply_finish(struct reply *r, const struct query *q);

/* The end of the record at `at` of a message of ours, or 0. */
size_t message_skip_record(const uint8_t *msg, size_t len, size_t at);

#endif
