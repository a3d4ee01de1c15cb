/*
 * target_conf: the file that a publish target's name points to, as in `ldap:/etc/mxward/directory.cf`.
 *
 * Spelled as mxward.conf is, but a key has one value, and that is the whole text: a base DN has commas in it.  Unknown
 * keys, keys of the other engine and what is missing are errors with file and line.  The password stays in its own file
 * until it is needed.
 */
#ifndef MTA_TARGET_CONF_H
#define MTA_TARGET_CONF_H

#include "base/mem.h"

struct err;
struct str;

enum target_kind { TARGET_LDAP = 1, TARGET_PGSQL = 2 };

struct target_conf {
	struct arena arena;
	enum target_kind kind;
	const char *file;
	/* No text is NULL: "" is what is not set. */
	const char *server, *base, *bind_dn, *tls_ca_file, *tls_cert_file, *tls_key_file; /* LDAP */
	int start_tls;
	const char *connection, *service_file, *table; /* PostgreSQL */
	const char *password_file, *list;
	int connect_timeout, timeout; /* seconds */
};

/* Whether a target's name is one of ENGINE:FILE; *file is what stands behind the colon. */
enum target_kind target_kind_of(const char *where, const char **file);

int target_conf_read(struct target_conf *c, const char *where, struct err *e);
void target_conf_clear(struct target_conf *c);

/* The first line of the password file, which others must not be able to read; "" without such a file. */
int target_conf_password(const struct target_conf *c, struct str *out, struct err *e);

#endif
