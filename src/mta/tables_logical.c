/*
 * tables_logical: formats whose lines are continued by lines that begin with a blank, part of
 * tables.h: Postfix's text tables (postmap(1)) and Exim's lsearch files.
 *
 * A logical line is put together in a buffer of its own, since the block of physical lines may
 * move under it.
 */
#include "mta/table_read.h"

#include <string.h>

struct logical {
	long line; /* where it begins */
	size_t len;
	const char *why; /* NULL, or why the whole of it is refused */
	char text[LINE_READER_MAX + 1];
};

/* Blank lines and comments do not end a logical line.  Postfix knows comments behind blanks,
 * too; for Exim only column one counts. */
static int is_ignored(const char *line, size_t len, enum table_format f)
{
	size_t i = 0;

	while (i < len && table_is_blank(line[i]))
		i++;
	return i == len || (line[i] == '#' && (i == 0 || f == TABLE_POSTFIX));
}

/* Adds a physical line; Exim puts one blank where lines meet, Postfix keeps what stands there.
 */
static void add_line(struct table_reader *r, struct logical *l, const char *line, size_t len,
		     int is_long, enum table_format f)
{
	const char *why = table_why_not(r, line, len, is_long);

	if (l->len > 0 && f == TABLE_EXIM) {
		while (len > 1 && table_is_blank(line[0]) && table_is_blank(line[1])) {
			line++;
			len--;
		}
	}
	if (!why && l->len + len > LINE_READER_MAX)
		why = "the line and those that continue it are longer than 4096 bytes";
	if (!l->why)
		l->why = why;
	if (len > LINE_READER_MAX - l->len)
		len = LINE_READER_MAX - l->len;
	memcpy(l->text + l->len, line, len);
	l->len += len;
	l->text[l->len] = '\0';
}

/* 1 with the next logical line, 0 at the end, -1. */
static int next_logical(struct table_reader *r, struct logical *l, enum table_format f)
{
	l->len = 0;
	l->why = NULL;
	for (;;) {
		char *line;
		size_t len;
		int is_long, next, got = line_reader_next(&r->lines, &line, &len, &is_long, r->e);

		if (got <= 0)
			return got < 0 ? -1 : l->len > 0;
		if (!is_ignored(line, len, f)) {
			if (l->len == 0)
				l->line = r->lines.number;
			add_line(r, l, line, len, is_long, f);
		}
		if (l->len == 0)
			continue;
		next = line_reader_peek(&r->lines);
		if (next != '#' && next != ' ' && next != '\t' && next != '\n' && next != '\r')
			return 1;
	}
}

/* A key in quotes, in which a backslash takes the next byte as it is.  Written over itself;
 * *end is behind the closing quote.  NULL when there is none. */
static char *unquote(char *text, size_t *len, char **end)
{
	char *out = text, *in = text + 1;

	for (; *in && *in != '"'; in++) {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	if (!*in)
		return NULL;
	*len = (size_t)(out - text);
	*end = in + 1;
	return text;
}

static int give_postfix(struct table_reader *r, long line, char *key, size_t n, char *value)
{
	const char *why = table_why_no_name(key, n);

	if (!why && key[n - 1] == ':')
		why = "the name ends in a colon; is this an Exim file (--format exim)";
	if (!why && memchr(key, ':', n) && !*value && memchr(key, '/', n))
		why = "this names another table; import that one instead";
	if (why)
		return table_refuse(r, line, key, n, why);
	return table_give(r, line, key, n, value);
}

/* `*.x` of partial-lsearch is x and all below it. */
static int give_exim(struct table_reader *r, long line, char *key, size_t n, const char *data)
{
	const char *why = table_why_no_name(key, n);

	if (why)
		return table_refuse(r, line, key, n, why);
	if (n < 3 || key[0] != '*' || key[1] != '.')
		return table_give(r, line, key, n, data);
	return table_give_covering(r, line, key + 2, n - 2, data);
}

static int take_logical(struct table_reader *r, struct logical *l, enum table_format f)
{
	char *key = l->text, *end;
	size_t n;

	if (l->why)
		return table_refuse(r, l->line, l->text, l->len, l->why);
	if (table_is_blank(key[0]))
		return table_refuse(r, l->line, l->text, l->len,
				    "a line that continues, but nothing before it");
	table_trim_end(l->text, l->len);
	if (key[0] == '"') {
		key = unquote(l->text, &n, &end);
		if (!key)
			return table_refuse(r, l->line, l->text, strlen(l->text),
					    "a quote that is not closed");
	} else {
		n = f == TABLE_EXIM ? strcspn(key, ": \t") : strcspn(key, " \t");
		end = key + n;
	}
	while (table_is_blank(*end))
		end++;
	if (f == TABLE_POSTFIX)
		return give_postfix(r, l->line, key, n, end);
	if (*end == ':')
		end++;
	while (table_is_blank(*end))
		end++;
	return give_exim(r, l->line, key, n, end);
}

int table_read_logical(struct table_reader *r, enum table_format f)
{
	struct logical l;
	int got;

	while ((got = next_logical(r, &l, f)) == 1)
		if (take_logical(r, &l, f))
			return -1;
	return got;
}
