#include "message.h"

#include <string.h>

#include "zone.h"

#define OPT_SIZE 11

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

/* Behind a name, compressed or not; 0 where it runs out of the message. */
static size_t skip_name(const uint8_t *msg, size_t len, size_t at)
{
	while (at < len) {
		if (msg[at] >= 0xc0)
			return at + 2 <= len ? at + 2 : 0;
		if (msg[at] > 63)
			return 0;
		if (msg[at] == 0)
			return at + 1;
		at += (size_t)msg[at] + 1;
	}
	return 0;
}

int query_wants_recursion(const struct query *q)
{
	return q->wire[2] & 1;
}

size_t message_skip_record(const uint8_t *msg, size_t len, size_t at)
{
	at = skip_name(msg, len, at);
	if (at == 0 || at + 10 > len)
		return 0;
	at += 10 + get16(msg + at + 8);
	return at <= len ? at : 0;
}

/* The additional section of a query: an OPT, perhaps, and things to be ignored (TSIG, cookies).
 */
static int read_additional(struct query *q, size_t at, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t end = message_skip_record(q->wire, q->len, at);

		if (end == 0)
			return RC_FORMERR;
		if (q->wire[at] == 0 && get16(q->wire + at + 1) == TYPE_OPT) {
			uint16_t size = get16(q->wire + at + 3);

			if (q->has_edns)
				return RC_FORMERR; /* RFC 6891 6.1.1: there is one */
			q->has_edns = 1;
			q->dnssec_ok = q->wire[at + 7] >> 7;
			q->udp_size = size < 512		? 512
				      : size > EDNS_UDP_CEILING ? EDNS_UDP_CEILING
								: size;
			if (q->wire[at + 6] != 0)
				return RC_BADVERS;
		}
		at = end;
	}
	return at == q->len ? 0 : RC_FORMERR;
}

int query_read(struct query *q, const uint8_t *wire, size_t len)
{
	size_t at = HEADER_SIZE;

	memset(q, 0, offsetof(struct query, asked));
	q->asked.len = q->name.len = 0;
	q->type = q->class = 0;
	q->has_edns = q->dnssec_ok = 0;
	q->wire = wire;
	q->len = len;
	q->udp_size = 512;
	if (len < HEADER_SIZE || wire[2] & 0x80)
		return -1;
	if ((wire[2] >> 3 & 15) != 0)
		return RC_NOTIMP;
	if (get16(wire + 4) != 1 || get16(wire + 6) != 0 || get16(wire + 8) != 0)
		return RC_FORMERR;
	if (wname_read(&q->asked, wire, len, &at) != 0 || at + 4 > len)
		return RC_FORMERR;
	q->name = q->asked;
	wname_lower(&q->name);
	q->type = get16(wire + at);
	q->class = get16(wire + at + 2);
	q->question_end = at + 4;
	return read_additional(q, q->question_end, get16(wire + 10));
}

void reply_begin(struct reply *r, const struct query *q, uint8_t *out, size_t limit)
{
	memset(r, 0, offsetof(struct reply, seen));
	r->seen_count = 0;
	r->out = out;
	r->limit = limit - (q->has_edns ? OPT_SIZE : 0);
	memset(out, 0, HEADER_SIZE);
	r->len = HEADER_SIZE;
	if (q->question_end) {
		memcpy(out, q->wire, q->question_end);
		r->len = q->question_end;
		for (size_t at = 0; q->asked.wire[at]; at += (size_t)q->asked.wire[at] + 1) {
			if (r->seen_count == sizeof(r->seen) / sizeof(r->seen[0]))
				break;
			r->seen[r->seen_count].wire = q->asked.wire + at;
			r->seen[r->seen_count].at = (uint16_t)(HEADER_SIZE + at);
			r->seen[r->seen_count++].len = (uint8_t)(q->asked.len - at);
		}
	}
}

static int has_room(struct reply *r, size_t more)
{
	if (r->len + more > r->limit)
		r->overflow = 1;
	return !r->overflow;
}

static void put_bytes(struct reply *r, const uint8_t *bytes, size_t len)
{
	if (!has_room(r, len))
		return;
	memcpy(r->out + r->len, bytes, len);
	r->len += len;
}

/* Case counts in the comparison: what the zone file says is sent as it stands there. */
static void put_name(struct reply *r, const uint8_t *wire, size_t len, int compress)
{
	if (!compress) {
		put_bytes(r, wire, len);
		return;
	}
	while (wire[0]) {
		size_t label = (size_t)wire[0] + 1;

		for (unsigned i = 0; i < r->seen_count; i++)
			if (r->seen[i].len == len && memcmp(r->seen[i].wire, wire, len) == 0) {
				if (has_room(r, 2)) {
					put16(r->out + r->len, 0xc000u | r->seen[i].at);
					r->len += 2;
				}
				return;
			}
		if (r->len < 0x4000 && r->seen_count < sizeof(r->seen) / sizeof(r->seen[0])) {
			r->seen[r->seen_count].wire = wire;
			r->seen[r->seen_count].at = (uint16_t)r->len;
			r->seen[r->seen_count++].len = (uint8_t)len;
		}
		put_bytes(r, wire, label);
		wire += label;
		len -= label;
	}
	put_bytes(r, wire, 1);
}

static size_t name_length(const uint8_t *wire)
{
	size_t at = 0;

	while (wire[at])
		at += (size_t)wire[at] + 1;
	return at + 1;
}

static void put_data(struct reply *r, uint16_t type, const uint8_t *data, size_t len)
{
	size_t first;

	switch (type) {
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_PTR:
		put_name(r, data, len, 1);
		return;
	case TYPE_MX:
		put_bytes(r, data, 2);
		put_name(r, data + 2, len - 2, 1);
		return;
	case TYPE_SOA:
		first = name_length(data);
		put_name(r, data, first, 1);
		put_name(r, data + first, len - first - 20, 1);
		put_bytes(r, data + len - 20, 20);
		return;
	default:
		put_bytes(r, data, len);
	}
}

void reply_add(struct reply *r, const struct wname *owner, uint16_t type, uint32_t ttl,
	       const uint8_t *data, size_t len)
{
	size_t fixed;

	put_name(r, owner->wire, owner->len, 1);
	if (!has_room(r, 10))
		return;
	fixed = r->len;
	put16(r->out + fixed, type);
	put16(r->out + fixed + 2, 1);
	put32(r->out + fixed + 4, ttl);
	r->len += 10;
	put_data(r, type, data, len);
	if (r->overflow)
		return;
	put16(r->out + fixed + 8, (unsigned)(r->len - fixed - 10));
	r->counts[r->section]++;
}

size_t reply_finish(struct reply *r, const struct query *q)
{
	if (r->overflow) {
		r->truncated = 1;
		r->counts[0] = r->counts[1] = r->counts[2] = 0;
		r->len = q->question_end ? q->question_end : HEADER_SIZE;
	}
	if (q->has_edns) {
		uint8_t *opt = r->out + r->len;

		memset(opt, 0, OPT_SIZE);
		put16(opt + 1, TYPE_OPT);
		put16(opt + 3, EDNS_UDP_SIZE);
		opt[5] = (uint8_t)(r->rcode >> 4);
		opt[7] = q->dnssec_ok ? 0x80 : 0;
		r->len += OPT_SIZE;
		r->counts[SECTION_ADDITIONAL]++;
	}
	memcpy(r->out, q->wire, 2);
	/* QR, the opcode and RD as asked, RA where RD asks: the demo takes us for a resolver.
	 */
	r->out[2] = (uint8_t)(0x80 | (q->wire[2] & 0x79) | (r->authoritative ? 4 : 0) |
			      (r->truncated ? 2 : 0));
	r->out[3] =
		(uint8_t)((q->wire[2] & 1 ? 0x80 : 0) | (q->wire[3] & 0x10) | (r->rcode & 15));
	put16(r->out + 4, q->question_end ? 1 : 0);
	for (int i = 0; i < 3; i++)
		put16(r->out + 6 + 2 * i, r->counts[i]);
	return r->len;
}
