#include "ui/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void lines_set(struct lines *l, struct str *text)
{
	size_t room = 0;

	lines_clear(l);
	l->text = *text;
	*text = (struct str){0};
	for (char *p = l->text.bytes; p && *p;) {
		char *end = strchr(p, '\n');

		if (l->n == room) {
			room = room * 2 + 64;
			l->line = mem_array(l->line, room, sizeof *l->line);
		}
		l->line[l->n++] = p;
		if (!end)
			break;
		*end = '\0';
		p = end + 1;
	}
}

void lines_clear(struct lines *l)
{
	str_clear(&l->text);
	free(l->line);
	*l = (struct lines){0};
}

void lines_add_wrapped(struct str *out, const char *line, size_t width)
{
	size_t below = strspn(line, " ") + 2, lead = 0, cut;

	if (below > width / 2)
		below = 2;
	for (; strlen(line) > width - lead; lead = below) {
		for (cut = width - lead; cut > 0 && line[cut] != ' ';)
			cut--;
		if (cut <= strspn(line, " "))
			for (cut = width - lead; cut > 0 && line[cut - 1] != ',';)
				cut--;
		if (cut <= strspn(line, " "))
			cut = width - lead;
		str_addf(out, "%*s%.*s\n", (int)lead, "", (int)cut, line);
		line += cut + strspn(line + cut, " ");
	}
	if (*line || lead == 0)
		str_addf(out, "%*s%s\n", (int)lead, "", line);
}

size_t lines_find(const struct lines *l, size_t from, int step, const char *needle)
{
	if (!*needle)
		return l->n;
	for (size_t tried = 1; tried <= l->n; tried++) {
		size_t i = step > 0 ? (from + tried) % l->n : (from + l->n - tried) % l->n;

		if (strcasestr(l->line[i], needle))
			return i;
	}
	return l->n;
}
