/*
 * rows: a table's bytes in, its rows as text out; for the tests of the table readers.
 */
#ifndef TESTS_MTA_ROWS_H
#define TESTS_MTA_ROWS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "mta/tables.h"

/* Rows as text: "LINE NAME|VALUE" and what else there is, "LINE! REASON" for a refused one. */
struct rows {
	struct str text;
	long n, stop_at;
};

static inline int add_row(void *ctx, const struct table_row *row)
{
	struct rows *r = ctx;

	if (++r->n == r->stop_at)
		return -1;
	if (row->why) {
		str_addf(&r->text, "%ld! %s\n", row->line, row->why);
		return 0;
	}
	str_addf(&r->text, "%ld %.*s|%s", row->line, (int)row->name_len, row->name, row->value);
	if (row->customer[0] || row->note[0] || row->contact[0])
		str_addf(&r->text, "|%s|%s|%s", row->customer, row->note, row->contact);
	if (row->covers)
		str_add(&r->text, " (and below)");
	str_add_char(&r->text, '\n');
	return 0;
}

/* An unnamed file with these bytes, read from its beginning. */
static inline int file_of(const char *text, size_t len)
{
	const char *dir = getenv("TMPDIR");
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/check_tables.XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline int read_bytes(struct rows *rows, enum table_format f, const char *text,
			     size_t len, struct err *e)
{
	int fd = file_of(text, len), rc = table_read(fd, "a table", f, add_row, rows, e);

	close(fd);
	return rc;
}

static inline void assert_rows(enum table_format f, const char *text, const char *want)
{
	struct rows rows = {0};
	struct err e = {0};

	ck_assert_msg(read_bytes(&rows, f, text, strlen(text), &e) == 0, "%s", e.text);
	ck_assert_str_eq(str_text(&rows.text), want);
	str_clear(&rows.text);
}

#endif
