#include "mta/tables.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "audit/record.h"
#include "base/err.h"
#include "base/utf8.h"
#include "mta/table_read.h"

static const char *const formats[] = {
	[TABLE_AUTO] = "auto",	 [TABLE_NAMES] = "names",	[TABLE_POSTFIX] = "postfix",
	[TABLE_LMDB] = "lmdb",	 [TABLE_SENDMAIL] = "sendmail", [TABLE_EXIM] = "exim",
	[TABLE_QMAIL] = "qmail", [TABLE_CSV] = "csv", [TABLE_ACCESS] = "access",
};

int table_format_from_name(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i], name) == 0)
			return (int)i;
	return -1;
}

/* --- guessing
 * --------------------------------------------------------------------------------------- */

/* LMDB's meta page: a page header of two words, then the magic in the machine's byte order. */
static int is_lmdb(const unsigned char *p, size_t n)
{
	static const uint32_t magic = 0xbeefc0de;

	return (n >= 20 && memcmp(p + 16, &magic, 4) == 0) ||
	       (n >= 16 && memcmp(p + 12, &magic, 4) == 0);
}

/* What the lines of the beginning look like, counted. */
struct shapes {
	int values, colons, tags, relay, other_action;
};

static int is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/* A header line: one of its cells is called name or domain.  "a.example<TAB>domain" is a line
 * of Postfix's with a value that means nothing, so a dot tells that it is none. */
static int has_name_cell(const char *text, size_t len)
{
	int cells = 0, found = 0;

	if (memchr(text, '.', len))
		return 0;
	while (len > 0) {
		size_t n = 0, a = 0, b;

		while (n < len && !memchr(",;\t", text[n], 3))
			n++;
		for (b = n; b > a && (table_is_blank(text[b - 1]) || text[b - 1] == '"'); b--)
			;
		for (; a < b && (table_is_blank(text[a]) || text[a] == '"'); a++)
			;
		found |= is_word(text + a, b - a, "name") || is_word(text + a, b - a, "domain");
		cells++;
		text += n < len ? n + 1 : n;
		len -= n < len ? n + 1 : n;
	}
	return found && cells > 1;
}

static void count_line(struct shapes *s, const char *text, size_t len)
{
	static const char *const tags[] = {
		"to:",	       "from:",	      "connect:",     "spam:",
		"clientconn:", "clientrate:", "srv_features:"};
	static const char *const actions[] = {"REJECT", "DISCARD", "SKIP", "QUARANTINE"};
	size_t key = 0, at;

	while (key < len && !table_is_blank(text[key]))
		key++;
	for (at = key; at < len && table_is_blank(text[at]); at++)
		;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		s->tags += key > strlen(tags[i]) &&
			   strncasecmp(text, tags[i], strlen(tags[i])) == 0;
	s->colons += key > 1 && text[key - 1] == ':';
	if (at == len || text[at] == '#')
		return;
	s->values++;
	s->relay += is_word(text + at, len - at, "RELAY");
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		s->other_action += is_word(text + at, len - at, actions[i]);
	s->other_action += len - at > 6 && strncasecmp(text + at, "ERROR:", 6) == 0;
}

enum table_format table_guess(const void *buf, size_t n)
{
	struct shapes s = {0};
	const char *p = buf, *end = p + n;
	int lines = 0;

	if (is_lmdb(buf, n))
		return TABLE_LMDB;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf ? lf : end;

		while (stop > p && (table_is_blank(stop[-1]) || stop[-1] == '\r'))
			stop--;
		/* Lines that continue others say nothing of the format. */
		if (stop > p && *p != '#' && !table_is_blank(*p)) {
			if (lines++ == 0 && has_name_cell(p, (size_t)(stop - p)))
				return TABLE_CSV;
			count_line(&s, p, (size_t)(stop - p));
		}
		p = lf ? lf + 1 : end;
	}
	/* Not every access table has tags; RELAY beside other actions is one too.  RELAY alone
	 * is a value that Postfix users write as well, and the names are the same. */
	if (s.tags || (s.relay && s.other_action))
		return TABLE_SENDMAIL;
	if (s.colons * 2 > lines)
		return TABLE_EXIM;
	return s.values ? TABLE_POSTFIX : TABLE_NAMES;
}

/* --- rows
 * -------------------------------------------------------------------------------------------
 */

int table_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t table_trim_end(char *text, size_t len)
{
	while (len > 0 && table_is_blank(text[len - 1]))
		len--;
	text[len] = '\0';
	return len;
}

static int give(struct table_reader *r, long line, const char *name, size_t len, const char *value, int covers)
{
	struct table_row row = {.line = line,
				.name = name,
				.name_len = len,
				.value = value,
				.customer = "",
				.note = "",
				.contact = "",
				.covers = covers};

	return r->fn(r->ctx, &row);
}

int table_give(struct table_reader *r, long line, const char *name, size_t len,
	       const char *value)
{
	return give(r, line, name, len, value, 0);
}

int table_give_covering(struct table_reader *r, long line, const char *name, size_t len,
			const char *value)
{
	return give(r, line, name, len, value, 1);
}

int table_refuse(struct table_reader *r, long line, const char *text, size_t len,
		 const char *why)
{
	struct table_row row = {.line = line,
				.name = text,
				.name_len = len,
				.value = "",
				.customer = "",
				.note = "",
				.contact = "",
				.why = why};

	return r->fn(r->ctx, &row);
}

const char *table_why_not(struct table_reader *r, const char *text, size_t len, int is_long)
{
	int high = 0;

	if (is_long)
		return "the line is longer than 4096 bytes";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\0')
			return "a NUL byte in the line; is this a text file";
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "a control byte in the line";
		high |= c & 0x80;
	}
	if (high && audit_check_text(text, 1, "the line", &r->reason))
		return r->reason.text;
	return NULL;
}

int table_is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return 0;
	}
	return utf8_is_valid(text, len);
}

const char *table_why_no_name(const char *key, size_t len)
{
	if (len == 0)
		return "the name is missing";
	if (key[0] == '!')
		return "a pattern that excludes names cannot be an entry";
	if (key[0] == '^')
		return "a regular expression cannot be an entry";
	if (key[0] == '/')
		return "this names another file; import that file instead";
	if (len == 1 && key[0] == '*')
		return "this stands for every domain and cannot be an entry";
	if (memchr(key, '@', len))
		return "an address or a special name of the mail server's, not a domain";
	return NULL;
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

static int read_as(struct table_reader *r, enum table_format f)
{
	switch (f) {
	case TABLE_NAMES:
	case TABLE_QMAIL:
		return table_read_words(r, f);
	case TABLE_POSTFIX:
	case TABLE_EXIM:
		return table_read_logical(r, f);
	case TABLE_SENDMAIL:
	case TABLE_ACCESS:
		return table_read_sendmail(r);
	case TABLE_CSV:
		return table_read_csv(r);
	case TABLE_AUTO:
	case TABLE_LMDB:
		break;
	}
	return err_set(
		r->e, ERR_DATA,
		"'%s' is an LMDB table, which is read from a file by its name and not as text",
		r->lines.path);
}

/* A compressed file, a program, a picture: some of its lines would pass for names.  Text holds a control byte here and
 * there at most, and then that line is refused alone. */
static int is_binary(const char *text, size_t n)
{
	size_t control = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		control += (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
	}
	return n >= 256 && control > n / 20;
}

/* Most lines have a separator of cells within their first word: taken for names, none of them would be one that mail is
 * sent to. */
static int is_csv_without_header(const char *p, size_t n)
{
	const char *end = p + n;
	size_t lines = 0, cells = 0;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf ? lf : end, *at = p;

		while (at < stop && !table_is_blank(*at) && *at != ',' && *at != ';')
			at++;
		lines += stop > p && *p != '#' && !table_is_blank(*p);
		cells += at > p && at < stop && *p != '#' && !table_is_blank(*at);
		p = lf ? lf + 1 : end;
	}
	return cells * 2 > lines;
}

/* What a table is whose format nobody named; -1 where it is none. */
static int guess(enum table_format *f, const char *beginning, size_t n, const char *path, struct err *e)
{
	*f = table_guess(beginning, n);
	if ((*f == TABLE_NAMES || *f == TABLE_POSTFIX) && is_csv_without_header(beginning, n))
		return err_set(e, ERR_DATA, "'%s' looks like a CSV without a header line; nothing was read from it, begin it "
			       "with a line such as name,customer, or name the format with --format", path);
	return 0;
}

int table_read(int fd, const char *path, enum table_format f, table_fn *fn, void *ctx,
	       struct err *e)
{
	struct table_reader r = {.fn = fn, .ctx = ctx, .e = e};
	const char *beginning;
	size_t n;
	int rc;

	if (line_reader_begin(&r.lines, fd, path, e))
		return -1;
	beginning = line_reader_look(&r.lines, &n);
	if (is_binary(beginning, n))
		rc = err_set(e, ERR_DATA, "'%s' is no text table; nothing was read from it", path);
	else
		rc = f == TABLE_AUTO ? guess(&f, beginning, n, path, e) : 0;
	if (rc == 0)
		rc = read_as(&r, f);
	line_reader_clear(&r.lines);
	return rc;
}
