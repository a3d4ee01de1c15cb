/*
 * ldap: the list in a directory: one entry a key under a base, marked as ours.
 *
 * Entries are of the class mxwardRelayDomain (share/fleet/mxward.schema) and carry the name of the list; what has
 * another class or another list is somebody else's, and is neither read nor written.  LDAP knows no transaction over
 * many entries: a delta is a pipeline of single operations, each of which may be done again, so a run that was cut off is
 * finished by the next.  May block as mta/remote.h says.
 */
#ifndef MTA_LDAP_H
#define MTA_LDAP_H

#ifdef MXWARD_LDAP
extern const struct target_engine ldap_engine;
#endif

#endif
