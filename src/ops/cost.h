/*
 * cost: what the mail of an entry cost in the last 30 days.
 *
 * Bytes in and out are paid for alike; each day has the price that held in its month.  Of a moved entry this is
 * what carrying its mail twice costs; of any other it is the service.
 */
#ifndef OPS_COST_H
#define OPS_COST_H

#include <stdint.h>

#include "relay/price.h"

struct config;
struct traffic_look;

/* 1, or 0 when nothing was measured or there was no price for a day with mail. */
int cost_of(struct money_sum *out, const struct config *c, const struct traffic_look *l, const char *name, int64_t added);

/* The sum as one number: 1, or 0 when it is in several currencies, or nothing. */
int cost_single(const struct money_sum *s, struct money *out);

#endif
