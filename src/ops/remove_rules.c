#include "ops/remove.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "db/entries.h"
#include "ops/remove_inner.h"
#include "ops/standing.h"

/* Which rules stand in the way of a deletion, and who may lift them. */

/* The rule that a customer's request lifts. */
#define WAITING "WAITING"

/* Mail that still comes is a condition of the waiting time, and goes with it. */
static int is_lifted_by_customer(const char *name)
{
	return strcmp(name, WAITING) == 0 || strcmp(name, timeline_why_code(WHY_MAIL)) == 0;
}

/* Whole words: HOLD is a part of GROUP_HOLD. */
int remove_has_lifted(const struct remove_item *item, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = item->lifted; *p;) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, name, len) == 0)
			return 1;
		p += word + (p[word] == ' ');
	}
	return 0;
}

/* A rule stands in the way: it keeps the entry, or is noted as lifted. */
void remove_rule(const struct remove_plan *p, struct remove_item *item, const char *name, const char *why)
{
	size_t used = strlen(item->lifted);
	int lifts = p->options.override || (p->options.customer_request && is_lifted_by_customer(name));

	if (!lifts) {
		if (item->fate != REMOVE_STAY)
			remove_stay(item, why);
		return;
	}
	if (remove_has_lifted(item, name))
		return;
	snprintf(item->lifted + used, sizeof item->lifted - used, "%s%s", used ? " " : "", name);
}

void remove_look_at_brownout(struct remove_item *item, const struct remove_options *o, const struct entry *entry)
{
	char day[DATE_SIZE], why[80];

	if (o->ends_brownout && (!entry->brown_until || entry->brown_until > date_now())) {
		remove_stay(item, "a colleague took its brownout back meanwhile");
		return;
	}
	if (!o->brownout_days || !entry->brown_until)
		return;
	snprintf(why, sizeof why, "it is in a brownout until %s", date_local_minute(day, entry->brown_until));
	remove_stay(item, why);
}

static int is_about_waiting(enum timeline_why w)
{
	return w == WHY_LISTED || w == WHY_UNKNOWN || w == WHY_NOT_JUDGED || w == WHY_SPAN || w == WHY_COUNT ||
	       w == WHY_STALE;
}

/* What is an end of registration, or looks like one, waits longer than what was counted may have needed: its owner can
 * still renew it, and then the old MX comes back. */
static void look_at_registration(const struct remove_plan *p, struct remove_item *item)
{
	const struct timeline *t = &item->timeline;
	int days = p->rules.days_registration;
	char why[sizeof item->why], day[DATE_SIZE];

	if (item->verdict.class != CLASS_ORPHAN || item->verdict.deletion != DELETE_C2 || !t->since || t->needs_days >= days ||
	    date_day(date_now()) - date_day(t->since) >= days)
		return;
	snprintf(why, sizeof why, "an orphan since %s, and just now for another reason, which takes %d days: %s",
		 date_local_day(day, t->since), days, reason_words(item->verdict.reason));
	remove_rule(p, item, WAITING, why);
}

/* What the counted observations have against a deletion of what is an orphan just now: that it was listed or
 * unknown at the last one then only means that it has waited for no day yet. */
void remove_rule_by_time(const struct remove_plan *p, struct remove_item *item)
{
	char why[sizeof item->why], day[DATE_SIZE];

	for (int w = 0; w < N_WHYS; w++) {
		const char *code = timeline_why_code((enum timeline_why)w);
		size_t len;

		if (!(item->timeline.why & 1u << w) || w == WHY_PINNED)
			continue;
		/* What is no orphan just now has a worse rule against it than that it has to wait. */
		if (item->verdict.class != CLASS_ORPHAN && is_about_waiting((enum timeline_why)w))
			continue;
		if (w == WHY_LISTED || w == WHY_UNKNOWN || w == WHY_NOT_JUDGED) {
			remove_rule(p, item, WAITING, "an orphan just now, but no trusted scan has counted that yet");
			continue;
		}
		timeline_why_words(why, sizeof why, (enum timeline_why)w, &item->timeline, &p->rules, NULL);
		len = strlen(why);
		if (strcmp(code, WAITING) == 0 && item->timeline.may_from)
			snprintf(why + len, sizeof why - len, "; not before %s", date_utc_day(day, item->timeline.may_from));
		if (w == WHY_QUEUE && item->queued[0])
			snprintf(why, sizeof why, "mail still waits for it: %s", item->queued);
		if (w == WHY_QUEUE_UNREAD && item->unread_queue[0])
			snprintf(why, sizeof why, "what waits for it in the queue of %s cannot be read: the record is damaged (mxward "
				 "check names it); mxward queue --relay %s writes it anew", item->unread_queue, item->unread_queue);
		remove_rule(p, item, code, why);
	}
	look_at_registration(p, item);
}

int remove_read_standing(struct standing *s, struct timeline *out, const struct entry *entry, struct err *e)
{
	struct observed o;
	int got = observed_get(s->txn, entry->name, NULL, &o, e);

	if (got < 0)
		return -1;
	standing_judge(out, s, entry, got ? &o : NULL);
	return standing_end(s, e);
}
