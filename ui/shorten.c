#include "ui/shorten.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* One sequence of n bytes or more at p, and what it may be written as; returns its length.  Line drawing is never
 * used, so that choosing the plain character set again, which many terminals' sgr and sgr0 do each time, says nothing:
 * it is left out.  Numbers that are the default (ECMA-48) are as well: the first column, the whole screen. */
static size_t sequence(const char *p, size_t n, int high, char out[16], size_t *len)
{
	int row, end = 0, rows;

	*len = 0;
	if (*p == '\017')
		return 1;
	if (n >= 3 && memcmp(p, "\033(B", 3) == 0)
		return 3;
	if (n >= 6 && sscanf(p, "\033[%3d;1H%n", &row, &end) == 1 && end > 0)
		*len = (size_t)snprintf(out, 16, "\033[%dH", row);
	else if (n >= 6 && sscanf(p, "\033[1;%3dr%n", &rows, &end) == 1 && end > 0 && rows == high)
		*len = (size_t)snprintf(out, 16, "\033[r");
	return end > 0 ? (size_t)end : 0;
}

void shorten_frame(struct str *out, size_t from, int rows)
{
	size_t kept = from, used, len;
	char text[16];

	str_text(out); /* what is read as text ends */
	for (size_t i = from; i < out->len; i += used) {
		used = 0;
		if (out->bytes[i] == '\033' || out->bytes[i] == '\017')
			used = sequence(out->bytes + i, out->len - i, rows, text, &len);
		if (used == 0) {
			used = 1;
			out->bytes[kept++] = out->bytes[i];
			continue;
		}
		memcpy(out->bytes + kept, text, len);
		kept += len;
	}
	str_truncate(out, kept);
}
