/*
 * limit_word: what a single word of a limit says; for limit.c only.
 */
#ifndef RELAY_LIMIT_WORD_H
#define RELAY_LIMIT_WORD_H

#include <stddef.h>

#include "base/str.h"

struct err;
struct term;

/* One word of the text, quotes taken off. */
struct limit_word {
	size_t place; /* its offset in the text */
	int negated;
	const char *key;   /* "" for a bare word */
	const char *value; /* behind the `:` */
	struct str bytes;  /* what both point into */
	const char *raw;   /* as it was typed, for messages */
	size_t raw_len;
};

/* Fills a zeroed term, whose texts are then the caller's to free, also after -1. */
int limit_word_read(struct term *t, const struct limit_word *w, struct err *e);

/* The sentence with the word and its place; -1. */
int limit_word_mistake(struct err *e, const struct limit_word *w, const char *why);

#endif
