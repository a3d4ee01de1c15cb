/*
 * entry: one name our relay accepts mail for, and what was observed of it.
 *
 * Values that live in the arena of whoever read them.  The operator's part
 * (struct entry) and the scan's part (struct observed) are stored apart, so
 * that an edit and a scan never write over one another.
 */
#ifndef RELAY_ENTRY_H
#define RELAY_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "relay/name.h"
#include "relay/tally.h"
#include "relay/verdict.h"

enum pin_reason { PIN_NONE, PIN_ETRN, PIN_OUTAGE, PIN_CUSTOMER, PIN_OTHER };

struct entry {
	char name[NAME_SIZE];
	const char *table_value; /* the right-hand side in the mail server's table, "" for none */
	const char *customer;	 /* billing id, "" when unknown; audit/record.h says what is allowed */
	const char *contact;
	const char *note;
	int64_t added;		 /* seconds since 1970 */
	int64_t contract_end, confirmed, reviewed;
	uint8_t pin;		 /* enum pin_reason */
	int64_t pin_until;	 /* beginning of its last day, as date_parse() gives it; 0: without end */
	const char *pin_note;
	int64_t notice_deadline; /* the customer was told; beginning of the last day; 0: no */
	const char *notice_ticket;
	uint64_t acknowledged;	 /* hash of the MX set that was acknowledged; 0: none */
	/* Its mail is answered 450 from then until then, after which it is to be deleted for that reason; 0: no. */
	int64_t brown_since, brown_until;
	const char *brown_reason, *brown_ticket;
};

/* So many observations before the last one are remembered of a target's addresses. */
enum { OBSERVED_RECENT = 4 };

/* One MX target as observed: the evidence that show, list and the audit record carry. */
struct observed_mx {
	uint16_t preference;
	int8_t ours; /* 1 yes, 0 no, -1 unknown */
	char target[NAME_SIZE];
	const struct net_address *address; /* those of now, then those that were seen lately (relay/vary) */
	size_t n_addresses;		   /* of now */
	uint8_t n_recent[OBSERVED_RECENT]; /* last seen one observation ago, two, ... */
};

/* What a new observation is beside those that were counted before it. */
enum observed_news {
	NEWS_SUSPECT = 1, /* an orphan, and listed when it last gave a definite answer */
	NEWS_UNKNOWN = 2, /* no answer, and a definite one the last time */
	NEWS_CHANGED = 4, /* another class than at its last definite answer: the audit log gets a record */
	NEWS_HANDED = 8	  /* it became another customer's, whose chain of the log has no answer yet */
};

/* The counted observations of one month of the contract; month is year * 12 + (month - 1). */
struct observed_month {
	int32_t month;
	uint32_t checks, away; /* away: an orphan */
};
enum { OBSERVED_MONTHS = 2 };

/* What was seen last, and since when; and what was counted before it, in which the observation itself is not
 * contained until its scan has closed and is trusted (tally_inherit()). */
struct observed {
	struct verdict verdict;
	int64_t since;	    /* first observation of this class and reason, without another between */
	int64_t time;	    /* the last one; 0: never */
	uint32_t count, days; /* observations since `since`, and distinct UTC days of them */
	uint32_t scan;	    /* number of the scan; 0: not by a scan */
	uint64_t sets;	    /* site_hash() under which it was made */
	const char *resolver;
	int rcode, ede, authenticated; /* as received; -1 for none */
	uint32_t ttl;
	const char *chain;  /* CNAME chain in words, "" for none */
	const char *each;   /* where several resolvers were asked "127.0.0.1:53 ORPHAN_OFFNET, [::1]:53 OK_BACKUP", else "" */
	const struct observed_mx *mx;
	size_t n_mx;
	uint64_t ns;	    /* hash of the NS set, 0: not known */
	int64_t unknown_since; /* since when nothing but failures came, of whichever reason; 0: an answer did */
	uint8_t varies;	    /* for so many more observations its targets are judged on the union (relay/vary) */
	uint8_t was_listed; /* a resolver heard us listed, whatever the verdict became */
	uint32_t distrusted; /* how many of `count` never count, the last one left aside */
	uint8_t news;	    /* enum observed_news, ORed */
	uint8_t repeat;	    /* earlier days on which it was the same news in scans distrusted for all of them */
	uint8_t counted_class; /* of the last counted observation; CLASS_NONE: there was none */
	uint8_t definite_class, definite_reason; /* of the last counted definite one, under whichever sets */
	int64_t hold_until; /* it left us together with others; 0: no */
	uint8_t n_tallies;
	struct tally tally[TALLY_MAX];
	uint8_t n_months;
	struct observed_month month[OBSERVED_MONTHS]; /* newest first; of older ones the audit log has records */
};

const char *pin_reason_name(enum pin_reason p);		  /* "etrn" ...; "" for none */
enum pin_reason pin_reason_from_name(const char *name);	  /* PIN_NONE when unknown */

/* When that day is over, given its beginning as date_parse() gives it. */
int64_t entry_end_of_last_day(int64_t day);

/* The pin that holds at a time: one with an end stops by itself after its last day. */
enum pin_reason entry_pin_at(const struct entry *e, int64_t now);

/* True once the deadline of a notice is over: its last day has passed. */
int entry_notice_expired(const struct entry *e, int64_t now);

/* A hash of the MX set as observed, in whatever order it came; never 0. */
uint64_t observed_mx_hash(const struct observed *o);

/* True while what an operator acknowledged is what DNS says; o may be NULL. */
int entry_is_acknowledged(const struct entry *e, const struct observed *o);

/* State as the audit record spells it: "accepted, pinned etrn until 2026-03-31, customer C-1042". */
struct str;
void entry_add_state(struct str *out, const struct entry *e);

#endif
