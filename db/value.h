/*
 * value: the bytes of a stored value, and why they can be believed.
 *
 * Four bytes CRC32C (little-endian), one byte version, then fields.  The sum covers the number
 * of the database, the key, the version and the fields, so a value that a flipped bit moved to
 * another key does not pass either: LMDB 0.9 has no checksums.  Writers append to a struct str;
 * a reader is a cursor that gives harmless zeros once it ran out and says so at the end.  Texts
 * are stored with a NUL behind them, so that what is read can point into the map.
 */
#ifndef DB_VALUE_H
#define DB_VALUE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct str;

enum { VALUE_HEAD = 5 };

/* CRC32C (RFC 3720 B.4), by SSE 4.2 where the processor has it; crc is 0 to begin with, or the
 * sum of what came before.  The second always goes by the table. */
uint32_t value_crc(uint32_t crc, const void *bytes, size_t len);
uint32_t value_crc_by_table(uint32_t crc, const void *bytes, size_t len);

/* A value is begun, its fields are appended, and it is closed under its key. */
void value_begin(struct str *out, uint8_t version);
void value_add_byte(struct str *out, uint8_t byte);
void value_add_u64(struct str *out, uint64_t n);     /* eight bytes */
void value_add_number(struct str *out, uint64_t n);  /* as few bytes as it needs */
void value_add_signed(struct str *out, int64_t n);   /* the same, small below zero too */
void value_add_text(struct str *out, const char *s); /* NULL counts as "" */
void value_close(struct str *out, unsigned database, const void *key, size_t key_len);

struct value_reader {
	const uint8_t *at, *end;
	uint8_t version;
	int bad; /* something was missing or out of range */
};

/* 0, or -1 when the bytes are no value of this key: too short, or the sum is wrong. */
int value_open(struct value_reader *r, unsigned database, const void *key, size_t key_len,
	       const void *bytes, size_t len);
uint8_t value_byte(struct value_reader *r);
uint64_t value_u64(struct value_reader *r);
uint64_t value_long_number(struct value_reader *r); /* value_number() is below */
uint32_t value_number32(struct value_reader *r);    /* bad when it does not fit */
int64_t value_signed(struct value_reader *r);
const char *value_text(struct value_reader *r, size_t *len); /* in the map; len may be NULL */
const char *value_text_kept(struct value_reader *r, struct arena *a); /* in the arena; in the map when that is NULL */

static inline size_t value_left(const struct value_reader *r)
{
	return (size_t)(r->end - r->at);
}

/* Most numbers are one byte, and a walk reads a dozen of them for each of a million rows. */
static inline uint64_t value_number(struct value_reader *r)
{
	if (r->at < r->end && *r->at < 0x80)
		return *r->at++;
	return value_long_number(r);
}

/* True when all was there and nothing is left over. */
static inline int value_is_done(const struct value_reader *r)
{
	return !r->bad && r->at == r->end;
}

/* Big-endian, as keys want it: byte order is number order. */
void value_key_u64(uint8_t out[8], uint64_t n);
uint64_t value_from_key_u64(const uint8_t in[8]);

#endif
