/*
 * words: what a verdict means, short enough for a column.
 */
#ifndef RELAY_WORDS_H
#define RELAY_WORDS_H

#include <stddef.h>

#include "relay/timeline.h"

struct entry;
struct observed;

/* "moved to outlook.com", "MX elsewhere, outside", "only us: bounces", "name no longer exists",
 * "no answer", "fine": at most 40 characters, printable ASCII.  o may be NULL: "not looked at yet". */
char *words_dns(char *out, size_t size, const struct observed *o);

/* The READY column: "now", "-", "frozen", "hold", "pinned", "in 12d"; may_from is as in struct timeline. */
char *words_ready(char *out, size_t size, enum state s, const struct observed *o, int64_t may_from, int64_t now);

/* The mark at the left edge: '!' mail fails now, '?' held for a human, ' ' else. */
char words_mark(const struct observed *o);

#endif
