/*
 * wire: hand-made DNS messages for tests: a header, a question, records put behind one another.
 *
 * Nothing is checked of what is put, so that wrong messages can be made as easily as good ones.
 */
#ifndef TESTS_DNS_WIRE_H
#define TESTS_DNS_WIRE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

enum { WIRE_ANSWER = 6, WIRE_AUTHORITY = 8, WIRE_ADDITIONAL = 10 };

struct wire {
	uint8_t bytes[70000];
	size_t len;
};

static inline void wire_byte(struct wire *w, unsigned value)
{
	w->bytes[w->len++] = (uint8_t)value;
}

static inline void wire_u16(struct wire *w, unsigned value)
{
	wire_byte(w, value >> 8);
	wire_byte(w, value & 255);
}

static inline void wire_u32(struct wire *w, uint32_t value)
{
	wire_u16(w, value >> 16);
	wire_u16(w, value & 0xffff);
}

static inline void wire_name(struct wire *w, const char *name)
{
	uint8_t out[MESSAGE_NAME];
	int n = message_name_to_wire(out, name);

	if (n > 0) {
		memcpy(w->bytes + w->len, out, (size_t)n);
		w->len += (size_t)n;
	}
}

/* A header with QR, RD and RA, and the question. */
static inline void wire_begin(struct wire *w, unsigned id, unsigned rcode, const char *name,
			      unsigned type)
{
	memset(w, 0, 12);
	w->len = 0;
	wire_u16(w, id);
	wire_u16(w, 0x8180 | rcode);
	wire_u16(w, 1);
	w->len = 12;
	wire_name(w, name);
	wire_u16(w, type);
	wire_u16(w, 1);
}

/* Begins a record and counts it in the section; returns where its length stands. */
static inline size_t wire_record(struct wire *w, unsigned section, const char *owner,
				 unsigned type, uint32_t ttl)
{
	unsigned count = (unsigned)w->bytes[section] << 8 | w->bytes[section + 1];

	count++;
	w->bytes[section] = (uint8_t)(count >> 8);
	w->bytes[section + 1] = (uint8_t)count;
	wire_name(w, owner);
	wire_u16(w, type);
	wire_u16(w, 1);
	wire_u32(w, ttl);
	wire_u16(w, 0);
	return w->len - 2;
}

static inline void wire_end(struct wire *w, size_t place)
{
	size_t n = w->len - place - 2;

	w->bytes[place] = (uint8_t)(n >> 8);
	w->bytes[place + 1] = (uint8_t)n;
}

static inline void wire_mx(struct wire *w, const char *owner, uint32_t ttl, unsigned preference,
			   const char *target)
{
	size_t at = wire_record(w, WIRE_ANSWER, owner, MESSAGE_MX, ttl);

	wire_u16(w, preference);
	wire_name(w, target);
	wire_end(w, at);
}

/* A CNAME, DNAME or NS record. */
static inline void wire_link(struct wire *w, unsigned section, const char *owner, unsigned type,
			     const char *target)
{
	size_t at = wire_record(w, section, owner, type, 300);

	wire_name(w, target);
	wire_end(w, at);
}

static inline void wire_soa(struct wire *w, const char *owner, uint32_t ttl, uint32_t minimum)
{
	size_t at = wire_record(w, WIRE_AUTHORITY, owner, MESSAGE_SOA, ttl);

	wire_name(w, "ns.test");
	wire_name(w, "h.test");
	for (int i = 0; i < 4; i++)
		wire_u32(w, 7);
	wire_u32(w, minimum);
	wire_end(w, at);
}

/* An OPT record with one extended error, or without when code is -1. */
static inline void wire_opt(struct wire *w, unsigned rcode_high, int code)
{
	size_t at =
		wire_record(w, WIRE_ADDITIONAL, "", MESSAGE_OPT, (uint32_t)rcode_high << 24);

	if (code >= 0) {
		wire_u16(w, 15);
		wire_u16(w, 2);
		wire_u16(w, (unsigned)code);
	}
	wire_end(w, at);
}

/* Reads w as an answer to a question for name and type. */
static inline enum message_result wire_read(struct reply_room *room, const struct wire *w, const char *name, uint16_t type)
{
	uint8_t query[MESSAGE_QUERY], wire[MESSAGE_NAME];
	int n = message_name_to_wire(wire, name);
	/* A copy of its own size, so that a sanitizer sees every byte too far. */
	uint8_t *copy = malloc(w->len ? w->len : 1);
	enum message_result result;

	ck_assert_int_gt(n, 0);
	memcpy(copy, w->bytes, w->len);
	message_build(query, wire, (size_t)n, type, 1, 1);
	result = message_read(room, copy, w->len, query);
	free(copy);
	return result;
}

#endif
