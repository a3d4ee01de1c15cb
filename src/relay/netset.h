/*
 * netset: sets of IP networks, and what an address is.
 */
#ifndef RELAY_NETSET_H
#define RELAY_NETSET_H

#include <stddef.h>
#include <stdint.h>

enum { NET_TEXT_SIZE = 64 };

struct net_address {
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
};

struct net_prefix {
	struct net_address address; /* host bits are zero */
	uint8_t length;
};

struct netset {
	struct net_prefix *prefix; /* sorted, none twice and none inside another */
	size_t n;
};

/* "198.51.100.7" or "2001:db8::1"; -1 when it is none.  An IPv4-mapped address
 * (::ffff:0:0/96) stays family 6: it is a bogon as the target of mail. */
int net_address_parse(struct net_address *out, const char *text);
char *net_address_text(char out[NET_TEXT_SIZE], const struct net_address *a);
int net_address_compare(const struct net_address *a, const struct net_address *b);

/* The IPv4 address in an IPv4-mapped one, or in one that a resolver made for NAT64 (64:ff9b::/96, RFC 6052): 1, or 0 when a is none. */
int net_address_unmap(struct net_address *out, const struct net_address *a);

/* "198.51.100.0/24", or an address alone; host bits set is an error (-1) like bad syntax. */
int net_prefix_parse(struct net_prefix *out, const char *text);

/* The same, but host bits are cleared and 1 returned, so that an error can name the right prefix. */
int net_prefix_parse_masked(struct net_prefix *out, const char *text);

/* "198.51.100.0/24"; a single address is written without its length. */
char *net_prefix_text(char out[NET_TEXT_SIZE], const struct net_prefix *p);

void netset_add(struct netset *s, struct net_prefix p);
int netset_has(const struct netset *s, const struct net_address *a);
int netset_has_family(const struct netset *s, int family);
void netset_clear(struct netset *s);

/* Not usable as a mail target on the public Internet (RFC 6890 and its registries: private, CGN,
 * loopback, link-local, documentation, benchmarking, 0/8, multicast, reserved, ULA, mapped,
 * discard-only, ...).  What lies in the configured networks is the caller's to except. */
int net_is_bogon(const struct net_address *a);

#endif
