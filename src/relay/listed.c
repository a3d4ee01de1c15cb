#include "relay/listed.h"

#include "relay/mx_set.h"
#include "relay/netset.h"
#include "relay/ruling.h"
#include "relay/site.h"

static size_t count_better(const struct mx_set *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += (size_t)mx_set_is_better(s, &s->target[i]);
	return n;
}

/* The better targets of a set, and among them the primary: the best preference with a usable
 * address. */
struct primary {
	uint32_t preference; /* above every preference when none is usable */
	size_t on_net, off_net, v4;
	size_t n_filters, n_off_hosts; /* of the primary's hosts with off-net addresses */
	int any_address, any_bogon, any_literal, any_dead, any_tempfail;
	int other_on_net;  /* a better target behind the primary is on-net */
	int worse_on_net;  /* a foreign target, not better than us, is */
	uint32_t tempfail; /* the lowest preference of a better target that did not answer */
};

static void look_at_better(struct primary *p, const struct target *t)
{
	p->any_address |= t->n_addresses > 0;
	p->any_bogon |= t->bogon > 0;
	p->any_literal |= t->literal;
	p->any_dead |= target_is_dead(t);
	if (target_is_usable(t) && t->preference < p->preference)
		p->preference = t->preference;
	if (t->owner == TARGET_UNKNOWN) {
		p->any_tempfail = 1;
		if (t->preference < p->tempfail)
			p->tempfail = t->preference;
	}
}

static void look_at_primary(struct primary *p, const struct site *site, const struct target *t)
{
	p->on_net += t->on_net;
	p->off_net += t->off_net;
	p->v4 += t->usable_v4;
	if (t->off_net) {
		p->n_off_hosts++;
		p->n_filters += (size_t)target_is_filter(site, t);
	}
}

static struct primary primary_of(const struct mx_set *s)
{
	struct primary p = {.preference = UINT32_MAX, .tempfail = UINT32_MAX};

	for (size_t i = 0; i < s->n; i++)
		if (mx_set_is_better(s, &s->target[i]))
			look_at_better(&p, &s->target[i]);
	for (size_t i = 0; i < s->n; i++) {
		const struct target *t = &s->target[i];

		if (!mx_set_is_better(s, t))
			p.worse_on_net |= t->on_net && !target_is_ours(t);
		else if (t->preference == p.preference)
			look_at_primary(&p, s->site, t);
		else
			p.other_on_net |= t->on_net > 0;
	}
	return p;
}

/* No better target.  Where it cannot be told whether another one has an address, we are not
 * said to be the only one: both rows are BROKEN, and the weaker claim stands. */
static struct verdict judge_no_better(const struct mx_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct target *t = &s->target[i];

		if (!target_is_ours(t) && !target_is_dead(t))
			return ruling_listed(BRK_PRIMARY_NOT_BETTER, 3, s->flags);
	}
	return ruling_listed(BRK_WE_ARE_ONLY, 3, s->flags);
}

static struct verdict judge_unusable(const struct mx_set *s, const struct primary *p)
{
	if (p->any_literal)
		return ruling_listed(BRK_TARGET_LITERAL, 3, s->flags);
	if (p->any_address)
		return ruling_listed(BRK_PRIMARY_BOGON, 3, s->flags);
	return ruling_listed(BRK_PRIMARY_UNRESOLVABLE, 3, s->flags);
}

static struct verdict judge_primary(const struct mx_set *s, const struct primary *p)
{
	uint32_t flags = s->flags;

	if (p->any_dead)
		flags |= W_PARTIAL_UNRESOLVABLE;
	if (p->any_bogon)
		flags |= W_BOGON_PARTIAL;
	if (!p->off_net)
		return ruling_listed(OK_BACKUP, 0, p->v4 ? flags : flags | W_V6ONLY);
	if (p->on_net)
		return ruling_listed(OK_PRIMARY_MIXED, 1, flags);
	if (p->other_on_net)
		return ruling_listed(MOVED_PARTIAL, 1, flags);
	if (p->worse_on_net)
		flags |= W_ONNET_WORSE;
	if (p->n_filters == p->n_off_hosts)
		return ruling_listed(MOVED_FILTER, 1, flags);
	return ruling_listed(MOVED_OFFNET, 2, flags);
}

/* Elsewhere only when all its addresses are: the operator wrote the route, so what is not known of it is
 * ours by assumption. */
static int leads_elsewhere(const struct site *site, const struct transport_override *o,
			   const struct answer_host *hop)
{
	struct net_address address;

	if (!o->next_hop || !*o->next_hop)
		return 0;
	if (net_address_parse(&address, o->next_hop) == 0)
		return !netset_has(&site->networks, &address);
	for (size_t i = 0; hop->address && i < hop->n_addresses; i++)
		if (netset_has(&site->networks, &hop->address[i]))
			return 0;
	return hop->address && hop->n_addresses > 0;
}

/* Where our own routing sends the mail. */
struct verdict listed_by_transport(const struct site *site, const struct transport_override *o,
				   const struct answer *a, uint32_t flags)
{
	if (leads_elsewhere(site, o, &a->next_hop))
		return ruling_listed(MOVED_OFFNET, 2, flags);
	return ruling_listed(OK_TRANSPORT, 0, flags);
}

/* An override comes before everything that is said of the primary, since then
 * MX decides only that we are listed: not even a primary that does not answer matters. */
struct verdict listed_judge(const struct mx_set *s)
{
	const struct transport_override *o = site_override(s->site, s->a->entry);
	struct primary p;

	if (s->n_root)
		return ruling_listed(BRK_NULLMX_MIXED, 3, s->flags);
	if (s->n_glued == s->n_ours)
		return ruling_listed(BRK_MISSING_DOT, 3, s->flags);
	if (o)
		return listed_by_transport(s->site, o, s->a, s->flags);
	if (!count_better(s))
		return judge_no_better(s);
	p = primary_of(s);
	/* A better target that did not answer could be the primary, or could be us before it.
	 * Behind the primary neither would change the verdict. */
	if (p.any_tempfail && p.tempfail <= p.preference)
		return ruling_unknown(UNK_PRIMARY_TEMPFAIL);
	if (p.preference == UINT32_MAX)
		return judge_unusable(s, &p);
	return judge_primary(s, &p);
}
