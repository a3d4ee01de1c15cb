/*
 * reviews: when each operator last went through the worklist, and who did so last of all.
 *
 * Written in the transaction of what is reviewed.  Presses of a key belong to one sitting while they follow within
 * half a day; what was new when it began stays new until it is over.
 */
#ifndef DB_REVIEWS_H
#define DB_REVIEWS_H

#include <stdint.h>

struct db_txn;
struct err;

enum { REVIEWER_SIZE = 80, REVIEW_SITTING_S = 12 * 3600 };

struct review_last {
	int64_t time;	/* 0: nobody ever did */
	int64_t before; /* of the sitting before that one */
	char who[REVIEWER_SIZE];
};

int reviews_put(struct db_txn *t, const char *who, int64_t time, struct err *e);
int reviews_last(struct db_txn *t, struct review_last *out, struct err *e);

/* The end of the operator's last sitting that is over by now; 0: there was none. */
int reviews_of(struct db_txn *t, const char *who, int64_t now, int64_t *time, struct err *e);

#endif
