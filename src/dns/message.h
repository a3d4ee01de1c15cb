/*
 * message: DNS messages: a query is built, an answer is read into typed values.
 *
 * Runs in the worker, on bytes of anybody.  Every bound is fixed; what does
 * not fit is a failure and never a part of an answer, since a record left out
 * could be the one that names us.  Names come out as text: lower case, no dot
 * at the end, "" for the root, \DDD for every byte that is not printable
 * ASCII, and for a blank, a backslash or a dot inside a label.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "relay/answer.h"

enum {
	MESSAGE_A = 1,
	MESSAGE_NS = 2,
	MESSAGE_CNAME = 5,
	MESSAGE_SOA = 6,
	MESSAGE_MX = 15,
	MESSAGE_AAAA = 28,
	MESSAGE_DNAME = 39,
	MESSAGE_OPT = 41
};

enum {
	MESSAGE_NAME = 255,			    /* a name on the wire, RFC 1035 2.3.4 */
	MESSAGE_QUERY = 12 + MESSAGE_NAME + 4 + 11, /* header, question, OPT */
	MESSAGE_CHAIN = 16,			    /* CNAMEs followed */
	MESSAGE_RECORDS = 1024,			    /* of the type asked for */
	MESSAGE_TEXT = 65535,			    /* bytes of all names in a reply */
	MESSAGE_UDP_SIZE = 1232			    /* what we say we take, DNS flag day 2020 */
};

struct reply_record {
	uint32_t ttl;
	uint16_t preference;	    /* MX */
	uint16_t name;		    /* MX, NS: place in text */
	struct net_address address; /* A, AAAA */
};

/* What one question brought.  text[0] is always "", so that place 0 is no name (or the root).
 */
struct reply {
	uint16_t type;	 /* as asked */
	uint8_t status;	 /* enum answer_status, never ANSWER_NOT_ASKED */
	uint8_t failure; /* enum answer_failure; not NONE exactly when status is ANSWER_FAIL */
	uint8_t doubt;	 /* of DATA: FAILURE_STALE with EDE 3 or 19, FAILURE_BOGUS with 5 to 12, else NONE */
	uint8_t authenticated; /* AD */
	uint8_t authoritative; /* AA */
	int16_t rcode;	       /* with the EDNS part; -1 when nothing came */
	int32_t ede;	       /* the first info code, RFC 8914; -1 for none */
	uint32_t ttl;	  /* lowest of the chain and the records, or of the negative answer */
	uint32_t elapsed; /* milliseconds from the first sending to the end */
	uint16_t n_chain;
	uint16_t n_records;
	uint16_t soa; /* owner of the SOA of a negative answer */
	uint16_t chain[MESSAGE_CHAIN];
	uint32_t text_len; /* used bytes of text, NULs counted; at least 1 */
	struct reply_record *record;
	char *text;
};

/* A reply with room for the largest answer; initialise with reply_room_init(). */
struct reply_room {
	struct reply reply;
	struct reply_record record[MESSAGE_RECORDS];
	char text[MESSAGE_TEXT];
};

void reply_room_init(struct reply_room *room);

/* Makes *r the reply that nothing usable came. */
void reply_fail(struct reply *r, uint16_t type, enum answer_failure failure, int rcode,
		int ede);

/* A copy on the heap, in one piece: free() it. */
struct reply *reply_copy(const struct reply *r);

/* Text (as above; at most one dot at the end is forgiven) to wire; the length, or -1. */
int message_name_to_wire(uint8_t out[MESSAGE_NAME], const char *text);

/* Wire to text, at most size bytes with the NUL; the length, or -1 when it is no name or too
 * long. The name must end at or before wire + len; no compression. */
int message_name_to_text(char *out, size_t size, const uint8_t *wire, size_t len);

enum { MESSAGE_EDNS = 1, MESSAGE_NO_RECURSION = 2 };

/* A query for the name (wire form, name_len bytes), AD set to learn of it; options are the two
 * above. */
size_t message_build(uint8_t out[MESSAGE_QUERY], const uint8_t *name, size_t name_len,
		     uint16_t type, uint16_t id, int options);

enum message_result {
	MESSAGE_FOREIGN,   /* no answer to this question: to be ignored */
	MESSAGE_TRUNCATED, /* TC: to be asked over TCP */
	MESSAGE_DONE	   /* room->reply is filled, a failure perhaps */
};

/* Reads an answer to query (as it was sent).  The id is the caller's to check.
 * Where no recursion was asked for, a chain of aliases that leads out of the server's zone is a
 * failure (FAILURE_LAME or FAILURE_NEG_NO_SOA) that still carries the chain. */
enum message_result message_read(struct reply_room *room, const uint8_t *bytes, size_t len,
				 const uint8_t *query);

#endif
