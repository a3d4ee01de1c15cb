/*
 * live: what DNS says right now of the rows on the screen.
 *
 * Rows that rested there for 150 ms are asked for; answers are kept by name for ten minutes and
 * shown in place of the stored observation.  A failure is kept for a minute and shown in place of
 * no answer; while rows rest, those that failed are asked again.  They are for looking at only:
 * nothing of this is stored, and no deletion is decided by it.
 */
#ifndef UI_LIVE_H
#define UI_LIVE_H

#include <stddef.h>

struct live;
struct observed;
struct ward;

enum { LIVE_REST_MS = 150, LIVE_KEEP_S = 600, LIVE_MAX = 4096 };

/* An outage of the resolver is over within minutes, mostly, and should be off the screen soon after; a name is given up
 * after 8 s, so that this leaves a dead resolver alone for most of the time. */
enum { LIVE_KEEP_FAILED_S = 60 };

/* changed is called when what is to be seen did; failed with a sentence, when nothing can be asked,
 * when no resolver answers (once, until one does), or when what was asked again gave nothing. */
struct live *live_new(struct ward *w, void (*changed)(void *ctx, const char *name),
		      void (*failed)(void *ctx, const char *text), void *ctx);
void live_free(struct live *l);

/* The names that are on the screen now, in place of those before. */
void live_rest(struct live *l, const char *const *names, size_t n);

/* The answer, NULL while there is none; it lives until the next call of anything here. */
const struct observed *live_get(struct live *l, const char *name);

/* It is being asked and there is none yet. */
int live_is_asking(const struct live *l, const char *name);

/* No resolver gave any answer since several names were asked in vain. */
int live_is_silent(const struct live *l);

/* Forgets the answers for these names and asks at once. */
void live_again(struct live *l, const char *const *names, size_t n);

#endif
