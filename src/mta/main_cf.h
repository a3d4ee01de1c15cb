/*
 * main_cf: what a Postfix's configuration tells about a relay: its name, addresses, networks and tables of domains.
 *
 * Pure: values of parameters in, a draft out.  What the values leave open is a sentence among the draft's doubts,
 * never a guess.
 */
#ifndef MTA_MAIN_CF_H
#define MTA_MAIN_CF_H

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"
#include "mta/tables.h"

enum main_cf_value {
	MAIN_CF_MYHOSTNAME,
	MAIN_CF_INET_INTERFACES,
	MAIN_CF_PROXY_INTERFACES,
	MAIN_CF_MYNETWORKS,
	MAIN_CF_RELAY_DOMAINS,
	MAIN_CF_RELAY_RESTRICTIONS,
	MAIN_CF_RECIPIENT_RESTRICTIONS,
	N_MAIN_CF
};

extern const char *const main_cf_names[N_MAIN_CF]; /* as postconf spells them */

/* A table that can be read: an lmdb table, or a text in postmap's spelling or with a name a line. */
struct main_cf_table {
	enum table_format format; /* TABLE_LMDB, TABLE_POSTFIX, TABLE_NAMES */
	const char *path;
};

struct main_cf {
	const char *host;
	struct str addresses, networks, published; /* "a, b" as mxward.conf takes them; published: lmdb tables */
	struct main_cf_table *table;
	size_t n_tables, n_published; /* published: of the tables */
	const char **name; /* domains that stand in relay_domains itself */
	size_t n_names;
	int asks_interfaces; /* inet_interfaces is "all": the caller knows the machine's addresses */
	struct str doubts;   /* a line each */
	struct arena arena;
};

/* value[i] is what postconf says of main_cf_names[i]. */
void main_cf_read(struct main_cf *m, const char *const value[N_MAIN_CF]);

/* An address of the machine's; loopback and link-local ones are passed over, private ones are doubted. */
void main_cf_add_address(struct main_cf *m, const char *text);

/* Once all is known: what is missing becomes a doubt. */
void main_cf_finish(struct main_cf *m);
void main_cf_clear(struct main_cf *m);

#endif
