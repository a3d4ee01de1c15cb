/*
 * remove: deleting entries: ask DNS once more, the zone's own name servers too, keep what
 * changed, commit the rest with its audit records.
 *
 * A plan is made from names (remove_begin), fills itself while the loop runs, and is committed
 * in one transaction (remove_commit).  What goes is what a fresh lookup calls an orphan and the
 * time rules call deletable.  Nothing is deleted that the plan does not call REMOVE_GO, and the
 * commit itself looks at each entry again: one that a colleague or a scan changed meanwhile
 * stays.
 */
#ifndef OPS_REMOVE_H
#define OPS_REMOVE_H

#include <stddef.h>
#include <stdint.h>

#include "relay/name.h"
#include "relay/timeline.h"
#include "relay/verdict.h"

struct err;
struct observed;
struct remove_plan;
struct ward;

enum remove_fate { REMOVE_ASKING, REMOVE_STAY, REMOVE_GO, REMOVE_GONE /* committed */ };

struct remove_item {
	char name[NAME_SIZE];
	enum remove_fate fate;
	char why[300];	  /* why it stays, or what is to be looked at before it goes; "" */
	int risk;	  /* 0 plain; higher stands further up among those that go */
	char lifted[160]; /* rules that --override, the customer's request or an expired notice lifted: "WAITING HOLD" */
	struct timeline timeline; /* how it stands by what was counted */
	char queued[200]; /* what the relays hold in their queues for it; "" for nothing that was measured */
	char unread_queue[64]; /* a relay whose figures for it are damaged; "" for none */
	char left_in[120]; /* other tables of the mail server in which it stands, as parameters of Postfix; "" */
	struct verdict verdict; /* of the fresh lookup */
	int notice_expired; /* the customer of a moved entry was told, and the deadline is over */
	int64_t notice_deadline;
	uint64_t written; /* what people wrote of it when it was asked about, as a hash: a change since is a reason to look again */
	int64_t knocks; /* recipients answered 450 in the brownout that ends; -1: not measured, or there was none */
	const struct observed *fresh; /* what DNS said just now; NULL when it was not asked */
};

struct remove_options {
	int override;	      /* exact names: every rule but a pin is lifted */
	int customer_request; /* the waiting time is lifted, nothing else */
	int brownout_days;    /* what may go is answered 450 for so long first (ops/brownout.h); 0: it goes at once */
	int ends_brownout;    /* these were, and the days are over */
};

/* Reads the entries and starts asking; done is called from the loop once every item has its
 * fate (also when there was nothing to ask).  A name that is not in the list: ERR_NOINPUT and
 * no plan. */
int remove_begin(struct remove_plan **out, struct ward *w, const char *const *names, size_t n,
		 struct remove_options o, void (*done)(void *ctx), void *ctx, struct err *e);

/* Items in the order of a preview: what stays first, then the riskiest, then the rest (by
 * name). */
size_t remove_count(const struct remove_plan *p);
const struct remove_item *remove_item(const struct remove_plan *p, size_t i);
size_t remove_count_fate(const struct remove_plan *p, enum remove_fate f);
int remove_is_ready(const struct remove_plan *p);

/* Where the names that go still stand, to be cleaned by hand; NULL when the mail server could not be asked. */
struct leftovers;
const struct leftovers *remove_leftovers(const struct remove_plan *p);

/* So long what DNS said is word of the present; then it has to be asked again. */
enum { REMOVE_OLD_S = 600 };

/* Deletes all that is REMOVE_GO, at most max of them (else, or after REMOVE_OLD_S, ERR_DATA and nothing is deleted), in
 * one transaction with batch and audit records.  *batch is 0 when nothing was left to delete.
 * With brownout_days they go into a brownout instead, and *batch is only the name of its records.
 */
int remove_commit(struct remove_plan *p, const char *reason, const char *ticket, size_t max,
		  uint64_t *batch, struct err *e);

void remove_free(struct remove_plan *p); /* also while it is still asking */

#endif
