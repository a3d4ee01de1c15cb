/*
 * remove_gate: the last look before a deletion, at the name servers of the entry's own zone.
 *
 * Resolvers may answer from a cache that outlived the change; the zone's own servers do not.  Any of them
 * that still lists us vetoes, all that answer must agree, and one at least must answer.
 */
#ifndef OPS_REMOVE_GATE_H
#define OPS_REMOVE_GATE_H

#include <stddef.h>

struct authority_result;

/* NULL when the entry may go; else the rule that stands in the way, and a clause in why that says who said
 * what. */
const char *remove_gate_rule(const struct authority_result *r, char *why, size_t size);

#endif
