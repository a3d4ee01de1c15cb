/*
 * frame: what parent and worker say to each other over their socket pair.
 *
 * A frame is a length, a type and a payload of fixed bounds, in the byte
 * order of the machine: both ends are the same program.  The parent trusts
 * the worker no more than the network: every count, length, place and byte of
 * a name is checked when a frame is read, and a frame that fails ends the
 * worker.
 */
#ifndef DNS_FRAME_H
#define DNS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

enum frame_type {
	FRAME_SETUP = 1, /* parent: window, rate of each resolver; the first frame */
	FRAME_SOCKETS,	 /* parent: UDP sockets of a resolver, as SCM_RIGHTS; in the place of an
			  * authority, one   socket, and what was in that place before is forgotten
			  */
	FRAME_TCP,	 /* parent: a connecting TCP socket, or none */
	FRAME_QUERY,	 /* parent */
	FRAME_READY,	 /* worker: the sandbox is up, with a note on what it lacks */
	FRAME_REPLY,	 /* worker */
	FRAME_WANT_TCP,	 /* worker */
	FRAME_COUNTS,	 /* worker: what it counted since it started */
	FRAME_TYPES
};

enum {
	FRAME_HEAD = 5,		/* u32 length of what follows the length, u8 type */
	FRAME_MAX = 128 * 1024, /* of one frame */
	FRAME_RESOLVERS = 8,	/* more are refused */
	FRAME_AUTHORITIES = 48, /* places for name servers that are asked themselves, behind the
				   resolvers */
	FRAME_SERVERS = FRAME_RESOLVERS + FRAME_AUTHORITIES,
	FRAME_SOCKETS_MAX = 16, /* of one resolver */
	FRAME_NOTE = 240
};

/* Bytes on their way: [begin, end) of bytes. */
struct frame_buffer {
	uint8_t *bytes;
	size_t begin, end, room;
};

void frame_buffer_clear(struct frame_buffer *b);

/* Makes place for n bytes behind end and returns it; the caller moves end. */
uint8_t *frame_buffer_reserve(struct frame_buffer *b, size_t n);

/* A frame as it lies in the buffer, valid until the buffer changes. */
struct frame {
	enum frame_type type;
	const uint8_t *at, *end;
};

/* Takes the next whole frame: 1, 0 when more bytes are needed, -1 when it cannot be one. */
int frame_next(struct frame_buffer *b, struct frame *f);

struct frame_setup {
	uint32_t window; /* queries in flight to one resolver */
	uint8_t n_resolvers;
	uint32_t rate[FRAME_RESOLVERS]; /* queries a second, 0: no limit */
};

struct frame_sockets {
	uint8_t resolver, n; /* for FRAME_TCP, n is 0 or 1 */
};

struct frame_query {
	uint64_t cookie;
	uint32_t budget; /* milliseconds from the first sending */
	uint16_t type;
	uint8_t resolver; /* from FRAME_RESOLVERS on an authority, which is asked without
			     recursion */
	uint8_t urgent, name_len;
	uint8_t name[MESSAGE_NAME]; /* wire form */
};

struct frame_counts {
	uint64_t queries, answers, retries, timeouts, tcp, foreign;
};

/* Each put appends a frame; each get reads one, -1 when anything about it is wrong. */
void frame_put_setup(struct frame_buffer *b, const struct frame_setup *s);
int frame_get_setup(const struct frame *f, struct frame_setup *s);
void frame_put_sockets(struct frame_buffer *b, enum frame_type type,
		       const struct frame_sockets *s);
int frame_get_sockets(const struct frame *f, struct frame_sockets *s);
void frame_put_query(struct frame_buffer *b, const struct frame_query *q);
int frame_get_query(const struct frame *f, struct frame_query *q);
void frame_put_ready(struct frame_buffer *b, const char *note);
int frame_get_ready(const struct frame *f, char note[FRAME_NOTE]);
void frame_put_want_tcp(struct frame_buffer *b, uint8_t resolver);
int frame_get_want_tcp(const struct frame *f, uint8_t *resolver);
void frame_put_counts(struct frame_buffer *b, const struct frame_counts *c);
int frame_get_counts(const struct frame *f, struct frame_counts *c);
void frame_put_reply(struct frame_buffer *b, uint64_t cookie, const struct reply *r);
int frame_get_reply(const struct frame *f, uint64_t *cookie, struct reply_room *room);

#endif
