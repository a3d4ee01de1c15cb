/*
 * timeline: in which state an entry is, from which day it may be deleted, and what stands in the way.
 *
 * Pure: the rules of time over a tally (relay/tally.h), the last observation, the pin, and what mail was measured.
 * State is the first that fits of pinned, hold, flapping, deletable, orphan, suspect, listed, new.
 */
#ifndef RELAY_TIMELINE_H
#define RELAY_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "relay/tally.h"

struct entry;
struct observed;

enum state {
	STATE_NEW, /* no counted definite observation */
	STATE_LISTED,
	STATE_SUSPECT,
	STATE_ORPHAN,
	STATE_DELETABLE,
	STATE_FLAPPING,
	STATE_HOLD,
	STATE_PINNED,
	N_STATES
};

/* What stands in the way of a deletion. */
enum timeline_why {
	WHY_PINNED,
	WHY_HOLD,	/* a human must look: an MX resembles a host of ours */
	WHY_GROUP_HOLD, /* it vanished together with others */
	WHY_FLAPPING,
	WHY_LISTED,	/* senders reach us, or did when last asked */
	WHY_NOT_JUDGED, /* class NA */
	WHY_UNKNOWN,	/* no counted definite observation */
	WHY_SPAN,	/* an orphan for too short a time */
	WHY_COUNT,	/* too few observations, or on too few days */
	WHY_STALE,	/* the last counted one is too old */
	WHY_MAIL,	/* mail still comes for it */
	WHY_QUEUE,	/* the relay holds mail for it */
	WHY_QUEUE_UNREAD, /* what a relay holds for it was kept and cannot be read */
	N_WHYS
};

/* Those of mail, whatever the days came to. */
enum { WHYS_OF_MAIL = 1 << WHY_MAIL | 1 << WHY_QUEUE | 1 << WHY_QUEUE_UNREAD };

/* What logs and queues said; -1: not measured, and then no condition. */
struct timeline_mail {
	int64_t in_week; /* messages a week from outside, since the run began, or in its busiest week if those were more */
	int64_t queued;
	int unread; /* relays whose figures for it cannot be read: that is no 0, and holds it */
	int is_log_unread; /* what the logs counted cannot be read, which holds it too */
};

struct timeline {
	enum state state;
	unsigned why;	   /* bits 1 << WHY_...; 0: it may be deleted */
	int64_t may_from;  /* 0:00 UTC of the first day on which it may, if all stays so and is looked at
			    * daily; 0: no day can be told */
	int64_t since;	   /* first observation of the run of an orphan; 0: none runs */
	uint32_t count, days; /* of that run */
	int needs_days;	   /* days that the run has to span; 0: none runs */
	int64_t hold_until, flaps_until; /* 0: neither */
	struct timeline_mail mail; /* as given */
	uint8_t last;	   /* the class of the last observation where WHY_LISTED is of an earlier one; else CLASS_NONE */
	uint32_t flags;	   /* W_MAIL_TRICKLE or none */
};

/* o: the last observation with what came before it, or NULL (never observed); counts: its scan has closed
 * and is trusted.  mail may be NULL: nothing measured. */
void timeline_judge(struct timeline *out, const struct timeline_rules *r, const struct entry *e,
		    const struct observed *o, int counts, const struct timeline_mail *mail, int64_t now);

/* The rule's name, as --override lifts it and the audit record spells it: "WAITING" "HOLD" "GROUP_HOLD" ... */
const char *timeline_why_code(enum timeline_why w);

/* A part of a sentence: "an orphan on 3 days of the 28 that it takes". */
char *timeline_why_words(char *out, size_t size, enum timeline_why w, const struct timeline *t,
			 const struct timeline_rules *r, const struct entry *e);

const char *state_name(enum state s); /* "new" "listed" ... */

/* Ready: a deletion would let it go by the rules right now.  class: of the last observation, even one that is not counted:
 * where that was no answer, nothing is known of now.  What is pinned is in no other state. */
int state_is_ready(enum state s, unsigned class);

#endif
