/*
 * name: domain names as the whole program holds them.
 *
 * A name is an A-label form: ASCII, lower case, no dot at the end, at most
 * 253 octets (RFC 1035 2.3.4 in text form); an entry may begin with a dot
 * (`.suffix`).  U-labels become A-labels by IDNA2008 (RFC 5891, libidn2)
 * with UTS 46 mapping of case and width.  Pure: no I/O but for the public
 * suffix list, which libpsl carries in itself.
 */
#ifndef RELAY_NAME_H
#define RELAY_NAME_H

#include <stddef.h>

enum { NAME_SIZE = 256, NAME_KEY_SIZE = 256 };

enum name_kind {
	NAME_REFUSED, /* cannot be an entry: empty, too long, control bytes, blanks */
	NAME_ODD,     /* printable, but no domain name: [11.11.5.1], *.x, a..b (NA_SYNTAX) */
	NAME_SPECIAL, /* single label or special-use suffix (RFC 6761, 7686, 9476; NA_SPECIAL) */
	NAME_SUFFIX,  /* .suffix */
	NAME_DOMAIN
};

/* The canonical form of text (len bytes, any case, dots at the end, U-labels) in out.
 * For NAME_REFUSED out is "" and *why (NULL is allowed) a clause such as "a control byte at
 * position 4", which lives until the next call.  Quote and backslash are refused too, since the
 * audit log has no place for them in a domain. */
enum name_kind name_from_text(char out[NAME_SIZE], const char *text, size_t len, const char **why);

/* Which kind a canonical name is. */
enum name_kind name_kind(const char *name);

/* The key under which a database sorts it: labels reversed and joined by
 * byte 0x01, which is below any byte of a name, so that a domain's subnames lie together
 * right behind it: "www.a.test" is "test\1a\1www".  ".a.test" is "test\1a\1" + "\1"; an
 * odd name is byte 0x02 and the name as it stands.  Returns the length, at most NAME_KEY_SIZE. */
size_t name_to_key(unsigned char out[NAME_KEY_SIZE], const char *name);
int name_from_key(char out[NAME_SIZE], const unsigned char *key, size_t len); /* -1: no key */

/* True when name is parent or lies under it; parent without leading dot. */
int name_is_under(const char *name, const char *parent);

/* The registrable domain by the public suffix list, a pointer into name; NULL when there is none
 * (a public suffix itself).  An unknown top level domain is a public suffix. */
const char *name_registrable(const char *name);

/* The parent, a pointer into name; NULL for a single label. */
const char *name_parent(const char *name);

/* The U-label form for showing beside the A-label; "" when there is nothing to show.
 * Only code points that IDNA2008 allows ever come out. */
char *name_to_unicode(char *out, size_t size, const char *name);

/* True at edit distance exactly 1, a transposition of neighbours counting 1. */
int name_is_near(const char *a, const char *b);

/* True when text is an IP address in text form (IPv4 dotted quad or IPv6). */
int name_is_address(const char *text);

#endif
