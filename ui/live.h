/*
 * live: what DNS says right now of the rows on the screen.
 *
 * Rows that rested there for 150 ms are asked for; answers are kept by name for ten minutes and
 * shown in place of the stored observation.  They are for looking at only: nothing of this is
 * stored, and no deletion is decided by it.
 */
#ifndef UI_LIVE_H
#define UI_LIVE_H

#include <stddef.h>

struct live;
struct observed;
struct ward;

enum { LIVE_REST_MS = 150, LIVE_KEEP_S = 600, LIVE_MAX = 4096 };

/* changed is called when an answer came; failed, once, with a sentence when nothing can be
 * asked, or when no resolver answers. */
struct live *live_new(struct ward *w, void (*changed)(void *ctx, const char *name),
		      void (*failed)(void *ctx, const char *text), void *ctx);
void live_free(struct live *l);

/* The names that are on the screen now, in place of those before. */
void live_rest(struct live *l, const char *const *names, size_t n);

/* The answer, NULL while there is none; it lives until the next call of anything here. */
const struct observed *live_get(struct live *l, const char *name);

int live_is_asking(const struct live *l, const char *name);

/* Forgets the answers for these names and asks at once. */
void live_again(struct live *l, const char *const *names, size_t n);

#endif
