/*
 * zone: the records of the test world, looked up by zone and name.
 *
 * A struct world owns everything it hands out, until world_free.  Names are in
 * lower case; names inside record data keep the case of the master file and are
 * never compressed.  Every name between a record and its zone's apex exists as
 * a node, so an empty non-terminal is found, with no records (RFC 8020).
 */
#ifndef WORLD_ZONE_H
#define WORLD_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "wname.h"

enum rr_type {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_DS = 43,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	TYPE_ANY = 255
};

struct rr {
	struct rr *next;
	uint32_t ttl;
	uint16_t len;
	uint8_t data[];
};

struct rrset {
	struct rrset *next;
	struct rr *first, **last;
	uint16_t type;
};

struct node {
	struct node *next; /* in its bucket */
	struct rrset *sets;
	const struct zone *zone;
	uint32_t hash;
	uint8_t len;
	uint8_t wire[];
};

struct zone {
	struct zone *next; /* in its bucket */
	struct node *top;
	struct wname apex;
	uint32_t hash;
	int has_cuts;	/* an NS below the apex: names may be delegated away */
	int has_dnames; /* a DNAME somewhere */
};

struct world;

struct world *world_new(void);
void world_free(struct world *w);

/* A new zone; NULL if there is one of that name. */
struct zone *world_add_zone(struct world *w, const struct wname *apex);

/*
 * Adds one record; a second one that says the same is ignored.  0, or -1 where
 * the name is not in the zone, or a CNAME would stand beside other data.
 */
int world_add_rr(struct world *w, struct zone *z, const struct wname *owner, uint16_t type,
		 uint32_t ttl, const uint8_t *data, size_t len);

/*
 * To be called once all zones are in: makes every apex exist in the zone above
 * it, as a delegation would, so that the parent never denies its child.
 */
void world_join_zones(struct world *w);

/* The zone with the longest name that holds `name`, or NULL. */
const struct zone *world_find_zone(const struct world *w, const uint8_t *name, size_t len);

const struct node *world_find_node(const struct world *w, const struct zone *z,
				   const uint8_t *name, size_t len);

const struct rrset *node_find_set(const struct node *n, uint16_t type);

/* How many zones and records there are, to be told at the start. */
void world_count(const struct world *w, size_t *zones, size_t *records);

#endif
