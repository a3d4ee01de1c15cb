#include "relay/vary.h"

#include <string.h>

#include "base/mem.h"
#include "relay/entry.h"
#include "relay/name.h"
#include "relay/netset.h"
#include "relay/ruling.h"
#include "relay/site.h"

static size_t count_recent(const struct observed_mx *m)
{
	size_t n = 0;

	for (int age = 0; age < OBSERVED_RECENT; age++)
		n += m->n_recent[age];
	return n;
}

static int has(const struct net_address *set, size_t n, const struct net_address *a)
{
	for (size_t i = 0; i < n; i++)
		if (net_address_compare(&set[i], a) == 0)
			return 1;
	return 0;
}

static const struct observed_mx *find_target(const struct observed *o, const char *target)
{
	for (size_t i = 0; i < o->n_mx; i++)
		if (strcmp(o->mx[i].target, target) == 0)
			return &o->mx[i];
	return NULL;
}

/* Adds those of n addresses to the set that it does not have yet; how many. */
static size_t add_missing(struct net_address *set, size_t n_set, const struct net_address *from, size_t n)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++)
		if (!has(set, n_set + added, &from[i]))
			set[n_set + added++] = from[i];
	return added;
}

/* The target's addresses of now, then those of one observation ago that are away now, of two, and so on. */
static void take_over(struct observed_mx *m, const struct observed_mx *old, struct arena *a)
{
	size_t have = m->n_addresses, at = old->n_addresses;
	struct net_address *set = arena_alloc(a, (have + at + count_recent(old)) * sizeof *set);

	if (have)
		memcpy(set, m->address, have * sizeof *set);
	m->n_recent[0] = (uint8_t)add_missing(set, have, old->address, at);
	have += m->n_recent[0];
	for (int age = 1; age < OBSERVED_RECENT; age++) {
		m->n_recent[age] = (uint8_t)add_missing(set, have, old->address + at, old->n_recent[age - 1]);
		have += m->n_recent[age];
		at += old->n_recent[age - 1];
	}
	m->address = set;
}

/* An address of now that was away the last time, and there before. */
static int has_returned(const struct observed_mx *m, const struct observed_mx *old)
{
	for (size_t i = 0; i < m->n_addresses; i++)
		if (!has(old->address, old->n_addresses, &m->address[i]) &&
		    has(old->address + old->n_addresses, count_recent(old), &m->address[i]))
			return 1;
	return 0;
}

static int is_ours(const struct observed_mx *m)
{
	return m->ours == 1 && !name_is_address(m->target);
}

struct places {
	size_t on_net, off_net;
};

static struct places places_of(const struct observed_mx *m, const struct site *site)
{
	struct places p = {0, 0};

	for (size_t i = 0; i < m->n_addresses + count_recent(m); i++) {
		int here = netset_has(&site->networks, &m->address[i]);

		p.on_net += here != 0;
		p.off_net += !here && !net_is_bogon(&m->address[i]);
	}
	return p;
}

/* Where the union puts the primary both here and elsewhere that is what it is, whatever one answer showed of it. */
static void judge_union(struct observed *o, const struct site *site)
{
	uint32_t ours = UINT32_MAX, best = UINT32_MAX;
	struct places sum = {0, 0};

	switch ((enum reason)o->verdict.reason) {
	case OK_BACKUP:
	case MOVED_OFFNET:
	case MOVED_PARTIAL:
	case MOVED_FILTER:
		break;
	default:
		return;
	}
	for (size_t i = 0; i < o->n_mx; i++)
		if (is_ours(&o->mx[i]) && o->mx[i].preference < ours)
			ours = o->mx[i].preference;
	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *m = &o->mx[i];
		struct places p = places_of(m, site);

		if (m->preference >= ours || p.on_net + p.off_net == 0 || m->preference > best)
			continue;
		if (m->preference < best)
			sum = (struct places){0, 0};
		best = m->preference;
		sum.on_net += p.on_net;
		sum.off_net += p.off_net;
	}
	if (sum.on_net && sum.off_net)
		o->verdict = ruling_listed(OK_PRIMARY_MIXED, 1,
					   o->verdict.flags & ~(uint32_t)(W_V6ONLY | W_ONNET_WORSE));
}

void vary_follow(struct observed *fresh, const struct observed *old, const struct site *site, const char *name,
		 struct arena *a)
{
	struct observed_mx *mx;
	int returned = 0;

	/* Without an answer nothing is known of the addresses; the run of observations begins anew. */
	if (!old->time || !verdict_is_listed(fresh->verdict) || fresh->n_mx == 0)
		return;
	mx = arena_alloc(a, fresh->n_mx * sizeof *mx);
	memcpy(mx, fresh->mx, fresh->n_mx * sizeof *mx);
	for (size_t i = 0; i < fresh->n_mx; i++) {
		const struct observed_mx *before = find_target(old, mx[i].target);

		if (!before)
			continue;
		returned |= has_returned(&mx[i], before);
		take_over(&mx[i], before, a);
	}
	fresh->mx = mx;
	if (returned)
		fresh->varies = OBSERVED_RECENT;
	else
		fresh->varies = old->varies > 0 ? old->varies - 1 : 0;
	if (fresh->varies > 0 && !site_override(site, name))
		judge_union(fresh, site);
}
