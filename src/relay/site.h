/*
 * site: what is ours: relay hosts, relay addresses, networks, and the site's lists.
 *
 * Built from the configuration (relay/config) and from nothing else.  Names
 * are canonical (relay/name).
 */
#ifndef RELAY_SITE_H
#define RELAY_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "relay/netset.h"

/* Names, some of them patterns: "*.x" is any depth below x, not x itself.  name_list_add() keeps
 * them sorted and none twice, which the questions rely on. */
struct name_list {
	char **name;
	size_t n;
};

void name_list_add(struct name_list *l, const char *name);
int name_list_has(const struct name_list *l, const char *name); /* with patterns */
int name_list_has_suffix(const struct name_list *l, const char *name); /* an item or below it */
void name_list_clear(struct name_list *l);

struct site {
	struct name_list relay_hosts;
	struct netset relay_addresses;
	struct netset networks;
	struct name_list other_hosts;	 /* ours, but no relay: silences the H_ flags */
	struct name_list filter_suffixes; /* hosts of filter services: an item or below */
	struct netset filter_networks;
	struct name_list parking_mx;
	struct name_list parking_ns;
	struct netset parking_addresses;
	struct transport_override *override; /* sorted by name */
	size_t n_overrides;
	int parent_matches_subdomains; /* parent_domain_matches_subdomains holds relay_domains */
};

/* A transport override leads mail for name to next_hop, whatever MX says.  Where that is a host name, dns/lookup asks
 * for its addresses. */
struct transport_override {
	char *name;	 /* canonical; a leading dot covers subnames only */
	char *next_hop;	 /* host name or address text; "" when only the name is known: on-net is assumed */
};

/* Adds an override; -1 when name has one already. */
int site_add_override(struct site *s, const char *name, const char *next_hop);
void site_clear_overrides(struct site *s);

/* The override that leads mail for the entry: its own, else the nearest ".x" above it. */
const struct transport_override *site_override(const struct site *s, const char *entry);

/* A hash of the normalised sets of relay hosts, addresses and networks: observations carry it, and
 * only those of the present sets count. */
uint64_t site_hash(const struct site *s);

/* What a site is silent about, so that entries would be judged wrongly: a clause for each which below SITE_DOUBTS,
 * NULL where there is nothing to say. */
enum { SITE_DOUBTS = 2 };
const char *site_doubt(const struct site *s, int which);

void site_clear(struct site *s);

#endif
