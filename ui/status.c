#include "ui/status.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/str.h"
#include "ops/publish_stand.h"
#include "ui/draw.h"
#include "ui/keymap.h"
#include "ui/message.h"
#include "ui/view.h"

/* The position, but while the cursor is on its way the one it started from: a held key then
 * costs its moves only. */
static void update_counter(struct console *c, const struct view *v)
{
	char at[NUMBER_SIZE], of[NUMBER_SIZE];
	size_t row = v->list.is_text ? v->list.top + v->list.height : v->list.cursor + 1;

	if (c->counter_waits)
		return;
	if (row > v->list.count)
		row = v->list.count;
	snprintf(c->counter, sizeof c->counter, "%s/%s", number_grouped(at, row),
		 number_grouped(of, v->list.count));
}

static void paint_status(struct console *c, int row, int cols)
{
	struct view *v = console_top(c);
	struct str line = {0}, shown = {0};
	enum hint hint[N_KEYS] = {HINT_USUAL};
	int left;

	update_counter(c, v);
	str_add(&line, c->counter);
	/* Always the same place for what follows, so that a longer number does not move it. */
	while (line.len < 14)
		str_add_char(&line, ' ');
	if (v->ops->status)
		v->ops->status(v, &line);
	if (c->stand[0])
		str_addf(&line, "%s%s", line.len && line.bytes[line.len - 1] == ' ' ? "" : "  ", c->stand);
	escape_add(&shown, str_text(&line), line.len); /* a limit may be longer on the screen than it is */
	left = cols - 1 - (int)shown.len - 2;
	if (left > 8) {
		str_add(&shown, "  ");
		if (v->ops->hints)
			v->ops->hints(v, hint);
		keymap_add_hints(&shown, v->ops->in, hint, left);
	}
	draw_escaped(row, 0, cols, str_text(&shown), DRAW_PLAIN);
	str_clear(&shown);
	str_clear(&line);
}

/* Returns the cursor's column. */
static int paint_question(struct console *c, int row, int cols)
{
	char line[PROMPT_MAX * 4];
	int at = prompt_show(&c->prompt, line, sizeof line, cols - 1);

	draw_clear(row);
	draw_escaped(row, 0, cols, line, DRAW_BOLD);
	return at;
}

static void place_cursor(struct console *c, int row, int at)
{
	const struct view *v = console_top(c);

	if (c->asking)
		draw_cursor(row, at);
	else if (v->list.is_text || v->list.count == 0)
		draw_cursor(v->ops->head, 0);
	else
		draw_cursor(v->ops->head + (int)(v->list.cursor - v->list.top), 0);
}

/* One row of the list is always left. */
static int height_of_message(struct console *c, int rows, int cols)
{
	int most = rows - console_top(c)->ops->head - 1 - c->asking;

	return message_height(c, cols, most > 0 ? most : 1);
}

int status_height(struct console *c, int rows, int cols)
{
	int n = height_of_message(c, rows, cols) + c->asking;

	return n > FOOT_ROWS ? n : FOOT_ROWS;
}

void status_paint(struct console *c, int rows, int cols)
{
	/* An answer that has its effect while it is typed stands above what is said of it: how many there are, or a
	 * mistake under its place.  Of other answers a mistake takes the place of the status, and so does what is longer
	 * than a line. */
	int n = height_of_message(c, rows, cols), is_above = c->asking && c->question.above;
	int last = is_above ? rows - 1 - (n ? n : 1) : rows - 1, at = 0;

	snprintf(c->stand, sizeof c->stand, "%s", publish_stand(c->ward));
	if (n)
		message_paint(c, c->asking && !is_above ? last - n : rows - n, cols, n);
	if (n == 0 || (n == 1 && !c->asking))
		paint_status(c, is_above ? rows - 1 : rows - 2, cols);
	if (c->asking)
		at = paint_question(c, last, cols);
	place_cursor(c, last, at);
}

void status_paint_small(struct console *c, int rows, int cols)
{
	int at = 0;

	draw_text(0, 0, cols, "terminal too small", DRAW_BOLD);
	if (rows > 1 && c->asking)
		at = paint_question(c, rows - 1, cols);
	else if (rows > 1)
		draw_text(rows - 1, 0, cols, c->message, c->alert ? DRAW_ALERT : DRAW_PLAIN);
	draw_cursor(c->asking ? rows - 1 : 0, at);
}
