/*
 * standing: how entries stand by the time rules, with what the database knows of their scans.
 *
 * Lives within one transaction: which scans are trusted is asked once each.  Where the record of one cannot be read, what it
 * saw does not count, so nothing is deleted by it; standing_end() says it, for what was printed is wrong.
 */
#ifndef OPS_STANDING_H
#define OPS_STANDING_H

#include "base/err.h"
#include "db/scans.h"
#include "ops/traffic_look.h"
#include "relay/timeline.h"
#include "relay/verdict.h"

struct config;
struct db_txn;
struct limit;
struct limit_row;

struct standing {
	struct timeline_rules rules;
	struct scan_trust trust;
	struct db_txn *txn;
	struct traffic_look mail; /* filled in when it is first needed */
	int has_mail;
	const struct queue_look *queue; /* the caller's, who asked the mail server; NULL: what is kept of queues counts */
	int no_queue;			/* and nothing is */
	int64_t now;
	int is_unread; /* the record of a scan, and why */
	struct err why;
};

/* An entry as lists show it and limits look at it. */
struct row {
	const char *name;
	const char *customer;	/* "" when unknown */
	struct verdict verdict; /* what DNS says, of a pinned entry too; W_MAIL_TRICKLE is added */
	enum state state;
	uint8_t pin;
	uint8_t browned; /* in a brownout */
	uint8_t is_held_by_mail; /* WHYS_OF_MAIL */
	int64_t since, time; /* 0: never observed */
	int64_t may_from;    /* first day on which it may be deleted; 0: none can be told */
	int64_t notice_deadline;
	struct traffic_brief mail;
};

void standing_begin(struct standing *s, const struct timeline_rules *r, struct db_txn *txn);
void standing_begin_from(struct standing *s, const struct config *c, struct db_txn *txn);

/* Whether what that scan saw counts. */
int standing_counts(struct standing *s, uint32_t scan);

/* 0, or -1 where something that was asked for could not be read. */
int standing_end(const struct standing *s, struct err *e);

/* o may be NULL or empty: never observed. */
void standing_judge(struct timeline *out, struct standing *s, const struct entry *e, const struct observed *o);

/* What is said of an entry: NA_PINNED while it is pinned, whatever DNS says, else the observed verdict (all
 * zero when there is none). */
struct verdict standing_verdict(const struct entry *e, const struct observed *o, int64_t now);

/* Good as long as e is; o as above.  Cheapest in key order: the mail is then read along. */
void standing_row(struct row *out, struct standing *s, const struct entry *e, const struct observed *o);

/* What mx: looks at: the i-th target, NULL behind the last. */
struct row_mx {
	const char *(*target)(const void *ctx, size_t i);
	const void *ctx;
};

/* What a limit looks at of a row, and whether a limit (NULL: none) takes it. */
void row_see(struct limit_row *out, const struct row *r, struct row_mx mx);
int row_matches(const struct row *r, const struct limit *l, struct row_mx mx, int64_t now);

/* The same for an entry in hand, whose observation holds its MX where the limit asks for them. */
int standing_matches(struct standing *s, const struct limit *l, const struct entry *e, const struct observed *o);

#endif
