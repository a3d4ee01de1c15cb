/*
 * maillog_words: a set of short texts, each kept once, with what each stands for.
 *
 * A log names the same few thousand domains a million times: asked for by their bytes, they cost one hash.
 */
#ifndef MTA_MAILLOG_WORDS_H
#define MTA_MAILLOG_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct maillog_word {
	char *text; /* NUL-terminated */
	size_t len;
	uint64_t hash;
	void *meaning; /* the caller's; NULL at first */
	unsigned bits; /* likewise; 0 at first */
};

struct maillog_words {
	struct arena arena;
	struct maillog_word **slot;
	size_t n, n_slots;
};

/* The word with these bytes, found or added.  It stays where it is until the set is cleared. */
struct maillog_word *maillog_words_get(struct maillog_words *w, const char *text, size_t len);
void maillog_words_clear(struct maillog_words *w);

#endif
