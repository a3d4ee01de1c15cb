/*
 * offnet: which networks outside ours carry most of the moved entries.
 *
 * A network that was forgotten in the configuration looks like an exodus: all its customers seem to have moved at once.
 * Entries are gathered with the off-net addresses of their better MX; blocks (/24, and /48 of IPv6) are then joined to
 * larger prefixes where that says the same in fewer lines.
 */
#ifndef OPS_OFFNET_H
#define OPS_OFFNET_H

#include <stddef.h>

#include "relay/netset.h"

struct db_txn;
struct entry;
struct err;
struct observed;
struct offnet;
struct site;
struct str;

enum { OFFNET_EXAMPLES = 3 };

struct offnet_prefix {
	struct net_prefix prefix;
	size_t entries;
	size_t n_examples;
	const char *example[OFFNET_EXAMPLES]; /* the first in key order; live as long as the struct offnet */
};

struct offnet *offnet_new(void);
void offnet_free(struct offnet *o);

/* Takes an entry, if it is moved: the addresses of its MX better than ours that lie in no network of the site and are
 * no bogons. */
void offnet_add(struct offnet *o, const struct site *site, const char *name, const struct observed *seen);

size_t offnet_moved(const struct offnet *o); /* entries taken */

/* The prefixes, those with most entries first; lives as long as o, or until more is added. */
const struct offnet_prefix *offnet_rank(struct offnet *o, size_t *n);

/* All entries of the database. */
int offnet_read(struct offnet *o, const struct site *site, struct db_txn *txn, struct err *e);

/* The lines of `stat --offnet`. */
void offnet_add_text(struct str *out, struct offnet *o, size_t total);

#endif
