#include "ops/standing.h"

#include "base/date.h"
#include "base/err.h"
#include "ops/queue_look.h"
#include "relay/entry.h"
#include "relay/limit.h"

void standing_begin(struct standing *s, const struct timeline_rules *r, struct db_txn *txn)
{
	*s = (struct standing){.rules = *r, .txn = txn, .now = date_now()};
}

void standing_begin_from(struct standing *s, const struct config *c, struct db_txn *txn)
{
	struct timeline_rules r;

	timeline_rules_from(&r, c);
	standing_begin(s, &r, txn);
}

static const struct traffic_look *mail_of(struct standing *s)
{
	if (!s->has_mail)
		traffic_look_begin(&s->mail, s->txn, s->now);
	s->has_mail = 1;
	return &s->mail;
}

/* Whether a queue is measured does not depend on the name, so one that is not is asked for once. */
static void look_at_queues(struct timeline_mail *out, struct standing *s, const char *name)
{
	struct queue_total total = {0};

	if (s->queue)
		queue_look_all(&total, s->queue, name);
	else if (!s->no_queue)
		queue_stored(&total, s->txn, name, s->now);
	s->no_queue = !s->queue && !total.measured && !total.unread;
	out->queued = total.measured ? total.sum.msgs : -1;
	out->unread = (int)total.unread;
}

int standing_counts(struct standing *s, uint32_t scan)
{
	struct err e;
	int got = scan_counts(s->txn, &s->trust, scan, &e);

	if (got < 0 && !s->is_unread) {
		s->is_unread = 1;
		s->why = e;
	}
	return got == 1;
}

int standing_end(const struct standing *s, struct err *e)
{
	if (s->is_unread)
		*e = s->why;
	return s->is_unread ? -1 : 0;
}

/* The mail is a condition only of what runs as an orphan, so only then it is looked up. */
void standing_judge(struct timeline *out, struct standing *s, const struct entry *e, const struct observed *o)
{
	struct timeline_mail mail = {-1, -1, 0, 0};
	int counts = o && o->time && standing_counts(s, o->scan);

	timeline_judge(out, &s->rules, e, o, counts, NULL, s->now);
	if (out->since)
		mail.in_week = traffic_look_weekly(mail_of(s), e->name, out->since, out->needs_days);
	if (mail.in_week == TRAFFIC_UNREAD) {
		mail.in_week = -1;
		mail.is_log_unread = 1;
	}
	if (out->since)
		look_at_queues(&mail, s, e->name);
	if (mail.in_week >= 0 || mail.queued >= 0 || mail.unread || mail.is_log_unread)
		timeline_judge(out, &s->rules, e, o, counts, &mail, s->now);
}

struct verdict standing_verdict(const struct entry *e, const struct observed *o, int64_t now)
{
	if (entry_pin_at(e, now) != PIN_NONE)
		return verdict_pinned();
	return o ? o->verdict : (struct verdict){0};
}

void standing_row(struct row *out, struct standing *s, const struct entry *e, const struct observed *o)
{
	struct timeline t;

	if (o && o->time == 0)
		o = NULL;
	standing_judge(&t, s, e, o);
	*out = (struct row){
		.name = e->name,
		.customer = e->customer,
		.verdict = o ? o->verdict : (struct verdict){0},
		.state = t.state,
		.pin = (uint8_t)entry_pin_at(e, s->now),
		.browned = e->brown_until != 0,
		.is_held_by_mail = (t.why & WHYS_OF_MAIL) != 0,
		.since = o ? o->since : 0,
		.time = o ? o->time : 0,
		.may_from = t.may_from,
		.notice_deadline = e->notice_deadline,
	};
	out->verdict.flags |= t.flags;
	traffic_look_brief(mail_of(s), e->name, e->added, &out->mail);
}

void row_see(struct limit_row *out, const struct row *r, struct row_mx mx)
{
	struct verdict v = r->pin == PIN_NONE ? r->verdict : verdict_pinned();

	*out = (struct limit_row){
		.name = r->name,
		.customer = r->customer,
		.class = v.class,
		.reason = v.reason,
		.flags = v.flags,
		.state = (uint8_t)r->state,
		.pinned = r->pin != PIN_NONE,
		.browned = r->browned,
		.since = r->since,
		.bytes = r->mail.bytes,
		.held = r->mail.held,
		.notice_deadline = r->notice_deadline,
		.time = r->since,
		.mx_target = mx.target,
		.ctx = mx.ctx,
	};
}

int row_matches(const struct row *r, const struct limit *l, struct row_mx mx, int64_t now)
{
	struct limit_row seen;

	if (!l)
		return 1;
	row_see(&seen, r, mx);
	return limit_matches(l, &seen, now);
}

static const char *mx_of(const void *ctx, size_t i)
{
	const struct observed *o = ctx;

	return i < o->n_mx ? o->mx[i].target : NULL;
}

int standing_matches(struct standing *s, const struct limit *l, const struct entry *e, const struct observed *o)
{
	static const struct observed none;
	struct row row;

	if (!l)
		return 1;
	standing_row(&row, s, e, o);
	return row_matches(&row, l, (struct row_mx){mx_of, o ? o : &none}, s->now);
}
