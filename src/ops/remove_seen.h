/*
 * remove_seen: names that no list has, but that mail was accepted for because an entry above
 * them covers them.
 *
 * The mail logs tell of them (db/subnames.h).  Before the entry goes they are looked up: one
 * that names us, or of which DNS gives no definite answer, keeps it.  Whether a log was read or not, a wildcard
 * below an orphan that names us keeps it too: mail for every name there comes to us.
 */
#ifndef OPS_REMOVE_SEEN_H
#define OPS_REMOVE_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db_txn;
struct err;

struct seen {
	size_t n;
	const char **name; /* in the arena */
	int64_t left_out;  /* times that the logs had more names than are kept */
	char names[120];   /* "www, lists and 3 more", without the entry's own name; "" for none
			    */
};

/* What the entry covers in that mode of the mail server (remove_cover.h), the list's own names
 * left out. */
int seen_read(struct seen *out, struct arena *a, struct db_txn *txn, const char *entry,
	      int parent_matches, struct err *e);

/* Looks the names of an item up, and calls then once it has its fate; at once, where there is nothing to ask. */
struct question;
void remove_seen_ask(struct question *q, void (*then)(struct question *q));
void remove_seen_cancel(struct question *q);

#endif
