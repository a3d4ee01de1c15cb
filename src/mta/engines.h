/*
 * engines: publish targets on other hosts that this build knows; db/postfix_write.h has the tables on this one.
 */
#ifndef MTA_ENGINES_H
#define MTA_ENGINES_H

#include <stddef.h>

struct err;
struct target_engine;

/* The engine of a target such as `ldap:FILE`.  NULL and *e: no such engine, or one that was not built in. */
const struct target_engine *engine_find(const char *where, struct err *e);

/* The i-th name and whether it is built in; NULL behind the last. */
const char *engine_name(size_t i, int *is_built_in);

#endif
