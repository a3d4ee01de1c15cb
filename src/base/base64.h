/*
 * base64: RFC 4648 section 4 with padding, one spelling only.
 *
 * Decoders of libraries take more than one text for the same bytes (spare bits, foreign characters),
 * which would let a signed file be changed unnoticed; this one refuses every text that it would not
 * have written itself.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

struct str;

void base64_add(struct str *out, const uint8_t *bytes, size_t len);

/* Decodes text of text_len bytes into exactly len bytes: 0, or -1 when it is not their one spelling. */
int base64_read(uint8_t *out, size_t len, const char *text, size_t text_len);

#endif
