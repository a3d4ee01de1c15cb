/*
 * tables: relay tables of mail servers as text, read line by line.
 *
 * Knows the spelling of plain names, Postfix text tables, Sendmail, Exim lsearch, qmail and
 * CSV; LMDB tables are db/postfix.h's, which hands over the same rows.  Pure but for the FILE.
 */
#ifndef MTA_TABLES_H
#define MTA_TABLES_H

#include <stddef.h>

struct err;

enum table_format {
	TABLE_AUTO,
	TABLE_NAMES,
	TABLE_POSTFIX,
	TABLE_LMDB,
	TABLE_SENDMAIL,
	TABLE_EXIM,
	TABLE_QMAIL,
	TABLE_CSV,
	TABLE_ACCESS /* Sendmail's, by its own name */
};

int table_format_from_name(const char *name); /* enum table_format, -1 */

struct table_row {
	long line;	  /* from 1; 0 where there are no lines */
	const char *name; /* as it stands in the table */
	size_t name_len;
	const char *value;	     /* right-hand side, "" for none */
	const char *customer, *note; /* CSV only, else "" */
	const char *
		why; /* not NULL: the line is refused, for this reason; name is then the line */
	const char *contact; /* CSV only, else "" (NULL from a table without texts) */
	int covers; /* the row is about the names below as well: Exim's `*.x` */
};

/* Called for each row, whose texts live until it returns; -1 stops the reading, and
 * table_read() then returns -1 with *e as the callback left it. */
typedef int table_fn(void *ctx, const struct table_row *row);

/* What the first bytes of a file look like: LMDB by its magic, else Postfix text, CSV with a
 * header line or names.  buf holds the first n bytes. */
enum table_format table_guess(const void *buf, size_t n);

/* Reads a text table from fd, guessing TABLE_AUTO from its beginning; path is for messages.
 * Lines over 4096 bytes, control bytes and invalid UTF-8 are refused rows, and the reading goes
 * on.  A row's value may hold TABs as Postfix keeps them.
 *
 * names     one name a line, `#` begins a comment; also Postfix's match lists
 * postfix   postmap(1): key, blanks, value; quoted keys; lines that begin with a blank continue
 * sendmail  relay-domains, and of access the lines `To:x RELAY` and `x RELAY`; access is the same
 * exim      lsearch: `key: data`; `*.x` of partial-lsearch is x, and covers
 * qmail     rcpthosts, morercpthosts
 * csv       RFC 4180 with a header line: name or domain, value, customer, note, contact; others
 *           are skipped; `,` `;` or TAB between cells */
int table_read(int fd, const char *path, enum table_format f, table_fn *fn, void *ctx,
	       struct err *e);

/* Whether a value may be one: valid UTF-8 without control bytes but TAB, as a line of a text table must be. */
int table_is_text(const char *text, size_t len);

#endif
