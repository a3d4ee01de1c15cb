/*
 * postconf: what the mail server's own configuration says, asked of Postfix's postconf(1).
 *
 * Blocks for as long as postconf runs, at most two seconds; where there is no Postfix, or programs must not
 * be started (restricted), the caller's default holds.
 */
#ifndef OPS_POSTCONF_H
#define OPS_POSTCONF_H

#include <stddef.h>
#include <stdint.h>

struct ward;

/* The value of one parameter as `postconf -h` prints it, without the line's end: 0, or -1 when it cannot be had. */
int postconf_get(const struct ward *w, const char *parameter, char *out, size_t size);

/* Whether an entry covers its subdomains: as configured, else as Postfix says, else Postfix's own default, yes.
 * Postfix is asked once. */
int postconf_parent_matches(struct ward *w);

/* maximal_queue_lifetime in seconds; Postfix's own default is 5 days. */
int64_t postconf_queue_lifetime(const struct ward *w);

#endif
