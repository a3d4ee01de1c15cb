#include "db/value.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define CRC32C_POLYNOMIAL 0x82f63b78u /* reflected */

/* --- the sum --- */

/* Eight tables, so that eight bytes go in one step.  Filled at first use: 8 KiB that a
 * processor with SSE 4.2 never needs. */
static uint32_t table[8][256];

static void fill_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ CRC32C_POLYNOMIAL : c >> 1;
		table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
}

static uint32_t read32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

uint32_t value_crc_by_table(uint32_t crc, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	if (table[0][1] == 0)
		fill_table();
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		uint32_t low = crc ^ read32(p), high = read32(p + 4);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^ table[3][high & 0xff] ^
		      table[2][high >> 8 & 0xff] ^ table[1][high >> 16 & 0xff] ^
		      table[0][high >> 24];
	}
	for (; len > 0; len--)
		crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_processor(uint32_t crc,
								   const uint8_t *p, size_t len)
{
	uint64_t c = ~crc, word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	if (len & 4) {
		c = __builtin_ia32_crc32si((uint32_t)c, read32(p));
		p += 4;
	}
	for (len &= 3; len > 0; len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return ~(uint32_t)c;
}

uint32_t value_crc(uint32_t crc, const void *bytes, size_t len)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc_by_processor(crc, bytes, len);
	return value_crc_by_table(crc, bytes, len);
}
#else
uint32_t value_crc(uint32_t crc, const void *bytes, size_t len)
{
	return value_crc_by_table(crc, bytes, len);
}
#endif

/* Begun from the number of the database and the length of the key instead of from 0, so that no
 * byte can move between databases, or between key and value. */
static uint32_t sum_of(unsigned database, const void *key, size_t key_len, const uint8_t *rest,
		       size_t len)
{
	return value_crc(value_crc((uint32_t)(database << 16 | key_len), key, key_len), rest,
			 len);
}

/* --- writing --- */

void value_begin(struct str *out, uint8_t version)
{
	const uint8_t head[VALUE_HEAD] = {[VALUE_HEAD - 1] = version};

	str_truncate(out, 0);
	str_add_bytes(out, head, sizeof head);
}

void value_add_byte(struct str *out, uint8_t byte)
{
	str_add_bytes(out, &byte, 1);
}

void value_add_u64(struct str *out, uint64_t n)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> 8 * i);
	str_add_bytes(out, bytes, sizeof bytes);
}

void value_add_number(struct str *out, uint64_t n)
{
	uint8_t bytes[10];
	size_t len = 0;

	for (; n >= 0x80; n >>= 7)
		bytes[len++] = (uint8_t)(n | 0x80);
	bytes[len++] = (uint8_t)n;
	str_add_bytes(out, bytes, len);
}

void value_add_signed(struct str *out, int64_t n)
{
	value_add_number(out, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

void value_add_text(struct str *out, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	value_add_number(out, len);
	if (len > 0)
		str_add_bytes(out, s, len + 1);
}

void value_close(struct str *out, unsigned database, const void *key, size_t key_len)
{
	uint32_t sum =
		sum_of(database, key, key_len, (const uint8_t *)out->bytes + 4, out->len - 4);

	for (int i = 0; i < 4; i++)
		out->bytes[i] = (char)(sum >> 8 * i);
}

/* --- reading --- */

int value_open(struct value_reader *r, unsigned database, const void *key, size_t key_len,
	       const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	*r = (struct value_reader){.bad = 1};
	if (len < VALUE_HEAD || read32(p) != sum_of(database, key, key_len, p + 4, len - 4))
		return -1;
	*r = (struct value_reader){.at = p + VALUE_HEAD, .end = p + len, .version = p[4]};
	return 0;
}

static int has(struct value_reader *r, size_t len)
{
	if (value_left(r) >= len)
		return 1;
	r->bad = 1;
	r->at = r->end;
	return 0;
}

uint8_t value_byte(struct value_reader *r)
{
	return has(r, 1) ? *r->at++ : 0;
}

uint64_t value_u64(struct value_reader *r)
{
	uint64_t n = 0;

	if (!has(r, 8))
		return 0;
	for (int i = 0; i < 8; i++)
		n |= (uint64_t)*r->at++ << 8 * i;
	return n;
}

uint64_t value_long_number(struct value_reader *r)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = value_byte(r);

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			break;
		n |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return n;
	}
	r->bad = 1;
	return 0;
}

uint32_t value_number32(struct value_reader *r)
{
	uint64_t n = value_number(r);

	if (n <= UINT32_MAX)
		return (uint32_t)n;
	r->bad = 1;
	return 0;
}

int64_t value_signed(struct value_reader *r)
{
	uint64_t n = value_number(r);

	return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

const char *value_text(struct value_reader *r, size_t *len)
{
	uint64_t n = value_number(r);
	const char *text = "";

	if (n > 0 && n < value_left(r) && r->at[n] == '\0') {
		text = (const char *)r->at;
		r->at += n + 1;
	} else if (n > 0) {
		r->bad = 1;
		r->at = r->end;
		n = 0;
	}
	if (len)
		*len = (size_t)n;
	return text;
}

const char *value_text_kept(struct value_reader *r, struct arena *a)
{
	size_t len;
	const char *text = value_text(r, &len);

	return a && len > 0 ? arena_string(a, text, len) : text;
}

void value_key_u64(uint8_t out[8], uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> (56 - 8 * i));
}

uint64_t value_from_key_u64(const uint8_t in[8])
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | in[i];
	return n;
}
