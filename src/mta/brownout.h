/*
 * brownout: what a name that is on its way out answers to senders: not yet no.
 *
 * One table of Postfix's holds these rows (access(5), asked by check_recipient_access); the words come back in the mail
 * log, by which they are counted.  A row of ours is known by its value, so that others may have rows in the same table.
 */
#ifndef MTA_BROWNOUT_H
#define MTA_BROWNOUT_H

#include <string.h>

#define BROWNOUT_CODE "450 4.3.2"
#define BROWNOUT_WORDS "This host stops taking mail for this domain soon; use its current MX hosts"
#define BROWNOUT_REJECT BROWNOUT_CODE " " BROWNOUT_WORDS

/* For an entry below one in a brownout: the search among its parents ends here (access(5)). */
#define BROWNOUT_PASS "DUNNO mxward: not in a brownout itself"

static inline int brownout_is_ours(const char *value)
{
	return strcmp(value, BROWNOUT_REJECT) == 0 || strcmp(value, BROWNOUT_PASS) == 0;
}

#endif
