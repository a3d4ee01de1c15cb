#include "ui/draw.h"

#include <curses.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/escape.h"
#include "relay/name.h"
#include "ui/columns.h"

enum { PAIR_ALERT = 1, PAIR_GOOD, BRIGHT_RED = 9 };

static attr_t styles[N_DRAW_STYLES];

void draw_start(int colours)
{
	styles[DRAW_PLAIN] = A_NORMAL;
	styles[DRAW_BOLD] = A_BOLD;
	styles[DRAW_CURSOR] = A_REVERSE; /* standout is italics to some that stand for a screen */
	styles[DRAW_ALERT] = A_BOLD;
	styles[DRAW_GOOD] = A_NORMAL;
	if (!colours || !has_colors() || start_color() != OK || use_default_colors() != OK)
		return;
	/* Where red is dark unless it is bold, it is bold. */
	init_pair(PAIR_ALERT, COLORS >= 16 ? BRIGHT_RED : COLOR_RED, -1);
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	styles[DRAW_ALERT] = (COLORS >= 16 ? A_NORMAL : A_BOLD) | (attr_t)COLOR_PAIR(PAIR_ALERT);
	styles[DRAW_GOOD] = (attr_t)COLOR_PAIR(PAIR_GOOD);
}

int draw_rows(void)
{
	return LINES;
}

int draw_cols(void)
{
	return COLS;
}

void draw_erase(void)
{
	erase();
}

void draw_clear(int row)
{
	move(row, 0);
	clrtoeol();
}

/* The columns from col on that can be written; the very last cell cannot without tricks that cost more than it is
 * worth. */
static int room_at(int row, int col, int width)
{
	if (row == LINES - 1 && col + width > COLS - 1)
		width = COLS - 1 - col;
	if (col + width > COLS)
		width = COLS - col;
	return row < 0 || row >= LINES || col < 0 || width <= 0 ? 0 : width;
}

static int put(int row, int col, const char *line, enum draw_style style)
{
	attrset(styles[style]);
	mvaddstr(row, col, line);
	attrset(A_NORMAL);
	return (int)strlen(line);
}

int draw_text(int row, int col, int width, const char *text, enum draw_style style)
{
	char line[1024];

	width = room_at(row, col, width);
	if (width == 0)
		return 0;
	return put(row, col, columns_cut(line, sizeof line, text, width), style);
}

int draw_escaped(int row, int col, int width, const char *text, enum draw_style style)
{
	char line[1024];
	size_t len = strlen(text), room;

	width = room_at(row, col, width);
	if (width == 0)
		return 0;
	if (!escape_is_plain(text, len)) /* it was not, after all */
		return draw_text(row, col, width, text, style);
	room = (size_t)width < sizeof line ? (size_t)width : sizeof line - 1;
	snprintf(line, sizeof line, "%.*s%s", (int)(len > room ? room - 1 : len), text, len > room ? "~" : "");
	return put(row, col, line, style);
}

int draw_format(int row, int col, enum draw_style style, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	return draw_text(row, col, COLS - col, line, style);
}

void draw_right(int row, int end, const char *text, enum draw_style style)
{
	int len = (int)strlen(text);

	draw_text(row, end > len ? end - len : 0, len, text, style);
}

void draw_unicode(int row, int col, int width, const char *name)
{
	char text[4 * NAME_SIZE];
	wchar_t wide[NAME_SIZE];
	size_t n;

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
	    !*name_to_unicode(text, sizeof text, name))
		return;
	n = mbstowcs(wide, text, NAME_SIZE - 1);
	if (n == (size_t)-1)
		return;
	wide[n] = L'\0';
	for (size_t i = 0; i < n; i++)
		if (wcwidth(wide[i]) < 0)
			return;
	if (col + width > COLS)
		width = COLS - col;
	if (wcswidth(wide, n) > 0 && wcswidth(wide, n) <= width)
		mvaddwstr(row, col, wide);
}

int draw_lift_bar(int row)
{
	int lifted = 0;

	for (int col = 0; row < LINES && col < COLS; col++) {
		chtype c = mvinch(row, col);

		if (col == 0 && (c & A_CHARTEXT) == '>')
			addch(' ');
		else if (c & A_REVERSE)
			chgat(1, A_NORMAL, 0, NULL);
		else
			continue;
		lifted = 1;
	}
	move(row < LINES ? row : 0, 0);
	return lifted;
}

void draw_cursor(int row, int col)
{
	move(row < LINES ? row : LINES - 1, col < COLS ? col : COLS - 1);
}
