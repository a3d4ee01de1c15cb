/*
 * agree: the last question before a change: y, or above twenty rows their number typed out.
 *
 * No is the default, and what was typed before the question could be read is no answer to it.
 */
#ifndef UI_AGREE_H
#define UI_AGREE_H

#include <stdint.h>

struct console;

struct agreement {
	uint64_t n;	      /* rows that it is about */
	int is_typed;	      /* the number is, however few they are */
	const char *question; /* "Delete 3 entries?" */
	const char *what;     /* "delete", as in "Type 47 to delete, else nothing happens:" */
	void (*answer)(void *ctx, const char *text); /* text is NULL when it was not agreed to */
	void *ctx;
};

/* Whether so many are too many for a y. */
int agree_wants_number(uint64_t n);

void agree_ask(struct console *c, const struct agreement *a);

#endif
