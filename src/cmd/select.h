/*
 * select: which entries the operands of a command mean.
 *
 * A word with `:`, `*` or `?` is a LIMIT, anything else an exact NAME; a call takes one kind.
 */
#ifndef CMD_SELECT_H
#define CMD_SELECT_H

#include <stddef.h>

#include "base/mem.h"
#include "db/entries.h"

struct call;
struct err;
struct limit;
struct standing;

struct selection {
	struct limit *limit; /* NULL when names were given, or nothing */
	const char **name;   /* canonical; the names given, or those the limit matches once select_fill() ran */
	size_t n;
	int by_names;
	struct arena arena;
};

/* Reads the operands; words of a limit are joined by blanks.  No operand: everything. */
int select_read(struct selection *s, const struct call *c, struct err *e);

/* Fills in the names that a limit matches, in key order. */
int select_fill(struct selection *s, const struct call *c, struct err *e);

/* Whether the walk's present entry is among those selected by a limit. */
int select_matches(const struct selection *s, const struct entry_walk *w, struct standing *standing);

void select_clear(struct selection *s);

#endif
