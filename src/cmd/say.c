#include "cmd/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/str.h"

static void print_lines(FILE *to, const char *text)
{
	struct str lines = {0};

	escape_add_lines(&lines, text);
	fwrite(str_text(&lines), 1, lines.len, to);
	str_clear(&lines);
}

static void __attribute__((format(printf, 2, 0))) print_formatted(FILE *to, const char *fmt, va_list ap)
{
	struct str text = {0};

	str_addv(&text, fmt, ap);
	print_lines(to, str_text(&text));
	str_clear(&text);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_formatted(stderr, fmt, ap);
	va_end(ap);
}

void say_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_formatted(stdout, fmt, ap);
	va_end(ap);
}

void say_text(const char *text)
{
	print_lines(stdout, text);
}
