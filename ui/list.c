#include "ui/list.h"

static size_t last_top(const struct list *l)
{
	return l->count > l->height ? l->count - l->height : 0;
}

/* Puts cursor and top back into what there is, and the cursor onto the screen. */
static void settle(struct list *l)
{
	if (l->height == 0)
		l->height = 1;
	if (l->is_text) {
		if (l->top > last_top(l))
			l->top = last_top(l);
		l->cursor = l->top;
		return;
	}
	if (l->cursor >= l->count)
		l->cursor = l->count ? l->count - 1 : 0;
	if (l->top > last_top(l))
		l->top = last_top(l);
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (l->cursor >= l->top + l->height)
		l->top = l->cursor - l->height + 1;
}

static size_t moved(size_t from, long by)
{
	if (by < 0)
		return from < (size_t)-by ? 0 : from - (size_t)-by;
	return from + (size_t)by;
}

void list_set_count(struct list *l, size_t count)
{
	l->count = count;
	settle(l);
}

void list_set_height(struct list *l, size_t height)
{
	l->height = height;
	settle(l);
}

void list_go(struct list *l, size_t row)
{
	if (l->is_text)
		l->top = row;
	else
		l->cursor = row;
	settle(l);
}

void list_move(struct list *l, long by)
{
	list_go(l, moved(l->is_text ? l->top : l->cursor, by));
}

static void scroll(struct list *l, long by)
{
	size_t line = l->cursor - l->top, top = moved(l->top, by);

	if (top > last_top(l))
		top = last_top(l);
	if (top == l->top &&
	    !l->is_text) { /* nothing more to scroll: on to the very first or last */
		list_move(l, by);
		return;
	}
	l->top = top;
	l->cursor = top + line;
	settle(l);
}

void list_page(struct list *l, long pages)
{
	scroll(l, pages * (long)l->height);
}

void list_half(struct list *l, long halves)
{
	scroll(l, halves * (long)((l->height + 1) / 2));
}

void list_follow(struct list *l, size_t row)
{
	size_t line = l->cursor >= l->top ? l->cursor - l->top : 0;

	l->cursor = row;
	l->top = row > line ? row - line : 0;
	settle(l);
}
