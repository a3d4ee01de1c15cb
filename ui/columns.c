#include "ui/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"

static int needed(const struct column *c, size_t n, int gap)
{
	int sum = 0, shown = 0;

	for (size_t i = 0; i < n; i++)
		if (c[i].width) {
			sum += c[i].width;
			shown++;
		}
	return sum + (shown > 1 ? (shown - 1) * gap : 0);
}

static struct column *next_to_drop(struct column *c, size_t n)
{
	struct column *worst = NULL;

	for (size_t i = 0; i < n; i++)
		if (c[i].width && c[i].drop && (!worst || c[i].drop > worst->drop))
			worst = &c[i];
	return worst;
}

void columns_fit(struct column *c, size_t n, int from, int to, int gap)
{
	int room = to - from, left, at = from;
	struct column *worst;

	for (size_t i = 0; i < n; i++)
		c[i].width = c[i].min;
	while (needed(c, n, gap) > room && (worst = next_to_drop(c, n)) != NULL)
		worst->width = 0;
	left = room - needed(c, n, gap);
	for (size_t i = n;
	     left < 0 && i-- > 0;) { /* even the least is too much: cut from the right */
		int take = c[i].width < -left ? c[i].width : -left;

		c[i].width -= take;
		left += take;
	}
	for (size_t i = 0; left > 0 && i < n; i++)
		if (c[i].width && c[i].want > c[i].width) {
			int give =
				c[i].want - c[i].width < left ? c[i].want - c[i].width : left;

			c[i].width += give;
			left -= give;
		}
	for (size_t i = n; left > 0 && i-- > 0;)
		if (c[i].width && c[i].grows) {
			c[i].width += left;
			left = 0;
		}
	for (size_t i = 0; i < n; i++) {
		c[i].at = at;
		if (c[i].width)
			at += c[i].width + gap;
	}
}

char *columns_cut(char *out, size_t size, const char *text, int width)
{
	size_t room = width < 0 ? 0 : (size_t)width, used;

	if (size == 0)
		return out;
	if (room > size - 1)
		room = size - 1;
	/* One more than fits tells whether it has to be cut; escapes are never cut in two. */
	escape(out, size, text, strlen(text));
	used = strlen(out);
	if (used > room || (used == size - 1 && strlen(text) > used)) {
		escape(out, room ? room : 1, text, strlen(text));
		used = strlen(out);
		if (room)
			memcpy(out + used, "~", 2);
	}
	return out;
}
