/*
 * tables_csv: RFC 4180 with a header line, part of tables.h.
 *
 * The header says which cell is what and, by what stands behind its first name, which byte
 * parts the cells.  A cell in quotes may hold line breaks.  A quote that is never closed would
 * swallow the lines behind it, so each of those is refused by itself and none is lost without a
 * word.
 */
#include "mta/table_read.h"

#include <string.h>
#include <strings.h>

#include "base/escape.h"

enum { CELLS_MAX = 64 };

enum column {
	COLUMN_NAME,
	COLUMN_VALUE,
	COLUMN_CUSTOMER,
	COLUMN_NOTE,
	COLUMN_CONTACT,
	N_COLUMNS
};

/* The lines of one record, in one buffer with LF between them. */
struct record {
	long first;
	size_t n_lines, len;
	size_t start[LINE_READER_MAX + 2]; /* where each line begins */
	const char *why;
	char text[LINE_READER_MAX + 1];
};

struct csv {
	char separator;
	int index[N_COLUMNS]; /* -1 for a column that is not there */
	size_t n_cells;	      /* of the header */
	struct record record;
	char *cell[CELLS_MAX];
	char empty[1];
};

/* True when the text so far ends inside of quotes. */
static int is_open(const char *text, size_t len, char separator)
{
	int quoted = 0, at_start = 1;

	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			quoted = text[i] != '"' || (i + 1 < len && text[i + 1] == '"' && ++i);
		} else if (text[i] == '"' && at_start) {
			quoted = 1;
			at_start = 0;
		} else {
			at_start = text[i] == separator;
		}
	}
	return quoted;
}

static void add_line(struct table_reader *r, struct record *record, const char *line,
		     size_t len, int is_long)
{
	const char *why = table_why_not(r, line, len, is_long);
	size_t break_len = record->n_lines > 0;

	if (record->n_lines == 0)
		record->first = r->lines.number;
	if (!why && break_len + len > LINE_READER_MAX - record->len)
		why = "the lines of one record are longer than 4096 bytes; is a quote not "
		      "closed";
	if (!record->why)
		record->why = why;
	if (break_len && record->len < LINE_READER_MAX)
		record->text[record->len++] = '\n';
	if (len > LINE_READER_MAX - record->len)
		len = LINE_READER_MAX - record->len;
	record->start[record->n_lines++] = record->len;
	memcpy(record->text + record->len, line, len);
	record->len += len;
	record->text[record->len] = '\0';
}

/* 1 with the next record, 0 at the end, -1.  It ends where its quotes are closed, or where it
 * is refused. */
static int next_record(struct table_reader *r, struct record *record, char separator)
{
	record->n_lines = record->len = 0;
	record->why = NULL;
	for (;;) {
		char *line;
		size_t len;
		int is_long, got = line_reader_next(&r->lines, &line, &len, &is_long, r->e);

		if (got < 0)
			return -1;
		if (got == 0) {
			if (record->n_lines == 0)
				return 0;
			record->why = "a quote that is not closed";
			return 1;
		}
		if (record->n_lines == 0 && (len == 0 || line[0] == '#'))
			continue;
		add_line(r, record, line, len, is_long);
		if (record->why || !is_open(record->text, record->len, separator))
			return 1;
	}
}

/* Each line of a refused record by its number. */
static int refuse_lines(struct table_reader *r, const struct record *record)
{
	for (size_t i = 0; i < record->n_lines; i++) {
		const char *line = record->text + record->start[i];
		size_t end = i + 1 < record->n_lines ? record->start[i + 1] : record->len + 1;
		size_t len = end > record->start[i] ? end - record->start[i] - 1 : 0;

		if (table_refuse(r, record->first + (long)i, line, len, record->why))
			return -1;
	}
	return 0;
}

/* Cuts the record's text into cells, in place; NULL, or why it cannot be cut. */
static const char *cut_cells(struct csv *c, size_t *n)
{
	char *in = c->record.text, *out;

	for (*n = 0;;) {
		if (*n == CELLS_MAX)
			return "more than 64 cells";
		c->cell[(*n)++] = out = in;
		if (*in == '"') {
			for (in++; *in && (*in != '"' || in[1] == '"'); *out++ = *in++)
				if (*in == '"')
					in++;
			if (!*in++)
				return "a quote that is not closed";
			if (*in && *in != c->separator)
				return "text behind a closing quote";
		} else {
			while (*in && *in != c->separator)
				in++;
			out = in;
		}
		if (!*in) {
			*out = '\0';
			return NULL;
		}
		in++;
		*out = '\0';
	}
}

/* Without blanks around it, and without what keeps a spreadsheet from taking it for a formula. */
static char *trim(char *cell)
{
	while (table_is_blank(*cell))
		cell++;
	table_trim_end(cell, strlen(cell));
	return escape_take_guard(cell);
}

static int column_of(const char *cell)
{
	static const struct {
		const char *name;
		enum column column;
	} names[] = {
		{"name", COLUMN_NAME},	  {"domain", COLUMN_NAME},
		{"value", COLUMN_VALUE},  {"customer", COLUMN_CUSTOMER},
		{"note", COLUMN_NOTE},	  {"notes", COLUMN_NOTE},
		{"comment", COLUMN_NOTE}, {"contact", COLUMN_CONTACT},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(cell, names[i].name) == 0)
			return (int)names[i].column;
	return -1;
}

/* What parts the cells is the first byte of the header that can. */
static char separator_of(const char *header, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (memchr(",;\t", header[i], 3))
			return header[i];
	return ',';
}

/* 1 with the header read, 0 for a file without any line, -1. */
static int read_header(struct table_reader *r, struct csv *c)
{
	const char *why;
	int got = next_record(r, &c->record, '\0');

	if (got <= 0)
		return got;
	c->separator = separator_of(c->record.text, c->record.len);
	for (int i = 0; i < N_COLUMNS; i++)
		c->index[i] = -1;
	why = c->record.why ? c->record.why : cut_cells(c, &c->n_cells);
	if (why)
		return err_set(r->e, ERR_DATA, "%s:%ld: the header line cannot be read: %s",
			       r->lines.path, c->record.first, why);
	for (size_t i = 0; i < c->n_cells; i++) {
		int column = column_of(trim(c->cell[i]));

		if (column < 0)
			continue;
		if (c->index[column] >= 0)
			return err_set(r->e, ERR_DATA,
				       "%s:%ld: two columns of the header line mean the same, "
				       "the second "
				       "is number %zu; rename one",
				       r->lines.path, c->record.first, i + 1);
		c->index[column] = (int)i;
	}
	if (c->index[COLUMN_NAME] < 0)
		return err_set(r->e, ERR_DATA,
			       "%s:%ld: the header line has no column name or domain; add one, "
			       "or name "
			       "the format with --format",
			       r->lines.path, c->record.first);
	return 1;
}

static char *cell_of(struct csv *c, enum column column, size_t n)
{
	int i = c->index[column];

	return i >= 0 && (size_t)i < n ? c->cell[i] : c->empty;
}

/* Spreadsheets write rows of nothing but separators behind the last one. */
static int is_empty(const struct csv *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c->cell[i][strspn(c->cell[i], " \t")])
			return 0;
	return 1;
}

static int take_record(struct table_reader *r, struct csv *c)
{
	char line[LINE_READER_MAX + 1];
	size_t n, len = strcspn(c->record.text, "\n");
	struct table_row row = {.line = c->record.first};
	const char *why;

	if (c->record.why)
		return refuse_lines(r, &c->record);
	/* Cutting writes over the text, and a refusal shows the line as it stood. */
	memcpy(line, c->record.text, len);
	line[len] = '\0';
	why = cut_cells(c, &n);
	if (!why && n > c->n_cells)
		why = "more cells than the header line names";
	if (why)
		return table_refuse(r, row.line, line, len, why);
	if (is_empty(c, n))
		return 0;
	row.name = trim(cell_of(c, COLUMN_NAME, n));
	row.name_len = strlen(row.name);
	row.value = trim(cell_of(c, COLUMN_VALUE, n));
	row.customer = trim(cell_of(c, COLUMN_CUSTOMER, n));
	row.note = trim(cell_of(c, COLUMN_NOTE, n));
	row.contact = trim(cell_of(c, COLUMN_CONTACT, n));
	why = table_why_no_name(row.name, row.name_len);
	if (!why && strpbrk(row.name, "\n\t"))
		why = "a line break or a TAB in the name";
	if (!why && (strchr(row.value, '\n') || strchr(row.contact, '\n')))
		why = "a line break in the value or the contact";
	if (why)
		return table_refuse(r, row.line, line, len, why);
	return r->fn(r->ctx, &row);
}

int table_read_csv(struct table_reader *r)
{
	struct csv c = {0};
	int got = read_header(r, &c);

	if (got <= 0)
		return got;
	while ((got = next_record(r, &c.record, c.separator)) == 1)
		if (take_record(r, &c))
			return -1;
	return got;
}
