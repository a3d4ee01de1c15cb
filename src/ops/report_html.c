/*
 * report_html: a report as one page that needs nothing else, part of report.h.
 *
 * Charts are inline SVG of plain shapes: greys that a printer keeps apart, and what a chart shows stands beside it in
 * words.
 */
#include "ops/report.h"

#include <stdio.h>

#include "base/date.h"
#include "base/str.h"
#include "ops/html.h"

enum { PAGE_ROWS = 500 };

/* From light to dark, the good ones light; a shape of its own would be too small to see. */
static const char *shade_of(enum class c)
{
	switch (c) {
	case CLASS_OK:
		return "#dddddd";
	case CLASS_MOVED:
		return "#e0a030";
	case CLASS_BROKEN:
		return "#a01818";
	case CLASS_ORPHAN:
		return "#2b5c8a";
	case CLASS_UNKNOWN:
		return "#999999";
	default:
		return "#f2f2f2";
	}
}

/* --- charts ------------------------------------------------------------------------------------ */

static void add_class_swatch(struct str *out, enum class c, size_t n)
{
	str_addf(out, "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 12 12\"><rect width=\"12\" height=\"12\" fill=\"%s\" "
		      "stroke=\"#666\"/></svg>%zu ",
		 shade_of(c), n);
	html_add(out, class_words(c));
	str_add(out, "</span> ");
}

/* One bar of all entries by class, and its key. */
static void add_classes(struct str *out, const struct report *r)
{
	double at = 0;

	if (r->entries == 0)
		return;
	str_add(out, "<svg viewBox=\"0 0 1000 26\" preserveAspectRatio=\"none\" style=\"height:26px\" role=\"img\" "
		     "aria-label=\"all entries by class\">\n");
	for (int c = 0; c < N_CLASSES; c++) {
		double width = 1000.0 * (double)r->class[c] / (double)r->entries;

		if (r->class[c])
			str_addf(out, "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"26\" fill=\"%s\" stroke=\"#666\" "
				      "stroke-width=\"0.5\"/>\n",
				 at, width, shade_of((enum class)c));
		at += width;
	}
	str_add(out, "</svg>\n<p class=\"small\">");
	for (int c = 0; c < N_CLASSES; c++)
		if (r->class[c])
			add_class_swatch(out, (enum class)c, r->class[c]);
	str_add(out, "</p>\n");
}

/* A square a night, today at the right: full is trusted, crossed is not, an outline had no scan. */
static void add_nights(struct str *out, const struct report *r)
{
	enum { SIDE = 14, STEP = 18 };
	const struct nights *n = &r->nights;

	if (n->nights == 0)
		return;
	str_addf(out, "<h2>The last %d nights</h2>\n<svg viewBox=\"0 0 %d 18\" style=\"max-width:%dpx\" role=\"img\" "
		      "aria-label=\"nights: trusted or not\">\n",
		 NIGHTS_LOOKED_AT, NIGHTS_LOOKED_AT * STEP, NIGHTS_LOOKED_AT * STEP);
	for (int i = 0; i < NIGHTS_LOOKED_AT; i++) {
		int x = (NIGHTS_LOOKED_AT - 1 - i) * STEP + 1;

		str_addf(out, "<rect x=\"%d\" y=\"1\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#666\"/>", x, SIDE, SIDE,
			 n->night[i] == NIGHT_TRUSTED ? "#888888" : "none");
		if (n->night[i] == NIGHT_DISTRUSTED)
			str_addf(out, "<path d=\"M%d 1l%d %dM%d 1l-%d %d\" stroke=\"#a01818\" stroke-width=\"2\"/>", x, SIDE, SIDE,
				 x + SIDE, SIDE, SIDE);
	}
	str_addf(out, "\n</svg>\n<p class=\"small\">%u of %u nights with a scan are trusted (full); crossed: distrusted; "
		      "empty: no scan.</p>\n",
		 n->trusted, n->nights);
}

/* A column a month, the oldest at the left, from zero to the next ten per cent above the worst. */
static void add_wrong(struct str *out, const struct report *r)
{
	enum { HEIGHT = 120, LEFT = 44, STEP_MOST = 24, WIDTH = 720 };
	const struct nights *n = &r->nights;
	int months = n->n_months ? nights_place(n, 0) + 1 : 0, top = 10;
	double step;
	char day[DATE_SIZE];

	if (months < 2)
		return;
	for (size_t i = 0; i < n->n_months; i++)
		while (top < 100 && 100 * n->month[i].wrong > top)
			top += 10;
	step = (double)(WIDTH - LEFT) / months > STEP_MOST ? STEP_MOST : (double)(WIDTH - LEFT) / months;
	str_addf(out, "<h2>Entries that are wrong, by month</h2>\n<svg viewBox=\"0 0 %d %d\" font-size=\"12\" "
		      "style=\"max-width:%dpx\" role=\"img\" aria-label=\"share of wrong entries by month\">\n",
		 WIDTH, HEIGHT + 30, WIDTH);
	for (int line = 0; line <= 2; line++)
		str_addf(out, "<path d=\"M%d %.1fH%d\" stroke=\"#ccc\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g %%</text>\n", LEFT,
			 8 + HEIGHT - HEIGHT * line / 2.0, WIDTH, LEFT - 4, 12 + HEIGHT - HEIGHT * line / 2.0, top * line / 2.0);
	for (size_t i = n->n_months; i-- > 0;) {
		double height = HEIGHT * 100 * n->month[i].wrong / top, x = LEFT + nights_place(n, i) * step;

		str_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#2b5c8a\"/>\n", x + step * 0.1,
			 8 + HEIGHT - height, step * 0.8, height);
	}
	str_addf(out, "<text x=\"%d\" y=\"%d\">%.7s</text>", LEFT, HEIGHT + 26, date_utc_day(day, n->month[n->n_months - 1].time));
	str_addf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.7s</text>\n</svg>\n", LEFT + months * step, HEIGHT + 26,
		 months * step > 140 ? "end" : "start", date_utc_day(day, n->month[0].time));
	str_addf(out, "<p class=\"small\">Orphan, moved or broken, as a share of the definite answers of each month's last trusted "
		      "scan; now %.1f %%.</p>\n",
		 100 * n->month[0].wrong);
}

/* --- tables ------------------------------------------------------------------------------------ */

/* How much of the dearest it is. */
static void add_bar(struct str *out, int64_t bytes, int64_t most)
{
	double width = bytes > 0 && most > 0 ? 100.0 * (double)bytes / (double)most : 0;

	str_addf(out, "<td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" style=\"height:10px\"><rect "
		      "width=\"%.1f\" height=\"10\" fill=\"#e0a030\"/></svg></td>",
		 width);
}

static void add_row(struct str *out, const struct report_item *item, int64_t most)
{
	struct str detail = {0};

	report_add_detail(&detail, item);
	str_addf(out, "<tr><td>%s</td><td>", item->is_new ? "new" : "");
	html_add(out, item->name);
	str_add(out, "</td><td>");
	html_add(out, item->words);
	str_add(out, "</td><td>");
	html_add(out, str_text(&detail));
	str_add(out, "</td>");
	if (item->kind == REPORT_MOVED)
		add_bar(out, item->bytes, most);
	str_add(out, "<td>");
	html_add(out, item->customer);
	str_add(out, "</td></tr>\n");
	str_clear(&detail);
}

static void add_kind(struct str *out, const struct report *r, size_t from, size_t to)
{
	const struct report_item *first = &r->item[from];
	struct str moved = {0};

	str_add(out, "<h2>");
	html_add(out, report_kind_words(first->kind));
	str_addf(out, ": %zu</h2>\n", r->of_kind[first->kind]);
	if (first->kind == REPORT_MOVED)
		report_add_moved(&moved, r);
	if (moved.len) {
		str_add(out, "<p>");
		html_add(out, str_text(&moved));
		str_add(out, "</p>\n");
	}
	str_addf(out, "<table class=\"items\">\n<colgroup><col class=\"new\"><col class=\"name\"><col>%s"
		      "<col class=\"customer\"></colgroup>\n",
		 first->kind == REPORT_MOVED ? "<col class=\"cost\"><col class=\"bar\">" : "<col class=\"detail\">");
	for (size_t i = from; i < to && i - from < PAGE_ROWS; i++)
		add_row(out, &r->item[i], first->bytes);
	str_add(out, "</table>\n");
	if (to - from > PAGE_ROWS)
		str_addf(out, "<p>and %zu more; all of them: mxward report --format jsonl</p>\n", to - from - PAGE_ROWS);
	str_clear(&moved);
}

static void add_line(struct str *out, void (*add)(struct str *out, const struct report *r), const struct report *r)
{
	struct str text = {0};

	add(&text, r);
	html_add(out, str_text(&text));
	str_clear(&text);
}

void report_add_html(struct str *out, const struct report *r)
{
	char title[2 * DATE_SIZE + 30], from[DATE_SIZE], to[DATE_SIZE];

	snprintf(title, sizeof title, "Relay list, %s to %s", date_local_minute(from, r->since), date_local_minute(to, r->now));
	html_begin(out, title);
	str_add(out, "<style>svg.swatch{width:.9em;height:.9em;margin-right:.35em;vertical-align:-.1em}span.key{margin-right:1.2em;"
		     "white-space:nowrap}table.items{table-layout:fixed}table.items td:first-child{color:#a01818}"
		     "col.new{width:2.8em}col.name{width:31%}"
		     "col.detail{width:27%}col.cost{width:17%}col.bar{width:10%}col.customer{width:9%}"
		     "h2{break-after:avoid}svg{break-inside:avoid;display:block}svg.swatch{display:inline}</style>\n<h1>");
	html_add(out, title);
	str_add(out, "</h1>\n<p>");
	add_line(out, report_add_counts, r);
	str_add(out, ".<br>\n");
	add_line(out, report_add_scans, r);
	str_add(out, ".</p>\n");
	add_classes(out, r);
	add_nights(out, r);
	add_wrong(out, r);
	for (size_t i = 0, k; i < r->n; i = k) {
		for (k = i; k < r->n && r->item[k].kind == r->item[i].kind;)
			k++;
		add_kind(out, r, i, k);
	}
	if (r->n == 0)
		str_add(out, "<p>Nothing to do.</p>\n");
	if (r->audit[0]) {
		str_add(out, "<p class=\"small\">");
		html_add(out, r->audit);
		str_add(out, "</p>\n");
	}
	html_end(out);
}
