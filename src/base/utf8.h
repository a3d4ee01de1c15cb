/*
 * utf8: code points of UTF-8 (RFC 3629), one by one, and which of them a reader sees.  Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the valid sequence at p, 0 when it is none (no overlong form, no surrogate, at most U+10FFFF); left is
 * at least 1. */
size_t utf8_length(const char *p, size_t left);

/* The code point of a valid sequence of that length. */
uint32_t utf8_code(const char *p, size_t len);

/* True when valid all through. */
int utf8_is_valid(const char *text, size_t len);

/* False for what a terminal obeys or a reader cannot see: controls (DEL and those above it too), marks that turn the
 * direction, separators of lines, what has no width, and code points that stand for no character. */
int utf8_is_shown(uint32_t code);

#endif
