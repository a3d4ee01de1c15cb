/*
 * report_print: a report as text, as a page and as lines for machines, part of report.h.
 */
#include "ops/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/str.h"
#include "ops/billing.h"
#include "ops/traffic_look.h"

enum { TEXT_ROWS = 20 };

static int find_cost(const struct report *r, const struct report_item *i, struct money *cost)
{
	return i->bytes >= 0 && billing_cost(r->config, r->now, (uint64_t)i->bytes, cost);
}

/* What stands behind a name: the day that matters, or what it costs. */
static void add_detail(struct str *out, const struct report *r, const struct report_item *i)
{
	char text[DATE_SIZE], bytes[TRAFFIC_TEXT], money[PRICE_TEXT];
	struct money cost;

	switch (i->kind) {
	case REPORT_MOVED:
		str_addf(out, "%s carried in 30 days", traffic_bytes_text(bytes, i->bytes));
		if (find_cost(r, i, &cost))
			str_addf(out, ", %s", money_text(money, &cost));
		break;
	case REPORT_NOTICE:
		str_addf(out, "until %s", date_local_day(text, i->time));
		break;
	case REPORT_PIN:
		str_addf(out, "ends %s", date_local_day(text, i->time));
		break;
	case REPORT_CONFIRM:
		str_addf(out, "last %s", date_local_day(text, i->time));
		break;
	default:
		str_addf(out, "since %s", date_local_day(text, i->time));
	}
}

static void add_counts(struct str *out, const struct report *r)
{
	str_addf(out, "%zu entries", r->entries);
	for (int c = 1; c < N_CLASSES; c++)
		if (r->class[c])
			str_addf(out, ", %zu %s", r->class[c], class_words((enum class)c));
	if (r->class[CLASS_NONE])
		str_addf(out, ", %zu %s", r->class[CLASS_NONE], class_words(CLASS_NONE));
}

static void add_scans(struct str *out, const struct report *r)
{
	if (r->scans == 0)
		str_add(out, "No scan ended since; without one nothing here is fresh");
	else
		str_addf(out, "%u scan%s ended, %u of them trusted", r->scans, r->scans == 1 ? "" : "s", r->scans - r->distrusted);
}

void report_add_text(struct str *out, const struct report *r)
{
	char from[DATE_SIZE], to[DATE_SIZE];

	str_addf(out, "mxward, %s to %s\n", date_local_minute(from, r->since), date_local_minute(to, r->now));
	add_counts(out, r);
	str_add_char(out, '\n');
	add_scans(out, r);
	str_add_char(out, '\n');
	for (size_t i = 0, k = 0; i < r->n; i = k) {
		enum report_kind kind = r->item[i].kind;

		str_addf(out, "\n%s: %zu\n", report_kind_words(kind), r->of_kind[kind]);
		for (k = i; k < r->n && r->item[k].kind == kind; k++) {
			const struct report_item *item = &r->item[k];

			if (k - i >= TEXT_ROWS)
				continue;
			str_addf(out, "%c %-34s %-30s ", item->is_new ? '+' : ' ', item->name, item->words);
			add_detail(out, r, item);
			str_addf(out, "%s%s\n", item->customer[0] ? ", " : "", item->customer);
		}
		if (k - i > TEXT_ROWS)
			str_addf(out, "  and %zu more\n", k - i - TEXT_ROWS);
	}
	if (r->n == 0)
		str_add(out, "\nNothing to do.\n");
	else
		str_add(out, "\n+ is new since the last report\n");
}

static void add_html_text(struct str *out, const char *text)
{
	for (const char *p = text; *p; p++)
		switch (*p) {
		case '<':
			str_add(out, "&lt;");
			break;
		case '>':
			str_add(out, "&gt;");
			break;
		case '&':
			str_add(out, "&amp;");
			break;
		case '"':
			str_add(out, "&quot;");
			break;
		default:
			str_add_char(out, *p);
		}
}

/* One bar of all entries by class; the words stand below, so it says the same without colour. */
static void add_chart(struct str *out, const struct report *r)
{
	static const char *const shade[N_CLASSES] = {"#ddd", "#8a8", "#c93", "#c33", "#57a", "#aaa", "#ccc"};
	double at = 0;

	if (r->entries == 0)
		return;
	str_add(out, "<svg width=\"100%\" height=\"24\" viewBox=\"0 0 1000 24\" preserveAspectRatio=\"none\" role=\"img\">\n");
	for (int c = 0; c < N_CLASSES; c++) {
		double width = 1000.0 * (double)r->class[c] / (double)r->entries;

		if (r->class[c])
			str_addf(out, "<rect x=\"%.1f\" width=\"%.1f\" height=\"24\" fill=\"%s\"><title>%zu %s</title></rect>\n", at,
				 width, shade[c], r->class[c], class_words((enum class)c));
		at += width;
	}
	str_add(out, "</svg>\n");
}

void report_add_html(struct str *out, const struct report *r)
{
	char from[DATE_SIZE], to[DATE_SIZE];

	date_local_minute(from, r->since);
	date_local_minute(to, r->now);
	str_addf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>mxward %s</title>\n"
		      "<style>body{font:15px sans-serif;max-width:60em;margin:2em auto}table{border-collapse:collapse;width:100%%}"
		      "td{border-bottom:1px solid #ccc;padding:2px 8px 2px 0}h2{font-size:1.1em;margin:1.5em 0 .3em;"
		      "break-after:avoid}tr{break-inside:avoid}@media print{body{margin:0}}</style></head><body>\n"
		      "<h1>Relay list, %s to %s</h1>\n",
		 to, from, to);
	add_chart(out, r);
	str_add(out, "<p>");
	add_counts(out, r);
	str_add(out, ".<br>");
	add_scans(out, r);
	str_add(out, ".</p>\n");
	for (size_t i = 0; i < r->n; i++) {
		const struct report_item *item = &r->item[i];
		struct str detail = {0};

		if (i == 0 || r->item[i - 1].kind != item->kind)
			str_addf(out, "%s<h2>%s: %zu</h2>\n<table>\n", i ? "</table>\n" : "", report_kind_words(item->kind),
				 r->of_kind[item->kind]);
		str_addf(out, "<tr><td>%s</td><td>", item->is_new ? "new" : "");
		add_html_text(out, item->name);
		str_add(out, "</td><td>");
		add_html_text(out, item->words);
		str_add(out, "</td><td>");
		add_detail(&detail, r, item);
		add_html_text(out, str_text(&detail));
		str_add(out, "</td><td>");
		add_html_text(out, item->customer);
		str_add(out, "</td></tr>\n");
		str_clear(&detail);
	}
	str_add(out, r->n ? "</table>\n</body></html>\n" : "<p>Nothing to do.</p>\n</body></html>\n");
}

void report_add_jsonl(struct str *out, const struct report *r)
{
	char text[DATE_SIZE], money[PRICE_TEXT];

	for (size_t i = 0; i < r->n; i++) {
		const struct report_item *item = &r->item[i];
		struct json_line j = json_begin(out);
		struct money cost;

		json_text(&j, "kind", report_kind_name(item->kind));
		json_text(&j, "name", item->name);
		json_text(&j, "customer", item->customer);
		json_text(&j, "words", item->words);
		json_text(&j, "time", date_rfc3339(text, item->time));
		if (item->bytes >= 0)
			json_int(&j, "bytes", item->bytes);
		else
			json_null(&j, "bytes");
		if (find_cost(r, item, &cost)) {
			json_key(&j, "cost");
			str_add(out, money_number(money, &cost));
		} else {
			json_null(&j, "cost");
		}
		json_bool(&j, "new", item->is_new);
		json_end(&j);
		str_add_char(out, '\n');
	}
}
