/*
 * leftovers_inner: how rows come into struct leftovers, for the two that look: leftovers.c, through all tables for
 * many names, and leftovers_kept.c, for one name in what it kept of them.
 */
#ifndef OPS_LEFTOVERS_INNER_H
#define OPS_LEFTOVERS_INNER_H

#include <stddef.h>

#include "ops/leftovers.h"

struct other_table;

/* A row of n keys, of which key is the first, len octets as the table has it.  name, and the texts of t, have to live as
 * long as l. */
void leftovers_add(struct leftovers *l, const char *name, const struct other_table *t, const char *key, size_t len, size_t n);
void leftovers_add_unread(struct leftovers *l, const struct other_table *t, const char *why);

#endif
