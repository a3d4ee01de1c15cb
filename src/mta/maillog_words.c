#include "mta/maillog_words.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *text, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 31;
}

static struct maillog_word **slot_of(const struct maillog_words *w, uint64_t hash, const char *text, size_t len)
{
	size_t i = hash & (w->n_slots - 1);

	while (w->slot[i] && (w->slot[i]->hash != hash || w->slot[i]->len != len || memcmp(w->slot[i]->text, text, len) != 0))
		i = (i + 1) & (w->n_slots - 1);
	return &w->slot[i];
}

static void grow(struct maillog_words *w)
{
	struct maillog_words old = *w;

	w->n_slots = old.n_slots ? old.n_slots * 2 : 1024;
	w->slot = mem_alloc(w->n_slots * sizeof(*w->slot));
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slot[i])
			*slot_of(w, old.slot[i]->hash, old.slot[i]->text, old.slot[i]->len) = old.slot[i];
	free(old.slot);
}

struct maillog_word *maillog_words_get(struct maillog_words *w, const char *text, size_t len)
{
	uint64_t hash = hash_of(text, len);
	struct maillog_word **slot;

	if (w->n * 2 >= w->n_slots)
		grow(w);
	slot = slot_of(w, hash, text, len);
	if (!*slot) {
		*slot = arena_alloc(&w->arena, sizeof **slot);
		**slot = (struct maillog_word){.text = arena_string(&w->arena, text, len), .len = len, .hash = hash};
		w->n++;
	}
	return *slot;
}

void maillog_words_clear(struct maillog_words *w)
{
	free(w->slot);
	arena_clear(&w->arena);
	*w = (struct maillog_words){0};
}
