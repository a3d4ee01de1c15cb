#include "mta/maillog_outage.h"

#include <string.h>

#include "mta/maillog_line.h"

static int begins(struct maillog_bytes b, const char *text)
{
	size_t n = strlen(text);

	return b.len >= n && memcmp(b.at, text, n) == 0;
}

/* What stands behind `words`, up to which Postfix alone writes; of no length when they do not come. */
static struct maillog_bytes behind(struct maillog_bytes b, const char *words)
{
	const char *p = memmem(b.at, b.len, words, strlen(words));
	size_t skip = p ? (size_t)(p - b.at) + strlen(words) : b.len;

	return (struct maillog_bytes){b.at + skip, b.len - skip};
}

/* "4.4.1" and its like; 4.4.3 and 4.4.4 are the resolver's words. */
static int has_no_connection(struct maillog_bytes dsn)
{
	return dsn.len == 5 && begins(dsn, "4.4.") && memchr("0127", dsn.at[4], 4) != NULL;
}

/* (host mx.x[192.0.2.1] said: 421 4.3.2 ...), (host mx.x[192.0.2.1] refused to talk to me: 450 ...); when the
 * destination is passed over, "delivery temporarily suspended: " stands before it. */
static int says_it_is_down(const struct maillog_line *l)
{
	static const char suspended[] = "delivery temporarily suspended: ";
	struct maillog_bytes reply = l->reply, said;

	if (begins(reply, suspended))
		reply = behind(reply, suspended);
	if (!begins(reply, "host "))
		return 0;
	if (begins(behind(reply, "] refused to talk to me: "), "4"))
		return 1;
	said = behind(reply, "] said: ");
	return begins(said, "421") || (begins(said, "4") && begins(l->dsn, "4.3."));
}

int maillog_is_outage(const struct maillog_line *l)
{
	return l->status == MAILLOG_DEFERRED && (has_no_connection(l->dsn) || says_it_is_down(l));
}

int maillog_is_at_once(const struct maillog_line *l)
{
	return l->delay < MAILLOG_AT_ONCE;
}
