/*
 * str: a string that grows.
 *
 * `struct str s = {0}` is an empty one; text is NUL-terminated once anything
 * was added (str_text() gives "" before that).  str_clear() frees.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct str {
	char *bytes;
	size_t len, room;
};

void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void str_truncate(struct str *s, size_t len);
void str_clear(struct str *s);
const char *str_text(const struct str *s);
void str_make_room(struct str *s, size_t more); /* for more bytes and the NUL */

void str_add_bytes(struct str *s, const void *bytes, size_t len);

/* Here, so that the length of a word of the program is known where it is added. */
static inline void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

static inline void str_add_char(struct str *s, char c)
{
	if (s->room - s->len <= 1)
		str_make_room(s, 1);
	s->bytes[s->len++] = c;
	s->bytes[s->len] = '\0';
}

#endif
