/*
 * subnames: the names below an entry that mail was accepted for, as the mail logs have them.
 *
 * Figures are added up under the entry that covers a recipient, which forgets whose they were;
 * who deletes the entry has to know.  One row for each entry, kept beyond its deletion as its
 * figures are.  Whoever sends mail to made-up names fills no more than SUBNAMES_MAX places:
 * those with the least mail give way, and how often that was is kept.
 */
#ifndef DB_SUBNAMES_H
#define DB_SUBNAMES_H

#include <stddef.h>
#include <stdint.h>

#include "relay/name.h"

struct db_txn;
struct err;

enum {
	SUBNAMES_MAX = 64,
	SUBNAMES_DAYS = 400 /* after which a name without mail is forgotten */
};

struct subname {
	char name[NAME_SIZE];
	int64_t day;   /* of the last mail, as date_day() counts */
	int64_t times; /* lines of deliveries, retries too, and of refusals in a brownout */
};

struct subnames {
	size_t n;
	int64_t left_out; /* times that a name found no place */
	struct subname at[SUBNAMES_MAX];
};

/* 1, 0 (there are none; *out is empty), -1. */
int subnames_get(struct db_txn *t, const char *entry, struct subnames *out, struct err *e);
int subnames_put(struct db_txn *t, const char *entry, const struct subnames *s, struct err *e);

/* Adds to one, which need not be there yet; a day behind today counts as today. */
void subnames_add(struct subnames *s, const char *name, int64_t day, int64_t times,
		  int64_t today);

#endif
