#include "respond.h"

#include <string.h>

#include "message.h"
#include "zone.h"

#define MAX_CHAIN 16

/* The names of one chain; they must live as long as the reply is written. */
struct chain {
	struct wname names[MAX_CHAIN + 1];
	struct wname dname_owners[MAX_CHAIN + 1];
	unsigned count;
};

static uint32_t soa_minimum(const struct rr *soa)
{
	const uint8_t *p = soa->data + soa->len - 4;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* RFC 2308 3: the SOA of a negative answer lives no longer than its minimum field says. */
static void add_soa(struct reply *r, const struct zone *z)
{
	const struct rrset *s = node_find_set(z->top, TYPE_SOA);
	uint32_t minimum;

	if (!s || !s->first)
		return;
	minimum = soa_minimum(s->first);
	r->section = SECTION_AUTHORITY;
	reply_add(r, &z->apex, TYPE_SOA, s->first->ttl < minimum ? s->first->ttl : minimum,
		  s->first->data, s->first->len);
}

static void add_set(struct reply *r, const struct wname *owner, const struct rrset *s)
{
	for (const struct rr *rr = s->first; rr && !r->overflow; rr = rr->next)
		reply_add(r, owner, s->type, rr->ttl, rr->data, rr->len);
}

/* The highest delegation above the name, or at it: there our authority ends. */
static const struct node *find_cut(const struct world *w, const struct zone *z,
				   const struct wname *n, uint16_t type)
{
	const struct node *cut = NULL;

	for (size_t at = 0; n->len - at > z->apex.len; at += (size_t)n->wire[at] + 1) {
		const struct node *node = world_find_node(w, z, n->wire + at, n->len - at);

		if (at == 0 && type == TYPE_DS)
			continue; /* a DS belongs to the parent */
		if (node && node_find_set(node, TYPE_NS))
			cut = node;
	}
	return cut;
}

/* owner has room for MAX_CHAIN + 1 names, which live as long as the reply is written. */
static void refer(struct reply *r, const struct world *w, const struct node *cut,
		  struct wname *owner)
{
	const struct rrset *ns = node_find_set(cut, TYPE_NS);
	unsigned glued = 0;

	owner->len = cut->len;
	memcpy(owner->wire, cut->wire, cut->len);
	r->authoritative = 0;
	r->section = SECTION_AUTHORITY;
	add_set(r, owner, ns);
	r->section = SECTION_ADDITIONAL;
	for (const struct rr *rr = ns->first; rr && glued < MAX_CHAIN; rr = rr->next) {
		const struct node *glue;
		const struct rrset *a, *aaaa;
		struct wname *name = owner + 1 + glued;

		memcpy(name->wire, rr->data, rr->len);
		name->len = (uint8_t)rr->len;
		wname_lower(name);
		glue = world_find_node(w, cut->zone, name->wire, name->len);
		if (!glue)
			continue;
		glued++;
		if ((a = node_find_set(glue, TYPE_A)) != NULL)
			add_set(r, name, a);
		if ((aaaa = node_find_set(glue, TYPE_AAAA)) != NULL)
			add_set(r, name, aaaa);
	}
}

/* The nearest DNAME strictly above the name; *above is where in the name its owner begins. */
static const struct rrset *find_dname(const struct world *w, const struct zone *z,
				      const struct wname *n, size_t *above)
{
	size_t at = 0;

	while (n->len - at > z->apex.len) {
		const struct node *node;
		const struct rrset *s;

		at += (size_t)n->wire[at] + 1;
		node = world_find_node(w, z, n->wire + at, n->len - at);
		s = node ? node_find_set(node, TYPE_DNAME) : NULL;
		if (s) {
			*above = at;
			return s;
		}
	}
	return NULL;
}

/* The node that answers for the name: its own, or the wildcard's (RFC 4592). */
static const struct node *find_answer(const struct world *w, const struct zone *z,
				      const struct wname *n)
{
	const struct node *node = world_find_node(w, z, n->wire, n->len);
	size_t at = 0;

	if (node)
		return node;
	while (n->len - at > z->apex.len) {
		struct wname star;

		at += (size_t)n->wire[at] + 1;
		if (!world_find_node(w, z, n->wire + at, n->len - at))
			continue;
		/* The closest name that exists: only its own `*` counts, none above. */
		if (wname_star(&star, n->wire + at, n->len - at) != 0)
			return NULL;
		return world_find_node(w, z, star.wire, star.len);
	}
	return NULL;
}

static int chain_push(struct chain *c, const uint8_t *wire, size_t len)
{
	struct wname next = {.len = (uint8_t)len};

	memcpy(next.wire, wire, len);
	wname_lower(&next);
	if (c->count > MAX_CHAIN)
		return -1;
	for (unsigned i = 0; i < c->count; i++)
		if (c->names[i].len == next.len &&
		    memcmp(c->names[i].wire, next.wire, next.len) == 0)
			return -1;
	c->names[c->count++] = next;
	return 0;
}

/* Adds DNAME and the CNAME made from it; goes on to the new name.  0, or -1 at the end. */
static int follow_dname(struct reply *r, struct chain *c, const struct wname *owner,
			const struct rrset *s, size_t above)
{
	struct wname *from = &c->dname_owners[c->count - 1], *to;
	const struct rr *rr = s->first;
	uint8_t target[2 * WNAME_MAX];

	from->len = (uint8_t)(c->names[c->count - 1].len - above);
	memcpy(from->wire, c->names[c->count - 1].wire + above, from->len);
	reply_add(r, from, TYPE_DNAME, rr->ttl, rr->data, rr->len);
	memcpy(target, c->names[c->count - 1].wire, above);
	memcpy(target + above, rr->data, rr->len);
	if (above + rr->len > WNAME_MAX) {
		r->rcode = 6; /* YXDOMAIN: RFC 6672 2.2 */
		return -1;
	}
	if (chain_push(c, target, above + rr->len) != 0)
		return -1;
	to = &c->names[c->count - 1];
	reply_add(r, owner, TYPE_CNAME, rr->ttl, to->wire, to->len);
	return 0;
}

/* Where a DS is asked for at an apex, the parent zone has to answer. */
static const struct zone *zone_for(const struct world *w, const struct wname *n, uint16_t type)
{
	const struct zone *z = world_find_zone(w, n->wire, n->len);

	if (z && type == TYPE_DS && z->apex.len == n->len && n->len > 1) {
		const struct zone *parent =
			world_find_zone(w, n->wire + n->wire[0] + 1, n->len - n->wire[0] - 1u);

		if (parent)
			return parent;
	}
	return z;
}

/* A resolver knows that nothing is below .invalid and asks nobody (RFC 6761 6.4). */
static int deny_invalid(struct reply *r, const struct query *q)
{
	static const struct wname invalid = {.len = 9, .wire = "\7invalid"};
	static const uint8_t soa[22] = {[21] = 60}; /* two roots, five numbers; the last is the negative TTL */
	size_t len = q->name.len;

	if (!query_wants_recursion(q) || len <= invalid.len ||
	    memcmp(q->name.wire + len - invalid.len, invalid.wire, invalid.len) != 0)
		return 0;
	r->rcode = RC_NXDOMAIN;
	r->section = SECTION_AUTHORITY;
	reply_add(r, &invalid, TYPE_SOA, 60, soa, sizeof soa);
	return 1;
}

/* One name of the chain.  1: there is another one; 0: done. */
static int answer_name(struct reply *r, const struct world *w, const struct query *q,
		       struct chain *c)
{
	const struct wname *n = &c->names[c->count - 1];
	const struct wname *owner = c->count == 1 ? &q->asked : n;
	const struct zone *z = zone_for(w, n, q->type);
	const struct node *node;
	const struct rrset *s;
	size_t above;

	r->section = SECTION_ANSWER;
	if (!z) {
		if (c->count == 1 && !deny_invalid(r, q))
			r->rcode = RC_REFUSED;
		return 0; /* a chain that leaves us ends with the last alias */
	}
	if (c->count == 1)
		r->authoritative = 1;
	if (z->has_cuts && (node = find_cut(w, z, n, q->type)) != NULL) {
		if (c->count == 1)
			refer(r, w, node, c->dname_owners);
		return 0;
	}
	if (z->has_dnames && (s = find_dname(w, z, n, &above)) != NULL)
		return follow_dname(r, c, owner, s, above) == 0;
	node = find_answer(w, z, n);
	if (!node) {
		r->rcode = RC_NXDOMAIN;
		add_soa(r, z);
		return 0;
	}
	s = node_find_set(node, TYPE_CNAME);
	if (s && q->type != TYPE_CNAME && q->type != TYPE_ANY) {
		add_set(r, owner, s);
		return chain_push(c, s->first->data, s->first->len) == 0;
	}
	if (q->type == TYPE_ANY) {
		for (s = node->sets; s; s = s->next)
			add_set(r, owner, s);
		s = node->sets;
	} else if ((s = node_find_set(node, q->type)) != NULL) {
		add_set(r, owner, s);
	}
	if (!s)
		add_soa(r, z);
	return 0;
}

size_t respond_truth(const struct world *w, const struct query *q, uint8_t *out, size_t limit)
{
	struct reply r;
	struct chain c;

	if (q->class != 1 || q->type == TYPE_AXFR || q->type == TYPE_IXFR)
		return respond_plain(w, q, RC_REFUSED, 0, 0, out, limit);
	if (q->type == TYPE_OPT)
		return respond_plain(w, q, RC_FORMERR, 0, 0, out, limit);
	reply_begin(&r, q, out, limit);
	c.names[0] = q->name;
	c.count = 1;
	while (answer_name(&r, w, q, &c))
		;
	return reply_finish(&r, q);
}

size_t respond_plain(const struct world *w, const struct query *q, unsigned rcode,
		     int authoritative, int with_soa, uint8_t *out, size_t limit)
{
	const struct zone *z = with_soa ? world_find_zone(w, q->name.wire, q->name.len) : NULL;
	struct reply r;

	reply_begin(&r, q, out, limit);
	r.rcode = rcode;
	r.authoritative = authoritative;
	if (z)
		add_soa(&r, z);
	return reply_finish(&r, q);
}

size_t respond_upward(const struct query *q, uint8_t *out, size_t limit)
{
	static const struct wname root = {.len = 1, .wire = {0}};
	static const uint8_t server[] = "\1a\14root-servers\3net";
	struct reply r;

	reply_begin(&r, q, out, limit);
	r.section = SECTION_AUTHORITY;
	reply_add(&r, &root, TYPE_NS, 3600, server, sizeof(server));
	return reply_finish(&r, q);
}

size_t respond_loop(const struct query *q, uint8_t *out, size_t limit)
{
	struct wname other;
	struct reply r;

	reply_begin(&r, q, out, limit);
	r.authoritative = 1;
	if (q->asked.len + 5 <= WNAME_MAX) {
		memcpy(other.wire, "\4loop", 5);
		memcpy(other.wire + 5, q->asked.wire, q->asked.len);
		other.len = (uint8_t)(q->asked.len + 5);
		reply_add(&r, &q->asked, TYPE_CNAME, 60, other.wire, other.len);
		reply_add(&r, &other, TYPE_CNAME, 60, q->asked.wire, q->asked.len);
	}
	return reply_finish(&r, q);
}
