/*
 * pgsql_text: what is put into a statement as text.  Pure; values travel as parameters, never within the statement.
 */
#ifndef MTA_PGSQL_TEXT_H
#define MTA_PGSQL_TEXT_H

struct str;

/* "table" or "schema.table" as quoted identifiers; -1 when it is none. */
int pgsql_text_add_table(struct str *out, const char *table);

/* An element of an array parameter such as {"a","b"}; begin and end are the caller's. */
void pgsql_text_add_element(struct str *out, int is_first, const char *value);

#endif
