#include "dns/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { RECORD_SIZE = 4 + 2 + 2 + 1 + 16 };

void frame_buffer_clear(struct frame_buffer *b)
{
	free(b->bytes);
	*b = (struct frame_buffer){0};
}

uint8_t *frame_buffer_reserve(struct frame_buffer *b, size_t n)
{
	if (b->begin == b->end)
		b->begin = b->end = 0;
	if (b->room - b->end < n && b->begin) {
		memmove(b->bytes, b->bytes + b->begin, b->end - b->begin);
		b->end -= b->begin;
		b->begin = 0;
	}
	if (b->room - b->end < n) {
		size_t room = b->room ? b->room : 65536;

		while (room - b->end < n)
			room *= 2;
		b->bytes = mem_resize(b->bytes, room);
		b->room = room;
	}
	return b->bytes + b->end;
}

int frame_next(struct frame_buffer *b, struct frame *f)
{
	size_t have = b->end - b->begin;
	uint32_t len;

	if (have < 4)
		return 0;
	memcpy(&len, b->bytes + b->begin, 4);
	if (len < 1 || len > FRAME_MAX)
		return -1;
	if (have < FRAME_HEAD)
		return 0;
	f->type = b->bytes[b->begin + 4];
	if (f->type < FRAME_SETUP || f->type >= FRAME_TYPES)
		return -1;
	if (have - 4 < len)
		return 0;
	f->at = b->bytes + b->begin + FRAME_HEAD;
	f->end = f->at + len - 1;
	b->begin += 4 + len;
	return 1;
}

/* --- writing: the caller of a put knows the size, so there is one reservation a frame --- */

static uint8_t *begin(struct frame_buffer *b, enum frame_type type, size_t payload)
{
	uint8_t *p = frame_buffer_reserve(b, FRAME_HEAD + payload);
	uint32_t len = (uint32_t)payload + 1;

	memcpy(p, &len, 4);
	p[4] = (uint8_t)type;
	b->end += FRAME_HEAD + payload;
	return p + FRAME_HEAD;
}

static void put(uint8_t **p, const void *value, size_t size)
{
	memcpy(*p, value, size);
	*p += size;
}

/* --- reading: -1 once the frame is too short --- */

static int get(const uint8_t **p, const uint8_t *end, void *value, size_t size)
{
	if ((size_t)(end - *p) < size)
		return -1;
	memcpy(value, *p, size);
	*p += size;
	return 0;
}

void frame_put_setup(struct frame_buffer *b, const struct frame_setup *s)
{
	uint8_t *p = begin(b, FRAME_SETUP, 4 + 1 + sizeof s->rate);

	put(&p, &s->window, 4);
	put(&p, &s->n_resolvers, 1);
	put(&p, s->rate, sizeof s->rate);
}

int frame_get_setup(const struct frame *f, struct frame_setup *s)
{
	const uint8_t *p = f->at;

	if (get(&p, f->end, &s->window, 4) || get(&p, f->end, &s->n_resolvers, 1) ||
	    get(&p, f->end, s->rate, sizeof s->rate) || p != f->end)
		return -1;
	return s->n_resolvers < 1 || s->n_resolvers > FRAME_RESOLVERS || s->window < 1 ? -1 : 0;
}

void frame_put_sockets(struct frame_buffer *b, enum frame_type type,
		       const struct frame_sockets *s)
{
	uint8_t *p = begin(b, type, 2);

	put(&p, &s->resolver, 1);
	put(&p, &s->n, 1);
}

int frame_get_sockets(const struct frame *f, struct frame_sockets *s)
{
	const uint8_t *p = f->at;

	if (get(&p, f->end, &s->resolver, 1) || get(&p, f->end, &s->n, 1) || p != f->end)
		return -1;
	return s->resolver >= FRAME_SERVERS || s->n > FRAME_SOCKETS_MAX ? -1 : 0;
}

void frame_put_query(struct frame_buffer *b, const struct frame_query *q)
{
	uint8_t *p = begin(b, FRAME_QUERY, 8 + 4 + 2 + 3 + q->name_len);

	put(&p, &q->cookie, 8);
	put(&p, &q->budget, 4);
	put(&p, &q->type, 2);
	put(&p, &q->resolver, 1);
	put(&p, &q->urgent, 1);
	put(&p, &q->name_len, 1);
	put(&p, q->name, q->name_len);
}

int frame_get_query(const struct frame *f, struct frame_query *q)
{
	const uint8_t *p = f->at;
	size_t i = 0;

	if (get(&p, f->end, &q->cookie, 8) || get(&p, f->end, &q->budget, 4) ||
	    get(&p, f->end, &q->type, 2) || get(&p, f->end, &q->resolver, 1) ||
	    get(&p, f->end, &q->urgent, 1) || get(&p, f->end, &q->name_len, 1) ||
	    get(&p, f->end, q->name, q->name_len) || p != f->end)
		return -1;
	if (q->resolver >= FRAME_SERVERS || !q->name_len || q->budget > 60000)
		return -1;
	while (q->name[i]) {
		if (q->name[i] > 63 || (i += 1u + q->name[i]) >= q->name_len)
			return -1;
	}
	return i + 1 == q->name_len ? 0 : -1;
}

void frame_put_ready(struct frame_buffer *b, const char *note)
{
	size_t n = strlen(note);
	uint8_t *p;

	if (n >= FRAME_NOTE)
		n = FRAME_NOTE - 1;
	p = begin(b, FRAME_READY, n);
	put(&p, note, n);
}

int frame_get_ready(const struct frame *f, char note[FRAME_NOTE])
{
	size_t n = (size_t)(f->end - f->at);

	if (n >= FRAME_NOTE)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (f->at[i] < 0x20 || f->at[i] > 0x7e)
			return -1;
	memcpy(note, f->at, n);
	note[n] = '\0';
	return 0;
}

void frame_put_want_tcp(struct frame_buffer *b, uint8_t resolver)
{
	*begin(b, FRAME_WANT_TCP, 1) = resolver;
}

int frame_get_want_tcp(const struct frame *f, uint8_t *resolver)
{
	const uint8_t *p = f->at;

	return get(&p, f->end, resolver, 1) || p != f->end || *resolver >= FRAME_SERVERS ? -1
											 : 0;
}

void frame_put_counts(struct frame_buffer *b, const struct frame_counts *c)
{
	uint8_t *p = begin(b, FRAME_COUNTS, sizeof *c);

	put(&p, c, sizeof *c);
}

int frame_get_counts(const struct frame *f, struct frame_counts *c)
{
	const uint8_t *p = f->at;

	return get(&p, f->end, c, sizeof *c) || p != f->end ? -1 : 0;
}

/* The fixed part of a reply, as it travels. */
struct reply_head {
	uint64_t cookie;
	uint32_t ttl, elapsed, text_len;
	int32_t ede;
	uint16_t type, n_chain, n_records, soa;
	int16_t rcode;
	uint8_t status, failure, doubt, authenticated, authoritative, zero;
};

void frame_put_reply(struct frame_buffer *b, uint64_t cookie, const struct reply *r)
{
	struct reply_head h = {
		.cookie = cookie,
		.ttl = r->ttl,
		.elapsed = r->elapsed,
		.text_len = r->text_len,
		.ede = r->ede,
		.type = r->type,
		.n_chain = r->n_chain,
		.n_records = r->n_records,
		.soa = r->soa,
		.rcode = r->rcode,
		.status = r->status,
		.failure = r->failure,
		.doubt = r->doubt,
		.authenticated = r->authenticated,
		.authoritative = r->authoritative,
	};
	uint8_t *p =
		begin(b, FRAME_REPLY,
		      sizeof h + 2u * r->n_chain + RECORD_SIZE * r->n_records + r->text_len);

	put(&p, &h, sizeof h);
	put(&p, r->chain, 2u * r->n_chain);
	for (size_t i = 0; i < r->n_records; i++) {
		const struct reply_record *d = &r->record[i];

		put(&p, &d->ttl, 4);
		put(&p, &d->preference, 2);
		put(&p, &d->name, 2);
		put(&p, &d->address.family, 1);
		put(&p, d->address.bytes, 16);
	}
	put(&p, r->text, r->text_len);
}

/* The text is a row of names, each ended by a NUL and at most as long as the program holds
 * names; their bytes are those that message_name_to_text() writes. */
static int is_good_text(const char *text, size_t len)
{
	size_t run = 0;

	if (!len || text[0] || text[len - 1])
		return 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!c) {
			run = 0;
			continue;
		}
		if (c <= 0x20 || c >= 0x7f || (c >= 'A' && c <= 'Z') || ++run >= NAME_SIZE)
			return 0;
	}
	return 1;
}

/* A place must be the beginning of a name: 0, or behind a NUL. */
static int is_good_place(const struct reply *r, uint16_t place)
{
	return place == 0 || (place < r->text_len && r->text[place] && !r->text[place - 1]);
}

static int is_good_record(const struct reply *r, const struct reply_record *d)
{
	int family = r->type == MESSAGE_A ? 4 : r->type == MESSAGE_AAAA ? 6 : 0;

	return d->address.family == family && is_good_place(r, d->name);
}

static int is_good_status(const struct reply *r)
{
	if (r->status <= ANSWER_NOT_ASKED || r->status > ANSWER_FAIL ||
	    r->failure >= FAILURE_LIES)
		return 0;
	if ((r->status == ANSWER_FAIL) != (r->failure != FAILURE_NONE))
		return 0;
	if ((r->status == ANSWER_DATA) != (r->n_records > 0))
		return 0;
	if (r->doubt != FAILURE_NONE &&
	    (r->status != ANSWER_DATA || (r->doubt != FAILURE_STALE && r->doubt != FAILURE_BOGUS)))
		return 0;
	return r->rcode >= -1 && r->rcode <= 4095 && r->ede >= -1 && r->ede <= 65535 &&
	       r->authenticated <= 1 && r->authoritative <= 1;
}

int frame_get_reply(const struct frame *f, uint64_t *cookie, struct reply_room *room)
{
	const uint8_t *p = f->at;
	struct reply *r = &room->reply;
	struct reply_head h;

	reply_room_init(room);
	if (get(&p, f->end, &h, sizeof h))
		return -1;
	if (h.n_chain > MESSAGE_CHAIN || h.n_records > MESSAGE_RECORDS ||
	    h.text_len > MESSAGE_TEXT || h.zero)
		return -1;
	if ((size_t)(f->end - p) !=
	    2u * h.n_chain + (size_t)RECORD_SIZE * h.n_records + h.text_len)
		return -1;
	*cookie = h.cookie;
	r->ttl = h.ttl;
	r->elapsed = h.elapsed;
	r->text_len = h.text_len;
	r->ede = h.ede;
	r->type = h.type;
	r->n_chain = h.n_chain;
	r->n_records = h.n_records;
	r->soa = h.soa;
	r->rcode = h.rcode;
	r->status = h.status;
	r->failure = h.failure;
	r->doubt = h.doubt;
	r->authenticated = h.authenticated;
	r->authoritative = h.authoritative;
	get(&p, f->end, r->chain, 2u * h.n_chain);
	memcpy(r->text, f->end - h.text_len, h.text_len);
	if (!is_good_status(r) || !is_good_text(r->text, r->text_len) ||
	    !is_good_place(r, r->soa))
		return -1;
	for (size_t i = 0; i < r->n_chain; i++)
		if (!is_good_place(r, r->chain[i]))
			return -1;
	for (size_t i = 0; i < r->n_records; i++) {
		struct reply_record *d = &r->record[i];

		get(&p, f->end, &d->ttl, 4);
		get(&p, f->end, &d->preference, 2);
		get(&p, f->end, &d->name, 2);
		get(&p, f->end, &d->address.family, 1);
		get(&p, f->end, d->address.bytes, 16);
		if (!is_good_record(r, d))
			return -1;
	}
	return 0;
}
