/*
 * tables_words: formats with one name a line, part of tables.h: plain names, qmail's rcpthosts,
 * and Sendmail's relay-domains and access.
 */
#include "mta/table_read.h"

#include <string.h>
#include <strings.h>

/* The word at the beginning; what follows it, without blanks around, is *rest.  Blanks in front
 * are skipped. */
static char *first_word(char *line, size_t len, size_t *word_len, char **rest)
{
	char *end = line + table_trim_end(line, len), *word = line, *p;

	while (table_is_blank(*word))
		word++;
	for (p = word; p < end && !table_is_blank(*p); p++)
		;
	*word_len = (size_t)(p - word);
	while (table_is_blank(*p))
		p++;
	*rest = p;
	return word;
}

static int is_table_reference(const char *key, size_t len)
{
	const char *colon = memchr(key, ':', len);

	return colon && memchr(colon, '/', len - (size_t)(colon - key));
}

static int take_name(struct table_reader *r, char *line, size_t len)
{
	size_t n;
	char *rest, *name = first_word(line, len, &n, &rest);
	const char *why = table_why_no_name(name, n);

	if (*rest && *rest != '#')
		why = "more than one word on the line; name the format with --format";
	else if (!why && is_table_reference(name, n))
		why = "this names another table; import that one instead";
	if (why)
		return table_refuse(r, r->lines.number, line, strlen(line), why);
	return table_give(r, r->lines.number, name, n, "");
}

/* qmail strips blanks at the end and knows comments from the first column on, nothing else. */
static int take_rcpthost(struct table_reader *r, char *line, size_t len)
{
	len = table_trim_end(line, len);
	return table_give(r, r->lines.number, line, len, "");
}

static int is_comment_or_empty(const char *line, size_t len, int only_in_column_one)
{
	size_t i = 0;

	if (len > 0 && line[0] == '#')
		return 1;
	while (i < len && table_is_blank(line[i]))
		i++;
	return i == len || (!only_in_column_one && line[i] == '#');
}

int table_read_words(struct table_reader *r, enum table_format f)
{
	char *line;
	size_t len;
	int is_long, got, rc;

	while ((got = line_reader_next(&r->lines, &line, &len, &is_long, r->e)) == 1) {
		const char *why;

		if (is_comment_or_empty(line, len, f == TABLE_QMAIL))
			continue;
		why = table_why_not(r, line, len, is_long);
		if (why)
			rc = table_refuse(r, r->lines.number, line, len, why);
		else
			rc = f == TABLE_QMAIL ? take_rcpthost(r, line, len)
					      : take_name(r, line, len);
		if (rc)
			return -1;
	}
	return got;
}

/* --- Sendmail
 * --------------------------------------------------------------------------------------- */

/* Digits and dots, or something with two colons: a host or network of clients that may relay.
 */
static int is_client_address(const char *key, size_t len)
{
	const char *colon = memchr(key, ':', len);

	if (colon && memchr(colon + 1, ':', len - (size_t)(colon - key) - 1))
		return 1;
	for (size_t i = 0; i < len; i++)
		if ((key[i] < '0' || key[i] > '9') && key[i] != '.' && key[i] != '/')
			return 0;
	return 1;
}

static const char *why_no_relay(const char *key, size_t len, int is_to, const char *action)
{
	const char *why = table_why_no_name(key, len);

	if (why)
		return why;
	if (*action && strcasecmp(action, "RELAY") != 0)
		return "not a RELAY line";
	if (is_client_address(key, len))
		return "an address of clients, not a domain";
	if (memchr(key, ':', len))
		return "this tag speaks of clients or senders, not of domains that are "
		       "accepted";
	return is_to && !*action ? "no RELAY behind it" : NULL;
}

static int take_sendmail(struct table_reader *r, char *line, size_t len)
{
	size_t n;
	char *action, *key = first_word(line, len, &n, &action), *comment = memchr(key, '#', n);
	const char *why;
	int is_to;

	/* relay-domains is read up to the `#`, with or without a blank before it. */
	if (comment) {
		n = (size_t)(comment - key);
		*comment = '\0';
		action = comment;
	} else if (*action == '#') {
		*action = '\0';
	}
	is_to = n >= 3 && strncasecmp(key, "To:", 3) == 0;
	if (is_to) {
		key += 3;
		n -= 3;
	}
	why = why_no_relay(key, n, is_to, action);
	if (why)
		return table_refuse(r, r->lines.number, line, strlen(line), why);
	return table_give(r, r->lines.number, key, n, ""); /* RELAY is what makes it a row, and no value of the name */
}

int table_read_sendmail(struct table_reader *r)
{
	char *line;
	size_t len;
	int is_long, got;

	while ((got = line_reader_next(&r->lines, &line, &len, &is_long, r->e)) == 1) {
		const char *why;

		if (is_comment_or_empty(line, len, 0))
			continue;
		why = table_why_not(r, line, len, is_long);
		if (why ? table_refuse(r, r->lines.number, line, len, why)
			: take_sendmail(r, line, len))
			return -1;
	}
	return got;
}
