/*
 * search: the keys / n N of every view that has them.
 */
#ifndef UI_SEARCH_H
#define UI_SEARCH_H

#include <stddef.h>

#include "cmd/keys.h"

struct loop_timer;
struct view;

/* The next row with the needle from row `from` in the direction of step (1, -1), around the
 * end; the list's count when there is none.  Who has much to look through stops after some
 * milliseconds with search_later(), and is called again from there unless a key comes first. */
typedef size_t search_fn(void *ctx, size_t from, int step, const char *needle);

struct search {
	char *needle; /* the last one; NULL: none yet */
	struct view *view;
	search_fn *find;
	void *ctx;
	int step;
	size_t later;		  /* where it goes on */
	struct loop_timer *timer; /* NULL: it does not */
};

/* 1 when id was one of its keys. */
int search_act(struct search *s, struct view *v, enum key_id id, search_fn *find, void *ctx);
size_t search_later(struct search *s, size_t from);
void search_stop(struct search *s);
void search_clear(struct search *s);

#endif
