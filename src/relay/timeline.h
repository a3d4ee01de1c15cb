/*
 * timeline: in which state an entry is, and since when it may be deleted.
 *
 * Pure.  State is the first that fits, in the order of design.md section 4.
 */
#ifndef RELAY_TIMELINE_H
#define RELAY_TIMELINE_H

#include <stdint.h>

struct entry;
struct observed;

enum state {
	STATE_NEW, /* no counted definite observation */
	STATE_LISTED,
	STATE_SUSPECT,
	STATE_ORPHAN,
	STATE_DELETABLE,
	STATE_FLAPPING,
	STATE_HOLD,
	STATE_PINNED,
	N_STATES
};

/* The state of an entry; o may be NULL (never observed). */
enum state timeline_state(const struct entry *e, const struct observed *o, int64_t now);

const char *state_name(enum state s); /* "new" "listed" ... */
enum state state_from_name(const char *name); /* any case; N_STATES when unknown */

#endif
