/*
 * search: the keys / n N of every view that has them.
 */
#ifndef UI_SEARCH_H
#define UI_SEARCH_H

#include <stddef.h>

#include "cmd/keys.h"

struct view;

/* The next row with the needle from row `from` in the direction of step (1, -1), around the
 * end; the list's count when there is none. */
typedef size_t search_fn(void *ctx, size_t from, int step, const char *needle);

struct search {
	char *needle; /* the last one; NULL: none yet */
	struct view *view;
	search_fn *find;
	void *ctx;
};

/* 1 when id was one of its keys. */
int search_act(struct search *s, struct view *v, enum key_id id, search_fn *find, void *ctx);
void search_clear(struct search *s);

#endif
