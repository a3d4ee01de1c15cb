#include "relay/ruling.h"

#include "relay/answer.h"

/* What a flag adds to a verdict: at least this severity.  A flag that is not here is a remark, severity 1. */
static uint8_t flag_severity(uint32_t flag)
{
	switch (flag) {
	case W_TTL0:
		return 0;
	case W_PARTIAL_UNRESOLVABLE:
	case H_SIBLING_OF_RELAY:
		return 2;
	case H_NEAR_MISS:
		return 3;
	default:
		return 1;
	}
}

struct verdict ruling_make(enum reason r, uint8_t severity, enum deletion d, uint32_t flags)
{
	struct verdict v = {
		.class = (uint8_t)reason_class(r),
		.reason = (uint8_t)r,
		.severity = severity,
		.deletion = (uint8_t)d,
		.flags = flags,
	};

	for (unsigned bit = 0; bit < N_FLAGS; bit++) {
		uint32_t flag = flags & (uint32_t)1 << bit;

		if (flag && flag_severity(flag) > v.severity)
			v.severity = flag_severity(flag);
	}
	return v;
}

struct verdict ruling_listed(enum reason r, uint8_t severity, uint32_t flags)
{
	return ruling_make(r, severity, DELETE_NEVER, flags);
}

struct verdict ruling_unknown(enum reason r)
{
	return ruling_make(r, r == UNK_BOGUS || r == UNK_CNAME_LOOP ? 2 : 1, DELETE_NEVER, 0);
}

struct verdict ruling_unknown_for(enum answer_failure f)
{
	static const enum reason reasons[] = {
		/* A failure that nobody named is taken for silence. */
		[FAILURE_NONE] = UNK_TIMEOUT,
		[FAILURE_TIMEOUT] = UNK_TIMEOUT,
		[FAILURE_SERVFAIL] = UNK_SERVFAIL,
		[FAILURE_REFUSED] = UNK_REFUSED,
		[FAILURE_BOGUS] = UNK_BOGUS,
		[FAILURE_LAME] = UNK_LAME,
		[FAILURE_TC] = UNK_TC,
		[FAILURE_MALFORMED] = UNK_MALFORMED,
		[FAILURE_NEG_NO_SOA] = UNK_NEG_NO_SOA,
		[FAILURE_FILTERED] = UNK_FILTERED,
		[FAILURE_STALE] = UNK_STALE,
		[FAILURE_CNAME_LOOP] = UNK_CNAME_LOOP,
		[FAILURE_LIES] = UNK_RESOLVER_LIES,
	};

	if ((unsigned)f >= sizeof(reasons) / sizeof(reasons[0]))
		return ruling_unknown(UNK_MALFORMED);
	return ruling_unknown(reasons[f]);
}

/* Parking takes the place of whatever C1 would let go, null MX and empty names included: it may
 * be an expiry that the owner can still undo, and then the old MX comes back.  What C2 guards
 * already keeps its own reason. */
struct verdict ruling_orphan(const struct answer *a, enum reason r, uint8_t severity,
			     enum deletion d, int parked, uint32_t flags)
{
	if (a->doubt != FAILURE_NONE)
		return ruling_unknown_for(a->doubt);
	if (parked && d == DELETE_C1) {
		r = ORPHAN_PARKED;
		severity = 2;
		d = DELETE_C2;
	}
	if (flags & (H_SIBLING_OF_RELAY | H_NEAR_MISS))
		d = DELETE_HOLD;
	return ruling_make(r, severity, d, flags);
}
