#include "ops/leftovers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "ops/leftovers_inner.h"
#include "ops/other_tables.h"
#include "relay/name.h"

struct looking {
	struct leftovers *out;
	const char **name; /* sorted */
	size_t n_names;
	size_t *seen; /* of each name: 1 + the last row about it, 0 for none */
	const struct other_table *table;
	size_t first; /* row of this table */
};

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void leftovers_add(struct leftovers *l, const char *name, const struct other_table *t, const char *key, size_t len, size_t n)
{
	char shown[300];

	l->row = mem_array(l->row, l->n + 1, sizeof *l->row);
	escape(shown, sizeof shown, key, len);
	l->row[l->n] = (struct leftover){name, t->parameter, t->table, arena_string(&l->arena, shown, strlen(shown)), n, l->n};
	l->n++;
}

void leftovers_add_unread(struct leftovers *l, const struct other_table *t, const char *why)
{
	struct str line = {0};
	char shown[600];

	str_addf(&line, "%s (%s) was not looked through: %s", t->parameter,
		 escape(shown, sizeof shown, t->table, strlen(t->table)), why);
	l->unread = mem_array(l->unread, l->n_unread + 1, sizeof *l->unread);
	l->unread[l->n_unread++] = arena_string(&l->arena, line.bytes, line.len);
	str_clear(&line);
}

static int take_row(void *ctx, const struct table_row *row)
{
	struct looking *k = ctx;
	struct leftovers *l = k->out;
	const char *key, **found;
	char domain[NAME_SIZE];
	size_t len, place;

	if (other_table_domain(domain, row, &len) != 0)
		return 0;
	key = domain;
	found = bsearch(&key, k->name, k->n_names, sizeof *k->name, by_text);
	if (!found)
		return 0;
	place = (size_t)(found - k->name);
	if (k->seen[place] > k->first) {
		l->row[k->seen[place] - 1].n++;
		return 0;
	}
	leftovers_add(l, *found, k->table, row->name, len, 1);
	k->seen[place] = l->n;
	return 0;
}

static int by_name(const void *x, const void *y)
{
	const struct leftover *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	return c ? c : (a->place > b->place) - (a->place < b->place);
}

/* The tables' texts go on in l's arena. */
static void look_through(struct looking *k, const struct other_tables *t)
{
	struct leftovers *l = k->out;

	for (size_t i = 0; i < t->n; i++) {
		struct other_table table = {t->table[i].parameter,
					    arena_string(&l->arena, t->table[i].table, strlen(t->table[i].table))};
		struct err e;

		k->table = &table;
		k->first = l->n;
		if (other_table_read(&table, take_row, k, &e) != 0)
			leftovers_add_unread(l, &table, e.text);
	}
}

int leftovers_find(struct leftovers *l, const struct ward *w, const char *const *names, size_t n, struct err *e)
{
	struct looking k = {.out = l, .n_names = n};
	struct other_tables tables;

	*l = (struct leftovers){0};
	if (n == 0)
		return 0;
	if (other_tables_ask(&tables, w, e) != 0) {
		other_tables_clear(&tables);
		return -1;
	}
	k.name = mem_array(NULL, n, sizeof *k.name);
	for (size_t i = 0; i < n; i++)
		k.name[i] = arena_string(&l->arena, names[i] + (names[i][0] == '.'), strlen(names[i] + (names[i][0] == '.')));
	k.seen = mem_alloc(n * sizeof *k.seen);
	qsort(k.name, n, sizeof *k.name, by_text);
	look_through(&k, &tables);
	other_tables_clear(&tables);
	free(k.name);
	free(k.seen);
	if (l->n)
		qsort(l->row, l->n, sizeof *l->row, by_name);
	return 0;
}

void leftovers_clear(struct leftovers *l)
{
	free(l->row);
	free(l->unread);
	arena_clear(&l->arena);
	*l = (struct leftovers){0};
}

/* The first row of a name and how many there are. */
static const struct leftover *rows_of(const struct leftovers *l, const char *name, size_t *n)
{
	size_t low = 0, high = l->n;

	name += name[0] == '.';
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(l->row[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < l->n && strcmp(l->row[low + *n].name, name) == 0;)
		++*n;
	return *n ? l->row + low : NULL;
}

char *leftovers_text(char *out, size_t size, const struct leftovers *l, const char *name)
{
	size_t used = 0, n;
	const struct leftover *r = rows_of(l, name, &n);

	out[0] = '\0';
	for (; n-- > 0 && used < size; r++) {
		used += (size_t)snprintf(out + used, size - used, "%s%s (%s) has %s", used ? "; " : "", r->parameter, r->table,
					 r->key);
		if (r->n > 1 && used < size)
			used += (size_t)snprintf(out + used, size - used, " and %zu more", r->n - 1);
	}
	return out;
}

char *leftovers_where(char *out, size_t size, const struct leftovers *l, const char *name)
{
	size_t used = 0, n;
	const struct leftover *r = rows_of(l, name, &n);

	out[0] = '\0';
	for (; n-- > 0 && used < size; r++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", r->parameter);
	return out;
}
