/*
 * postconf: what the mail server's own configuration says, asked of Postfix's postconf(1).
 *
 * Blocks for as long as postconf runs, some seconds at most; where there is no Postfix, or programs must not
 * be started (restricted), the caller's default holds.
 */
#ifndef OPS_POSTCONF_H
#define OPS_POSTCONF_H

#include <stdint.h>

struct arena;
struct err;
struct ward;

/* The values of n parameters, in the arena, "" where one has none: 0, or -1 and *e says why they cannot be had. */
int postconf_get(const struct ward *w, const char *const *parameter, const char **value, int n, struct arena *a,
		 struct err *e);

/* Whether an entry covers its subdomains: as configured, else as Postfix says; -1 where neither does. */
int postconf_asked_parent_matches(const struct ward *w);

/* The same, and where neither says so Postfix's own default, yes.  Asked once. */
int postconf_parent_matches(struct ward *w);

/* True when a list of Postfix's has the word, whatever the case of its letters. */
int postconf_has_word(const char *list, const char *word);

/* maximal_queue_lifetime in seconds; Postfix's own default is 5 days. */
int64_t postconf_queue_lifetime(const struct ward *w);

#endif
