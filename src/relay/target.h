/*
 * target: one MX target as the decision sees it: whose it is, and where it leads.
 *
 * Pure, and owned by verdict.c: everything else asks verdict_target_is_ours().
 * Whatever an answer leaves open makes a target TARGET_UNKNOWN, never TARGET_FOREIGN.
 */
#ifndef RELAY_TARGET_H
#define RELAY_TARGET_H

#include <stddef.h>
#include <stdint.h>

struct answer;
struct answer_host;
struct site;

/* Whose a target is.  The order is that of the tests: the first that holds. */
enum target_owner {
	TARGET_FOREIGN,	   /* definitely not ours */
	TARGET_UNKNOWN,	   /* an address question went unanswered; it could be ours */
	TARGET_BY_NAME,	   /* it is a relay host's name */
	TARGET_BY_ALIAS,   /* a name in its CNAME chain is */
	TARGET_BY_ADDRESS, /* it has a relay address */
	TARGET_BY_GLUE,	   /* a relay host's name with a zone appended: a missing dot */
	TARGET_BY_TEXT	   /* a relay address written as a name: meant, but not listed */
};

struct target {
	uint16_t preference;
	const struct answer_host *host; /* NULL when the answer's index led nowhere */
	enum target_owner owner;
	int root;    /* the name is ".": a null MX (RFC 7505) */
	int literal; /* an IP address as text, a zone appended or not */
	size_t n_addresses;
	size_t on_net, off_net, bogon; /* n_addresses by place; a bogon is not off-net */
	size_t usable_v4;	       /* of on_net and off_net */
};

/* Target i of the answer's MX set, i < n_mx; one whose host index leads nowhere is unknown. */
struct target target_of_mx(const struct site *site, const struct answer *a, size_t i);

/* Whose it is, and no more. */
enum target_owner target_owner_of_mx(const struct site *site, const struct answer *a, size_t i);

/* The entry's own addresses as the implicit MX of RFC 5321 5.1. */
struct target target_of_self(const struct site *site, const struct answer *a);

/* True for the owners that list us. */
int target_is_ours(const struct target *t);

/* True when a foreign target definitely has no address; the root is none of these. */
int target_is_dead(const struct target *t);

/* True when a mail could be sent to an address of it. */
int target_is_usable(const struct target *t);

/* The rest is asked only of a target whose host is known, which TARGET_UNKNOWN may lack. */

/* True when a target with off-net addresses is the site's filter service: by its name or an alias, or by
 * all of these. */
int target_is_filter(const struct site *site, const struct target *t);

/* True when the target belongs to a parking service, by name, alias or address. */
int target_is_parked(const struct site *site, const struct target *t);

/* True when its name has a byte that no host name may have (RFC 952, RFC 1123 2.1). */
int target_is_odd_name(const struct target *t);

/* H_SIBLING_OF_RELAY and H_NEAR_MISS, as far as the target earns them. */
uint32_t target_hold_flags(const struct site *site, const struct answer *a,
			   const struct target *t);

/* The same of where the entry's own alias leads, for one that leads to nothing. */
uint32_t target_hold_flags_of_alias(const struct site *site, const struct answer *a);

#endif
