/*
 * authority: what the name servers of a name's own zone say of it, asked without recursion.
 *
 * The last look before a deletion: a resolver may answer from a cache, these cannot.  The zone is found by
 * asking the resolvers for NS records upward from the name; its servers are then asked for the MX side by
 * side, within five seconds, and an alias that leads out of the zone is followed to the next one.  Bounded:
 * eight servers a zone, three zones.  Nothing here decides; authority_judge() sums up.
 *
 * The zone's NS set is the resolvers', of their cache: where a domain has moved to other name servers and the
 * old ones still serve the old zone, a resolver that never asks the parent again leads to the old ones.  Its
 * cached NS end with their time to live, and a deletion comes after weeks of daily scans, so this concerns what
 * a customer's request shortens; the parent's own referral is not asked.
 */
#ifndef DNS_AUTHORITY_H
#define DNS_AUTHORITY_H

#include <stddef.h>

#include "relay/name.h"
#include "relay/netset.h"
#include "relay/verdict.h"

struct lookups;

enum authority_said {
	AUTHORITY_SILENT,   /* no usable answer */
	AUTHORITY_LAME,	    /* an answer without authority for the zone: it counts only where it lists us */
	AUTHORITY_ALIAS,    /* the name is an alias out of this zone; the servers of the next one follow */
	AUTHORITY_ANSWERED  /* verdict holds */
};

struct authority_server {
	char host[NAME_SIZE];
	char address[NET_TEXT_SIZE + 8]; /* "192.0.2.1:53" */
	enum authority_said said;
	struct verdict verdict; /* of this server's answer alone; class NONE when there was none */
};

struct authority_result {
	const char *name;
	const char *zone; /* the one that was asked last, "" for the root or when none was found */
	const struct authority_server *server;
	size_t n;
	int incomplete;	/* a zone had no server that answered, or aliases led on and on */
};

enum authority_judgement {
	AUTHORITY_AGREES,  /* every answer calls the name an orphan, and there was one for each zone */
	AUTHORITY_LISTS,   /* one of them still sends mail to us */
	AUTHORITY_HOLDS,   /* one of them names a host that resembles one of ours */
	AUTHORITY_UNCLEAR, /* one of them says what is neither */
	AUTHORITY_NOBODY   /* none answered */
};

/* *which, when not NULL, becomes the server that decided, or NULL. */
enum authority_judgement authority_judge(const struct authority_result *r, const struct authority_server **which);

/* The result lives until the callback returns, which is never from within authority_ask(). */
typedef void authority_fn(void *ctx, const struct authority_result *r);
void authority_ask(struct lookups *l, const char *name, authority_fn *fn, void *ctx);
void authority_cancel(struct lookups *l, const char *name, authority_fn *fn, void *ctx);

#endif
