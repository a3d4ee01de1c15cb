#include "ops/offnet.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "db/entries.h"
#include "relay/site.h"

/* A block is what one network has at least; a prefix is never wider than what one holder usually has. */
enum { BLOCK4 = 24, WIDEST4 = 16, BLOCK6 = 48, WIDEST6 = 32, LINES_MAX = 20 };

/* One entry's primary in one block. */
struct carried {
	uint64_t block; /* the first 24 or 48 bits of the address */
	uint32_t entry;
	uint8_t family;
};

struct offnet {
	struct carried *carried;
	size_t n, room;
	const char **name; /* of the entries, in the order of adding */
	uint32_t *stamp;   /* of each entry: the count it was last part of */
	uint32_t stamps;
	size_t n_names, names_room;
	struct offnet_prefix *prefix;
	size_t n_prefixes, prefixes_room;
	struct arena arena;
};

struct offnet *offnet_new(void)
{
	return mem_alloc(sizeof(struct offnet));
}

void offnet_free(struct offnet *o)
{
	free(o->carried);
	free(o->name);
	free(o->stamp);
	free(o->prefix);
	arena_clear(&o->arena);
	free(o);
}

static unsigned block_length(int family)
{
	return family == 4 ? BLOCK4 : BLOCK6;
}

static void add_address(struct offnet *o, const struct net_address *a)
{
	struct carried c = {.entry = (uint32_t)o->n_names, .family = a->family};

	for (unsigned i = 0; i < block_length(a->family) / 8; i++)
		c.block = c.block << 8 | a->bytes[i];
	if (o->n == o->room) {
		o->room = o->room * 3 / 2 + 256;
		o->carried = mem_array(o->carried, o->room, sizeof *o->carried);
	}
	o->carried[o->n++] = c;
}

void offnet_add(struct offnet *o, const struct site *site, const char *name, const struct observed *seen)
{
	unsigned ours = UINT16_MAX + 1;

	if (seen->time == 0 || seen->verdict.class != CLASS_MOVED)
		return;
	for (size_t i = 0; i < seen->n_mx; i++)
		if (seen->mx[i].ours == 1 && seen->mx[i].preference < ours)
			ours = seen->mx[i].preference;
	for (size_t i = 0; i < seen->n_mx; i++)
		for (size_t k = 0; seen->mx[i].preference < ours && k < seen->mx[i].n_addresses; k++) {
			const struct net_address *a = &seen->mx[i].address[k];

			if (!netset_has(&site->networks, a) && !net_is_bogon(a))
				add_address(o, a);
		}
	if (o->n_names == o->names_room) {
		o->names_room = o->names_room * 3 / 2 + 256;
		o->name = mem_array(o->name, o->names_room, sizeof *o->name);
	}
	o->name[o->n_names++] = arena_string(&o->arena, name, strlen(name));
}

size_t offnet_moved(const struct offnet *o)
{
	return o->n_names;
}

static int by_block(const void *x, const void *y)
{
	const struct carried *a = x, *b = y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return (a->entry > b->entry) - (a->entry < b->entry);
}

static size_t count_blocks(const struct carried *c, size_t n)
{
	size_t blocks = 0;

	for (size_t i = 0; i < n; i++)
		blocks += i == 0 || c[i].block != c[i - 1].block;
	return blocks;
}

static size_t count_entries(struct offnet *o, const struct carried *c, size_t n)
{
	size_t entries = 0;

	o->stamps++;
	for (size_t i = 0; i < n; i++) {
		entries += o->stamp[c[i].entry] != o->stamps;
		o->stamp[c[i].entry] = o->stamps;
	}
	return entries;
}

/* Where the second half of a prefix of that length begins. */
static size_t split_at(const struct carried *c, size_t n, unsigned length)
{
	unsigned shift = block_length(c->family) - length - 1;
	size_t i = 0;

	while (i < n && !(c[i].block >> shift & 1))
		i++;
	return i;
}

/* A prefix is one line when most of its blocks carry something, or when its halves carry much the same entries: a
 * provider whose every name has addresses here and there. */
static int is_one(struct offnet *o, const struct carried *c, size_t n, unsigned length)
{
	unsigned below = block_length(c->family) - length;
	size_t at, left, right, less, more;

	if (below == 0 || 2 * count_blocks(c, n) > (size_t)1 << below)
		return 1;
	at = split_at(c, n, length);
	if (at == 0 || at == n)
		return 0;
	left = count_entries(o, c, at);
	right = count_entries(o, c + at, n - at);
	less = left < right ? left : right;
	more = left < right ? right : left;
	return 2 * (left + right - count_entries(o, c, n)) >= less && 4 * less >= more;
}

static void add_prefix(struct offnet *o, const struct carried *c, size_t n, unsigned length)
{
	struct offnet_prefix *p;
	uint64_t bits = c->block << (64 - block_length(c->family));

	if (o->n_prefixes == o->prefixes_room) {
		o->prefixes_room = o->prefixes_room * 3 / 2 + 64;
		o->prefix = mem_array(o->prefix, o->prefixes_room, sizeof *o->prefix);
	}
	p = &o->prefix[o->n_prefixes++];
	*p = (struct offnet_prefix){.prefix = {{.family = c->family}, (uint8_t)length}};
	bits &= UINT64_MAX << (64 - length);
	for (unsigned i = 0; i < 6; i++)
		p->prefix.address.bytes[i] = (uint8_t)(bits >> (56 - 8 * i));
	p->entries = count_entries(o, c, n);
	o->stamps++;
	for (size_t i = 0; i < n && p->n_examples < OFFNET_EXAMPLES; i++) {
		if (o->stamp[c[i].entry] == o->stamps)
			continue;
		o->stamp[c[i].entry] = o->stamps;
		p->example[p->n_examples++] = o->name[c[i].entry];
	}
}

static void group(struct offnet *o, const struct carried *c, size_t n, unsigned length)
{
	size_t at;

	if (n == 0)
		return;
	if (is_one(o, c, n, length)) {
		add_prefix(o, c, n, length);
		return;
	}
	at = split_at(c, n, length);
	group(o, c, at, length + 1);
	group(o, c + at, n - at, length + 1);
}

static int by_entries(const void *x, const void *y)
{
	const struct offnet_prefix *a = x, *b = y;

	if (a->entries != b->entries)
		return a->entries > b->entries ? -1 : 1;
	return net_address_compare(&a->prefix.address, &b->prefix.address);
}

const struct offnet_prefix *offnet_rank(struct offnet *o, size_t *n)
{
	if (o->n)
		qsort(o->carried, o->n, sizeof *o->carried, by_block);
	o->stamp = mem_array(o->stamp, o->n_names + 1, sizeof *o->stamp);
	memset(o->stamp, 0, (o->n_names + 1) * sizeof *o->stamp);
	o->stamps = 0;
	o->n_prefixes = 0;
	for (size_t i = 0, end; i < o->n; i = end) {
		unsigned widest = o->carried[i].family == 4 ? WIDEST4 : WIDEST6;
		unsigned shift = block_length(o->carried[i].family) - widest;

		for (end = i + 1; end < o->n && o->carried[end].family == o->carried[i].family &&
				  o->carried[end].block >> shift == o->carried[i].block >> shift;)
			end++;
		group(o, o->carried + i, end - i, widest);
	}
	if (o->n_prefixes)
		qsort(o->prefix, o->n_prefixes, sizeof *o->prefix, by_entries);
	*n = o->n_prefixes;
	return o->prefix;
}

int offnet_read(struct offnet *o, const struct site *site, struct db_txn *txn, struct err *e)
{
	struct entry_walk w;
	int got;

	if (walk_begin(&w, txn, NULL, 1, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1)
		offnet_add(o, site, w.e.name, &w.o);
	walk_end(&w);
	return got;
}

void offnet_add_text(struct str *out, struct offnet *o, size_t total)
{
	size_t n, moved = offnet_moved(o), rest = 0;
	const struct offnet_prefix *p = offnet_rank(o, &n);
	char text[NET_TEXT_SIZE];

	str_addf(out, "moved %zu of %zu entries\n", moved, total);
	if (n == 0)
		return;
	str_addf(out, "  %-22s %7s  %5s  %s\n", "prefix, off-net", "entries", "share", "such as");
	for (size_t i = 0; i < n; i++) {
		if (i >= LINES_MAX) {
			rest++;
			continue;
		}
		str_addf(out, "  %-22s %7zu  %4.0f%%  ", net_prefix_text(text, &p[i].prefix), p[i].entries,
			 100.0 * (double)p[i].entries / (double)moved);
		for (size_t k = 0; k < p[i].n_examples; k++)
			str_addf(out, "%s%s", k ? ", " : "", p[i].example[k]);
		str_add_char(out, '\n');
	}
	if (rest)
		str_addf(out, "  and %zu more prefix%s with %zu entr%s or fewer each\n", rest, rest == 1 ? "" : "es",
			 p[LINES_MAX].entries, p[LINES_MAX].entries == 1 ? "y" : "ies");
	str_add(out, "An entry counts in each prefix where it has a better MX than us.  Where a prefix is our own or a customer's\n"
		     "of ours, its entries have not moved: set it as a network in the configuration, and scan again.\n");
}
