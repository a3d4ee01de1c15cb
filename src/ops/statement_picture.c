#include "ops/statement_picture.h"

#include <stdio.h>

#include "ops/billing.h"
#include "ops/statement_words.h"
#include "ops/story.h"
#include "base/number.h"
#include "base/str.h"

enum { WIDTH = 900, BAND = 22, BARS = 64, BAND_WIDTH = 300, LABELLED_MONTHS = 26, ROW = 15 };

/* Told apart by height and pattern too: pages are printed in grey. */
static const struct {
	const char *fill;
	int height; /* of BAND */
} look[N_STORY_CONDITIONS] = {
	[STORY_ABSENT] = {"none", 0},	       [STORY_UNKNOWN] = {"#e4e4e4", 10}, [STORY_LISTED] = {"#8fb0cc", BAND},
	[STORY_MOVED] = {"url(#dots)", BAND}, [STORY_AWAY] = {"url(#lines)", BAND},
};

static void add_patterns(struct str *out)
{
	str_add(out, "<defs><pattern id=\"lines\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
		     "<rect width=\"6\" height=\"6\" fill=\"#f3d9cf\"/><path d=\"M-1 7L7 -1M-1 1L1 -1M5 7L7 5\" stroke=\"#a33c1f\" "
		     "stroke-width=\"1.6\"/></pattern><pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
		     "<rect width=\"6\" height=\"6\" fill=\"#dbe7f1\"/><circle cx=\"3\" cy=\"3\" r=\"1.3\" fill=\"#33618a\"/></pattern>"
		     "</defs>\n");
}

struct scale {
	int64_t from, until;
	double left, width;
};

static double place(const struct scale *s, int64_t ms)
{
	int64_t inside = ms < s->from ? s->from : ms > s->until ? s->until : ms;

	return s->left + s->width * (double)(inside - s->from) / (double)(s->until > s->from ? s->until - s->from : 1);
}

static void add_band(struct str *out, const struct story *s, const struct scale *scale, int64_t until_ms, int bottom)
{
	str_addf(out, "<path d=\"M%.1f %dH%.1f\" stroke=\"#999\"/>\n", scale->left, bottom, scale->left + scale->width);
	for (size_t i = 0; i < s->n_spans; i++) {
		int64_t end = i + 1 < s->n_spans ? s->span[i + 1].from_ms : until_ms;
		enum story_condition c = s->span[i].condition;
		double x = place(scale, s->span[i].from_ms), width = place(scale, end) - x;

		if (look[c].height)
			str_addf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#555\" "
				      "stroke-width=\"0.6\"/>\n",
				 x, bottom - look[c].height, width > 1 ? width : 1, look[c].height, look[c].fill);
	}
}

/* The months' edges, and a name under each while there is room; of long stories the years alone. */
static void add_calendar(struct str *out, const struct story *s, const struct scale *scale, int64_t until_ms, int top,
			 int bottom)
{
	struct billing_month m;
	int n = 0, is_first = 1, more;

	for (more = billing_first(&m, s); more; more = billing_next(&m, until_ms))
		n++;
	for (more = billing_first(&m, s); more; more = billing_next(&m, until_ms)) {
		double x = place(scale, billing_month_begin(m.year, m.month));

		if (n <= LABELLED_MONTHS || m.month == 1)
			str_addf(out, "<path d=\"M%.1f %dV%d\" stroke=\"#ddd\"/>\n", x, top, bottom + 5);
		if (n <= LABELLED_MONTHS)
			str_addf(out, "<text x=\"%.1f\" y=\"%d\">%.3s</text>\n", x + 3, bottom + 15, words_month(m.month));
		if (is_first || m.month == 1)
			str_addf(out, "<text x=\"%.1f\" y=\"%d\" font-weight=\"bold\">%d</text>\n", x + 3, bottom + 29, m.year);
		is_first = 0;
	}
}

/* A day that matters, pointed at from below on a row of its own. */
static void add_mark(struct str *out, const struct scale *scale, int64_t ms, const char *what, int top, int row)
{
	double x = place(scale, ms);
	int is_right = x > WIDTH * 0.72;
	char day[WORDS_DATE];

	str_addf(out, "<path d=\"M%.1f %dV%d\" stroke=\"#1a1a1a\"/><text x=\"%.1f\" y=\"%d\"%s>%s: %s</text>\n", x, top, row,
		 is_right ? x - 4 : x + 4, row, is_right ? " text-anchor=\"end\"" : "", what, words_date(day, ms));
}

static void add_marks(struct str *out, const struct story *s, const struct scale *scale, int bottom)
{
	int row = bottom + 29;

	if (s->away_ms)
		add_mark(out, scale, s->away_ms, "first seen away", bottom, row += ROW);
	if (s->is_deleted)
		add_mark(out, scale, s->acted_ms, "taken off our list", bottom, row + ROW);
}

static uint64_t most_mail(const struct story *s)
{
	uint64_t most = 0;

	for (size_t i = 0; i < s->n_months; i++)
		if (s->month[i].told.in_messages > most)
			most = s->month[i].told.in_messages;
	return most;
}

static int is_on_list(const struct story *s, int64_t begin, int64_t end)
{
	for (size_t i = 0; i < s->n_spans; i++)
		if (s->span[i].condition != STORY_ABSENT && s->span[i].from_ms < end &&
		    (i + 1 == s->n_spans || s->span[i + 1].from_ms > begin))
			return 1;
	return 0;
}

/* A column a month of messages accepted; a month that was not measured has a ? for one. */
static void add_mail(struct str *out, const struct story *s, const struct scale *scale, int64_t until_ms, uint64_t most,
		     int bottom)
{
	struct billing_month m;
	int more;

	for (more = billing_first(&m, s); more; more = billing_next(&m, until_ms)) {
		int64_t begin = billing_month_begin(m.year, m.month), end = billing_month_begin(m.year, m.month + 1);
		double x = place(scale, begin), width = place(scale, end) - x;
		const struct story_month *told = story_find_month(s, m.year, m.month);

		if (!told || !told->told.is_measured) {
			if (!is_on_list(s, begin, end))
				continue;
			str_addf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#888\">?</text>\n", x + width / 2,
				 bottom - 3);
			continue;
		}
		if (told->told.in_messages) {
			double height = BARS * (double)told->told.in_messages / (double)most;

			str_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#777\"/>\n",
				 x + width * 0.2, bottom - (height > 1 ? height : 1), width * 0.6, height > 1 ? height : 1);
		}
	}
}

void picture_add(struct str *out, const struct story *s, int64_t until_ms)
{
	char count[NUMBER_SIZE];
	struct billing_month m;
	struct scale scale = {.left = 1, .width = WIDTH - 2};
	uint64_t most = most_mail(s);
	int mail = most ? BARS + 18 : 0, bottom = mail + BAND + 8, more;

	if (s->n_spans == 0 || !billing_first(&m, s))
		return;
	scale.from = billing_month_begin(m.year, m.month);
	for (more = 1; more; more = billing_next(&m, until_ms))
		scale.until = billing_month_begin(m.year, m.month + 1);
	str_addf(out, "<svg class=\"story\" viewBox=\"0 0 %d %d\" role=\"img\"><title>What held when, and the mail of each month"
		      "</title>\n",
		 WIDTH, bottom + 34 + (s->away_ms ? ROW : 0) + (s->is_deleted ? ROW : 0));
	add_patterns(out);
	add_calendar(out, s, &scale, until_ms, 4, bottom);
	if (most) {
		str_addf(out, "<text x=\"%d\" y=\"11\" text-anchor=\"end\" class=\"soft\">messages accepted a month, up to %s</text>\n",
			 WIDTH - 2, number_grouped(count, most));
		add_mail(out, s, &scale, until_ms, most, mail);
		str_addf(out, "<path d=\"M1 %dH%d\" stroke=\"#ccc\"/>\n", mail, WIDTH - 1);
	}
	add_band(out, s, &scale, until_ms, bottom);
	add_marks(out, s, &scale, bottom);
	str_add(out, "</svg>\n");
	picture_add_key(out, s);
}

void picture_add_band(struct str *out, const struct story *s, int64_t from_ms, int64_t until_ms)
{
	struct scale scale = {from_ms, until_ms, 0, BAND_WIDTH};

	str_addf(out, "<svg class=\"band\" viewBox=\"0 0 %d %d\" role=\"img\">\n", BAND_WIDTH, BAND + 2);
	add_band(out, s, &scale, until_ms, BAND + 1);
	str_add(out, "</svg>");
}

static int has_condition(const struct story *s, enum story_condition c)
{
	for (size_t i = 0; i < s->n_spans; i++)
		if (s->span[i].condition == c)
			return 1;
	return 0;
}

void picture_add_key(struct str *out, const struct story *s)
{
	int is_first = 1;

	str_add(out, "<p class=\"key\">");
	for (int c = STORY_UNKNOWN; c < N_STORY_CONDITIONS; c++) {
		int is_low = look[c].height < BAND;

		if (s && !has_condition(s, (enum story_condition)c))
			continue;
		str_add(out, "<span><svg class=\"swatch\" viewBox=\"0 0 24 14\">");
		if (is_first)
			add_patterns(out);
		is_first = 0;
		str_addf(out, "<rect x=\"0.5\" y=\"%d\" width=\"23\" height=\"%d\" fill=\"%s\" stroke=\"#555\" "
			      "stroke-width=\"0.6\"/></svg> %s</span> ",
			 is_low ? 7 : 1, is_low ? 6 : 12, look[c].fill, story_condition_words((enum story_condition)c));
	}
	str_add(out, "</p>\n");
}
