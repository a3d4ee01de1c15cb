/*
 * name_key: how names lie in the database and to each other: sort keys, parents,
 * registrable domains, near misses.  The spelling of names is name.c's.
 */
#include "relay/name.h"

#include <string.h>

#include <libpsl.h>

/* Both below any byte that a name may have, so that a domain sorts right before its subnames.
 */
enum { KEY_DOT = 0x01, KEY_ODD = 0x02 };

size_t name_to_key(unsigned char out[NAME_KEY_SIZE], const char *name)
{
	size_t len = strnlen(name, NAME_SIZE - 1), used = 0;
	const char *begin, *end = name + len;
	int suffix = name[0] == '.';

	if (name_kind(name) <= NAME_ODD) {
		if (len > NAME_KEY_SIZE - 1)
			len = NAME_KEY_SIZE - 1;
		out[0] = KEY_ODD;
		memcpy(out + 1, name, len);
		return len + 1;
	}
	name += suffix;
	while (end > name) {
		begin = end;
		while (begin > name && begin[-1] != '.')
			begin--;
		memcpy(out + used, begin, (size_t)(end - begin));
		used += (size_t)(end - begin);
		if (begin > name)
			out[used++] = KEY_DOT;
		end = begin > name ? begin - 1 : name;
	}
	if (suffix) {
		out[used++] = KEY_DOT;
		out[used++] = KEY_DOT;
	}
	return used;
}

int name_from_key(char out[NAME_SIZE], const unsigned char *key, size_t len)
{
	size_t used = 0, end, begin;

	out[0] = '\0';
	if (len == 0 || len > NAME_KEY_SIZE - 1)
		return -1;
	if (key[0] == KEY_ODD) {
		if (memchr(key, '\0', len))
			return -1;
		memcpy(out, key + 1, len - 1);
		out[len - 1] = '\0';
		return name_kind(out) == NAME_ODD ? 0 : -1;
	}
	if (memchr(key, '\0', len) || memchr(key, '.', len))
		return -1;
	if (len >= 2 && key[len - 1] == KEY_DOT && key[len - 2] == KEY_DOT) {
		out[used++] = '.';
		len -= 2;
	}
	for (end = len;; end = begin - 1) {
		begin = end;
		while (begin > 0 && key[begin - 1] != KEY_DOT)
			begin--;
		if (begin == end)
			return -1;
		memcpy(out + used, key + begin, end - begin);
		used += end - begin;
		if (begin == 0)
			break;
		out[used++] = '.';
	}
	out[used] = '\0';
	return name_kind(out) > NAME_ODD ? 0 : -1;
}

int name_is_under(const char *name, const char *parent)
{
	size_t n = strlen(name), p = strlen(parent);

	if (p == 0 || n < p || strcmp(name + n - p, parent) != 0)
		return 0;
	return n == p || name[n - p - 1] == '.';
}

const char *name_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : NULL;
}

const char *name_registrable(const char *name)
{
	const psl_ctx_t *list = psl_builtin();
	const char *last, *top;

	name += name[0] == '.';
	if (name_kind(name) <= NAME_ODD)
		return NULL;
	if (list)
		return psl_registrable_domain(list, name);
	/* A libpsl without a list: the last two labels, as its rule `*` would have it. */
	last = strrchr(name, '.');
	if (!last)
		return NULL;
	for (top = last; top > name && top[-1] != '.'; top--)
		;
	return top;
}

int name_is_near(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), same = 0, tail = 0, shorter = la < lb ? la : lb;

	if (la > lb + 1 || lb > la + 1)
		return 0;
	while (same < shorter && a[same] == b[same])
		same++;
	while (tail < shorter - same && a[la - 1 - tail] == b[lb - 1 - tail])
		tail++;
	if (la != lb)
		return same + tail == shorter;
	/* What differs between the common ends: one letter, or two that changed places. */
	if (la - same - tail == 1)
		return 1;
	return la - same - tail == 2 && a[same] == b[same + 1] && a[same + 1] == b[same];
}
