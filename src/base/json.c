#include "base/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/str.h"

void json_add_string(struct str *out, const char *text, size_t len)
{
	str_add_char(out, '"');
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
	str_add_char(out, '"');
}

/* The length of the valid sequence at p, 0 when it is none (RFC 3629 4). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

int json_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	while (len > 0) {
		size_t n = utf8_length(p, len);

		if (n == 0)
			return 0;
		p += n;
		len -= n;
	}
	return 1;
}

struct json_line json_begin(struct str *out)
{
	str_add_char(out, '{');
	return (struct json_line){out, 0};
}

void json_key(struct json_line *j, const char *key)
{
	if (j->any)
		str_add_char(j->out, ',');
	j->any = 1;
	json_add_string(j->out, key, strlen(key));
	str_add_char(j->out, ':');
}

void json_text(struct json_line *j, const char *key, const char *text)
{
	json_key(j, key);
	json_add_string(j->out, text, strlen(text));
}

void json_int(struct json_line *j, const char *key, int64_t value)
{
	json_key(j, key);
	str_addf(j->out, "%" PRId64, value);
}

void json_bool(struct json_line *j, const char *key, int value)
{
	json_key(j, key);
	str_add(j->out, value ? "true" : "false");
}

void json_null(struct json_line *j, const char *key)
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
		json_null(j, key);
}

void json_end(struct json_line *j)
{
	str_add_char(j->out, '}');
}
