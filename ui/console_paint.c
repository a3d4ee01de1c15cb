/*
 * console_paint: when a frame is painted, and what it is made of.
 *
 * All that happened since the last one is one frame, none while the terminal has not taken the one before.  Live answers
 * come at most five times a second; the position follows when the keys rest.
 */
#include "base/loop.h"
#include "ops/ward.h"
#include "ui/console_inner.h"
#include "ui/draw.h"
#include "ui/status.h"
#include "ui/term.h"
#include "ui/view.h"

static void on_paint_due(void *ctx)
{
	struct console *c = ctx;

	c->paint_timer = NULL;
	c->dirty = 1;
}

void console_paint_soon(struct console *c)
{
	int64_t since = loop_now() - c->painted;

	if (c->dirty || c->paint_timer)
		return;
	c->paint_timer = loop_after(c->ward->loop, since < PAINT_MS ? PAINT_MS - since : 0,
				    on_paint_due, c);
}

/* The bar is taken off the old row before the new one gets it: the terminal's cursor is there still, and rows that
 * scroll look then as they will and need not be written again. */
static void leave_row(struct console *c, const struct view *v)
{
	const struct list *l = &v->list, *was = &c->painted_list;
	size_t by = l->top > was->top ? l->top - was->top : was->top - l->top;

	if (v == c->painted_view && l->height == was->height && by < l->height / 2 && l->cursor != was->cursor && !l->is_text)
		term_leave_row(c->term, v->ops->head + (int)(was->cursor - was->top));
	c->painted_view = v;
	c->painted_list = *l;
}

static void compose(struct console *c)
{
	int rows = draw_rows(), cols = draw_cols(), foot, said;
	struct view *v = console_top(c);

	leave_row(c, v);
	draw_erase();
	if (rows < SCREEN_MIN_ROWS || cols < SCREEN_MIN_COLS) {
		status_paint_small(c, rows, cols);
		return;
	}
	foot = FOOT_ROWS + (v->ops->foot ? v->ops->foot(v, rows, cols) : 0);
	said = status_height(c, rows, cols);
	list_set_height(&v->list, (size_t)(rows - v->ops->head - (foot > said ? foot : said)));
	term_set_list(c->term, v->ops->head, v->ops->head + (int)v->list.height - 1);
	v->ops->paint(v, cols);
	status_paint(c, rows, cols);
}

/* Before each wait of the loop: one frame for all that happened, none while the terminal has
 * not taken the one before. */
void console_paint(void *ctx)
{
	struct console *c = ctx;

	if (!c->dirty || c->stop || !term_is_ready(c->term))
		return;
	c->dirty = 0;
	c->painted = loop_now();
	compose(c);
	term_show(c->term, c->unseen != SEEN);
	if (c->unseen != SEEN)
		c->unseen = term_is_shown(c->term) ? SEEN : ON_ITS_WAY;
}

static void on_counter(void *ctx)
{
	struct console *c = ctx;

	c->counter_timer = NULL;
	c->counter_waits = 0;
	c->dirty = 1;
}

void console_moved(struct console *c, struct view *v)
{
	if (v->ops->moved)
		v->ops->moved(v);
	c->counter_waits = 1;
	loop_cancel(c->ward->loop, c->counter_timer);
	c->counter_timer = loop_after(c->ward->loop, COUNTER_MS, on_counter, c);
}
