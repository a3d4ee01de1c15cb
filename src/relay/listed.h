/*
 * listed: the rows of OK, MOVED and BROKEN, for an entry whose MX set has a target of ours.
 */
#ifndef RELAY_LISTED_H
#define RELAY_LISTED_H

#include <stdint.h>

#include "relay/verdict.h"

struct answer;
struct mx_set;
struct site;
struct transport_override;

/* OK, MOVED or BROKEN, by the targets better than the lowest preference of ours (RFC 5321 5.1: that
 * level and all higher ones are discarded); s->n_ours is not 0. */
struct verdict listed_judge(const struct mx_set *s);

/* The verdict on a listed entry whose mail our own routing leads elsewhere than MX says. */
struct verdict listed_by_transport(const struct site *site, const struct transport_override *o,
				   const struct answer *a, uint32_t flags);

#endif
