#include "mta/pgsql_text.h"

#include <string.h>

#include "base/str.h"

enum { IDENTIFIER_MAX = 63 };

/* Quoted, so that capitals stay and no word is a keyword; only what needs no thought is let in. */
static int add_identifier(struct str *out, const char *text, size_t len)
{
	if (len == 0 || len > IDENTIFIER_MAX)
		return -1;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		int is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!is_letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '$')))
			return -1;
	}
	str_add_char(out, '"');
	str_add_bytes(out, text, len);
	str_add_char(out, '"');
	return 0;
}

int pgsql_text_add_table(struct str *out, const char *table)
{
	const char *dot = strchr(table, '.');

	if (!dot)
		return add_identifier(out, table, strlen(table));
	if (add_identifier(out, table, (size_t)(dot - table)) != 0)
		return -1;
	str_add_char(out, '.');
	return add_identifier(out, dot + 1, strlen(dot + 1));
}

void pgsql_text_add_element(struct str *out, int is_first, const char *value)
{
	str_add(out, is_first ? "\"" : ",\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			str_add_char(out, '\\');
		str_add_char(out, *value);
	}
	str_add_char(out, '"');
}
