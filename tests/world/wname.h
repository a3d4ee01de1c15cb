/*
 * wname: domain names in wire form, for the test world's DNS server.
 *
 * A struct wname holds length-prefixed labels and the closing zero, at most
 * 255 bytes (RFC 1035 2.3.4), in the case in which they were given.  Comparing
 * and hashing want lower case; wname_lower makes it.  Nothing allocates.
 */
#ifndef WORLD_WNAME_H
#define WORLD_WNAME_H

#include <stddef.h>
#include <stdint.h>

#define WNAME_MAX 255

struct wname {
	uint8_t len; /* bytes in use, the closing zero included: 1 to 255 */
	uint8_t wire[WNAME_MAX];
};

/* Room for any name as text: every byte as \DDD, and a NUL. */
#define WNAME_TEXT 1024

/*
 * A name as a master file spells it (RFC 1035 5.1: \X and \DDD are understood);
 * origin is put behind a name without a closing dot, and may be NULL where only
 * absolute names make sense (then the dot is optional).  0, or -1.
 */
int wname_parse(struct wname *n, const char *text, size_t len, const struct wname *origin);

/*
 * A name out of a message, from *at on, without compression (a question has
 * none).  Moves *at behind it.  0, or -1 where it is no name.
 */
int wname_read(struct wname *n, const uint8_t *msg, size_t len, size_t *at);

void wname_lower(struct wname *n);

/* Whether name equals top or lies below it; both in lower case. */
int wname_is_under(const struct wname *name, const struct wname *top);

/* "*." and what follows the wire name `rest` of `len` bytes.  0, or -1 if too long. */
int wname_star(struct wname *n, const uint8_t *rest, size_t len);

/* Escaped text with a closing dot; returns out. */
const char *wname_text(const struct wname *n, char out[WNAME_TEXT]);

/* FNV-1a over the bytes as they stand. */
uint32_t wname_hash(const uint8_t *wire, size_t len);

#endif
