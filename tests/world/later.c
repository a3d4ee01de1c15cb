#include "later.h"

#include <stdlib.h>
#include <string.h>

#define LATER_MAX 200000

static struct later_message **heap;
static size_t count, room;
static uint64_t pushed;

static int comes_before(const struct later_message *a, const struct later_message *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(size_t a, size_t b)
{
	struct later_message *m = heap[a];

	heap[a] = heap[b];
	heap[b] = m;
}

void later_push(uint64_t due, uint64_t connection, const struct sockaddr_storage *to,
		socklen_t to_len, const uint8_t *bytes, size_t len)
{
	struct later_message *m;
	size_t at;

	if (count >= LATER_MAX)
		return;
	if (count == room) {
		size_t more = room ? room * 2 : 256;
		struct later_message **bigger = realloc(heap, more * sizeof(*heap));

		if (!bigger)
			return;
		heap = bigger;
		room = more;
	}
	m = malloc(sizeof(*m) + len);
	if (!m)
		return;
	m->due = due;
	m->order = pushed++;
	m->connection = connection;
	m->to_len = to_len;
	if (to)
		memcpy(&m->to, to, to_len);
	m->len = len;
	memcpy(m->bytes, bytes, len);
	heap[at = count++] = m;
	while (at > 0 && comes_before(heap[at], heap[(at - 1) / 2])) {
		swap(at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

struct later_message *later_pop(uint64_t now)
{
	struct later_message *m;
	size_t at = 0;

	if (count == 0 || heap[0]->due > now)
		return NULL;
	m = heap[0];
	heap[0] = heap[--count];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
			if (comes_before(heap[child], heap[least]))
				least = child;
		if (least == at)
			return m;
		swap(at, least);
		at = least;
	}
}

int later_wait(uint64_t now)
{
	if (count == 0)
		return -1;
	if (heap[0]->due <= now)
		return 0;
	return heap[0]->due - now > 60000 ? 60000 : (int)(heap[0]->due - now);
}
