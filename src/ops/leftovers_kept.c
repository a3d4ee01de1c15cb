/*
 * leftovers_kept: which domains the mail server's other tables name, kept in memory, so that a cursor that goes from
 * entry to entry does not have them read anew for each.
 *
 * Of a table each domain is kept once, with its first key and how many there are: some 50 octets a domain.  A table is
 * read when it is first asked about and when its file has changed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "ops/leftovers_inner.h"
#include "ops/other_tables.h"
#include "ops/ward.h"

enum { ASKED_MS = 60000, FIRST_SLOTS = 64 };

/* A domain of a table: n 0 is a free slot; key is a place in keys, where its length stands before its octets. */
struct slot {
	uint64_t hash;
	uint32_t key, n;
};

struct index {
	struct other_table_version of;
	int is_read;
	char *why_not; /* it was not looked through; NULL when it was */
	struct slot *slot;
	size_t n, room; /* room is a power of two */
	struct str keys;
};

struct leftovers_kept {
	struct other_tables tables;
	int has_asked;
	int64_t asked; /* loop_now() */
	struct index *index; /* one of each table */
	struct str lines;
};

/* --- the domains of one table ------------------------------------------------------------------------------ */

static uint64_t hash_of(const char *domain)
{
	uint64_t h = 14695981039346656037u;

	for (; *domain; domain++)
		h = (h ^ (unsigned char)*domain) * 1099511628211u;
	return h ^ h >> 32;
}

static size_t key_at(const struct index *x, uint32_t at, const char **key)
{
	uint16_t len;

	memcpy(&len, x->keys.bytes + at, sizeof len);
	*key = x->keys.bytes + at + sizeof len;
	return len;
}

static int is_of(const struct index *x, const struct slot *s, const char *domain)
{
	char other[NAME_SIZE];
	struct table_row row = {0};
	size_t len;

	row.name_len = key_at(x, s->key, &row.name);
	return other_table_domain(other, &row, &len) == 0 && strcmp(other, domain) == 0;
}

/* The domain's slot, or the free one where it belongs. */
static struct slot *slot_of(const struct index *x, const char *domain, uint64_t hash)
{
	size_t i = hash & (x->room - 1);

	while (x->slot[i].n && (x->slot[i].hash != hash || !is_of(x, &x->slot[i], domain)))
		i = (i + 1) & (x->room - 1);
	return &x->slot[i];
}

static void make_room(struct index *x)
{
	struct slot *old = x->slot;
	size_t n = x->room;

	if (x->n * 4 < x->room * 3)
		return;
	x->room = n ? n * 2 : FIRST_SLOTS;
	x->slot = mem_alloc(x->room * sizeof *x->slot);
	for (size_t i = 0; i < n; i++)
		if (old[i].n) {
			size_t at = old[i].hash & (x->room - 1);

			while (x->slot[at].n)
				at = (at + 1) & (x->room - 1);
			x->slot[at] = old[i];
		}
	free(old);
}

static int take_row(void *ctx, const struct table_row *row)
{
	struct index *x = ctx;
	char domain[NAME_SIZE];
	struct slot *s;
	uint64_t hash;
	uint16_t len16;
	size_t len;

	if (other_table_domain(domain, row, &len) != 0 || len > UINT16_MAX)
		return 0;
	make_room(x);
	hash = hash_of(domain);
	s = slot_of(x, domain, hash);
	if (s->n) {
		s->n++;
		return 0;
	}
	*s = (struct slot){hash, (uint32_t)x->keys.len, 1};
	x->n++;
	len16 = (uint16_t)len;
	str_add_bytes(&x->keys, (const char *)&len16, sizeof len16);
	str_add_bytes(&x->keys, row->name, len);
	str_add_char(&x->keys, '\0'); /* what reads a row looks for a blank */
	return 0;
}

static void index_clear(struct index *x)
{
	free(x->slot);
	free(x->why_not);
	str_clear(&x->keys);
	*x = (struct index){0};
}

/* The version is taken before the reading: what changes meanwhile is seen the next time. */
static void bring_up(struct index *x, const struct other_table *t)
{
	struct other_table_version now;
	struct err e;

	other_table_version(&now, t);
	if (x->is_read && memcmp(&now, &x->of, sizeof now) == 0)
		return;
	index_clear(x);
	x->of = now;
	x->is_read = 1;
	if (other_table_read(t, take_row, x, &e) != 0) {
		index_clear(x);
		x->of = now;
		x->is_read = 1;
		x->why_not = mem_copy_string(e.text);
	}
}

/* --- all tables -------------------------------------------------------------------------------------------- */

static void forget_indexes(struct leftovers_kept *k)
{
	for (size_t i = 0; i < k->tables.n; i++)
		index_clear(&k->index[i]);
	free(k->index);
	k->index = NULL;
}

static int is_same(const struct other_tables *a, const struct other_tables *b)
{
	if (a->n != b->n)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		if (a->table[i].parameter != b->table[i].parameter || strcmp(a->table[i].table, b->table[i].table) != 0)
			return 0;
	return 1;
}

/* Without a Postfix there are no other tables. */
static void ask(struct leftovers_kept *k, const struct ward *w)
{
	struct other_tables now;
	struct err ignored;

	if (k->has_asked && loop_now() - k->asked < ASKED_MS)
		return;
	if (other_tables_ask(&now, w, &ignored) != 0)
		other_tables_clear(&now);
	k->has_asked = 1;
	k->asked = loop_now();
	if (is_same(&now, &k->tables)) {
		other_tables_clear(&now);
		return;
	}
	forget_indexes(k);
	other_tables_clear(&k->tables);
	k->tables = now;
	k->index = mem_alloc(now.n * sizeof *k->index);
}

static void look_up(struct leftovers *l, struct leftovers_kept *k, const char *name)
{
	uint64_t hash = hash_of(name);

	for (size_t i = 0; i < k->tables.n; i++) {
		struct index *x = &k->index[i];
		const struct slot *s;
		const char *key;
		size_t len;

		bring_up(x, &k->tables.table[i]);
		if (x->why_not)
			leftovers_add_unread(l, &k->tables.table[i], x->why_not);
		if (!x->room)
			continue;
		s = slot_of(x, name, hash);
		if (!s->n)
			continue;
		len = key_at(x, s->key, &key);
		leftovers_add(l, name, &k->tables.table[i], key, len, s->n);
	}
}

const char *leftovers_lines(struct ward *w, const char *name)
{
	struct leftovers_kept *k = w->leftovers;
	struct leftovers l = {0};
	char text[1000];

	if (!k)
		k = w->leftovers = mem_alloc(sizeof *k);
	str_truncate(&k->lines, 0);
	if (w->config.restricted)
		return str_text(&k->lines); /* said elsewhere: nothing is asked */
	ask(k, w);
	name += name[0] == '.';
	look_up(&l, k, name);
	if (leftovers_text(text, sizeof text, &l, name)[0])
		str_addf(&k->lines, "Other tables: %s", text);
	for (size_t i = 0; i < l.n_unread; i++)
		str_addf(&k->lines, "%s%s", k->lines.len ? "\n" : "", l.unread[i]);
	leftovers_clear(&l);
	return str_text(&k->lines);
}

void leftovers_forget(struct ward *w)
{
	struct leftovers_kept *k = w->leftovers;

	if (!k)
		return;
	forget_indexes(k);
	other_tables_clear(&k->tables);
	str_clear(&k->lines);
	free(k);
	w->leftovers = NULL;
}
