/*
 * ldap_session: a connection to a directory, bound and encrypted as its file says; and what its result codes mean here.
 *
 * For ldap*.c, in the child of mta/remote.h.  Certificates are always checked.  Settings of the system or the
 * environment (ldap.conf, .ldaprc, LDAP*) have no say.
 */
#ifndef MTA_LDAP_SESSION_H
#define MTA_LDAP_SESSION_H

#ifdef MXWARD_LDAP

#include <ldap.h>

struct err;
struct target_conf;

struct ldap_session {
	LDAP *ld;
	const struct target_conf *conf;
	int knows_assertions; /* RFC 4528 */
};

/* On -1 there is nothing to close. */
int ldap_session_open(struct ldap_session *s, const struct target_conf *c, struct err *e);
void ldap_session_close(struct ldap_session *s);

/* A sentence for a result code, with what the server said about it (NULL: ask the connection); returns -1.  doing: "cannot
 * read 'ou=relay'". */
int ldap_session_fail(struct ldap_session *s, int code, const char *said, const char *doing, struct err *e);

#endif
#endif
