/*
 * ldap_text: the names and filters of a directory, put together from bytes of any kind.  Pure.
 */
#ifndef MTA_LDAP_TEXT_H
#define MTA_LDAP_TEXT_H

struct str;

/* The attribute that names the entry of a key: associatedDomain (RFC 4524), which is ASCII; cn for a key that is not, the
 * U-label that Postfix looks up under SMTPUTF8. */
const char *ldap_text_attribute(const char *key);

/* "associatedDomain=KEY,BASE": the key as a value of RFC 4514 2.4, the base as it stands. */
void ldap_text_add_dn(struct str *out, const char *key, const char *base);

/* A value within a filter (RFC 4515 3). */
void ldap_text_add_filter_value(struct str *out, const char *value);

#endif
