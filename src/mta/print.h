/*
 * print: the list in the spelling of a mail server: what tables.h reads, written.
 *
 * Pure.  What a server does with the names below an entry differs, so the caller says whether an entry covers them
 * here: then a format that has a form for it gets it (Exim's `*.x` of partial-lsearch, qmail's `.x` beside `x`), and a
 * format that covers them anyway (Sendmail) says so at its head where that is more than the list means.  A name that
 * the server has no form for is a comment with the reason, never silently left out.
 */
#ifndef MTA_PRINT_H
#define MTA_PRINT_H

#include "mta/tables.h"

struct str;

struct print_row {
	const char *name;    /* canonical */
	const char *unicode; /* its U-label, "" for none */
	const char *value, *customer, *note, *contact;
	int is_below;  /* the name is .x and x stands before it */
	int has_below; /* the name is x and .x stands behind it */
};

/* TABLE_NAMES, TABLE_POSTFIX, TABLE_SENDMAIL, TABLE_ACCESS, TABLE_EXIM, TABLE_QMAIL or
 * TABLE_CSV; covers: 1, 0, -1 unknown. */
void print_head(struct str *out, enum table_format f, int covers);
void print_row(struct str *out, enum table_format f, int covers, const struct print_row *row);

/* Behind the rows: in a Postfix table a last line by which whoever fetched it over the network knows that it is whole. */
void print_tail(struct str *out, enum table_format f, size_t n_lines);

#endif
