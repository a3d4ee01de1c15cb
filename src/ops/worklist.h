/*
 * worklist: what waits for a human to look at: one item an entry, the most pressing kind it fits, and the domains that
 * we refuse although their MX names us.
 *
 * Gathered in slices from short read transactions, as rows are, so that no key waits for a million entries.  An item is
 * left until its entry is reviewed, and comes back when what it says has changed, or after a while.  Pure reading;
 * strings live until worklist_free() or the next worklist_begin().
 */
#ifndef OPS_WORKLIST_H
#define OPS_WORKLIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "db/reviews.h"
#include "relay/name.h"

struct config;
struct db;
struct err;
struct ward;

enum work_kind {
	WORK_FAILING, /* mail bounces or is lost now */
	WORK_MISSING, /* we refuse it although its MX names us */
	WORK_MOVED,   /* carried twice; those whose notice is due before the dear ones */
	WORK_READY,   /* may be deleted */
	WORK_PIN,     /* its pin ends within two weeks */
	WORK_SILENT,  /* nothing but failures for half a year */
	WORK_NEW,     /* since one's own last review (a week, to the first) what DNS says changed, or it was added */
	N_WORK_KINDS
};

struct work_item {
	enum work_kind kind;
	const char *name, *customer;
	const char *words; /* what is the matter, in words: "moved to outlook.com" */
	const char *more;  /* the figure or the day that matters, "" for none: "16.40 EUR, due in 6d", "3mo, 70 mails" */
	const char *near;  /* of a missing one: an entry one letter apart, "" for none */
	int is_reviewed;   /* looked at since it arose */
	int is_due;	   /* of a moved one: the notice's deadline passes within a week, or has passed */
	int64_t since;	   /* when it arose */
	int64_t weight;	   /* of a moved one bytes carried in 30 days, of a missing one clients; -1 not measured */
};

struct worklist {
	struct work_item *item; /* once it is whole: by kind, the weightiest first */
	size_t n, left, room;
	size_t of_kind[N_WORK_KINDS]; /* of those left */
	struct review_last last;      /* who went through it last */
	int64_t own;		      /* when this operator did; 0 never */
	int64_t now;
	uint64_t change; /* db_change() when its reading began */
	struct arena arena, scratch;
	char at[NAME_SIZE]; /* read up to here */
	int has_begun, is_whole;
};

/* From the beginning; what there was is forgotten. */
void worklist_begin(struct worklist *w);

/* Reads on for about ms milliseconds: 1 it is whole, 0 there is more, -1. */
int worklist_load(struct worklist *w, struct ward *ward, int ms, struct err *e);
void worklist_free(struct worklist *w);

/* "FAILING" "MISSING" "MOVED" "READY" "PIN ENDS" "SILENT" "NEW" */
const char *work_kind_name(enum work_kind k);

/* Who is acting, as reviews are kept under. */
const char *worklist_reviewer(const struct ward *w);

#endif
