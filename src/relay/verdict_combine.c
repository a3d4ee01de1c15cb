/*
 * Several resolvers, one verdict.  One voice that lists us, or one that cannot tell, is enough
 * against an ORPHAN; nothing else is put to the vote.
 */
#include "relay/ruling.h"
#include "relay/verdict.h"

/* The higher, the less a deletion rule lets go. */
static unsigned strictness(uint8_t deletion)
{
	switch (deletion) {
	case DELETE_C1:
		return 0;
	case DELETE_C2:
		return 1;
	case DELETE_HOLD:
		return 2;
	default:
		return 3;
	}
}

static struct verdict combine_orphans(const struct verdict *v, size_t n)
{
	struct verdict out = v[0];

	for (size_t i = 1; i < n; i++) {
		uint32_t flags = out.flags | v[i].flags;
		uint8_t severity = out.severity > v[i].severity ? out.severity : v[i].severity;

		if (strictness(v[i].deletion) > strictness(out.deletion))
			out = v[i];
		out.flags = flags;
		out.severity = severity;
	}
	return out;
}

struct verdict verdict_combine(const struct verdict *v, size_t n)
{
	/* The first of each kind; a verdict of no class is a resolver that was not heard. */
	const struct verdict *orphan = NULL, *open = NULL, *definite = NULL;
	int all_orphans = n > 0, any_listed = 0;

	for (size_t i = 0; i < n; i++) {
		all_orphans &= v[i].class == CLASS_ORPHAN;
		if (v[i].class == CLASS_ORPHAN)
			orphan = orphan ? orphan : &v[i];
		else if (v[i].class == CLASS_UNKNOWN)
			open = open ? open : &v[i];
		else if (v[i].class != CLASS_NONE)
			definite = definite ? definite : &v[i];
		any_listed |= verdict_is_listed(v[i]);
	}
	if (all_orphans)
		return combine_orphans(v, n);
	if (orphan && any_listed)
		return ruling_unknown(UNK_INCONSISTENT);
	if (orphan && open)
		return *open;
	if (definite)
		return *definite;
	if (open)
		return *open;
	return orphan ? ruling_unknown(UNK_TIMEOUT) : (struct verdict){0};
}
