#include "cmd/forms.h"

#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

/* Where a further form begins, behind the command's name; *end is where the one before it ends. */
static const char *next_form(const char *at, const struct command *c, const char **end)
{
	char begin[80];

	snprintf(begin, sizeof begin, "\n       mxward %s ", c->name);
	*end = strstr(at, begin);
	return *end ? *end + strlen(begin) : NULL;
}

int form_get(char out[FORM_SIZE], const struct command *c, size_t i)
{
	const char *at = c->synopsis, *end;
	size_t used = 0;

	while (at && i-- > 0)
		at = next_form(at, c, &end);
	if (!at)
		return 0;
	next_form(at, c, &end);
	for (; *at && at != end && used + 1 < FORM_SIZE; at += *at == '\n' ? strspn(at, "\n ") : 1)
		out[used++] = *at == '\n' ? ' ' : *at;
	out[used] = '\0';
	return 1;
}

/* The i-th word of a form when it and all before it are fixed ones; its length, 0 for none. */
static size_t find_fixed(const char *form, size_t i, const char **word)
{
	for (;; form += strspn(form, " ")) {
		size_t len = strcspn(form, " ");

		if (len == 0 || strspn(form, "abcdefghijklmnopqrstuvwxyz|") != len)
			return 0;
		*word = form;
		if (i-- == 0)
			return len;
		form += len;
	}
}

size_t form_count_fixed(const char *form)
{
	const char *word;
	size_t n = 0;

	while (find_fixed(form, n, &word))
		n++;
	return n;
}

void form_get_fixed(char out[FORM_SIZE], const char *form, size_t i)
{
	const char *word = "";
	size_t len = find_fixed(form, i, &word);

	snprintf(out, FORM_SIZE, "%.*s", (int)len, word);
}

static int is_one_of(const char *choices, size_t len, const char *word)
{
	for (const char *end = choices + len; choices < end;) {
		size_t n = strcspn(choices, "| ");

		if (strlen(word) == n && memcmp(choices, word, n) == 0)
			return 1;
		choices += n + 1;
	}
	return 0;
}

int form_fits(const char *form, const char *const *word, size_t n)
{
	const char *fixed;
	size_t len;

	for (size_t i = 0; i < n && (len = find_fixed(form, i, &fixed)) > 0; i++)
		if (!is_one_of(fixed, len, word[i]))
			return 0;
	return 1;
}

int form_has_option(const char *form, const char *name)
{
	char option[80];

	snprintf(option, sizeof option, "--%s", name);
	for (const char *p = form; (p = strstr(p, option)) != NULL; p++)
		if (strcspn(p, " ]|") == strlen(option))
			return 1;
	return 0;
}
