#include "ui/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "ops/show.h"
#include "ui/draw.h"
#include "ui/live.h"
#include "ui/view.h"

enum { WIDTH_MAX = 110, TWO_FROM = 160, GAP = 3 };

/* Of the past the first line is empty: it parts it from what stands above. */
static void drop_first_line(struct str *s)
{
	if (s->len && s->bytes[0] == '\n') {
		memmove(s->bytes, s->bytes + 1, s->len);
		s->len--;
	}
}

void explain_read(struct explained *x, struct console *c, const char *name, int cols)
{
	int two = cols >= TWO_FROM, width = two ? cols / 2 - GAP : cols - 1;
	struct str present = {0}, past = {0};
	struct err e;

	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	snprintf(x->name, sizeof x->name, "%s", name);
	x->past_at = width + GAP;
	if (show_parts(&present, &past, c->ward, name, live_get(c->live, name), width,
		       two ? cols - x->past_at - 1 : width, &e) != 0) {
		str_truncate(&present, 0);
		str_truncate(&past, 0);
		show_add_wrapped(&present, e.text, width);
		if (e.code == ERR_NOINPUT)
			show_add_wrapped(&present, "A shows who took it out, if it ever was; B on the list brings it back.", width);
	}
	if (two) {
		drop_first_line(&past);
	} else {
		str_add(&present, str_text(&past));
		str_clear(&past);
	}
	lines_set(&x->present, &present);
	lines_set(&x->past, &past);
}

size_t explain_lines(const struct explained *x)
{
	return x->present.n > x->past.n ? x->present.n : x->past.n;
}

/* The name, the headings, and a verdict that means lost mail stand out; all of it reads without. */
static enum draw_style style_of(const char *line, size_t i)
{
	if (i == 0 || show_is_heading(line))
		return DRAW_BOLD;
	return i <= 2 && strncmp(line, "BROKEN:", 7) == 0 ? DRAW_ALERT : DRAW_PLAIN;
}

static void paint_present(const struct explained *x, int row, size_t i)
{
	static const char written[] = "written ";
	const char *line = x->present.line[i];
	int width = x->past.n ? x->past_at - GAP : draw_cols();

	if (i == 1 && strncmp(line, written, sizeof written - 1) == 0) {
		/* The U-label: made anew from the name by the one function that may. */
		draw_text(row, 0, width, written, DRAW_PLAIN);
		draw_unicode(row, sizeof written - 1, width - (int)sizeof written, x->name);
		return;
	}
	draw_escaped(row, 0, width, line, style_of(line, i));
}

void explain_paint(const struct explained *x, int row, int height, size_t from)
{
	for (int k = 0; k < height; k++) {
		size_t i = from + (size_t)k;

		if (i < x->present.n)
			paint_present(x, row + k, i);
		if (i < x->past.n)
			draw_escaped(row + k, x->past_at, draw_cols() - x->past_at, x->past.line[i],
				     show_is_heading(x->past.line[i]) ? DRAW_BOLD : DRAW_PLAIN);
	}
}

size_t explain_find(const struct explained *x, size_t from, int step, const char *needle)
{
	size_t i = lines_find(&x->present, from < x->present.n ? from : 0, step, needle);

	if (i < x->present.n || x->past.n == 0)
		return i;
	i = lines_find(&x->past, from < x->past.n ? from : 0, step, needle);
	return i < x->past.n ? i : explain_lines(x);
}

void explain_clear(struct explained *x)
{
	lines_clear(&x->present);
	lines_clear(&x->past);
}
