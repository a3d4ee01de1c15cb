/*
 * misbehave: answers that go wrong on purpose, chosen by name.
 *
 * A rules file has lines `NAME BEHAVIOUR` or `.SUFFIX BEHAVIOUR` (every name
 * below the suffix, not the suffix itself); # begins a comment.  An exact name
 * comes before a suffix, a long suffix before a short one.  The behaviours and
 * what they do stand in one table in misbehave.c.
 */
#ifndef WORLD_MISBEHAVE_H
#define WORLD_MISBEHAVE_H

#include <stddef.h>
#include <stdint.h>

struct query;
struct world;
struct misbehave_rules;

/* What is to be done with an answer once it is built. */
struct outcome {
	size_t len;	   /* 0: say nothing */
	unsigned delay_ms; /* send it so much later */
	int hang_up;	   /* over TCP: close the connection without an answer */
};

/* NULL after a message on stderr. */
struct misbehave_rules *misbehave_load(const char *path);
void misbehave_free(struct misbehave_rules *rules);

/* The answer to a query, true or not; rules may be NULL.  out and limit as for reply_begin. */
struct outcome misbehave_answer(struct misbehave_rules *rules, const struct world *w,
				const struct query *q, int over_tcp, uint8_t *out,
				size_t limit);

/* The table of behaviours, for the usage message. */
void misbehave_list(void);

#endif
