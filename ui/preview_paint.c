/*
 * preview_paint: what the preview of a deletion looks like.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "ops/ward.h"
#include "relay/words.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/view_staged.h"

enum { BAR = 40, FOOT = 2 };

static void paint_head(struct preview *p, int cols)
{
	int undo_days = p->view.console->ward->config.undo_days;
	char title[160], when[DATE_SIZE], right[120] = "", day[DATE_SIZE];
	size_t n = p->plan ? remove_count(p->plan) : 0, go, stay;

	if (!p->plan) {
		draw_text(0, 0, cols, "PREVIEW  nothing could be asked", DRAW_BOLD);
		return;
	}
	if (!remove_is_ready(p->plan)) {
		snprintf(title, sizeof title, "PREVIEW  %zu staged, asking DNS %zu/%zu", n,
			 n - remove_count_fate(p->plan, REMOVE_ASKING), n);
		draw_text(0, 0, cols, title, DRAW_BOLD);
		return;
	}
	go = remove_count_fate(p->plan, REMOVE_GO);
	stay = remove_count_fate(p->plan, REMOVE_STAY);
	date_local_minute(when, p->asked);
	snprintf(title, sizeof title, "PREVIEW  %zu staged, asked again %.16s%s", n, strlen(when) > 11 ? when + 11 : when,
		 p->options.override		 ? ", every rule lifted"
		 : p->options.customer_request ? ", customer's request"
					       : "");
	if (p->options.brownout_days)
		snprintf(title + strlen(title), sizeof title - strlen(title), ", brownout of %d d", p->options.brownout_days);
	snprintf(right, sizeof right, "%zu %s, %zu %s", go, go == 1 ? "goes" : "go", stay, stay == 1 ? "stays" : "stay");
	draw_text(0, 0, cols - (int)strlen(right) - 2, title, DRAW_BOLD);
	draw_right(0, cols, right, DRAW_BOLD);
	if (go == 0)
		draw_text(1, 0, cols, "Nothing of it may go: u takes one back, q leaves it as it is.", DRAW_PLAIN);
	else if (p->options.brownout_days)
		draw_format(1, 0, DRAW_PLAIN, "c answers mail for the %zu that %s 450, %d day%s long; then a scan deletes %s.", go,
			    go == 1 ? "goes" : "go", p->options.brownout_days, p->options.brownout_days == 1 ? "" : "s",
			    go == 1 ? "it" : "them");
	else
		draw_format(1, 0, DRAW_PLAIN, "c deletes the %zu that %s; B undoes it until %s%s.", go, go == 1 ? "goes" : "go",
			    date_local_day(day, date_now() + (int64_t)undo_days * DATE_DAY), stay ? "; what stays is kept" : "");
}

/* While DNS is asked there is nothing to decide on yet. */
static void paint_asking(struct preview *p, int cols)
{
	size_t n = remove_count(p->plan), answered = n - remove_count_fate(p->plan, REMOVE_ASKING);
	char bar[BAR + 3];

	memset(bar, '.', sizeof bar);
	memset(bar + 1, '#', n ? answered * BAR / n : 0);
	bar[0] = '[';
	bar[BAR + 1] = ']';
	bar[BAR + 2] = '\0';
	draw_format(PREVIEW_HEAD, 2, DRAW_PLAIN, "%s %zu of %zu", bar, answered, n);
	draw_text(PREVIEW_HEAD + 2, 2, cols - 2, "Every resolver is asked, and then the name servers of each zone itself.", DRAW_PLAIN);
	draw_text(PREVIEW_HEAD + 3, 2, cols - 2, "One that lists us is enough to keep an entry.  q leaves; nothing is deleted.", DRAW_PLAIN);
}

enum { C_FATE, C_NAME, C_DAYS, C_MAIL, C_WHY, N_COLS };

static void put_right(int row, const struct column *c, const char *text)
{
	if (c->width)
		draw_right(row, c->at + c->width, text, DRAW_PLAIN);
}

static void paint_item(const struct remove_item *item, const struct column *c, int row,
		       int is_cursor)
{
	const char *fate = item->fate == REMOVE_STAY   ? "STAY"
			   : item->fate == REMOVE_GONE ? "GONE"
			   : item->risk		       ? "LOOK"
						       : "GO";
	char words[480], n[NUMBER_SIZE];

	if (is_cursor)
		draw_text(row, 0, 1, ">", DRAW_PLAIN);
	draw_text(row, c[C_FATE].at, c[C_FATE].width, fate,
		  strcmp(fate, "LOOK") == 0 ? DRAW_ALERT : strcmp(fate, "GO") == 0 ? DRAW_BOLD : DRAW_PLAIN);
	draw_text(row, c[C_NAME].at, c[C_NAME].width, item->name, is_cursor ? DRAW_CURSOR : DRAW_PLAIN);
	if (!item->why[0])
		words_dns(words, sizeof words, item->fresh);
	else
		snprintf(words, sizeof words, "%s%s%s", item->why, item->lifted[0] ? "; lifted: " : "", item->lifted);
	draw_text(row, c[C_WHY].at, c[C_WHY].width, words, DRAW_PLAIN);
	put_right(row, &c[C_DAYS], item->timeline.count ? number_grouped(n, item->timeline.days) : "-");
	put_right(row, &c[C_MAIL],
		  item->timeline.mail.in_week < 0 ? "?" : number_grouped(n, (uint64_t)item->timeline.mail.in_week));
}

/* The whole of what a row has no room for, of the row under the cursor. */
int preview_foot(struct view *v, int rows, int cols)
{
	(void)rows;
	(void)cols;
	return v->list.count ? FOOT : 0;
}

static void paint_whole(const struct remove_item *item, int row, int cols)
{
	char text[800];
	size_t room = (size_t)cols - 1, len, cut;

	snprintf(text, sizeof text, "%s: %s%s%s", item->name, item->why, item->lifted[0] ? "; lifted: " : "", item->lifted);
	len = strlen(text);
	for (cut = len > room ? room : len; cut < len && cut > room / 2 && text[cut] != ' ';)
		cut--;
	draw_format(row, 0, DRAW_PLAIN, "%.*s", (int)cut, text);
	if (cut < len)
		draw_text(row + 1, 2, cols - 2, text + cut + (text[cut] == ' '), DRAW_PLAIN);
}

void preview_paint(struct view *v, int cols)
{
	struct preview *p = (struct preview *)v;
	int wide = cols > 100;
	struct column c[N_COLS] = {
		[C_FATE] = {.head = "FATE", .min = 5, .want = 5},
		[C_NAME] = {.head = "NAME", .min = 14, .want = wide ? 44 : 26},
		[C_WHY] = {.head = "WHY", .min = 14, .want = wide ? 60 : 40, .grows = 1},
		[C_DAYS] = {.head = "DAYS SEEN", .min = wide ? 9 : 0, .want = wide ? 9 : 0},
		[C_MAIL] = {.head = "MAIL/WEEK", .min = wide ? 9 : 0, .want = wide ? 9 : 0},
	};

	paint_head(p, cols);
	if (p->plan && !remove_is_ready(p->plan)) {
		paint_asking(p, cols);
		return;
	}
	columns_fit(c, N_COLS, 2, cols, 1);
	for (size_t i = 0; v->list.count && i < N_COLS; i++)
		if (i == C_DAYS || i == C_MAIL)
			put_right(2, &c[i], c[i].head);
		else
			draw_text(2, c[i].at, c[i].width, c[i].head, DRAW_PLAIN);
	for (size_t i = 0; i < v->list.height && v->list.top + i < v->list.count; i++)
		paint_item(remove_item(p->plan, v->list.top + i), c, PREVIEW_HEAD + (int)i,
			   v->list.top + i == v->list.cursor);
	if (v->list.count)
		paint_whole(remove_item(p->plan, v->list.cursor), draw_rows() - FOOT_ROWS - FOOT, cols);
}
