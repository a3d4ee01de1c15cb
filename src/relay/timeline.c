#include "relay/timeline.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "relay/entry.h"

enum { CLOCK_SKEW = 3600 };

/* What was counted under the present sets, the last observation included when its scan is trusted. */
static struct tally counted(const struct timeline_rules *r, const struct observed *o, int counts)
{
	struct tally t = {.sets = r->sets};
	const struct tally *kept = tally_find(o, r->sets);

	if (kept)
		t = *kept;
	if (counts && o->sets == r->sets)
		tally_add(&t, o, r);
	return t;
}

static int needs_days(const struct tally *t, const struct timeline_rules *r)
{
	if (!t->first)
		return 0;
	return t->rule == DELETE_C2 ? r->days_registration : r->days;
}

static unsigned bit(int condition, enum timeline_why w)
{
	return condition ? 1u << w : 0;
}

/* An observation is evidence of the present for a few days only.  One from the future is none, but for the
 * little by which two clocks may differ. */
static int is_fresh(const struct tally *t, const struct timeline_rules *r, int64_t now)
{
	return t->last <= now + CLOCK_SKEW && now - t->last <= (int64_t)r->fresh * DATE_DAY;
}

static unsigned why_not_run(const struct tally *t, const struct timeline_rules *r, const struct timeline *out, int64_t now)
{
	/* Each of the days has an observation, so their number is not asked for. */
	return bit(date_day(t->last) - date_day(t->first) < out->needs_days, WHY_SPAN) |
	       bit(t->days < (uint32_t)r->observations, WHY_COUNT) | bit(!is_fresh(t, r, now), WHY_STALE);
}

static unsigned why_not_mail(const struct timeline_mail *mail, const struct timeline_rules *r, struct timeline *out)
{
	if (!mail)
		return 0;
	if (mail->in_week > 0 && mail->in_week <= r->mail_trickle)
		out->flags = W_MAIL_TRICKLE;
	return bit(mail->in_week > r->mail_trickle || mail->is_log_unread, WHY_MAIL) | bit(mail->queued > 0, WHY_QUEUE) |
	       bit(mail->unread > 0, WHY_QUEUE_UNREAD);
}

/* The last observation may say what is not counted yet: a listing or a resemblance counts against a deletion
 * before its scan is through, and even where it never will be. */
static unsigned why_not(const struct timeline_rules *r, const struct tally *t, const struct entry *e,
			const struct observed *o, const struct timeline_mail *mail, struct timeline *out, int64_t now)
{
	unsigned why = bit(entry_pin_at(e, now) != PIN_NONE, WHY_PINNED) | bit(out->flaps_until != 0, WHY_FLAPPING);

	if (!o || t->class == CLASS_NONE)
		return why | 1u << WHY_UNKNOWN;
	if (!t->first)
		return why | 1u << (t->class == CLASS_NA       ? WHY_NOT_JUDGED
				    : t->class == CLASS_ORPHAN ? WHY_COUNT
							       : WHY_LISTED);
	why |= bit(verdict_is_listed(o->verdict) || o->was_listed, WHY_LISTED);
	why |= bit(t->deletion == DELETE_HOLD ||
			   (o->verdict.class == CLASS_ORPHAN && o->verdict.deletion == DELETE_HOLD),
		   WHY_HOLD);
	why |= bit(out->hold_until != 0, WHY_GROUP_HOLD);
	return why | why_not_run(t, r, out, now) | why_not_mail(mail, r, out);
}

static enum state state_of(const struct timeline_rules *r, const struct tally *t, unsigned why)
{
	if (why & 1u << WHY_PINNED)
		return STATE_PINNED;
	if (why & (1u << WHY_HOLD | 1u << WHY_GROUP_HOLD))
		return STATE_HOLD;
	if (why & 1u << WHY_FLAPPING)
		return STATE_FLAPPING;
	if (why == 0)
		return STATE_DELETABLE;
	if (t->first)
		return t->days >= (uint32_t)r->show_after ? STATE_ORPHAN : STATE_SUSPECT;
	if (t->class == CLASS_NONE)
		return STATE_NEW;
	return t->class == CLASS_ORPHAN ? STATE_SUSPECT : STATE_LISTED;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The day after t has passed; 0 for 0. */
static int64_t day_from(int64_t t)
{
	return date_day(t + DATE_DAY - 1);
}

/* Looked at daily from today on, and nothing changes. */
static int64_t may_from(const struct timeline_rules *r, const struct tally *t, const struct entry *e,
			const struct timeline *out, int64_t now)
{
	unsigned never = 1u << WHY_LISTED | 1u << WHY_HOLD | WHYS_OF_MAIL;
	int64_t today = date_day(now), last = date_day(t->last), next = later(today, last + 1), from;

	if (out->why & never || !t->first || (out->why & 1u << WHY_PINNED && !e->pin_until))
		return 0;
	if (next - last > r->gap)
		from = today + later(out->needs_days, r->observations - 1);
	else {
		from = date_day(t->first) + out->needs_days;
		if (out->why & (1u << WHY_SPAN | 1u << WHY_STALE))
			from = later(from, next);
		if (t->days < (uint32_t)r->observations)
			from = later(from, next + r->observations - (int64_t)t->days - 1);
		else if (t->days == (uint32_t)r->observations)
			from = later(from, last);
	}
	from = later(from, later(day_from(out->hold_until), day_from(out->flaps_until)));
	if (out->why & 1u << WHY_PINNED)
		from = later(from, day_from(e->pin_until + DATE_DAY));
	return from * DATE_DAY;
}

void timeline_judge(struct timeline *out, const struct timeline_rules *r, const struct entry *e,
		    const struct observed *o, int counts, const struct timeline_mail *mail, int64_t now)
{
	struct tally t = {.sets = r->sets};

	*out = (struct timeline){.mail = mail ? *mail : (struct timeline_mail){-1, -1, 0, 0}};
	if (o)
		t = counted(r, o, counts);
	if (t.first) {
		out->since = t.first;
		out->count = t.count;
		out->days = t.days;
		out->needs_days = needs_days(&t, r);
		out->hold_until = o->hold_until > now ? o->hold_until : 0;
	}
	if (t.flapped && t.flapped + (int64_t)r->flap_days * DATE_DAY > now)
		out->flaps_until = t.flapped + (int64_t)r->flap_days * DATE_DAY;
	out->why = why_not(r, &t, e, o, mail, out, now);
	if (out->why & 1u << WHY_LISTED && !verdict_is_listed(o->verdict) && !o->was_listed)
		out->last = o->verdict.class;
	out->state = state_of(r, &t, out->why);
	out->may_from = may_from(r, &t, e, out, now);
}

static const char *const codes[N_WHYS] = {
	[WHY_PINNED] = "PINNED",	 [WHY_HOLD] = "HOLD",	    [WHY_GROUP_HOLD] = "GROUP_HOLD",
	[WHY_FLAPPING] = "FLAPPING",	 [WHY_LISTED] = "LISTED",   [WHY_NOT_JUDGED] = "NOT_JUDGED",
	[WHY_UNKNOWN] = "UNKNOWN",	 [WHY_SPAN] = "WAITING",    [WHY_COUNT] = "WAITING",
	[WHY_STALE] = "WAITING",	 [WHY_MAIL] = "MAIL_TRICKLE", [WHY_QUEUE] = "QUEUE",
	[WHY_QUEUE_UNREAD] = "QUEUE_UNREAD",
};

const char *timeline_why_code(enum timeline_why w)
{
	return (unsigned)w < N_WHYS ? codes[w] : "";
}

char *timeline_why_words(char *out, size_t size, enum timeline_why w, const struct timeline *t,
			 const struct timeline_rules *r, const struct entry *e)
{
	char day[DATE_SIZE];

	switch (w) {
	case WHY_PINNED:
		snprintf(out, size, "pinned (%s)%s%s", pin_reason_name((enum pin_reason)e->pin),
			 e->pin_until ? " until " : "", e->pin_until ? date_local_day(day, e->pin_until) : "");
		break;
	case WHY_HOLD:
		snprintf(out, size, "held: an MX resembles a host of ours, a human must look first");
		break;
	case WHY_GROUP_HOLD:
		snprintf(out, size, "held until %s: it left us in one night with others that share its name servers or MX",
			 date_local_day(day, t->hold_until));
		break;
	case WHY_FLAPPING:
		snprintf(out, size, "flapping: it changed %d times within 30 days, quiet until %s", r->flap_changes,
			 date_local_day(day, t->flaps_until));
		break;
	case WHY_LISTED:
		snprintf(out, size, "%s",
			 t->last == CLASS_NONE	    ? "senders still reach us, mail would bounce"
			 : t->last == CLASS_UNKNOWN ? "senders reached us when DNS last answered, and a failure of DNS is no evidence"
						    : "senders reached us when it was last counted");
		break;
	case WHY_NOT_JUDGED:
		snprintf(out, size, "DNS cannot judge this name");
		break;
	case WHY_UNKNOWN:
		snprintf(out, size, "no usable answer was counted yet; a failure of DNS is no evidence");
		break;
	case WHY_SPAN:
		snprintf(out, size, "an orphan since %s, it takes %d days", date_local_day(day, t->since), t->needs_days);
		break;
	case WHY_COUNT:
		snprintf(out, size, "%" PRIu32 " observation%s on %" PRIu32 " day%s, it takes %d", t->count,
			 t->count == 1 ? "" : "s", t->days, t->days == 1 ? "" : "s", r->observations);
		break;
	case WHY_STALE:
		snprintf(out, size, "the last counted observation is more than %d day%s old, or from the future", r->fresh,
			 r->fresh == 1 ? "" : "s");
		break;
	case WHY_MAIL:
		if (t->mail.is_log_unread)
			snprintf(out, size, "how much mail still comes for it cannot be read: the record is damaged, mxward check names it");
		else
			snprintf(out, size, "up to %" PRId64 " messages a week still come for it from outside (mail-trickle is %d)",
				 t->mail.in_week, r->mail_trickle);
		break;
	case WHY_QUEUE:
		snprintf(out, size, "the relay still holds mail for it");
		break;
	case WHY_QUEUE_UNREAD:
		snprintf(out, size, "what a relay's queue holds for it cannot be read: the record is damaged, mxward check names it");
		break;
	case N_WHYS:
		out[0] = '\0';
	}
	return out;
}

static const char *const names[N_STATES] = {
	[STATE_NEW] = "new",
	[STATE_LISTED] = "listed",
	[STATE_SUSPECT] = "suspect",
	[STATE_ORPHAN] = "orphan",
	[STATE_DELETABLE] = "deletable",
	[STATE_FLAPPING] = "flapping",
	[STATE_HOLD] = "hold",
	[STATE_PINNED] = "pinned",
};

const char *state_name(enum state s)
{
	return (unsigned)s < N_STATES ? names[s] : "";
}

int state_is_ready(enum state s, unsigned class)
{
	return s == STATE_DELETABLE && class == CLASS_ORPHAN;
}
