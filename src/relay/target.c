#include "relay/target.h"

#include <stdio.h>
#include <string.h>

#include "relay/answer.h"
#include "relay/name.h"
#include "relay/netset.h"
#include "relay/site.h"
#include "relay/verdict.h"

/* What is asked of a name that stands before an appended zone. */
typedef int name_test(const struct site *site, const char *name);

static int is_definite(enum answer_status s)
{
	return s == ANSWER_DATA || s == ANSWER_NODATA || s == ANSWER_NXDOMAIN;
}

/* True when both address questions were answered, so that "not ours" is known.  NXDOMAIN of one
 * type holds for the other where that was not asked (RFC 8020).  AAAA may be left out only when
 * no relay has an IPv6 address.  Data without an address contradicts itself and says nothing;
 * and where no relay is configured at all, nobody can say that something is not one. */
static int addresses_are_known(const struct site *site, const struct answer_host *h)
{
	if (!site->relay_hosts.n && !site->relay_addresses.n)
		return 0;
	if ((h->a == ANSWER_DATA || h->aaaa == ANSWER_DATA) && !(h->address && h->n_addresses))
		return 0;
	if (h->a == ANSWER_NOT_ASKED)
		return h->aaaa == ANSWER_NXDOMAIN;
	if (!is_definite(h->a))
		return 0;
	if (h->aaaa == ANSWER_NOT_ASKED)
		return h->a == ANSWER_NXDOMAIN || !netset_has_family(&site->relay_addresses, 6);
	return is_definite(h->aaaa);
}

static int is_relay_name(const struct site *site, const char *name)
{
	return name_list_has(&site->relay_hosts, name);
}

/* An address as text, in brackets or not; -1 when name is none. */
static int address_of_text(struct net_address *out, const char *name)
{
	char bare[NET_TEXT_SIZE];
	size_t len;

	if (name[0] != '[')
		return net_address_parse(out, name);
	len = strcspn(name + 1, "]");
	if (strcmp(name + 1 + len, "]") || len >= sizeof(bare))
		return -1;
	memcpy(bare, name + 1, len);
	bare[len] = '\0';
	return net_address_parse(out, bare);
}

static int is_address_text(const struct site *site, const char *name)
{
	struct net_address a;

	(void)site;
	return !address_of_text(&a, name);
}

/* An IPv4 address mapped into IPv6, or made for NAT64 by a resolver, is no place to send mail to by
 * the registries, but who connects to it reaches the IPv4 host: a relay's is a relay's. */
static int is_relay_address(const struct site *site, const struct net_address *a)
{
	struct net_address inner;

	return netset_has(&site->relay_addresses, a) ||
	       (net_address_unmap(&inner, a) && netset_has(&site->relay_addresses, &inner));
}

static int is_relay_address_text(const struct site *site, const char *name)
{
	struct net_address a;

	return !address_of_text(&a, name) && is_relay_address(site, &a);
}

/* Writes what stands before ".zone" at the end of name; 0 when name does not end so. */
static int cut_zone(char out[NAME_SIZE], const char *name, const char *zone)
{
	size_t len = strlen(name), tail = strlen(zone);

	if (!name_is_under(name, zone) || len == tail)
		return 0;
	len -= tail + 1;
	memcpy(out, name, len);
	out[len] = '\0';
	return 1;
}

static int holds_before_zone(const struct site *site, const char *name, const char *zone,
			     name_test *test)
{
	char front[NAME_SIZE];

	for (; zone; zone = name_parent(zone))
		if (cut_zone(front, name, zone) && test(site, front))
			return 1;
	return 0;
}

/* Where the final dot of an MX target is missing, the zone's name comes behind it.  Which
 * ancestor of the owner is the zone cannot be seen in the answer, so each is tried; the owner
 * is the entry, or where that is an alias, a name of its CNAME chain. */
static int holds_before_appended(const struct site *site, const struct answer *a,
				 const char *name, name_test *test)
{
	if (holds_before_zone(site, name, a->entry, test))
		return 1;
	for (size_t i = 0; a->chain && i < a->n_chain; i++)
		if (a->chain[i] && holds_before_zone(site, name, a->chain[i], test))
			return 1;
	return 0;
}

/* The same for what holds of addresses as text alone; few names begin like one. */
static int holds_of_address_before_appended(const struct site *site, const struct answer *a, const char *name,
					    name_test *test)
{
	return ((name[0] >= '0' && name[0] <= '9') || name[0] == '[' || strchr(name, ':')) &&
	       holds_before_appended(site, a, name, test);
}

static size_t chain_length(const struct answer_host *h)
{
	return h->chain ? h->n_chain : 0;
}

static int is_relay_alias(const struct site *site, const struct answer_host *h)
{
	for (size_t i = 0; i < chain_length(h); i++)
		if (h->chain[i] && is_relay_name(site, h->chain[i]))
			return 1;
	return 0;
}

static int has_relay_address(const struct site *site, const struct answer_host *h)
{
	for (size_t i = 0; h->address && i < h->n_addresses; i++)
		if (is_relay_address(site, &h->address[i]))
			return 1;
	return 0;
}

/* Counts addresses by place.  What lies in our networks is never a bogon, so that is asked
 * first. */
static void count_addresses(const struct site *site, struct target *t)
{
	const struct answer_host *h = t->host;

	for (size_t i = 0; h->address && i < h->n_addresses; i++) {
		const struct net_address *address = &h->address[i];

		t->n_addresses++;
		if (netset_has(&site->networks, address)) {
			t->on_net++;
		} else if (net_is_bogon(address)) {
			t->bogon++;
			continue;
		} else {
			t->off_net++;
		}
		if (address->family == 4)
			t->usable_v4++;
	}
}

static enum target_owner owner_of(const struct site *site, const struct answer *a,
				  const struct answer_host *h)
{
	if (is_relay_name(site, h->name))
		return TARGET_BY_NAME;
	if (is_relay_alias(site, h))
		return TARGET_BY_ALIAS;
	/* Before the missing dot: where a wildcard leads the mistyped name to us, mail does
	 * arrive. */
	if (has_relay_address(site, h))
		return TARGET_BY_ADDRESS;
	if (holds_before_appended(site, a, h->name, is_relay_name))
		return TARGET_BY_GLUE;
	if (holds_of_address_before_appended(site, a, h->name, is_relay_address_text))
		return TARGET_BY_TEXT;
	return addresses_are_known(site, h) ? TARGET_FOREIGN : TARGET_UNKNOWN;
}

enum target_owner target_owner_of_mx(const struct site *site, const struct answer *a, size_t i)
{
	const struct answer_host *h;

	if (!a->host || a->mx[i].host >= a->n_hosts)
		return TARGET_UNKNOWN;
	h = &a->host[a->mx[i].host];
	/* The root has no address and is nobody's. */
	if (!h->name[0])
		return TARGET_FOREIGN;
	/* A numeric top level domain does not exist, so an address as the whole target never leads
	 * anywhere in DNS: it has no address and is definitely not ours, whatever its lookup said, and
	 * it says so even where the resolver cannot reach the root.  With a zone appended it is a name
	 * like any other. */
	if (is_address_text(site, h->name))
		return is_relay_address_text(site, h->name) ? TARGET_BY_TEXT : TARGET_FOREIGN;
	return owner_of(site, a, h);
}

struct target target_of_mx(const struct site *site, const struct answer *a, size_t i)
{
	struct target t = {.preference = a->mx[i].preference, .owner = target_owner_of_mx(site, a, i)};

	if (!a->host || a->mx[i].host >= a->n_hosts)
		return t;
	t.host = &a->host[a->mx[i].host];
	t.root = !t.host->name[0];
	t.literal = !t.root && is_address_text(site, t.host->name);
	if (t.root || t.literal)
		return t;
	t.literal = holds_of_address_before_appended(site, a, t.host->name, is_address_text);
	count_addresses(site, &t);
	return t;
}

/* Nobody typed the implicit target, so neither a missing dot nor an address as text is looked
 * for. The answer's own chain counts too: an entry that is an alias of a relay host is ours. */
struct target target_of_self(const struct site *site, const struct answer *a)
{
	struct target t = {.host = &a->self};
	struct answer_host entry = {.chain = a->chain, .n_chain = a->n_chain};

	if (is_relay_name(site, a->entry))
		t.owner = TARGET_BY_NAME;
	else if (is_relay_alias(site, &entry) || is_relay_alias(site, &a->self))
		t.owner = TARGET_BY_ALIAS;
	else if (has_relay_address(site, &a->self))
		t.owner = TARGET_BY_ADDRESS;
	else
		t.owner = addresses_are_known(site, &a->self) ? TARGET_FOREIGN : TARGET_UNKNOWN;
	count_addresses(site, &t);
	return t;
}

int target_is_ours(const struct target *t)
{
	return t->owner == TARGET_BY_NAME || t->owner == TARGET_BY_ALIAS ||
	       t->owner == TARGET_BY_ADDRESS || t->owner == TARGET_BY_GLUE;
}

int target_is_dead(const struct target *t)
{
	return (t->owner == TARGET_FOREIGN || t->owner == TARGET_BY_TEXT) && !t->root &&
	       !t->n_addresses;
}

int target_is_usable(const struct target *t)
{
	return t->on_net + t->off_net > 0;
}

/* True when the name or a name of its CNAME chain is in the list (or below an item of it). */
static int is_listed(int (*has)(const struct name_list *l, const char *name),
		     const struct name_list *l, const struct answer_host *h)
{
	if (has(l, h->name))
		return 1;
	for (size_t i = 0; i < chain_length(h); i++)
		if (h->chain[i] && has(l, h->chain[i]))
			return 1;
	return 0;
}

int target_is_filter(const struct site *site, const struct target *t)
{
	size_t in = 0;

	if (is_listed(name_list_has_suffix, &site->filter_suffixes, t->host))
		return 1;
	for (size_t i = 0; t->host->address && i < t->host->n_addresses; i++) {
		const struct net_address *address = &t->host->address[i];

		if (netset_has(&site->filter_networks, address) &&
		    !netset_has(&site->networks, address) && !net_is_bogon(address))
			in++;
	}
	return in == t->off_net;
}

/* One parking address is enough: parked is the stricter verdict, since the owner may yet renew.
 */
int target_is_parked(const struct site *site, const struct target *t)
{
	if (is_listed(name_list_has, &site->parking_mx, t->host))
		return 1;
	for (size_t i = 0; t->host->address && i < t->host->n_addresses; i++)
		if (netset_has(&site->parking_addresses, &t->host->address[i]))
			return 1;
	return 0;
}

int target_is_odd_name(const struct target *t)
{
	const char *p = t->host->name;

	while ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '.' || (*p >= 'A' && *p <= 'Z'))
		p++;
	return *p != '\0';
}

/* Our registrable domain is that of a relay host; for the pattern *.x it is that of x.  A relay
 * host that is a public suffix itself stands for its own domain. */
static const char *our_domain(const char *host)
{
	const char *domain = name_registrable(host);

	return domain ? domain : host;
}

/* A registrable domain has two labels at least, so names that lie under one end alike as far as that; a look at the
 * public suffix list costs more than all else that is asked of a target. */
static int may_share_domain(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	int dots = 0;

	while (n > 0 && m > 0 && a[n - 1] == b[m - 1]) {
		n--;
		m--;
		dots += a[n] == '.';
		if (dots == 2)
			return 1;
	}
	/* One of them is at its end: the other goes on with another label, or ends as well; or there is no second label. */
	return (n == 0 && (m == 0 || b[m - 1] == '.')) || (m == 0 && (n == 0 || a[n - 1] == '.'));
}

static int is_sibling(const struct site *site, const char *name)
{
	if (name_list_has(&site->other_hosts, name))
		return 0;
	for (size_t i = 0; i < site->relay_hosts.n; i++) {
		const char *host = site->relay_hosts.name[i];

		host += strncmp(host, "*.", 2) ? 0 : 2;
		if (may_share_domain(name, host) && name_is_under(name, our_domain(host)))
			return 1;
	}
	return 0;
}

static size_t count_labels(const char *name)
{
	size_t n = 0;

	for (; name; name = name_parent(name))
		n++;
	return n;
}

/* The pattern *.x stands for names whose first labels are free, so the rest of the name is
 * compared: as many labels as x has, and at least one before them. */
static int is_near_pattern(const char *name, const char *x)
{
	size_t free_labels = count_labels(name), fixed = count_labels(x);

	if (free_labels <= fixed)
		return 0;
	for (free_labels -= fixed; free_labels; free_labels--)
		name = name_parent(name);
	return name_is_near(name, x);
}

/* The name with the bytes themselves where \DDD stands for them. */
static void take_off_escapes(char out[NAME_SIZE], const char *name)
{
	size_t n = 0;

	for (; *name && n < NAME_SIZE - 1; n++) {
		int is_escape = name[0] == '\\' && name[1] && name[2] && name[3];

		out[n] = is_escape ? (char)(100 * (name[1] - '0') + 10 * (name[2] - '0') + name[3] - '0') : name[0];
		name += is_escape ? 4 : 1;
	}
	out[n] = '\0';
}

static int is_near_miss(const struct site *site, const char *name)
{
	char plain[NAME_SIZE];

	if (name_list_has(&site->other_hosts, name))
		return 0;
	/* What a form made of our name: its dots escaped, or with a blank behind it. */
	if (strchr(name, '\\')) {
		take_off_escapes(plain, name);
		if (is_relay_name(site, plain))
			return 1;
		name = plain;
	}
	for (size_t i = 0; i < site->relay_hosts.n; i++) {
		const char *host = site->relay_hosts.name[i];

		if (strncmp(host, "*.", 2) ? name_is_near(name, host)
					   : is_near_pattern(name, host + 2))
			return 1;
	}
	return 0;
}

/* A misspelt name can lack its dot as well, and an alias may lead to a host of ours that the
 * configuration does not know; to hold one entry too many costs a look, to delete one too many
 * mail. */
static int holds_of_target(const struct site *site, const struct answer *a,
			   const struct answer_host *h, name_test *test)
{
	if (test(site, h->name))
		return 1;
	for (size_t i = 0; i < chain_length(h); i++)
		if (h->chain[i] && test(site, h->chain[i]))
			return 1;
	return h != &a->self && holds_before_appended(site, a, h->name, test);
}

uint32_t target_hold_flags(const struct site *site, const struct answer *a,
			   const struct target *t)
{
	uint32_t flags = 0;

	if (name_list_has(&site->other_hosts, t->host->name))
		return 0;
	if (holds_of_target(site, a, t->host, is_sibling))
		flags |= H_SIBLING_OF_RELAY;
	if (holds_of_target(site, a, t->host, is_near_miss))
		flags |= H_NEAR_MISS;
	return flags;
}

static int holds_of_alias(const struct site *site, const struct answer *a, name_test *test)
{
	for (size_t i = 0; a->chain && i < a->n_chain; i++)
		if (a->chain[i] && (test(site, a->chain[i]) || holds_before_appended(site, a, a->chain[i], test)))
			return 1;
	return 0;
}

uint32_t target_hold_flags_of_alias(const struct site *site, const struct answer *a)
{
	uint32_t flags = 0;

	if (holds_of_alias(site, a, is_sibling))
		flags |= H_SIBLING_OF_RELAY;
	if (holds_of_alias(site, a, is_near_miss))
		flags |= H_NEAR_MISS;
	return flags;
}
