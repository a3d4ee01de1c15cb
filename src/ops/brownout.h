/*
 * brownout: an entry that is about to go is answered 450 for some days before, so that a mistake delays mail instead of
 * bouncing it.
 *
 * It begins as a deletion does, by the same plan and rules (ops/remove.h), and ends in four ways: somebody takes it
 * back, a scan sees that it names us again, the days are over and the plan, made anew, deletes it, or that plan keeps it,
 * and then it is taken back too: who names us again must not be deferred for ever.
 */
#ifndef OPS_BROWNOUT_H
#define OPS_BROWNOUT_H

#include <stddef.h>
#include <stdint.h>

struct audit_evidence;
struct commit;
struct entry;
struct err;
struct ward;

enum { BROWNOUT_DAYS_MAX = 30 };

/* -1 and why an entry cannot be put into one: no table, or no restriction of Postfix's names it.  note gets what could
 * not be looked at, "" for nothing. */
int brownout_may_begin(const struct ward *w, char *note, size_t size, struct err *e);

/* Within the commit of a plan: the entry goes into one.  lifted: the rules that do not count for it, "" for none. */
int brownout_begin(struct commit *c, const struct entry *entry, int days, const char *reason, const char *ticket,
		   const char *lifted, const struct audit_evidence *evidence, struct err *e);

/* Takes n names back, in one transaction; those that are in none are left alone.  *ended of them were.  why: for the
 * record. */
int brownout_end(struct ward *w, const char *const *names, size_t n, const char *why, size_t *ended, struct err *e);

/* What came of those whose days were over. */
struct brownout_result {
	size_t due, deleted, kept; /* kept: taken back */
	int is_behind;		   /* the mail server's tables are not yet in line */
};

/* After a trusted scan: takes back what that saw listed or what is pinned, asks DNS again for each that is due, deletes
 * what may go, takes the rest back, publishes.
 * Turns the ward's loop until that is done.  tell gets a line for each name, and what publishing said. */
int brownout_carry_through(struct ward *w, void (*tell)(void *ctx, const char *line), void *ctx,
			   struct brownout_result *r, struct err *e);

/* "brownout until 2026-12-05 14:00; 12 recipients were answered 450 since": of an entry in one, with what the logs
 * counted; "" of any other. */
struct db_txn;
enum { BROWNOUT_TEXT = 200 };
char *brownout_text(char out[BROWNOUT_TEXT], struct db_txn *txn, const struct entry *entry);

/* Recipients answered 450 since it began; -1: no log since then was read. */
int64_t brownout_knocks(struct db_txn *txn, const struct entry *entry);

#endif
