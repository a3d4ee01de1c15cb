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

enum ready {
	READY_NOW,
	READY_IN_DAYS,
	READY_TODAY,
	READY_MAIL,
	READY_NOTICE,
	READY_MAY_GO,
	READY_FROZEN,
	READY_HOLD,
	READY_FLAPS,
	READY_PINNED,
	READY_BROWN,
	N_READY,
	READY_NONE = N_READY
};

static const struct {
	const char *word, *help;
} ready_words[N_READY] = {
	[READY_NOW] = {"now", "an orphan whose time is over: it may be deleted"},
	[READY_IN_DAYS] = {"in 12d", "its time is over then, if it is looked at daily and stays so"},
	[READY_TODAY] = {"today", "its time is over once it is looked at today"},
	[READY_MAIL] = {"mail", "mail still comes for it, or waits for it in a queue"},
	[READY_NOTICE] = {"notice", "moved: its customer was told and may answer still"},
	[READY_MAY_GO] = {"may go", "moved: the time its customer was given is over"},
	[READY_FROZEN] = {"frozen", "no answer when it was last looked at"},
	[READY_HOLD] = {"hold", "a human must look first, or many left us in that night"},
	[READY_FLAPS] = {"flaps", "it changed too often, and is left alone for a while"},
	[READY_PINNED] = {"pinned", "kept whatever DNS says"},
	[READY_BROWN] = {"brown", "in a brownout: its mail is answered 450 until it goes"},
};

const char *words_ready_word(size_t i)
{
	return i < N_READY ? ready_words[i].word : NULL;
}

const char *words_ready_help(size_t i)
{
	return i < N_READY ? ready_words[i].help : NULL;
}

static enum ready ready_of_moved(const struct ready_look *l, int64_t now)
{
	if (now < entry_end_of_last_day(l->notice_deadline))
		return READY_NOTICE;
	return l->is_held_by_mail ? READY_MAIL : READY_MAY_GO;
}

static enum ready ready_of_orphan(const struct ready_look *l, int64_t now)
{
	if (l->is_held_by_mail)
		return READY_MAIL;
	if (l->may_from == 0)
		return READY_NONE;
	return l->may_from <= now ? READY_TODAY : READY_IN_DAYS;
}

static enum ready ready_of(const struct ready_look *l, int64_t now)
{
	unsigned class = l->o ? l->o->verdict.class : CLASS_NONE;

	if (l->is_browned)
		return READY_BROWN;
	if (state_is_ready(l->state, class))
		return READY_NOW;
	if (l->state == STATE_HOLD)
		return READY_HOLD;
	if (l->state == STATE_PINNED)
		return READY_PINNED;
	if (l->state == STATE_FLAPPING)
		return READY_FLAPS;
	if (class == CLASS_UNKNOWN)
		return READY_FROZEN;
	if (class == CLASS_MOVED && l->notice_deadline)
		return ready_of_moved(l, now);
	return l->state == STATE_SUSPECT || l->state == STATE_ORPHAN ? ready_of_orphan(l, now) : READY_NONE;
}

char *words_ready(char *out, size_t size, const struct ready_look *l, int64_t now)
{
	enum ready r = ready_of(l, now);

	if (r == READY_IN_DAYS)
		snprintf(out, size, "in %dd", (int)((l->may_from - now + DATE_DAY - 1) / DATE_DAY));
	else
		snprintf(out, size, "%s", r == READY_NONE ? "-" : ready_words[r].word);
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
