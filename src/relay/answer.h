/*
 * answer: what DNS said about one entry, the only evidence of a verdict.
 *
 * It is gathered by dns/lookup from typed results of one resolver and is a
 * value: arrays live in the arena of whoever gathered it.  Three-valued
 * throughout: data, a definite negative (with an SOA in the authority section,
 * RFC 2308), or a failure, which is evidence of nothing.
 */
#ifndef RELAY_ANSWER_H
#define RELAY_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "relay/name.h"
#include "relay/netset.h"

enum answer_status {
	ANSWER_NOT_ASKED,
	ANSWER_DATA,
	ANSWER_NODATA,	 /* the name exists, not this type; SOA seen */
	ANSWER_NXDOMAIN, /* no such name; SOA seen */
	ANSWER_FAIL	 /* everything else; see enum answer_failure */
};

/* Why there is no definite answer; the order is that of the UNK_ reasons. */
enum answer_failure {
	FAILURE_NONE,
	FAILURE_TIMEOUT,
	FAILURE_SERVFAIL,
	FAILURE_REFUSED,
	FAILURE_BOGUS,	    /* DNSSEC: EDE 5 to 12, RFC 8914, on anything but data */
	FAILURE_LAME,	    /* a referral, or no authority for the zone: EDE 22, 23 are lame too */
	FAILURE_TC,	    /* truncated, and TCP failed */
	FAILURE_MALFORMED,  /* unparsable, FORMERR, NOTIMP, wrong question throughout */
	FAILURE_NEG_NO_SOA, /* negative without SOA */
	FAILURE_FILTERED,   /* EDE 4, 15 to 18 */
	FAILURE_STALE,	    /* EDE 3, 19 on a negative */
	FAILURE_CNAME_LOOP,
	FAILURE_LIES	    /* a canary failed */
};

/* The addresses of one host, asked by A and AAAA. */
struct answer_host {
	char name[NAME_SIZE];	    /* as the MX record names it; "" is the root (null MX) */
	const char **chain;	    /* CNAME chain behind it, name itself left out */
	size_t n_chain;
	enum answer_status a, aaaa; /* AAAA may be NOT_ASKED when no IPv6 relay address is configured */
	enum answer_failure failure; /* of the one that failed */
	const struct net_address *address;
	size_t n_addresses;
};

struct answer_mx {
	uint16_t preference;
	uint16_t host; /* index in answer.host */
	uint32_t ttl;
};

struct answer {
	char entry[NAME_SIZE];	    /* the name asked for; for a suffix the name without its dot */
	enum answer_status status;  /* of the MX question */
	enum answer_failure failure;
	enum answer_failure doubt;  /* STALE or BOGUS: an extended error stood on positive data, which may
				     * keep an entry alive and never kills; else NONE */
	int authenticated;	    /* AD bit */
	int rcode;		    /* as received, for the evidence; -1 when nothing came */
	int ede;		    /* RFC 8914 info code, -1 for none */
	const char **chain;	    /* CNAME or DNAME chain behind the entry, entry itself left out */
	size_t n_chain;
	char soa[NAME_SIZE];	    /* owner of the SOA of a negative answer, else "" */
	const struct answer_mx *mx; /* in the order of preference, then as received; all of them */
	size_t n_mx;
	const struct answer_host *host; /* each target once; */
	size_t n_hosts;
	struct answer_host self;    /* the entry's own addresses, asked after NODATA (implicit MX) */
	struct answer_host next_hop; /* the host that a transport override leads to, where it is a name; else "" */
	const char **ns;	    /* names of the NS set of the entry or of its registrable domain, sorted */
	size_t n_ns;		    /* asked when no target is ours; 0 also when the question failed */
	uint32_t ttl;		    /* lowest of the MX RRset, or of the negative answer */
	int suffix;		    /* the entry is a .suffix: status, mx and host are those of a random
				     * name under it, and base is the status of the base name itself */
	enum answer_status base;
	enum answer_failure base_failure;
	char resolver[NET_TEXT_SIZE + 8]; /* "127.0.0.1:53" or "[::1]:53" */
	int64_t time;		    /* seconds since 1970 */
};

#endif
