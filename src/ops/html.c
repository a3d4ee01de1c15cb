#include "ops/html.h"

#include <stdarg.h>
#include <time.h>

#include "base/escape.h"
#include "base/str.h"

void html_add(struct str *out, const char *text)
{
	struct str shown = {0};

	escape_add_lines(&shown, text);
	for (const char *p = str_text(&shown); *p; p++) {
		if (*p == '&')
			str_add(out, "&amp;");
		else if (*p == '<')
			str_add(out, "&lt;");
		else if (*p == '>')
			str_add(out, "&gt;");
		else if (*p == '"')
			str_add(out, "&quot;");
		else if (*p == '\'')
			str_add(out, "&#39;");
		else if (*p == '\n')
			str_add(out, "<br>");
		else if (*p == '\t')
			str_add_char(out, ' ');
		else
			str_add_char(out, *p);
	}
	str_clear(&shown);
}

void html_add_row(struct str *out, const char *cell, ...)
{
	va_list ap;

	str_add(out, "<tr>");
	va_start(ap, cell);
	for (; cell; cell = va_arg(ap, const char *)) {
		str_add(out, "<td>");
		html_add(out, cell);
		str_add(out, "</td>");
	}
	va_end(ap);
	str_add(out, "</tr>\n");
}

char *html_day(char out[HTML_DAY], int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm local;

	localtime_r(&t, &local);
	strftime(out, HTML_DAY, "%Y-%m-%d", &local);
	return out;
}

/* Of pages that bring no style of their own. */
static const char plain_style[] =
	"body{font:11pt/1.45 Georgia,'Times New Roman',serif;max-width:52em;margin:2em auto;padding:0 1em;color:#111}\n"
	"h1{font-size:1.5em;margin-bottom:.2em}h2{font-size:1.1em;margin:1.8em 0 .4em;border-bottom:1px solid #999}\n"
	"table{border-collapse:collapse;width:100%;font-size:.85em}\n"
	"td,th{border-bottom:1px solid #ccc;padding:.25em .6em .25em 0;text-align:left;vertical-align:top;"
	"overflow-wrap:anywhere}\n"
	"table.head td:first-child{width:11em;color:#555}td.n,th.n{text-align:right}\n"
	"p.small,ul.small{font-size:.85em;color:#444}\n"
	"svg{width:100%;height:auto}code{font-size:.85em;overflow-wrap:anywhere}\n"
	"@media print{body{margin:0;max-width:none}tr{page-break-inside:avoid}}\n";

void html_begin_styled(struct str *out, const char *title, const char *style)
{
	str_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
	html_add(out, title);
	str_add(out, "</title>\n<style>\n");
	str_add(out, style);
	str_add(out, "</style></head><body>\n");
}

void html_begin(struct str *out, const char *title)
{
	html_begin_styled(out, title, plain_style);
}

void html_end(struct str *out)
{
	str_add(out, "</body></html>\n");
}
