/*
 * maillog_outage: whether a backup MX was of use to a message, by the lines of its deliveries.
 *
 * HELD is a message, once for each entry it goes to, that was delivered (`status=sent`) after at least one
 * deferral in which the primary could take no mail at all:
 *   - no connection came about or it broke: 4.4.0, 4.4.1, 4.4.2, 4.4.7, also as "delivery temporarily
 *     suspended", which repeats the last failure;
 *   - the primary answered, and said that it is closing, full or broken: a reply 421, a 4xx in place of its
 *     greeting ("refused to talk to me"), or any 4.3.x that it said itself.
 * No outage is what concerns one recipient, one message or us: greylisting, a full mailbox, a policy (4.1,
 * 4.2, 4.5, 4.6, 4.7), a DNS failure (4.4.3, 4.4.4), a fault of this relay (4.3.0 that nobody "said").
 * A message that was given up in the end was not held, it was lost.
 *
 * AT ONCE is a message that went on without any deferral within MAILLOG_AT_ONCE seconds, Postfix's least
 * time between two tries: a longer delay tells of tries whose log was not read.
 * What is neither waited for another reason, or never arrived.
 */
#ifndef MTA_MAILLOG_OUTAGE_H
#define MTA_MAILLOG_OUTAGE_H

struct maillog_line;

enum { MAILLOG_AT_ONCE = 300 };

/* Of a line of kind MAILLOG_DELIVERY: a deferral by an outage of the primary. */
int maillog_is_outage(const struct maillog_line *l);

/* Of one with the status sent, before which there was no deferral. */
int maillog_is_at_once(const struct maillog_line *l);

#endif
