/*
 * words: what a verdict means, short enough for a column.
 */
#ifndef RELAY_WORDS_H
#define RELAY_WORDS_H

#include <stddef.h>

#include "relay/timeline.h"

struct entry;
struct observed;

/* "moved to outlook.com", "MX elsewhere, outside", "only us: bounces", "name no longer exists",
 * "no answer", "fine": at most 40 characters, printable ASCII.  o may be NULL: "not looked at yet". */
char *words_dns(char *out, size_t size, const struct observed *o);

/* What the READY column tells. */
struct ready_look {
	enum state state;
	const struct observed *o; /* NULL: never observed */
	int64_t may_from;	  /* as in struct timeline */
	int64_t notice_deadline;  /* 0: none */
	int is_held_by_mail;	  /* WHYS_OF_MAIL */
	int is_browned;		  /* in a brownout */
};

/* The READY column, six letters and more only for days: "now" as state_is_ready() says it, "in 12d", "today" (once it is
 * looked at today), "mail" (still comes, or waits in a queue), "hold", "flaps", "frozen", "pinned", "brown"; of a moved
 * one "notice" while the deadline is to come, then "may go"; "-" for the rest. */
char *words_ready(char *out, size_t size, const struct ready_look *l, int64_t now);

/* The i-th of these words but "-", NULL behind the last, and what it means; "in 12d" stands for all days. */
const char *words_ready_word(size_t i);
const char *words_ready_help(size_t i);

/* The mark at the left edge: '!' mail fails now, '?' held for a human, ' ' else. */
char words_mark(const struct observed *o);

#endif
