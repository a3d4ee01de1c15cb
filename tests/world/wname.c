#include "wname.h"

#include <stdio.h>
#include <string.h>

/* One byte of a label, escapes undone; returns how many characters it took, 0 if none. */
static size_t read_char(const char *text, size_t len, uint8_t *byte)
{
	unsigned value = 0;

	if (text[0] != '\\') {
		*byte = (uint8_t)text[0];
		return 1;
	}
	if (len < 2)
		return 0;
	if (text[1] < '0' || text[1] > '9') {
		*byte = (uint8_t)text[1];
		return 2;
	}
	if (len < 4)
		return 0;
	for (int i = 1; i < 4; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (value > 255)
		return 0;
	*byte = (uint8_t)value;
	return 4;
}

int wname_parse(struct wname *n, const char *text, size_t len, const struct wname *origin)
{
	size_t used = 0, label = 0, at = 0;

	if (len == 0)
		return -1;
	if (len == 1 && text[0] == '.') {
		n->len = 1;
		n->wire[0] = 0;
		return 0;
	}
	n->wire[used++] = 0;
	while (at < len) {
		uint8_t byte;
		size_t took;

		if (text[at] == '.') {
			if (n->wire[label] == 0)
				return -1; /* an empty label */
			if (used >= WNAME_MAX)
				return -1;
			label = used;
			n->wire[used++] = 0;
			at++;
			continue;
		}
		took = read_char(text + at, len - at, &byte);
		if (took == 0 || n->wire[label] == 63 || used >= WNAME_MAX)
			return -1;
		n->wire[used++] = byte;
		n->wire[label]++;
		at += took;
	}
	if (n->wire[label] == 0) { /* the name ended in a dot */
		n->len = (uint8_t)used;
		return 0;
	}
	if (!origin) {
		if (used >= WNAME_MAX)
			return -1;
		n->wire[used++] = 0;
	} else {
		if (used + origin->len > WNAME_MAX)
			return -1;
		memcpy(n->wire + used, origin->wire, origin->len);
		used += origin->len;
	}
	n->len = (uint8_t)used;
	return 0;
}

int wname_read(struct wname *n, const uint8_t *msg, size_t len, size_t *at)
{
	size_t used = 0, p = *at;

	for (;;) {
		size_t label;

		if (p >= len)
			return -1;
		label = msg[p];
		if (label > 63 || used + label + 1 > WNAME_MAX || p + label + 1 > len)
			return -1;
		memcpy(n->wire + used, msg + p, label + 1);
		used += label + 1;
		p += label + 1;
		if (label == 0)
			break;
	}
	n->len = (uint8_t)used;
	*at = p;
	return 0;
}

void wname_lower(struct wname *n)
{
	/* Length bytes are below 'A', so they need no care. */
	for (size_t i = 0; i < n->len; i++)
		if (n->wire[i] >= 'A' && n->wire[i] <= 'Z')
			n->wire[i] = (uint8_t)(n->wire[i] + ('a' - 'A'));
}

int wname_is_under(const struct wname *name, const struct wname *top)
{
	size_t at = 0;

	if (name->len < top->len)
		return 0;
	/* Only a boundary of labels counts: notexample.test is not under example.test. */
	while ((size_t)name->len - at > top->len)
		at += (size_t)name->wire[at] + 1;
	return (size_t)name->len - at == top->len &&
	       memcmp(name->wire + at, top->wire, top->len) == 0;
}

int wname_star(struct wname *n, const uint8_t *rest, size_t len)
{
	if (len + 2 > WNAME_MAX)
		return -1;
	n->wire[0] = 1;
	n->wire[1] = '*';
	memcpy(n->wire + 2, rest, len);
	n->len = (uint8_t)(len + 2);
	return 0;
}

const char *wname_text(const struct wname *n, char out[WNAME_TEXT])
{
	size_t used = 0;

	if (n->len <= 1)
		return strcpy(out, ".");
	for (size_t at = 0; n->wire[at]; at += (size_t)n->wire[at] + 1) {
		for (size_t i = 1; i <= n->wire[at]; i++) {
			uint8_t c = n->wire[at + i];

			if (c == '.' || c == '\\') {
				out[used++] = '\\';
				out[used++] = (char)c;
			} else if (c > 0x20 && c < 0x7f) {
				out[used++] = (char)c;
			} else {
				used += (size_t)snprintf(out + used, 5, "\\%03u", c);
			}
		}
		out[used++] = '.';
	}
	out[used] = '\0';
	return out;
}

uint32_t wname_hash(const uint8_t *wire, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ wire[i]) * 16777619u;
	return h;
}
