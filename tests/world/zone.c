#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	size_t used, room;
	unsigned char bytes[];
};

struct world {
	struct block *blocks;
	struct node **nodes;
	size_t node_buckets, node_count;
	struct zone **zones;
	size_t zone_buckets, zone_count;
	size_t records;
};

static void *get_memory(size_t size)
{
	void *p = calloc(1, size);

	if (!p) {
		fputs("worldd: out of memory\n", stderr);
		exit(71);
	}
	return p;
}

/* Records are never freed one by one, so they come out of large blocks. */
static void *take(struct world *w, size_t size)
{
	struct block *b = w->blocks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!b || b->room - b->used < size) {
		size_t room = size > 65536 ? size : 65536;

		b = get_memory(sizeof(*b) + room);
		b->room = room;
		b->next = w->blocks;
		w->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

struct world *world_new(void)
{
	struct world *w = get_memory(sizeof(*w));

	w->node_buckets = 1024;
	w->nodes = get_memory(w->node_buckets * sizeof(*w->nodes));
	w->zone_buckets = 256;
	w->zones = get_memory(w->zone_buckets * sizeof(*w->zones));
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	while (w->blocks) {
		struct block *b = w->blocks;

		w->blocks = b->next;
		free(b);
	}
	free(w->nodes);
	free(w->zones);
	free(w);
}

/* The same name may stand in a zone and in its parent, so the zone is mixed in. */
static uint32_t node_hash(const struct zone *z, const uint8_t *name, size_t len)
{
	return wname_hash(name, len) ^ (z->hash * 2654435761u);
}

static void grow_nodes(struct world *w)
{
	size_t buckets = w->node_buckets * 4;
	struct node **fresh = get_memory(buckets * sizeof(*fresh));

	for (size_t i = 0; i < w->node_buckets; i++) {
		struct node *n = w->nodes[i];

		while (n) {
			struct node *next = n->next;

			n->next = fresh[n->hash % buckets];
			fresh[n->hash % buckets] = n;
			n = next;
		}
	}
	free(w->nodes);
	w->nodes = fresh;
	w->node_buckets = buckets;
}

static void grow_zones(struct world *w)
{
	size_t buckets = w->zone_buckets * 4;
	struct zone **fresh = get_memory(buckets * sizeof(*fresh));

	for (size_t i = 0; i < w->zone_buckets; i++) {
		struct zone *z = w->zones[i];

		while (z) {
			struct zone *next = z->next;

			z->next = fresh[z->hash % buckets];
			fresh[z->hash % buckets] = z;
			z = next;
		}
	}
	free(w->zones);
	w->zones = fresh;
	w->zone_buckets = buckets;
}

static struct node *lookup(const struct world *w, const struct zone *z, const uint8_t *name,
			   size_t len)
{
	uint32_t hash = node_hash(z, name, len);
	struct node *n = w->nodes[hash % w->node_buckets];

	while (n && (n->hash != hash || n->zone != z || n->len != len ||
		     memcmp(n->wire, name, len) != 0))
		n = n->next;
	return n;
}

static struct node *make_node(struct world *w, const struct zone *z, const uint8_t *name,
			      size_t len)
{
	struct node *n = lookup(w, z, name, len);

	if (n)
		return n;
	if (w->node_count > w->node_buckets * 2)
		grow_nodes(w);
	n = take(w, sizeof(*n) + len);
	n->zone = z;
	n->hash = node_hash(z, name, len);
	n->len = (uint8_t)len;
	memcpy(n->wire, name, len);
	n->next = w->nodes[n->hash % w->node_buckets];
	w->nodes[n->hash % w->node_buckets] = n;
	w->node_count++;
	return n;
}

static struct zone *lookup_zone(const struct world *w, const uint8_t *name, size_t len)
{
	uint32_t hash = wname_hash(name, len);
	struct zone *z = w->zones[hash % w->zone_buckets];

	while (z &&
	       (z->hash != hash || z->apex.len != len || memcmp(z->apex.wire, name, len) != 0))
		z = z->next;
	return z;
}

struct zone *world_add_zone(struct world *w, const struct wname *apex)
{
	struct zone *z;

	if (lookup_zone(w, apex->wire, apex->len))
		return NULL;
	if (w->zone_count > w->zone_buckets * 2)
		grow_zones(w);
	z = take(w, sizeof(*z));
	z->apex = *apex;
	z->hash = wname_hash(apex->wire, apex->len);
	z->next = w->zones[z->hash % w->zone_buckets];
	w->zones[z->hash % w->zone_buckets] = z;
	w->zone_count++;
	z->top = make_node(w, z, apex->wire, apex->len);
	return z;
}

static struct rrset *make_set(struct world *w, struct node *n, uint16_t type)
{
	struct rrset **at = &n->sets, *s;

	for (; *at; at = &(*at)->next)
		if ((*at)->type == type)
			return *at;
	s = take(w, sizeof(*s));
	s->type = type;
	s->last = &s->first;
	*at = s;
	return s;
}

int world_add_rr(struct world *w, struct zone *z, const struct wname *owner, uint16_t type,
		 uint32_t ttl, const uint8_t *data, size_t len)
{
	struct node *n = NULL;
	struct rrset *s;
	struct rr *r;

	if (!wname_is_under(owner, &z->apex))
		return -1;
	/* From the name up to the apex; what lies between them exists as well. */
	for (size_t at = 0; owner->len - at >= z->apex.len; at += (size_t)owner->wire[at] + 1) {
		struct node *here = make_node(w, z, owner->wire + at, owner->len - at);

		if (!n)
			n = here;
		if (owner->wire[at] == 0)
			break;
	}
	if (!n)
		return -1;
	if (type == TYPE_CNAME ? n->sets && n->sets->type != TYPE_CNAME
			       : node_find_set(n, TYPE_CNAME) != NULL)
		return -1;
	s = make_set(w, n, type);
	for (r = s->first; r; r = r->next)
		if (r->len == len && memcmp(r->data, data, len) == 0)
			return 0;
	if (type == TYPE_CNAME && s->first)
		return -1;
	r = take(w, sizeof(*r) + len);
	r->ttl = ttl;
	r->len = (uint16_t)len;
	memcpy(r->data, data, len);
	*s->last = r;
	s->last = &r->next;
	w->records++;
	if (type == TYPE_NS && n != z->top)
		z->has_cuts = 1;
	if (type == TYPE_DNAME)
		z->has_dnames = 1;
	return 0;
}

void world_join_zones(struct world *w)
{
	for (size_t i = 0; i < w->zone_buckets; i++)
		for (const struct zone *z = w->zones[i]; z; z = z->next) {
			const uint8_t *name = z->apex.wire;
			size_t len = z->apex.len;
			const struct zone *parent;

			if (name[0] == 0)
				continue;
			parent = world_find_zone(w, name + name[0] + 1, len - name[0] - 1u);
			while (parent && len > parent->apex.len) {
				size_t label = (size_t)name[0] + 1;

				make_node(w, parent, name, len);
				name += label;
				len -= label;
			}
		}
}

const struct zone *world_find_zone(const struct world *w, const uint8_t *name, size_t len)
{
	for (;;) {
		const struct zone *z = lookup_zone(w, name, len);
		size_t label = name[0];

		if (z || label == 0)
			return z;
		name += label + 1;
		len -= label + 1;
	}
}

const struct node *world_find_node(const struct world *w, const struct zone *z,
				   const uint8_t *name, size_t len)
{
	return lookup(w, z, name, len);
}

const struct rrset *node_find_set(const struct node *n, uint16_t type)
{
	for (const struct rrset *s = n->sets; s; s = s->next)
		if (s->type == type)
			return s;
	return NULL;
}

void world_count(const struct world *w, size_t *zones, size_t *records)
{
	*zones = w->zone_count;
	*records = w->records;
}
