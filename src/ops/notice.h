/*
 * notice: what operators settle about entries that moved: the customer was told, or the real server behind a
 * filter is known.
 *
 * A notice has a deadline, after which the entry may be deleted although it is listed (relay/entry.h:
 * entry_notice_expired).  An acknowledgement holds for the MX set that was seen, and no longer.
 */
#ifndef OPS_NOTICE_H
#define OPS_NOTICE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct ward;

struct notice_result {
	size_t noted;
	size_t not_moved; /* left alone: DNS did not say that they moved when they were last looked at */
	size_t unchanged;
};

/* Notes that the customers of n names were told, in one transaction.  deadline as date_parse() gives it, the
 * beginning of the last day; 0 takes the notice back.  Of a single name that has not moved: ERR_DATA. */
int notice_give(struct ward *w, const char *const *names, size_t n, int64_t deadline, const char *ticket,
		struct notice_result *r, struct err *e);

/* Whether a notice can be given to that one, or one that it has taken back: else -1, with what notice_give() would say. */
int notice_has_ground(struct ward *w, const char *name, struct err *e);

/* ERR_DATA when the entry has not moved, or nothing is known of it. */
int notice_acknowledge(struct ward *w, const char *name, struct err *e);

#endif
