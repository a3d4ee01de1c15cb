#include "base/base64.h"

#include <string.h>

#include "base/str.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes as four characters. */
static void encode(char out[4], const uint8_t *bytes, size_t n)
{
	unsigned bits = (unsigned)bytes[0] << 16;

	if (n > 1)
		bits |= (unsigned)bytes[1] << 8;
	if (n > 2)
		bits |= bytes[2];
	out[0] = alphabet[bits >> 18];
	out[1] = alphabet[bits >> 12 & 63];
	out[2] = n > 1 ? alphabet[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? alphabet[bits & 63] : '=';
}

void base64_add(struct str *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		char four[4];

		encode(four, bytes + i, len - i);
		str_add_bytes(out, four, 4);
	}
}

static int digit(char c)
{
	const char *found = c ? strchr(alphabet, c) : NULL;

	return found ? (int)(found - alphabet) : -1;
}

int base64_read(uint8_t *out, size_t len, const char *text, size_t text_len)
{
	if (text_len % 4 != 0 || text_len / 4 != (len + 2) / 3)
		return -1;
	for (size_t i = 0; i < len; i += 3, text += 4) {
		size_t n = len - i < 3 ? len - i : 3;
		unsigned bits = 0;
		char again[4];

		for (size_t k = 0; k < 4; k++) {
			int d = k <= n ? digit(text[k]) : 0;

			if (d < 0)
				return -1;
			bits = bits << 6 | (unsigned)d;
		}
		for (size_t k = 0; k < n; k++)
			out[i + k] = (uint8_t)(bits >> (16 - 8 * k));
		/* Spare bits and padding have one spelling: that of the encoder. */
		encode(again, out + i, n);
		if (memcmp(again, text, 4) != 0)
			return -1;
	}
	return 0;
}
