/*
 * rows_inner: what the three files of rows share: rows (what is held), rows_read (how it comes from the
 * database), rows_pick (limit and order).
 */
#ifndef OPS_ROWS_INNER_H
#define OPS_ROWS_INNER_H

#include "ops/rows.h"
#include "relay/name.h"

struct db_txn;

/* What is held of an entry.  Times are seconds since 1970, enough until 2106. */
struct brief {
	uint32_t name;	   /* offset in names */
	uint32_t customer; /* number in customers */
	uint32_t mail;	   /* index into mail */
	uint32_t since, time, may_from, notice_deadline, flags;
	uint8_t class, reason, severity, deletion, state, pin, browned, is_held_by_mail; /* no padding: two are compared as bytes */
};

/* Most entries of a large list had no mail: they share one of the first two. */
enum { MAIL_NOT_MEASURED, MAIL_NONE, MAIL_OWN };

/* Texts one behind the other, each with its NUL. */
struct texts {
	char *bytes;
	size_t len, room;
};
uint32_t texts_add(struct texts *t, const char *text);

/* Texts that many entries share, each kept once and numbered in the order of their coming. */
struct shared_texts {
	struct texts texts;
	uint32_t *start; /* by number: offset in texts */
	size_t n, room;
	uint32_t *slot; /* hashed: number + 1, 0 free */
	size_t slots;
	uint32_t *rank; /* by number, of the first `ranked`: place in the order of the alphabet */
	size_t ranked;
};
uint32_t shared_number(struct shared_texts *s, const char *text);
void shared_rank(struct shared_texts *s);

enum pick_stage { PICK_NOTHING, PICK_FILTER, PICK_TARGETS, PICK_COUNT, PICK_MOVE };

/* The work of making `visible` anew. */
struct pick {
	enum pick_stage stage;
	size_t at;		/* how far this stage is */
	uint32_t *found, *other; /* numbers of rows; other: of the same size, while they are ordered */
	size_t n, room;
	size_t shown;	  /* of found: visible already, while the first reading goes on */
	uint32_t *target; /* by row, for the order that looks at the MX */
	unsigned shift;	  /* of the key: which digit is next */
	size_t place[2048];
};

struct rows {
	struct timeline_rules rules;
	struct brief *brief; /* in key order */
	size_t n, room;
	struct texts names;
	size_t wasted; /* bytes of names whose entries are gone */
	struct shared_texts customers, targets;
	struct traffic_brief *mail;
	size_t n_mail, mail_room;
	int complete;  /* all was read once */
	int rereading;
	int changed; /* by the reading that goes on */
	char last[NAME_SIZE]; /* where it is; "" at the beginning */
	uint64_t change, next_change; /* db_change() when the last whole reading began, and this one */
	uint64_t audited; /* records of the audit log that were followed */

	const struct limit *limit;
	enum rows_order order;
	int reverse;
	int all;	   /* visible are all rows in key order: the next two are not used */
	uint32_t *visible; /* numbers of rows */
	int by_name;	   /* visible is in key order */
	size_t n_visible, visible_room;
	uint64_t version;
	struct pick pick;
};

/* A row that is to be put in front of the one with number `before`. */
struct newcomer {
	size_t before;
	struct brief brief;
};

/* --- rows.c --- */
void rows_fill(const struct rows *r, const struct brief *b, struct row *out);

/* The number of name, or of the row in front of which it would stand. */
size_t rows_place(const struct rows *r, const char *name, int *exact);
int rows_compare_names(const char *a, const char *b); /* in key order */
void rows_append(struct rows *r, const struct brief *b);

/* Takes out and puts in; both lists in the order of their numbers, and newcomers of one place in key order. */
void rows_rearrange(struct rows *r, const uint32_t *gone, size_t n_gone, const struct newcomer *added,
		    size_t n_added);

/* --- rows_read.c --- */
int rows_read(struct rows *r, struct db *db, int64_t until, struct err *e); /* 1 all, 0, -1 */

/* --- rows_pick.c --- */
void rows_pick_anew(struct rows *r);
int rows_pick(struct rows *r, struct db *db, int64_t until, struct err *e); /* 1 done, 0, -1 */

#endif
