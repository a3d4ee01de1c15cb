/*
 * ruling: a verdict put together: class from the reason, severity from row and flags, deletion
 * rule.
 *
 * Only the decision itself (verdict.c, listed.c) calls these.  That an UNKNOWN carries nothing
 * and that data in doubt never makes an ORPHAN is settled here, once for all rows.
 */
#ifndef RELAY_RULING_H
#define RELAY_RULING_H

#include <stdint.h>

#include "relay/answer.h"
#include "relay/verdict.h"

/* severity is the row's; a flag may raise it. */
struct verdict ruling_make(enum reason r, uint8_t severity, enum deletion d, uint32_t flags);

/* OK, MOVED and BROKEN: never deletable. */
struct verdict ruling_listed(enum reason r, uint8_t severity, uint32_t flags);

/* An UNKNOWN has no flags: nothing of such an answer is evidence. */
struct verdict ruling_unknown(enum reason r);
struct verdict ruling_unknown_for(enum answer_failure f);

/* The only way to an ORPHAN.  Stale data makes it UNK_STALE, parked (by name, name server or
 * address) makes a C1 an ORPHAN_PARKED, an H_ flag makes it a hold. */
struct verdict ruling_orphan(const struct answer *a, enum reason r, uint8_t severity,
			     enum deletion d, int parked, uint32_t flags);

#endif
