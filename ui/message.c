#include "ui/message.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "ui/draw.h"
#include "ui/lines.h"
#include "ui/view.h"

enum { LEAST_BESIDE = 44 };

/* "limit, at 'x' (position 1): why" says its place for those who have not got it before their eyes. */
static const char *why_of(const char *message)
{
	const char *place = strstr(message, "): ");

	return place ? place + 3 : message;
}

/* Behind the caret where there is room for some words, before it where all of it fits there, else below it. */
static void add_mistake(struct str *out, const char *why, int at, int width)
{
	int len = (int)strlen(why), room = width - at - 2;
	struct str text = {0};
	struct lines lines = {0};

	if (len > room && room < LEAST_BESIDE) {
		if (len < at)
			str_addf(out, "%*s ^\n", at - 1, why);
		else
			str_addf(out, "%*s^\n", at, "");
		if (len >= at)
			lines_add_wrapped(out, why, (size_t)width);
		return;
	}
	lines_add_wrapped(&text, why, (size_t)room);
	lines_set(&lines, &text);
	for (size_t i = 0; i < lines.n; i++)
		str_addf(out, "%*s%s %s\n", at, "", i ? " " : "^", lines.line[i]);
	lines_clear(&lines);
}

static void lay_out(struct lines *out, const struct console *c, int cols)
{
	int width = cols - 1; /* the last cell of the screen is not written */
	struct str shown = {0}, text = {0};
	const char *said = c->message;

	if (c->asking && c->question.above && c->mistake >= 0) {
		said = why_of(said);
		escape_add(&shown, said, strlen(said));
		add_mistake(&text, str_text(&shown), prompt_column(&c->prompt, (size_t)c->mistake, width), width);
	} else if (*said) {
		escape_add(&shown, said, strlen(said));
		lines_add_wrapped(&text, str_text(&shown), (size_t)width);
	}
	str_clear(&shown);
	lines_set(out, &text);
}

int message_height(const struct console *c, int cols, int most)
{
	struct lines lines = {0};
	int n;

	if (!c->message[0])
		return 0;
	lay_out(&lines, c, cols);
	n = (int)lines.n;
	lines_clear(&lines);
	return n < most ? n : most;
}

void message_paint(const struct console *c, int row, int cols, int height)
{
	enum draw_style style = c->alert ? DRAW_ALERT : DRAW_PLAIN;
	struct lines lines = {0};
	char line[1024];

	lay_out(&lines, c, cols);
	for (int i = 0; i < height && i < (int)lines.n; i++) {
		int is_cut = i == height - 1 && i + 1 < (int)lines.n; /* more than the screen takes: it ends in a mark */

		snprintf(line, sizeof line, "%s%s", lines.line[i], is_cut ? lines.line[i + 1] : "");
		draw_clear(row + i);
		draw_escaped(row + i, 0, cols - 1, line, style);
	}
	lines_clear(&lines);
}
