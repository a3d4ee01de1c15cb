/*
 * What `postqueue -j` prints, in pieces: the first byte is the length of a piece.  Whatever the pieces, the same comes out.
 */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "mta/mailqueue.h"
#include "relay/name.h"

static void is_sound(const struct mailqueue *q)
{
	for (size_t i = 0; i < q->n_messages; i++)
		FUZZ_ASSERT(q->message[i].arrival >= 0 && q->message[i].size >= 0);
	for (size_t i = 0; i < q->n_items; i++) {
		enum name_kind kind = name_kind(q->item[i].domain);

		FUZZ_ASSERT(q->item[i].message < q->n_messages);
		FUZZ_ASSERT(kind == NAME_DOMAIN || kind == NAME_SPECIAL);
	}
}

void fuzz_queue(const uint8_t *bytes, size_t len)
{
	struct mailqueue whole = {0}, pieces = {0};
	size_t piece;
	struct err e;
	int fd;

	if (len < 1)
		return;
	piece = bytes[0] ? bytes[0] : 1;
	for (size_t at = 1; at < len; at += piece)
		mailqueue_take(&pieces, (const char *)bytes + at, len - at < piece ? len - at : piece);
	mailqueue_end(&pieces);
	fd = fuzz_file(bytes + 1, len - 1);
	FUZZ_ASSERT(mailqueue_read_fd(&whole, fd, "a queue", &e) == 0);
	close(fd);
	is_sound(&whole);
	FUZZ_ASSERT(whole.n_messages == pieces.n_messages && whole.n_items == pieces.n_items &&
		    whole.refused == pieces.refused);
	mailqueue_clear(&whole);
	mailqueue_clear(&pieces);
}
