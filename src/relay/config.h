/*
 * config: mxward.conf, read into typed values; mxward.conf(5) describes it.
 *
 * config.def is the one table of keys: name, type, default, and the sentence
 * that the manual prints.  Unknown keys and bad values are errors with file
 * and line.
 */
#ifndef RELAY_CONFIG_H
#define RELAY_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "relay/price.h"
#include "relay/site.h"

struct err;

struct config_address { /* a resolver */
	struct net_address address;
	uint16_t port;
};

struct config_values { /* a plain list of strings */
	char **value;
	size_t n;
};

struct config {
	char *said; /* what the file sets, a line "key=value, value" each in the order of the keys; NULL without one */
	char *file; /* where it was read from; NULL for defaults only.  The other strings are never
		     * NULL: "" is what is not configured. */
	struct site site;
	struct config_address *resolver; /* 0 of them: /etc/resolv.conf */
	size_t n_resolvers;
	int authoritative_port; /* of the name servers asked before a deletion */
	char *database;
	struct config_values postfix_tables; /* "none" and "" are no table */
	struct config_values publish_targets; /* ENGINE:FILE, tables on other hosts */
	char *brownout_table; /* "" for none */
	char *postfix_config_directory;
	int parent_matches; /* -1: ask postconf; 0, 1 as configured */
	struct name_list canary_listed, canary_absent;
	/* the numbers of the time rules (relay/tally.h) */
	int confirm_days, confirm_days_registration, confirm_observations, confirm_gap, confirm_fresh;
	int show_after, flap_changes, flap_days, group_hold, undo_days, mail_trickle;
	double breaker_unknown, breaker_new; /* shares: 0.05 */
	int window, rate;		     /* 0 and -1: the defaults of dns/resolvers; rate 0: no limit */
	struct price_list price_per_gb;
	char *billing_timezone, *audit_origin, *audit_key, *audit_state;
	int require_loginuid, restricted;
};

void config_init(struct config *c); /* the defaults */
int config_read(struct config *c, const char *path, struct err *e);

/* One value as from the command line (--relay-host NAMES, --network CIDRS); where stands in errors. */
int config_set(struct config *c, const char *key, const char *text, const char *where, struct err *e);

void config_clear(struct config *c);

#endif
