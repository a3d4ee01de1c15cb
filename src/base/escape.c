#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

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

static void add_text(struct str *out, const char *text, size_t len, const char *kept)
{
	for (size_t n; len > 0; text += n, len -= n) {
		n = utf8_length(text, len);
		if (n > 0 && (utf8_is_shown(utf8_code(text, n)) || strchr(kept, *text)))
			str_add_bytes(out, text, n);
		else
			for (size_t i = 0, bytes = n ? n : 1; i < bytes; i++)
				str_addf(out, "\\%03u", (unsigned char)text[i]);
		n = n ? n : 1;
	}
}

void escape_add_line(struct str *out, const char *text)
{
	add_text(out, text, strlen(text), "");
}

void escape_add_cells(struct str *out, const char *text)
{
	add_text(out, text, strlen(text), "\t");
}

void escape_add_lines(struct str *out, const char *text)
{
	add_text(out, text, strlen(text), "\n\t");
}

/* What a spreadsheet takes for a formula, and what looks as if it had been guarded already. */
static int needs_guard(const char *text)
{
	text += strspn(text, "'");
	return *text && strchr(ESCAPE_FORMULA, *text) != NULL;
}

void escape_add_csv_text(struct str *out, const char *text)
{
	str_add_char(out, '"');
	if (needs_guard(text))
		str_add_char(out, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			str_add_char(out, '"');
		str_add_char(out, *p);
	}
	str_add_char(out, '"');
}

char *escape_take_guard(char *cell)
{
	return *cell == '\'' && needs_guard(cell) ? cell + 1 : cell;
}

void escape_add_csv(struct str *out, const char *text)
{
	struct str escaped = {0};

	escape_add(&escaped, text, strlen(text));
	escape_add_csv_text(out, str_text(&escaped));
	str_clear(&escaped);
}

int escape_is_plain(const void *in, size_t len)
{
	const unsigned char *p = in;

	for (size_t i = 0; i < len; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			return 0;
	return 1;
}
