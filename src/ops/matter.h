/*
 * matter: what of an entry wants to be looked at by a human, for the review and the report alike.
 *
 * Pure: what an entry matters for is told from its row; which of it is said first, and how, is the asker's.
 */
#ifndef OPS_MATTER_H
#define OPS_MATTER_H

#include <stdint.h>

struct entry;
struct row;

enum {
	MATTER_FAILING = 1 << 0,    /* mail bounces or is lost now: SEVERITY_FAILING */
	MATTER_MOVED = 1 << 1,	    /* carried twice */
	MATTER_READY = 1 << 2,	    /* state_is_ready() */
	MATTER_NOTICE_DUE = 1 << 3, /* a notice's deadline passes within a week, or has passed */
	MATTER_PIN_ENDS = 1 << 4    /* within two weeks */
};

/* Days before a deadline passes, or a pin ends, from which on it matters. */
enum { MATTER_NOTICE_DAYS = 7, MATTER_PIN_DAYS = 14 };

/* MATTER_*, ORed.  Pinned entries neither fail nor move: somebody wants them as they are. */
unsigned matter_of(const struct row *r, const struct entry *e, int64_t now);

#endif
