/*
 * respond: the answer of an honest authoritative server (RFC 1034 4.3.2).
 *
 * Exact names, empty non-terminals, wildcards, CNAME chains through all zones
 * of the world, DNAME, delegations, and an SOA under every negative answer.
 * Pure but for the buffer it writes.
 */
#ifndef WORLD_RESPOND_H
#define WORLD_RESPOND_H

#include <stddef.h>
#include <stdint.h>

struct world;
struct query;

/* What the data says.  limit as for reply_begin; returns the length. */
size_t respond_truth(const struct world *w, const struct query *q, uint8_t *out, size_t limit);

/* Nothing but an rcode; with_soa adds the SOA of the zone the name is in. */
size_t respond_plain(const struct world *w, const struct query *q, unsigned rcode,
		     int authoritative, int with_soa, uint8_t *out, size_t limit);

/* NOERROR with a referral to the root: what a lame server of old answered. */
size_t respond_upward(const struct query *q, uint8_t *out, size_t limit);

/* The name is an alias of loop.<name>, and that of the name again. */
size_t respond_loop(const struct query *q, uint8_t *out, size_t limit);

#endif
