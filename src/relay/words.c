#include "relay/words.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "relay/entry.h"

/* The short form of each reason; %s is where the domain went, by the registrable domain of its best target. */
static const char *const short_words[N_REASONS] = {
	[OK_BACKUP] = "fine, local primary",
	[OK_PRIMARY_MIXED] = "fine, partly outside",
	[OK_TRANSPORT] = "fine, by our own route",
	[OK_SUFFIX_WILDCARD] = "fine, wildcard names us",
	[MOVED_OFFNET] = "moved to ",
	[MOVED_PARTIAL] = "partly moved to ",
	[MOVED_FILTER] = "filtered by ",
	[BRK_WE_ARE_ONLY] = "only us: bounces",
	[BRK_PRIMARY_NOT_BETTER] = "ranked below us: bounces",
	[BRK_PRIMARY_UNRESOLVABLE] = "primary has no address",
	[BRK_PRIMARY_BOGON] = "primary is private",
	[BRK_TARGET_LITERAL] = "MX is an IP address",
	[BRK_MISSING_DOT] = "our name lacks its dot",
	[BRK_NULLMX_MIXED] = "\"no mail\" beside MX",
	[ORPHAN_OFFNET] = "MX elsewhere, outside",
	[ORPHAN_ONNET] = "MX elsewhere, our net",
	[ORPHAN_IMPLICIT] = "no MX, own address",
	[ORPHAN_NOMAIL] = "exists, but no mail",
	[ORPHAN_NULLMX] = "declares: no mail",
	[ORPHAN_NXDOMAIN] = "name no longer exists",
	[ORPHAN_DEADMX] = "all its MX are dead",
	[ORPHAN_PARKED] = "parked at a dealer",
	[UNK_BOGUS] = "no answer: DNSSEC",
	[UNK_TARGET_TEMPFAIL] = "no answer of an MX",
	[UNK_PRIMARY_TEMPFAIL] = "no answer of an MX",
	[UNK_INCONSISTENT] = "resolvers disagree",
	[UNK_STALE] = "answer from memory only",
	[UNK_FILTERED] = "resolver filters it",
	[UNK_RESOLVER_LIES] = "resolver not trusted",
	[NA_PINNED] = "pinned",
	[NA_SUFFIX] = "wildcard entry",
	[NA_SPECIAL] = "not a public name",
	[NA_SYNTAX] = "not a domain name",
};

/* The registrable domain of the best target that is not ours; NULL when there is none. */
static const char *went_to(const struct observed *o)
{
	for (size_t i = 0; i < o->n_mx; i++)
		if (o->mx[i].ours == 0 && o->mx[i].target[0]) {
			const char *domain = name_registrable(o->mx[i].target);

			return domain ? domain : o->mx[i].target;
		}
	return NULL;
}

char *words_dns(char *out, size_t size, const struct observed *o)
{
	const char *words, *where;
	char text[NAME_SIZE + 40];

	if (!o || o->time == 0) {
		snprintf(out, size, "not looked at yet");
		return out;
	}
	words = o->verdict.reason < N_REASONS ? short_words[o->verdict.reason] : NULL;
	if (o->verdict.flags & H_NEAR_MISS)
		words = "our name, mistyped?";
	else if (o->verdict.flags & H_SIBLING_OF_RELAY)
		words = "unknown host of ours";
	if (!words)
		words = "no answer";
	where = words[strlen(words) - 1] == ' ' ? went_to(o) : "";
	/* No target of others: the relay's own routing rule takes it there. */
	snprintf(text, sizeof text, "%s%s", where ? words : "our route leads outside", where ? where : "");
	return escape(out, size, text, strlen(text));
}

char *words_ready(char *out, size_t size, enum state s, const struct observed *o, int64_t may_from, int64_t now)
{
	const char *word = "-";
	char in_days[24];

	if (s == STATE_DELETABLE && (!o || o->verdict.class != CLASS_UNKNOWN))
		word = "now";
	else if (s == STATE_HOLD)
		word = "hold";
	else if (s == STATE_PINNED)
		word = "pinned";
	else if (s == STATE_FLAPPING)
		word = "flaps";
	else if (o && o->verdict.class == CLASS_UNKNOWN)
		word = "frozen";
	else if ((s == STATE_SUSPECT || s == STATE_ORPHAN) && may_from > now) {
		snprintf(in_days, sizeof in_days, "in %dd", (int)((may_from - now + DATE_DAY - 1) / DATE_DAY));
		word = in_days;
	}
	snprintf(out, size, "%s", word);
	return out;
}

char words_mark(const struct observed *o)
{
	if (!o || o->time == 0)
		return ' ';
	if (o->verdict.severity >= SEVERITY_FAILING)
		return '!';
	return o->verdict.deletion == DELETE_HOLD ? '?' : ' ';
}
