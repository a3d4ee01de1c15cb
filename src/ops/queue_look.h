/*
 * queue_look: what the relays hold in their queues for an entry, before it is deleted and for whoever looks at it.
 *
 * This machine's Postfix is asked (postqueue -j); other relays' queues are what `mxward queue --relay` was last given,
 * for a day.  Mail counts for the entry that covers its recipient best.  A relay of which nothing is known is "not
 * measured": no condition of a deletion, and never 0.
 */
#ifndef OPS_QUEUE_LOOK_H
#define OPS_QUEUE_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/mem.h"
#include "db/queues.h"
#include "mta/mailqueue.h"

struct db_txn;
struct err;
struct str;
struct ward;

enum { QUEUE_FRESH = DATE_DAY /* seconds that a relay's queue counts as known */ };

/* Asks this machine's Postfix, or says why not (restricted, no Postfix, no permission): 0 or -1.  Blocks for as long
 * as postqueue runs, at most the seconds.  Called outside of transactions. */
int queue_ask(struct mailqueue *q, const struct ward *w, int seconds, struct err *e);

/* The same, kept with the ward and asked anew when it is older than some seconds. */
void queue_refresh(struct ward *w);
void queue_forget(struct ward *w);

/* What a queue holds by entry, in the order of names, and all of it. */
struct queue_sum {
	struct queue_row *row;
	size_t n;
	struct queue_figures all;   /* as the table has it, once each message */
	struct queue_figures other; /* of them, those with a recipient that no entry covers */
	struct arena arena;
};
int queue_sum_up(struct queue_sum *s, const struct mailqueue *q, struct db_txn *txn, int by_parents, struct err *e);
void queue_sum_clear(struct queue_sum *s);

enum { QUEUE_RELAY_SIZE = 256 };

/* The name of this machine as syslog has it, so that it is the relay of the logs. */
const char *queue_own_relay(char out[QUEUE_RELAY_SIZE]);

struct queue_relay {
	char relay[QUEUE_RELAY_SIZE];
	int is_measured, is_asked; /* asked: this machine's */
	int64_t time;
	const char *why; /* not measured: why, "" for nothing known */
	struct queue_figures all;
	int64_t busiest_hour; /* bytes that the relay sent in the busiest hour of 30 days; 0: not measured */
};

/* Good as long as the transaction. */
struct queue_look {
	struct db_txn *txn;
	struct queue_relay *relay;
	size_t n;
	struct queue_sum own; /* this machine's */
	struct arena arena;
};

/* After queue_refresh(). */
int queue_look_begin(struct queue_look *l, struct ward *w, struct db_txn *txn, struct err *e);
void queue_look_end(struct queue_look *l);

/* What relay i holds for an entry: 1; 0 where it is not measured; -1 where what is kept of it cannot be read.  Zeros but
 * for 1. */
int queue_look_at(const struct queue_look *l, size_t i, const char *name, struct queue_figures *out);

/* Over all relays.  What cannot be read is not measured either, but it is known that something was, so that it must not
 * pass for a relay of which nothing is known. */
struct queue_total {
	struct queue_figures sum; /* of those measured */
	size_t measured, unread;  /* relays */
};
void queue_look_all(struct queue_total *out, const struct queue_look *l, const char *name);

/* The same by what is kept of the relays, nobody being asked. */
void queue_stored(struct queue_total *out, struct db_txn *txn, const char *name, int64_t now);

/* "3 messages, 1.2 MB, the oldest 3d old" */
enum { QUEUE_TEXT = 120 };
char *queue_figures_text(char out[QUEUE_TEXT], const struct queue_figures *f, int64_t now);

/* How long a queue takes to leave at the pace of the relay's busiest hour, in words; "" when it is empty.  Beyond a
 * few hours it is said that it will fill the line. */
char *queue_drain_text(char *out, size_t size, int64_t bytes, int64_t busiest_hour);

/* "Queue of relay1: 3 messages, 1.2 MB ...", a line for each relay, no LF at the end. */
void queue_look_add_text(struct str *out, const struct queue_look *l, const char *name, int64_t now);

#endif
