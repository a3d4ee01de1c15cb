/*
 * publish: bringing the mail server's tables in line with the database.
 *
 * Every change that adds or takes away a name ends here, in both faces.  What the database changed goes into the
 * table, as a delta; what somebody else changed in the table is drift: told, and left alone until an operator adopts
 * or overrules it.  A publish that fails is remembered (it is what the audit log says since the table was last in
 * line) and done by the next one.  Before a table is touched a publish.intent is committed, behind it a publish.done.
 */
#ifndef OPS_PUBLISH_H
#define OPS_PUBLISH_H

#include <stddef.h>
#include <stdint.h>

#include "mta/tables.h"

struct arena;
struct err;
struct str;
struct ward;

enum publish_how {
	PUBLISH_CHANGES, /* what the database changed */
	PUBLISH_ALL,	 /* the same, and every entry is compared, so that drift is seen */
	PUBLISH_LOOK,	 /* only say what would be done */
	PUBLISH_ADOPT,	 /* first take what others changed in the table into the database */
	PUBLISH_OVERRULE /* undo it in the table */
};

/* Above this many names that others are going to lose, the number must have been agreed to. */
enum { PUBLISH_AGREE_ABOVE = 20 };

struct publish_options {
	enum publish_how how;
	size_t agreed; /* how many names may go by --adopt from the list, by --overrule from a table */
	void (*tell)(void *ctx, const char *line); /* what is found and done, a line each; NULL */
	void *ctx;
};

struct publish_result {
	size_t added, removed, changed; /* keys, in all tables */
	size_t drift;			/* keys that differ and were left alone */
	size_t behind;			/* tables that could not be brought in line */
	char note[700];			/* in one sentence, for the end of a command; "" when nothing was done */
};

/* 0 when each table was seen to, also where some are behind (their cause is told and remembered); -1 when nothing
 * could be begun. */
int publish_run(struct ward *w, const struct publish_options *o, struct publish_result *r, struct err *e);

/* What every change ends with: publishes what it changed.  1 when a table is still behind.  note says what was done, or
 * why not; "" when there was nothing to do. */
int publish_after_change(struct ward *w, char *note, size_t size);

/* The whole list in the spelling of a mail server (mta/print.h), appended to out. */
int publish_print(struct ward *w, enum table_format f, struct str *out, struct err *e);

/* How far a target follows the list. */
struct publish_standing {
	const char *where;
	int is_behind;
	int64_t in_line; /* when it last was, seconds since 1970; 0: never */
	int64_t since;	 /* since when publishing to it fails; 0: it does not, or nobody has tried yet */
	size_t left;	 /* changes of the list that are still to be done there, counted up to 10000 */
	const char *why; /* why the last publish to it failed; "" */
};

/* Of the i-th target; texts in the arena.  1, 0 when there are no more, -1. */
int publish_standing(struct ward *w, size_t i, struct arena *a, struct publish_standing *out, struct err *e);

/* For a status line: "directory.cf behind 3h +1", "" when all targets are in line. */
void publish_line(struct ward *w, char *line, size_t size);

/* Writes nothing: 1 when a table is behind, with the reason in note. */
int publish_is_behind(struct ward *w, char *note, size_t size);

#endif
