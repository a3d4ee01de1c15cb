#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* One byte as it may be shown; returns the length, at most 4. */
static size_t escape_byte(char out[5], unsigned char c)
{
	if (c == '\\') {
		memcpy(out, "\\\\", 3);
		return 2;
	}
	if (c >= 0x20 && c <= 0x7e) {
		out[0] = (char)c;
		out[1] = '\0';
		return 1;
	}
	return (size_t)snprintf(out, 5, "\\%03u", c);
}

char *escape(char *out, size_t size, const void *in, size_t len)
{
	const unsigned char *p = in;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char one[5];
		size_t n = escape_byte(one, p[i]);

		if (used + n + 1 > size)
			break;
		memcpy(out + used, one, n);
		used += n;
	}
	if (size)
		out[used] = '\0';
	return out;
}

void escape_add(struct str *out, const void *in, size_t len)
{
	const unsigned char *p = in;

	for (size_t i = 0; i < len; i++) {
		char one[5];

		str_add_bytes(out, one, escape_byte(one, p[i]));
	}
}

void escape_add_csv(struct str *out, const char *text)
{
	str_add_char(out, '"');
	if (*text && strchr("=+-@|%", *text))
		str_add_char(out, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			str_add_char(out, '"');
		escape_add(out, p, 1);
	}
	str_add_char(out, '"');
}

int escape_is_plain(const void *in, size_t len)
{
	const unsigned char *p = in;

	for (size_t i = 0; i < len; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			return 0;
	return 1;
}
