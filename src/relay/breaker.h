/*
 * breaker: whether a scan is to be believed, and which of its findings wait together.
 *
 * Pure.  When much changes in one night it is more often our own resolver, network or configuration than
 * the domains; what vanished together often comes back together.
 */
#ifndef RELAY_BREAKER_H
#define RELAY_BREAKER_H

#include <stddef.h>
#include <stdint.h>

/* So many may change in any list, however small; so many together are a group; on so many days the same
 * suspects are believed. */
enum { BREAKER_FLOOR = 5, BREAKER_GROUP = 5, BREAKER_DAYS = 3 };

struct breaker_count {
	uint64_t entries;	/* that were looked at */
	uint64_t newly_unknown; /* had a definite answer the last time */
	uint64_t new_suspects;	/* listed at their last definite answer, orphans now */
	int canaries;		/* all that were asked answered as they should */
};

enum breaker_cause { BREAKER_TRUSTED, BREAKER_CANARY, BREAKER_UNKNOWN, BREAKER_SUSPECTS };

/* The shares are those of breaker-unknown and breaker-new: 0.05. */
enum breaker_cause breaker_judge(const struct breaker_count *c, double unknown, double suspects);

/* A new suspect and one thing that it may share with others: its NS set or an MX domain, hashed. */
struct breaker_member {
	uint64_t key; /* 0: nothing is known, and it is in no group */
	size_t suspect;
};

/* Sets held[suspect] for each member of a group of BREAKER_GROUP different ones; sorts m.  Returns how many
 * it set that were not. */
size_t breaker_hold_groups(struct breaker_member *m, size_t n, uint8_t *held);

#endif
