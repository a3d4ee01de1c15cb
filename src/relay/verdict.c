#include "relay/verdict.h"

#include "relay/answer.h"
#include "relay/listed.h"
#include "relay/mx_set.h"
#include "relay/name.h"
#include "relay/ruling.h"
#include "relay/site.h"
#include "relay/target.h"

/*
 * The decision in the order in which it is made: what kind of answer, whose the targets are, then
 * the rows of listed.c for who is listed, and those of ORPHAN below for who is not.
 *
 * Precision goes before everything: whatever is missing, contradicts itself or cannot be in a
 * DNS message makes the entry UNKNOWN.
 */

static int is_parked_by_ns(const struct site *site, const struct answer *a)
{
	for (size_t i = 0; a->ns && i < a->n_ns; i++)
		if (a->ns[i] && name_list_has(&site->parking_ns, a->ns[i]))
			return 1;
	return 0;
}

/* Every target is a definite no.  The root beside other targets is skipped, as Exim and
 * Sendmail do. */
static struct verdict elsewhere(const struct mx_set *s)
{
	size_t on_net = 0, n_addresses = 0;
	int parked = is_parked_by_ns(s->site, s->a);
	uint32_t flags = s->flags;

	for (size_t i = 0; i < s->n; i++) {
		on_net += s->target[i].on_net;
		n_addresses += s->target[i].n_addresses;
		parked |= target_is_parked(s->site, &s->target[i]);
		flags |= target_hold_flags(s->site, s->a, &s->target[i]);
	}
	if (!n_addresses)
		return ruling_orphan(s->a, ORPHAN_DEADMX, 2, DELETE_C2, parked, flags);
	flags |= mx_set_dead_worse(s);
	if (on_net)
		return ruling_orphan(s->a, ORPHAN_ONNET, 1, DELETE_C1, parked, flags);
	return ruling_orphan(s->a, ORPHAN_OFFNET, 2, DELETE_C1, parked, flags);
}

static struct verdict null_mx(const struct mx_set *s)
{
	uint32_t flags = s->flags;

	for (size_t i = 0; i < s->n; i++)
		if (s->target[i].preference)
			flags |= W_NULLMX_PREF;
	return ruling_orphan(s->a, ORPHAN_NULLMX, 2, DELETE_C1, is_parked_by_ns(s->site, s->a),
			     flags);
}

/* ORPHAN only where every target is a definite no.  One of our addresses written as
 * text beside nothing of ours is clearly meant for us, and some mailers do send there. */
static struct verdict judge_set(struct mx_set *s)
{
	if (s->n_root == s->n)
		return null_mx(s);
	if (s->n_ours) {
		s->flags |= mx_set_dead_worse(s);
		return listed_judge(s);
	}
	if (s->n_text)
		return ruling_listed(BRK_TARGET_LITERAL, 3, s->flags);
	if (s->n_unknown)
		return ruling_unknown(UNK_TARGET_TEMPFAIL);
	return elsewhere(s);
}

static struct verdict judge_data(const struct site *site, const struct answer *a)
{
	struct mx_set s;
	struct verdict v;

	if (!a->mx || !a->n_mx || a->n_mx > MX_SET_MAX)
		return ruling_unknown(UNK_MALFORMED);
	mx_set_init(&s, site, a);
	v = judge_set(&s);
	mx_set_clear(&s);
	return v;
}

/* NODATA: the implicit MX, `0 entry`, where the entry has an address (RFC 5321 5.1). */
static struct verdict no_mx(const struct site *site, const struct answer *a)
{
	const struct transport_override *o = site_override(site, a->entry);
	struct target self = target_of_self(site, a);
	int parked = is_parked_by_ns(site, a) || target_is_parked(site, &self);
	uint32_t flags = mx_set_entry_flags(a);

	if (target_is_ours(&self)) {
		flags |= W_IMPLICIT;
		return o ? listed_by_transport(site, o, a, flags)
			 : ruling_listed(BRK_WE_ARE_ONLY, 3, flags);
	}
	if (self.owner == TARGET_UNKNOWN)
		return ruling_unknown(UNK_TARGET_TEMPFAIL);
	if (!self.n_addresses)
		return ruling_orphan(a, ORPHAN_NOMAIL, 2, DELETE_C1, parked,
				     flags | target_hold_flags_of_alias(site, a));
	flags |= target_hold_flags(site, a, &self);
	if (self.on_net)
		return ruling_orphan(a, ORPHAN_IMPLICIT, 1, DELETE_C1, parked, flags | W_ONNET);
	return ruling_orphan(a, ORPHAN_IMPLICIT, 2, DELETE_C1, parked, flags);
}

/* True when the answer's SOA shows that a zone above the entry lives: at or below the
 * registrable domain, and strictly above the entry.  Then no registrar's grace applies.  Behind
 * a CNAME the SOA is that of another name, and proves nothing of the entry's own domain. */
static int parent_is_alive(const struct answer *a)
{
	const char *domain = name_registrable(a->entry), *above = name_parent(a->entry);

	return !a->n_chain && domain && above && name_is_under(a->soa, domain) &&
	       name_is_under(above, a->soa);
}

static struct verdict no_name(const struct site *site, const struct answer *a)
{
	/* An alias of a host of ours that is gone, or lacks its dot, is clearly meant for us. */
	uint32_t flags = mx_set_entry_flags(a) | target_hold_flags_of_alias(site, a);

	/* A parked parent may be an expiry, and then its hosts come back with it. */
	if (parent_is_alive(a) && !is_parked_by_ns(site, a))
		return ruling_orphan(a, ORPHAN_NXDOMAIN, 2, DELETE_C1, 0,
				     flags | W_PARENT_ALIVE);
	return ruling_orphan(a, ORPHAN_NXDOMAIN, 2, DELETE_C2, 0, flags);
}

static int names_us(const struct site *site, const struct answer *a)
{
	if (a->status != ANSWER_DATA || !a->mx || a->n_mx > MX_SET_MAX)
		return 0;
	for (size_t i = 0; i < a->n_mx; i++)
		if (verdict_target_is_ours(site, a, i) == 1)
			return 1;
	return 0;
}

/* Absence is never evidence here: only a base that does not exist has nothing underneath (RFC
 * 8020), and only where the random name did not say otherwise or fail. */
static struct verdict judge_suffix(const struct site *site, const struct answer *a)
{
	if (names_us(site, a))
		return ruling_listed(OK_SUFFIX_WILDCARD, 0, 0);
	if (a->base == ANSWER_NXDOMAIN &&
	    (a->status == ANSWER_NXDOMAIN || a->status == ANSWER_NOT_ASKED))
		return ruling_orphan(a, ORPHAN_NXDOMAIN, 2, DELETE_C2, 0, W_SUFFIX);
	return ruling_make(NA_SUFFIX, 0, DELETE_NEVER, 0);
}

struct verdict verdict_of(const struct site *site, const struct answer *a)
{
	struct verdict v;

	if (a->suffix)
		return judge_suffix(site, a);
	v = verdict_of_name(a->entry);
	if (v.class != CLASS_NONE)
		return v;
	switch (a->status) {
	case ANSWER_DATA:
		return judge_data(site, a);
	case ANSWER_NODATA:
		return no_mx(site, a);
	case ANSWER_NXDOMAIN:
		return no_name(site, a);
	case ANSWER_FAIL:
	case ANSWER_NOT_ASKED:
		break;
	}
	return ruling_unknown_for(a->failure);
}

int verdict_target_is_ours(const struct site *site, const struct answer *a, size_t mx_index)
{
	struct target t;

	if (!a->mx || mx_index >= a->n_mx)
		return -1;
	t.owner = target_owner_of_mx(site, a, mx_index);
	if (t.owner == TARGET_UNKNOWN)
		return -1;
	return target_is_ours(&t) || t.owner == TARGET_BY_TEXT;
}

struct verdict verdict_of_name(const char *entry)
{
	switch (name_kind(entry)) {
	case NAME_REFUSED:
	case NAME_ODD:
		return ruling_make(NA_SYNTAX, 0, DELETE_NEVER, 0);
	case NAME_SPECIAL:
		return ruling_make(NA_SPECIAL, 0, DELETE_NEVER, 0);
	case NAME_SUFFIX:
	case NAME_DOMAIN:
		break;
	}
	return (struct verdict){0};
}

struct verdict verdict_pinned(void)
{
	return ruling_make(NA_PINNED, 0, DELETE_NEVER, 0);
}

int verdict_is_listed(struct verdict v)
{
	return v.class == CLASS_OK || v.class == CLASS_MOVED || v.class == CLASS_BROKEN;
}
