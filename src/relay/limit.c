#include "relay/limit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "relay/limit_term.h"
#include "relay/limit_word.h"

enum { TEXT_MAX = 4096 };

/* Reads the word at *p.  1 there was one, 0 the end, -1 a mistake.  A quote protects blanks,
 * `:` and a leading `-`; a backslash is a byte like any other. */
static int next_word(struct limit_word *w, const char *text, const char **p, struct err *e)
{
	const char *s = *p;
	size_t colon = 0;
	int quoted = 0, has_key = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	w->place = (size_t)(s - text);
	w->raw = s;
	w->negated = *s == '-';
	s += w->negated;
	str_truncate(&w->bytes, 0);
	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"') {
			quoted = !quoted;
			continue;
		}
		if (*s == ':' && !quoted && !has_key) {
			has_key = 1;
			colon = w->bytes.len;
			str_add_char(&w->bytes, '\0');
			continue;
		}
		str_add_char(&w->bytes, *s);
	}
	w->raw_len = (size_t)(s - w->raw);
	*p = s;
	if (w->raw_len == 0)
		return 0;
	if (quoted)
		return limit_word_mistake(e, w, "the quote is not closed");
	w->key = has_key ? str_text(&w->bytes) : "";
	w->value = has_key ? str_text(&w->bytes) + colon + 1 : str_text(&w->bytes);
	if (has_key && !w->key[0])
		return limit_word_mistake(
			e, w,
			"nothing stands before the ':'; a name with one is written in quotes");
	return 1;
}

/* Cheap tests first; the order of words means nothing. */
static int by_cost(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	return (x->kind > y->kind) - (x->kind < y->kind);
}

static int parse_words(struct limit *l, struct limit_word *w, const char *text, struct err *e)
{
	const char *p = text;
	int r;

	while ((r = next_word(w, text, &p, e)) == 1) {
		struct term *t;

		l->term = mem_array(l->term, l->n + 1, sizeof *l->term);
		t = &l->term[l->n++];
		*t = (struct term){0};
		if (limit_word_read(t, w, e) != 0)
			return -1;
		l->needs_mx |= t->kind == TERM_MX;
	}
	if (r == 0 && l->n > 1)
		qsort(l->term, l->n, sizeof *l->term, by_cost);
	return r;
}

int limit_parse(struct limit **out, const char *text, struct err *e, size_t *place)
{
	struct limit *l;
	struct limit_word w = {.raw = text};
	size_t len = strlen(text);
	int r;

	*out = NULL;
	if (place)
		*place = 0;
	if (len > TEXT_MAX)
		return err_set(e, ERR_USAGE, "the limit is longer than %d bytes", TEXT_MAX);
	if (!utf8_is_valid(text, len))
		return err_set(e, ERR_USAGE, "the limit is not valid UTF-8");
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f) {
			if (place)
				*place = i;
			return err_set(e, ERR_USAGE, "limit: a control byte at position %zu",
				       i + 1);
		}
	l = mem_alloc(sizeof *l);
	r = parse_words(l, &w, text, e);
	if (r != 0 && place)
		*place = w.place;
	str_clear(&w.bytes);
	if (r != 0) {
		limit_free(l);
		return -1;
	}
	*out = l;
	return 0;
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free(l->term[i].text);
		free(l->term[i].unicode);
	}
	free(l->term);
	free(l);
}

int limit_is_limit(const char *word)
{
	return strpbrk(word, ":*?") != NULL;
}
