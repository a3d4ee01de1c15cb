/*
 * traffic_key: the keys of the rows that traffic.h, recent.h, traffic_lines.h and
 * traffic_open.h share a database for.
 *
 * The first byte says what a row is; a name or a relay and numbers follow, so that what belongs
 * together lies together, in the order of time.  Not for other rooms.
 */
#ifndef DB_TRAFFIC_KEY_H
#define DB_TRAFFIC_KEY_H

#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>

#include "mta/maillog.h"
#include "relay/name.h"

enum traffic_row {
	TRAFFIC_CLOSED = 'c',	  /* traffic_lines: relay, day */
	TRAFFIC_FIGURES = 'f',	  /* traffic: name, day, relay */
	TRAFFIC_GENERATION = 'g', /* traffic */
	TRAFFIC_MEASURED = 'm',	  /* traffic: relay, day */
	TRAFFIC_OPEN = 'o',	  /* traffic_open: relay, queue id */
	TRAFFIC_FORGOTTEN = 'p',  /* traffic_lines */
	TRAFFIC_RECENT = 'r',	  /* recent: name */
	TRAFFIC_LINES = 's',	  /* traffic_lines: relay, minute, number of the row */
	TRAFFIC_SUBNAMES = 'u'	  /* subnames: entry */
};

struct traffic_key {
	uint8_t bytes[1 + NAME_KEY_SIZE + 1 + 4 + MAILLOG_RELAY_MAX + MAILLOG_ID_MAX];
	size_t len;
};

struct traffic_key traffic_key_of_name(const char *name, int64_t day);
struct traffic_key traffic_key_of_relay(enum traffic_row row, const char *relay);
void traffic_key_add(struct traffic_key *k, const void *bytes, size_t len);
void traffic_key_add_relay(struct traffic_key *k, const char *relay);

/* Four bytes in the order of numbers; those below zero count as zero. */
void traffic_key_add_number(struct traffic_key *k, int64_t n);
int64_t traffic_key_number(const uint8_t *p);

/* Whether a key begins with the first len bytes of k. */
int traffic_key_begins(const MDB_val *key, const struct traffic_key *k, size_t len);

#endif
