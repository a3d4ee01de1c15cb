#include "base/json.h"

#include <string.h>

#include "base/date.h"
#include "base/str.h"
#include "base/utf8.h"

/* How many bytes from here on stand for themselves, in ASCII. */
static size_t plain_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= 0x20 && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

static void add_escaped(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		static const char short_for[] = "btn?fr"; /* U+0008 to U+000D */

		if (c == '"' || c == '\\') {
			str_add_char(out, '\\');
			str_add_char(out, (char)c);
		} else if (c >= 8 && c <= 13 && c != 11) {
			str_add_char(out, '\\');
			str_add_char(out, short_for[c - 8]);
		} else if (c < 0x20) {
			str_addf(out, "\\u%04x", c);
		} else {
			str_add_char(out, (char)c);
		}
	}
}

void json_add_string(struct str *out, const char *text, size_t len)
{
	size_t plain = plain_length(text, len);

	str_add_char(out, '"');
	str_add_bytes(out, text, plain);
	add_escaped(out, text + plain, len - plain);
	str_add_char(out, '"');
}

/* Adds the first character of text in a spelling that is seen; how many bytes it took. */
static size_t add_seen(struct str *out, const char *text, size_t len)
{
	size_t n = utf8_length(text, len);
	uint32_t code = n ? utf8_code(text, n) : 0xfffd;

	n = n ? n : 1;
	if (code >= 0x10000 && !utf8_is_shown(code)) /* a pair of surrogates (RFC 8259 7) */
		str_addf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
			 (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
	else if (code >= 0x20 && !utf8_is_shown(code))
		str_addf(out, "\\u%04x", (unsigned)code);
	else if (code == 0xfffd)
		str_add(out, "\\ufffd");
	else
		add_escaped(out, text, n);
	return n;
}

void json_add_shown(struct str *out, const char *text)
{
	size_t len = strlen(text);

	str_add_char(out, '"');
	for (size_t n; len > 0; text += n, len -= n) {
		n = plain_length(text, len);
		if (n > 0)
			str_add_bytes(out, text, n);
		else
			n = add_seen(out, text, len);
	}
	str_add_char(out, '"');
}

void json_show_line(struct str *out, const char *line, size_t len)
{
	for (size_t n; len > 0; line += n, len -= n) {
		n = plain_length(line, len);
		if (n == 0 && (*line == '"' || *line == '\\'))
			n = 1;
		if (n > 0)
			str_add_bytes(out, line, n);
		else
			n = add_seen(out, line, len);
	}
}

struct json_line json_begin(struct str *out)
{
	str_add_char(out, '{');
	return (struct json_line){out, 0};
}

void json_key(struct json_line *j, const char *key)
{
	str_add(j->out, j->any ? ",\"" : "\"");
	j->any = 1;
	str_add(j->out, key);
	str_add(j->out, "\":");
}

void json_text(struct json_line *j, const char *key, const char *text)
{
	json_key(j, key);
	json_add_shown(j->out, text);
}

void json_int(struct json_line *j, const char *key, int64_t value)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	json_key(j, key);
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--p = '-';
	str_add_bytes(j->out, p, (size_t)(digits + sizeof digits - p));
}

void json_bool(struct json_line *j, const char *key, int value)
{
	json_key(j, key);
	str_add(j->out, value ? "true" : "false");
}

void json_add_null(struct json_line *j, const char *key)
{
	json_key(j, key);
	str_add(j->out, "null");
}

void json_time(struct json_line *j, const char *key, int64_t t)
{
	char text[DATE_SIZE];

	if (t)
		json_text(j, key, date_rfc3339(text, t));
	else
		json_add_null(j, key);
}

void json_end(struct json_line *j)
{
	str_add_char(j->out, '}');
}
