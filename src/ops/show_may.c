/*
 * show_may: whether an entry may be deleted and what stands in the way, in sentences; part of show.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/str.h"
#include "ops/show.h"
#include "ops/show_inner.h"

static const char no_answer[] = "Cannot delete: no usable answer just now; a failure of DNS is no evidence.";

/* What is seen just now goes before what was counted; a mere failure saw nothing. */
static const char *why_not_now(const struct observed *live)
{
	if (!live || live->verdict.class == CLASS_ORPHAN)
		return NULL;
	if (verdict_is_listed(live->verdict))
		return "Cannot delete: senders still reach us, mail would bounce.";
	return live->verdict.class == CLASS_NA ? "Cannot delete: DNS cannot judge this name."
					       : "Cannot delete: one of the answers that came just now names us.";
}

/* What is no condition because nothing feeds it, and what the mail says where that is one and is met. */
static void add_mail_condition(struct str *out, const struct known *k, int width)
{
	const struct timeline_mail *m = &k->timeline.mail;
	int no_log = m->in_week < 0 && !m->is_log_unread;
	const char *unmeasured = no_log && m->queued < 0 && !m->unread ? "Mail since then and queue are not measured, so they are no condition."
				 : no_log			 ? "Mail since then is not measured, so it is no condition."
				 : m->queued < 0 && !m->unread	 ? "The queue is not measured, so it is no condition."
								 : NULL;
	char text[200], weekly[40];

	if (!k->timeline.count)
		return;
	if (m->in_week >= 0 && !(k->timeline.why & 1u << WHY_MAIL)) {
		snprintf(weekly, sizeof weekly, "up to %" PRId64 " a week", m->in_week);
		snprintf(text, sizeof text, "Mail from outside since then: %s; more than %d a week hold it back.",
			 m->in_week ? weekly : "none", k->rules.mail_trickle);
		show_add_wrapped(out, text, width);
	}
	if (unmeasured)
		show_add_wrapped(out, unmeasured, width);
	else if (k->queued.measured + k->queued.unread < k->queues)
		show_add_wrapped(out, "Not every relay's queue is measured; those that are not are no condition.", width);
}

static void add_waiting(struct str *out, const struct known *k, int width)
{
	const struct timeline *t = &k->timeline;
	char text[200], day[DATE_SIZE];

	if (t->count) {
		snprintf(text, sizeof text, "Counted as an orphan since %s: %u observation%s on %u day%s.",
			 date_local_day(day, t->since), t->count, t->count == 1 ? "" : "s", t->days,
			 t->days == 1 ? "" : "s");
		show_add_wrapped(out, text, width);
	}
	if (k->is_observed && !k->counts)
		show_add_wrapped(out, "The last observation is not counted: its scan is not through, or is distrusted.", width);
	if (t->why && t->may_from) {
		snprintf(text, sizeof text, "May be deleted from %s on, if it is looked at daily and stays so.",
			 date_utc_day(day, t->may_from));
		show_add_wrapped(out, text, width);
	}
	add_mail_condition(out, k, width);
}

/* What a notice to the customer of a moved entry means for it; 0 when there is none. */
static int say_notice(struct str *out, const struct entry *entry, const struct observed *o, int failed, int64_t now)
{
	char day[DATE_SIZE];

	if (!o || o->verdict.class != CLASS_MOVED || !entry->notice_deadline)
		return 0;
	date_local_day(day, entry->notice_deadline);
	if (entry_notice_expired(entry, now) && failed)
		str_add(out, no_answer);
	else if (entry_notice_expired(entry, now))
		str_addf(out, "May be deleted although it is listed: the customer was told, and had until %s.", day);
	else
		str_addf(out, "Cannot delete before the customer's deadline is over, %s: senders still reach us, mail would "
			      "bounce.",
			 day);
	return 1;
}

static int say_rules(struct str *out, const struct known *k)
{
	char why[300];
	int n = 0;

	for (int w = 0; w < N_WHYS; w++)
		if (k->timeline.why & 1u << w)
			str_addf(out, "%s%s", n++ ? "; " : "Cannot delete: ",
				 timeline_why_words(why, sizeof why, (enum timeline_why)w, &k->timeline, &k->rules,
						    &k->entry));
	str_add(out, n ? "." : "");
	return n;
}

static void add_way_out(struct str *out, const struct known *k, int width)
{
	char text[200];

	snprintf(text, sizeof text, "Way out: the customer takes our MX out, and %d days later it may go; or tell the customer, "
				    "with a deadline: a notice.", k->rules.days);
	show_add_wrapped(out, text, width);
}

void show_add_may(struct str *out, const struct known *k, const struct observed *o, const struct observed *live, int width)
{
	int pinned = (k->timeline.why & 1u << WHY_PINNED) != 0, failed = live && live != o, waits = 0;
	const char *now = why_not_now(failed ? NULL : live);
	struct str text = {0};

	if (!pinned && say_notice(&text, &k->entry, o, failed, date_now()))
		;
	else if (!pinned && now)
		str_add(&text, now);
	else if (say_rules(&text, k))
		waits = 1;
	else if (failed)
		str_add(&text, no_answer);
	else if (o && o->verdict.class == CLASS_UNKNOWN) /* what its days came to is not undone, but it is not ready */
		str_add(&text, "Cannot delete: no usable answer when last asked; a failure of DNS is no evidence.");
	else
		str_add(&text, "May be deleted: DNS is asked once more before it goes, its own name servers too.");
	if (k->cover.listed)
		str_addf(&text, " It is held besides: below it %s name%s us.", k->cover.names,
			 k->cover.listed == 1 ? "s" : "");
	show_add_wrapped(out, str_text(&text), width);
	str_clear(&text);
	if (waits || !now)
		add_waiting(out, k, width);
	if (!pinned && o && o->verdict.class == CLASS_MOVED && !k->entry.notice_deadline)
		add_way_out(out, k, width);
}
