#include "dns/lookup_inner.h"

#include <stdlib.h>
#include <string.h>

/*
 * From the replies of one resolver to a struct answer.  Everything is copied
 * into the arena, which lives until the caller's callback has returned.
 */

static const char **copy_chain(struct arena *a, const struct reply *r, size_t *n)
{
	const char **chain;

	*n = r->n_chain;
	if (!r->n_chain)
		return NULL;
	chain = arena_alloc(a, r->n_chain * sizeof *chain);
	for (size_t i = 0; i < r->n_chain; i++) {
		const char *name = r->text + r->chain[i];

		chain[i] = arena_string(a, name, strlen(name));
	}
	return chain;
}

static void copy_name(char out[NAME_SIZE], const char *name)
{
	size_t n = strlen(name);

	if (n >= NAME_SIZE)
		n = NAME_SIZE - 1;
	memcpy(out, name, n);
	out[n] = '\0';
}

/* One host from its two replies.  The chain is that of A, or of AAAA where A shows none. */
static void build_host(struct arena *a, struct answer_host *h, const struct question *v4,
		       const struct question *v6)
{
	const struct reply *r4 = v4->reply, *r6 = v6->reply;
	struct net_address *address;
	size_t n = 0;

	h->a = r4->status;
	h->aaaa = r6->status;
	h->failure = r4->failure != FAILURE_NONE ? r4->failure : r6->failure;
	h->chain = copy_chain(a, r4->n_chain ? r4 : r6, &h->n_chain);
	h->n_addresses = (size_t)r4->n_records + r6->n_records;
	if (!h->n_addresses)
		return;
	address = arena_alloc(a, h->n_addresses * sizeof *address);
	for (size_t i = 0; i < r4->n_records; i++)
		address[n++] = r4->record[i].address;
	for (size_t i = 0; i < r6->n_records; i++)
		address[n++] = r6->record[i].address;
	h->address = address;
}

/* Which target a record names. */
static uint16_t host_of(const struct step *s, const struct reply *mx, const char *name)
{
	for (size_t i = 0; i < s->n_hosts; i++)
		if (!strcmp(mx->text + s->host_name[i], name))
			return (uint16_t)i;
	return UINT16_MAX;
}

/* The first doubt stands for all. */
static void add_doubt(struct answer *out, const struct reply *r)
{
	if (out->doubt == FAILURE_NONE)
		out->doubt = r->doubt;
}

static void build_mx(struct lookups *l, const struct step *s, struct answer *out)
{
	const struct reply *r = s->mx->reply;
	struct answer_mx *mx = arena_alloc(&l->arena, r->n_records * sizeof *mx);
	struct answer_host *host =
		arena_alloc(&l->arena, (s->n_hosts ? s->n_hosts : 1) * sizeof *host);

	for (size_t i = 0; i < r->n_records; i++) {
		const struct reply_record *d = &r->record[i];
		struct answer_mx one = {.preference = d->preference,
					.host = host_of(s, r, r->text + d->name),
					.ttl = d->ttl};
		size_t k = i;

		/* Sorted by preference, equal ones as received. */
		for (; k > 0 && mx[k - 1].preference > one.preference; k--)
			mx[k] = mx[k - 1];
		mx[k] = one;
	}
	for (size_t i = 0; i < s->n_hosts; i++) {
		copy_name(host[i].name, r->text + s->host_name[i]);
		if (s->host[2 * i]) {
			build_host(&l->arena, &host[i], s->host[2 * i], s->host[2 * i + 1]);
			add_doubt(out, s->host[2 * i]->reply);
			add_doubt(out, s->host[2 * i + 1]->reply);
		}
	}
	out->mx = mx;
	out->n_mx = r->n_records;
	out->host = host;
	out->n_hosts = s->n_hosts;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void build_ns(struct lookups *l, const struct reply *r, struct answer *out)
{
	const char **ns;

	if (r->status != ANSWER_DATA)
		return;
	ns = arena_alloc(&l->arena, r->n_records * sizeof *ns);
	for (size_t i = 0; i < r->n_records; i++) {
		const char *name = r->text + r->record[i].name;

		ns[i] = arena_string(&l->arena, name, strlen(name));
	}
	qsort(ns, r->n_records, sizeof *ns, compare_names);
	out->ns = ns;
	out->n_ns = r->n_records;
}

void answer_build(struct lookups *l, const struct job *j, unsigned i, struct answer *out)
{
	const struct step *s = &j->step[i];
	const struct reply *r = s->mx->reply;

	memset(out, 0, sizeof *out);
	copy_name(out->entry, j->name + j->suffix);
	out->status = r->status;
	out->failure = r->failure;
	add_doubt(out, r);
	out->authenticated = r->authenticated;
	out->rcode = r->rcode;
	out->ede = r->ede;
	out->ttl = r->ttl;
	out->chain = copy_chain(&l->arena, r, &out->n_chain);
	copy_name(out->soa, r->text + r->soa);
	out->suffix = j->suffix;
	out->time = s->time;
	memcpy(out->resolver, l->resolver_text[i], sizeof out->resolver);
	copy_name(out->self.name, j->name + j->suffix);
	if (r->status == ANSWER_DATA)
		build_mx(l, s, out);
	if (s->self && s->host && s->host[0]) {
		build_host(&l->arena, &out->self, s->host[0], s->host[1]);
		add_doubt(out, s->host[0]->reply);
		add_doubt(out, s->host[1]->reply);
	}
	if (s->hop[0] && s->hop[0]->reply && s->hop[1]->reply)
		build_host(&l->arena, &out->next_hop, s->hop[0], s->hop[1]);
	if (s->base) {
		const struct reply *base = s->base->reply;

		out->base = base->status;
		/* An alias to nowhere is a name that exists. */
		if (base->status == ANSWER_NXDOMAIN && base->n_chain)
			out->base = ANSWER_NODATA;
		out->base_failure = base->failure;
	}
	if (s->ns && s->ns->reply)
		build_ns(l, s->ns->reply, out);
}
