#include "ui/pane.h"

#include "ui/draw.h"
#include "ui/view.h"

enum { FROM_ROWS = 44, FROM_COLS = 110 };

int pane_height(int rows, int cols, size_t count)
{
	return rows < FROM_ROWS || cols < FROM_COLS || count == 0 ? 0 : rows * 2 / 5;
}

void pane_paint(struct pane *p, struct console *c, const char *name, int rows, int cols, int height)
{
	int row = rows - FOOT_ROWS - height;

	if (height == 0)
		return;
	if (!p->is_due) { /* the list first: Postfix's queue may have to be asked for this */
		p->is_due = 1;
		console_paint_soon(c);
		return;
	}
	if (!c->counter_waits && *name)
		explain_read(&p->text, c, name, cols);
	explain_paint(&p->text, row + 1, height - 1, 0);
	if (explain_lines(&p->text) > (size_t)height - 1)
		draw_right(rows - FOOT_ROWS - 1, cols, "Enter shows all", DRAW_PLAIN);
}

void pane_clear(struct pane *p)
{
	explain_clear(&p->text);
}
