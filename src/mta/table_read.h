/*
 * table_read: what the readers of the single formats share; for tables*.c only.
 *
 * A reader pulls lines and gives rows.  What keeps a line from becoming an entry is told as
 * a refused row with its reason, and the reading goes on: one bad line must not hide the rest.
 */
#ifndef MTA_TABLE_READ_H
#define MTA_TABLE_READ_H

#include "base/err.h"
#include "mta/line_reader.h"
#include "mta/tables.h"

struct table_reader {
	struct line_reader lines;
	table_fn *fn;
	void *ctx;
	struct err *e;
	struct err reason; /* of the line refused last */
};

/* One reader for each format: 0, or -1 with *r->e set or as the callback left it. */
int table_read_words(struct table_reader *r, enum table_format f); /* names and qmail */
int table_read_sendmail(struct table_reader *r);
int table_read_logical(struct table_reader *r, enum table_format f); /* postfix and exim */
int table_read_csv(struct table_reader *r);

/* Gives a row, or refuses the line; both return what the callback returned. */
int table_give(struct table_reader *r, long line, const char *name, size_t len,
	       const char *value);
int table_give_covering(struct table_reader *r, long line, const char *name, size_t len,
			const char *value);
int table_refuse(struct table_reader *r, long line, const char *text, size_t len,
		 const char *why);

/* Why a line of len bytes cannot be read at all, NULL when it can: its length, control bytes
 * but TAB, text that the audit log refuses. */
const char *table_why_not(struct table_reader *r, const char *text, size_t len, int is_long);

/* Why a key that is no name but a pattern or a reference of the mail server's cannot be an
 * entry; NULL. */
const char *table_why_no_name(const char *key, size_t len);

int table_is_blank(char c);
size_t table_trim_end(char *text, size_t len); /* blanks and TABs cut off, NUL set */

#endif
