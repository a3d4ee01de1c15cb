/*
 * mx_set: the MX records of an answer together with whose each target is.
 *
 * What several rows of the decision need is counted here once: who is ours, at which preference,
 * and the flags that hold whatever the class.  Lives as long as one decision; borrows site and
 * answer.
 */
#ifndef RELAY_MX_SET_H
#define RELAY_MX_SET_H

#include "relay/answer.h"
#include "relay/site.h"
#include "relay/target.h"

/* No DNS message holds more MX records: 64 KiB, and each takes 12 octets and more. */
enum { MX_SET_MAX = 65535 / 12 };

struct mx_set {
	const struct site *site;
	const struct answer *a;
	struct target *target;
	size_t n;
	size_t n_root, n_ours, n_glued, n_text, n_unknown;
	uint32_t p_us;	/* the lowest preference of ours; above every preference when none is */
	uint32_t flags; /* those that hold whatever the class */
};

/* The answer has DATA and at most MX_SET_MAX records. */
void mx_set_init(struct mx_set *s, const struct site *site, const struct answer *a);
void mx_set_clear(struct mx_set *s);

/* Better: strictly below our lowest preference (RFC 5321 5.1 discards that level and all
 * above). */
int mx_set_is_better(const struct mx_set *s, const struct target *t);

/* W_UNRESOLVABLE_WORSE or 0. */
uint32_t mx_set_dead_worse(const struct mx_set *s);

/* W_ENTRY_CNAME and W_TTL0, which need no MX set. */
uint32_t mx_set_entry_flags(const struct answer *a);

#endif
