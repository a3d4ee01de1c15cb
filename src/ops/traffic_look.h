/*
 * traffic_look: an entry's mail of the last 30 days and 12 months, as limits, lists and screens show it.
 *
 * A figure is -1 where no log of the time was read: that is "not measured", and never 0.  An entry without any
 * mail was measured when it was added before the last day of a log: what was added later was in none of them.
 */
#ifndef OPS_TRAFFIC_LOOK_H
#define OPS_TRAFFIC_LOOK_H

#include <stdint.h>

#include "db/traffic.h"

struct db_txn;
struct err;
struct str;

enum { TRAFFIC_MONTH = 30, TRAFFIC_YEAR = 365 };

struct traffic_look {
	struct db_txn *txn; /* NULL: nothing is known */
	int64_t today;
	int is_unread; /* which days were measured cannot be read */
	struct traffic_coverage month, year;
};

struct traffic_mail {
	int64_t msgs, bytes, out_bytes, backscatter; /* of 30 days */
	int64_t outside;			     /* of msgs: from outside our networks */
	int64_t year_msgs, held, at_once; /* of 12 months: mta/maillog_outage.h */
};

/* The same for a list: what each entry costs one step to read. */
struct traffic_brief {
	int64_t msgs, bytes; /* in, of 30 days */
	int64_t carried;     /* bytes in and out: what is paid for */
	int64_t held;	     /* of 12 months */
};

/* Good as long as the transaction; txn may be NULL.  What cannot be read is not measured.  added: when the entry
 * was, 0 when that is not known. */
void traffic_look_begin(struct traffic_look *l, struct db_txn *txn, int64_t now);
void traffic_look_at(const struct traffic_look *l, const char *name, int64_t added, struct traffic_mail *out);
void traffic_look_brief(const struct traffic_look *l, const char *name, int64_t added, struct traffic_brief *out);

/* Messages a week from outside since a time: on the average, or in the busiest week of the last `days`, whichever is
 * more, so that neither a long silence before nor one long ago hides it.  -1 when no log of that time was read, TRAFFIC_UNREAD when what it
 * counted cannot be read. */
enum { TRAFFIC_UNREAD = -2 };
int64_t traffic_look_weekly(const struct traffic_look *l, const char *name, int64_t since, int days);

/* "41,208", "?" when n is below 0. */
enum { TRAFFIC_TEXT = 40 };
char *traffic_count_text(char out[TRAFFIC_TEXT], int64_t n);

/* "4.1 GB" (SI), "?". */
char *traffic_bytes_text(char out[TRAFFIC_TEXT], int64_t bytes);

/* The lines of `show`; of the look only what it knows of the time. */
void traffic_add_text(struct str *out, const struct traffic_look *l, const struct traffic_mail *m);

#endif
