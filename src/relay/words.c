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

static const char *word_of_moved(const struct ready_look *l, int64_t now)
{
	if (now < entry_end_of_last_day(l->notice_deadline))
		return "notice";
	return l->is_held_by_mail ? "mail" : "may go";
}

static const char *word_of_orphan(char *in_days, size_t size, const struct ready_look *l, int64_t now)
{
	if (l->is_held_by_mail)
		return "mail";
	if (l->may_from == 0)
		return "-";
	if (l->may_from <= now)
		return "today";
	snprintf(in_days, size, "in %dd", (int)((l->may_from - now + DATE_DAY - 1) / DATE_DAY));
	return in_days;
}

char *words_ready(char *out, size_t size, const struct ready_look *l, int64_t now)
{
	unsigned class = l->o ? l->o->verdict.class : CLASS_NONE;
	const char *word = "-";
	char in_days[24];

	if (l->is_browned)
		word = "brown";
	else if (state_is_ready(l->state, class))
		word = "now";
	else if (l->state == STATE_HOLD)
		word = "hold";
	else if (l->state == STATE_PINNED)
		word = "pinned";
	else if (l->state == STATE_FLAPPING)
		word = "flaps";
	else if (class == CLASS_UNKNOWN)
		word = "frozen";
	else if (class == CLASS_MOVED && l->notice_deadline)
		word = word_of_moved(l, now);
	else if (l->state == STATE_SUSPECT || l->state == STATE_ORPHAN)
		word = word_of_orphan(in_days, sizeof in_days, l, now);
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
