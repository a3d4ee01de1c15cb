#include "ui/status.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/str.h"
#include "ops/publish_stand.h"
#include "ui/draw.h"
#include "ui/keymap.h"
#include "ui/view.h"

enum { FIRST_WORDS = 44 };

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
	const char *word;
	int left;

	update_counter(c, v);
	str_add(&line, c->counter);
	/* Always the same place for what follows, so that a longer number does not move it. */
	while (line.len < 14)
		str_add_char(&line, ' ');
	if (v->ops->status)
		v->ops->status(v, &line);
	word = publish_stand(c->ward);
	snprintf(c->stand, sizeof c->stand, "%s", word);
	if (word[0])
		str_addf(&line, "%s%s", line.len && line.bytes[line.len - 1] == ' ' ? "" : "  ", word);
	escape_add(&shown, str_text(&line), line.len); /* a limit may be longer on the screen than it is */
	left = cols - 1 - (int)shown.len - 2;
	if (left > 8) {
		str_add(&shown, "  ");
		keymap_add_hints(&shown, v->ops->in, left);
	}
	draw_escaped(row, 0, cols, str_text(&shown), DRAW_PLAIN);
	str_clear(&shown);
	str_clear(&line);
}

static void paint_message(struct console *c, int row, int cols)
{
	draw_text(row, 0, cols, c->message, c->alert ? DRAW_ALERT : DRAW_PLAIN);
}

/* The message, or the question; returns the cursor's column. */
static int paint_last(struct console *c, int row, int cols)
{
	char line[PROMPT_MAX * 4];
	int at;

	if (!c->asking) {
		paint_message(c, row, cols);
		return 0;
	}
	at = prompt_show(&c->prompt, line, sizeof line, cols - 1);
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

/* "limit, at 'x' (position 1): why" says its place for those who have not got it before their eyes. */
static const char *why_of(const char *message)
{
	const char *place = strstr(message, "): ");

	return place ? place + 3 : message;
}

/* Under its place; near the right edge as far to the left as its first words need. */
static void paint_mistake(struct console *c, int row, int cols)
{
	const char *why = why_of(c->message);
	int len = (int)strlen(why), need = len < FIRST_WORDS ? len : FIRST_WORDS;
	int at = prompt_column(&c->prompt, (size_t)c->mistake, cols - 1), most = cols - 3 - need;

	if (at > most)
		at = most > 0 ? most : 0;
	draw_format(row, at, DRAW_ALERT, "^ %s", why);
}

void status_paint(struct console *c, int rows, int cols)
{
	/* An answer that has its effect while it is typed stands above what is said of it: how many there are, or a
	 * mistake under its place.  Of other answers a mistake takes the place of the status. */
	int is_above = c->asking && c->question.above, last = is_above ? rows - 2 : rows - 1, at;

	if (is_above && c->message[0] && c->mistake >= 0)
		paint_mistake(c, rows - 1, cols);
	else if (c->asking && c->message[0])
		paint_message(c, is_above ? rows - 1 : rows - 2, cols);
	else
		paint_status(c, is_above ? rows - 1 : rows - 2, cols);
	at = paint_last(c, last, cols);
	place_cursor(c, last, at);
}

void status_paint_small(struct console *c, int rows, int cols)
{
	int at = 0;

	draw_text(0, 0, cols, "terminal too small", DRAW_BOLD);
	if (rows > 1 && (c->asking || c->message[0]))
		at = paint_last(c, rows - 1, cols);
	draw_cursor(c->asking ? rows - 1 : 0, at);
}
