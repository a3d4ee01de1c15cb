/*
 * The parser of DNS answers.  The first byte picks type and recursion, and whether the rest is a whole message or
 * what follows the question of one that fits (flags, counts, sections).  Whatever is read must pass the parent's check
 * of a worker's frame, since nothing else will.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/frame.h"
#include "dns/message.h"
#include "fuzz/targets.h"

enum { WHOLE = 0x40, ASK_ITSELF = 0x80, HEAD = 12 };

static void check(const struct reply *r)
{
	static struct reply_room back;
	struct frame_buffer b = {0};
	struct frame f;
	uint64_t cookie;

	frame_put_reply(&b, 7, r);
	FUZZ_ASSERT(frame_next(&b, &f) == 1);
	FUZZ_ASSERT(frame_get_reply(&f, &cookie, &back) == 0);
	FUZZ_ASSERT(cookie == 7 && back.reply.n_records == r->n_records && back.reply.n_chain == r->n_chain);
	/* Half an answer is none. */
	FUZZ_ASSERT((r->status == ANSWER_DATA) == (r->n_records > 0));
	FUZZ_ASSERT((r->status == ANSWER_FAIL) == (r->failure != FAILURE_NONE));
	frame_buffer_clear(&b);
}

void fuzz_message(const uint8_t *bytes, size_t len)
{
	static const uint16_t types[] = {MESSAGE_A, MESSAGE_NS, MESSAGE_SOA, MESSAGE_MX, MESSAGE_AAAA};
	static struct reply_room room;
	uint8_t query[MESSAGE_QUERY], wire[MESSAGE_NAME], *message;
	size_t fixed;
	int n = message_name_to_wire(wire, "www.a.test");

	if (len < 6 || len > 65535)
		return;
	message_build(query, wire, (size_t)n, types[(bytes[0] & 15) % 5], 1,
				  MESSAGE_EDNS | (bytes[0] & ASK_ITSELF ? MESSAGE_NO_RECURSION : 0));
	fixed = bytes[0] & WHOLE ? 0 : HEAD + (size_t)n + 4;
	message = malloc(fixed + len);
	if (fixed) {
		memcpy(message, query, fixed);
		message[2] = bytes[1] | 0x80;
		message[3] = bytes[2];
		memset(message + 6, 0, 6);
		for (size_t i = 0; i < 3; i++)
			message[7 + 2 * i] = bytes[3 + i];
		memcpy(message + fixed, bytes + 6, len - 6);
		fixed += len - 6;
	} else {
		memcpy(message, bytes + 1, len - 1);
		fixed = len - 1;
	}
	if (message_read(&room, message, fixed, query) == MESSAGE_DONE)
		check(&room.reply);
	free(message);
}
