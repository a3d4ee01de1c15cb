/*
 * Frames: whoever took over the worker may write what he likes to its parent.  A name that comes out must be one that
 * every sink takes: printable, and ended within its bounds.
 */
#include <string.h>

#include "dns/frame.h"
#include "fuzz/targets.h"

static void read_reply(const struct frame *f)
{
	static struct reply_room room;
	const struct reply *r = &room.reply;
	uint64_t cookie;

	if (frame_get_reply(f, &cookie, &room) != 0)
		return;
	for (size_t i = 0; i < r->n_chain; i++)
		FUZZ_ASSERT(strnlen(r->text + r->chain[i], NAME_SIZE) < NAME_SIZE);
	for (size_t i = 0; i < r->n_records; i++)
		FUZZ_ASSERT(strnlen(r->text + r->record[i].name, NAME_SIZE) < NAME_SIZE);
	for (size_t i = 0; i < r->text_len; i++)
		FUZZ_ASSERT(!r->text[i] || (r->text[i] > 0x20 && r->text[i] < 0x7f));
}

void fuzz_frame(const uint8_t *bytes, size_t len)
{
	struct frame_buffer b = {0};
	struct frame_setup setup;
	struct frame_sockets sockets;
	struct frame_query query;
	struct frame_counts counts;
	char note[FRAME_NOTE];
	uint8_t place;
	struct frame f;

	if (len == 0)
		return;
	memcpy(frame_buffer_reserve(&b, len), bytes, len);
	b.end += len;
	while (frame_next(&b, &f) == 1) {
		if (frame_get_setup(&f, &setup) == 0)
			FUZZ_ASSERT(setup.n_resolvers >= 1 && setup.n_resolvers <= FRAME_RESOLVERS);
		if (frame_get_sockets(&f, &sockets) == 0)
			FUZZ_ASSERT(sockets.resolver < FRAME_SERVERS && sockets.n <= FRAME_SOCKETS_MAX);
		if (frame_get_query(&f, &query) == 0)
			FUZZ_ASSERT(query.resolver < FRAME_SERVERS && query.name[query.name_len - 1] == 0);
		if (frame_get_ready(&f, note) == 0)
			FUZZ_ASSERT(strlen(note) < FRAME_NOTE);
		if (frame_get_want_tcp(&f, &place) == 0)
			FUZZ_ASSERT(place < FRAME_SERVERS);
		frame_get_counts(&f, &counts);
		read_reply(&f);
	}
	frame_buffer_clear(&b);
}
