#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void str_make_room(struct str *s, size_t more)
{
	size_t want = s->len + more + 1;

	if (want <= s->room)
		return;
	if (want < s->room * 2)
		want = s->room * 2;
	if (want < 64)
		want = 64;
	s->bytes = mem_resize(s->bytes, want);
	s->room = want;
}

void str_add_bytes(struct str *s, const void *bytes, size_t len)
{
	if (s->room - s->len <= len)
		str_make_room(s, len);
	if (len)
		memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
	s->bytes[s->len] = '\0';
}

void str_addv(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int need;

	va_copy(again, ap);
	str_make_room(s, 0);
	need = vsnprintf(s->bytes + s->len, s->room - s->len, fmt, ap);
	if (need >= 0 && (size_t)need >= s->room - s->len) {
		str_make_room(s, (size_t)need);
		need = vsnprintf(s->bytes + s->len, s->room - s->len, fmt, again);
	}
	if (need >= 0)
		s->len += (size_t)need;
	s->bytes[s->len] = '\0';
	va_end(again);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(s, fmt, ap);
	va_end(ap);
}

void str_truncate(struct str *s, size_t len)
{
	if (len < s->len) {
		s->len = len;
		s->bytes[len] = '\0';
	}
}

void str_clear(struct str *s)
{
	free(s->bytes);
	*s = (struct str){0};
}

const char *str_text(const struct str *s)
{
	return s->bytes ? s->bytes : "";
}
