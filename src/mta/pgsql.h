/*
 * pgsql: the list in a table of PostgreSQL (share/fleet/mxward.sql): a row a key, marked with the name of the list.
 *
 * Rows of other lists are somebody else's and are neither read nor written.  A delta is one transaction.  May block as
 * mta/remote.h says.
 */
#ifndef MTA_PGSQL_H
#define MTA_PGSQL_H

#ifdef MXWARD_PGSQL
extern const struct target_engine pgsql_engine;
#endif

#endif
