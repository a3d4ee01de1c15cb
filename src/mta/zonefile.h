/*
 * zonefile: a zone's master file (RFC 1035 5.1), record by record, parsed by ldns.
 *
 * Only what says where mail goes is handed out.  $INCLUDE is refused by name, since half a zone would
 * read as if the other half had gone.
 */
#ifndef MTA_ZONEFILE_H
#define MTA_ZONEFILE_H

#include "relay/name.h"
#include "relay/netset.h"

struct err;

enum zonefile_type { ZONEFILE_MX, ZONEFILE_ADDRESS, ZONEFILE_NS, ZONEFILE_ALIAS };

struct zonefile_record {
	enum zonefile_type type;
	char owner[NAME_SIZE]; /* canonical; "*.x" for a wildcard */
	char target[NAME_SIZE]; /* of an MX: canonical, "" for the root */
	struct net_address address;
};

/* The zone's name is the owner of its SOA and comes out in origin.  Names are relative to the file's name
 * until $ORIGIN says otherwise: "example.org", "example.org.zone" and "db.example.org" are all that zone. */
int zonefile_read(const char *path, char origin[NAME_SIZE],
		  void (*fn)(void *ctx, const struct zonefile_record *record), void *ctx, struct err *e);

#endif
