#include "ops/show.h"

#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "ops/cost.h"
#include "ops/brownout.h"
#include "ops/evidence.h"
#include "ops/postconf.h"
#include "ops/show_inner.h"
#include "ops/standing.h"
#include "ops/ward.h"

static int read_records(struct known *k, struct db_txn *txn, struct err *e)
{
	uint64_t *seq;
	size_t n;

	if (auditlog_of_domain(txn, k->entry.name, &k->arena, &seq, &n, e) != 0)
		return -1;
	k->record = arena_alloc(&k->arena, (n ? n : 1) * sizeof *k->record);
	for (size_t i = 0; i < n; i++) {
		int got = auditlog_get(txn, seq[i], &k->arena, &k->record[k->n_records], e);

		if (got < 0)
			return -1;
		k->n_records += got == 1;
	}
	return 0;
}

static int read_standing(struct known *k, struct ward *w, struct db_txn *txn, struct err *e)
{
	struct queue_look queue;
	struct standing s;
	int rc;

	if (queue_look_begin(&queue, w, txn, e) != 0)
		return -1;
	standing_begin_from(&s, &w->config, txn);
	s.queue = &queue;
	standing_judge(&k->timeline, &s, &k->entry, k->is_observed ? &k->observed : NULL);
	k->rules = s.rules;
	k->counts = k->is_observed && standing_counts(&s, k->observed.scan);
	rc = standing_end(&s, e);
	queue_look_all(&k->queued, &queue, k->entry.name);
	k->queues = queue.n;
	queue_look_add_text(&k->queue_lines, &queue, k->entry.name, date_now());
	queue_look_end(&queue);
	return rc;
}

void show_clear(struct known *k)
{
	arena_clear(&k->arena);
	str_clear(&k->queue_lines);
}

int show_read(struct known *k, struct ward *w, const char *name, struct err *e)
{
	struct db_txn *txn;
	int got;

	*k = (struct known){.parent_matches = postconf_parent_matches(w)};
	queue_refresh(w);
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = entry_get(txn, name, &k->arena, &k->entry, e);
	if (got == 0 && entries_are_whole(txn, e) != 0)
		got = -1;
	if (got == 0)
		got = err_set(e, ERR_NOINPUT, "'%s' is not in the list; what DNS says of it tells: mxward lookup %s",
			      name, name);
	if (got > 0) {
		got = observed_get(txn, name, &k->arena, &k->observed, e);
		k->is_observed = got == 1;
		if (got == 0 && entries_are_whole(txn, e) != 0)
			got = -1;
	}
	if (got >= 0 && history_get(txn, name, &k->arena, &k->history, &k->n_history, e) != 0)
		got = -1;
	if (got >= 0 && read_records(k, txn, e) != 0)
		got = -1;
	if (got >= 0) {
		brownout_text(k->brownout, txn, &k->entry);
		k->knocks = k->entry.brown_until ? brownout_knocks(txn, &k->entry) : -1;
	}
	if (got >= 0 && read_standing(k, w, txn, e) != 0)
		got = -1;
	if (got >= 0) {
		traffic_look_begin(&k->look, txn, date_now());
		traffic_look_at(&k->look, name, k->entry.added, &k->mail);
		traffic_spark_read(&k->spark, &k->look, name);
		k->has_cost = cost_of(&k->cost, &w->config, &k->look, name, k->entry.added);
	}
	if (got >= 0 && (cover_read(&k->cover, txn, name, k->parent_matches, e) != 0 ||
			 seen_read(&k->seen, &k->arena, txn, name, k->parent_matches, e) != 0))
		got = -1;
	db_abort(txn);
	if (got < 0)
		show_clear(k);
	return got < 0 ? -1 : 0;
}

static void add_day(struct json_line *j, const char *key, int64_t t, char *(*day)(char *out, int64_t t))
{
	char text[DATE_SIZE];

	if (t)
		json_text(j, key, day(text, t));
	else
		json_add_null(j, key);
}

/* Each rule in the way, once. */
static void add_whys(struct json_line *j, const struct timeline *t)
{
	struct str seen = {0};

	json_key(j, "why");
	str_add_char(j->out, '[');
	for (int w = 0; w < N_WHYS; w++) {
		const char *code = timeline_why_code((enum timeline_why)w);

		if (!(t->why & 1u << w) || strstr(str_text(&seen), code))
			continue;
		str_addf(j->out, "%s\"%s\"", seen.len ? "," : "", code);
		str_addf(&seen, "%s ", code);
	}
	str_add_char(j->out, ']');
	str_clear(&seen);
}

/* Where several were asked, what each of them said. */
static void add_resolvers(struct json_line *j, const struct observed *o)
{
	const char *at = o && o->each ? o->each : "", *before = "";
	struct evidence_said said;

	json_key(j, "resolvers");
	str_add_char(j->out, '[');
	while (evidence_next_said(&at, &said)) {
		struct json_line one;

		str_add(j->out, before);
		one = json_begin(j->out);
		json_text(&one, "resolver", said.resolver);
		json_text(&one, "reason", said.reason);
		json_end(&one);
		before = ",";
	}
	str_add_char(j->out, ']');
}

/* What was not measured is null. */
static void add_figure(struct json_line *j, const char *key, int64_t n)
{
	if (n < 0)
		json_add_null(j, key);
	else
		json_int(j, key, n);
}

/* Money is text, "16.40 EUR": a price may have changed its currency meanwhile. */
static void add_cost(struct json_line *j, const struct known *k)
{
	struct str text = {0};

	money_sum_text(&text, &k->cost);
	if (k->has_cost)
		json_text(j, "cost30", str_text(&text));
	else
		json_add_null(j, "cost30");
	str_clear(&text);
}

int show_json(struct str *out, struct ward *w, const char *name, struct err *e)
{
	int64_t now = date_now();
	struct observed shown;
	const struct observed *o;
	struct json_line j;
	struct known k;
	enum state state;

	if (show_read(&k, w, name, e) != 0)
		return -1;
	o = k.is_observed ? &k.observed : NULL;
	shown = o ? *o : (struct observed){.resolver = ""};
	state = k.timeline.state;
	j = json_begin(out);
	json_text(&j, "name", k.entry.name);
	shown.verdict = standing_verdict(&k.entry, o, now);
	if (entry_pin_at(&k.entry, now) == PIN_NONE)
		shown.verdict.flags |= k.timeline.flags; /* as list has them */
	evidence_add_json(&j, &shown);
	add_resolvers(&j, o);
	json_text(&j, "without_pin", o ? reason_name(o->verdict.reason) : "");
	json_time(&j, "since", o ? o->since : 0);
	json_time(&j, "observed", o ? o->time : 0);
	json_int(&j, "observations", o ? o->count : 0);
	json_int(&j, "days", o ? o->days : 0);
	json_text(&j, "state", state_name(state));
	json_bool(&j, "deletable", state == STATE_DELETABLE);
	add_day(&j, "deletable_from", k.timeline.may_from, date_utc_day);
	add_whys(&j, &k.timeline);
	json_bool(&j, "counted", k.counts);
	json_text(&j, "customer", k.entry.customer);
	json_text(&j, "contact", k.entry.contact);
	json_text(&j, "note", k.entry.note);
	json_text(&j, "value", k.entry.table_value);
	if (entry_pin_at(&k.entry, now) == PIN_NONE)
		json_add_null(&j, "pinned");
	else
		json_text(&j, "pinned", pin_reason_name(entry_pin_at(&k.entry, now)));
	add_day(&j, "pin_until", k.entry.pin_until, date_local_day);
	json_time(&j, "added", k.entry.added);
	add_day(&j, "contract_end", k.entry.contract_end, date_local_day);
	add_day(&j, "confirmed", k.entry.confirmed, date_local_day);
	json_time(&j, "reviewed", k.entry.reviewed);
	add_day(&j, "notice_deadline", k.entry.notice_deadline, date_local_day);
	json_text(&j, "notice_ticket", k.entry.notice_ticket);
	json_bool(&j, "acknowledged", entry_is_acknowledged(&k.entry, o));
	json_text(&j, "covered_by", k.cover.parent);
	json_int(&j, "covers", (int64_t)k.cover.covered);
	add_figure(&j, "mail30_msgs", k.mail.msgs);
	add_figure(&j, "mail30_bytes", k.mail.bytes);
	add_figure(&j, "mail30_outside", k.mail.outside);
	add_figure(&j, "mail30_bytes_out", k.mail.out_bytes);
	add_cost(&j, &k);
	add_figure(&j, "mail_week_outside", k.timeline.mail.in_week);
	add_figure(&j, "mail365_msgs", k.mail.year_msgs);
	add_figure(&j, "mail365_held", k.mail.held);
	add_figure(&j, "mail365_at_once", k.mail.at_once);
	json_time(&j, "brownout_until", k.entry.brown_until);
	add_figure(&j, "brownout_knocks", k.knocks);
	add_figure(&j, "queued_msgs", k.queued.measured && !k.queued.unread ? k.queued.sum.msgs : -1);
	add_figure(&j, "queued_bytes", k.queued.measured && !k.queued.unread ? k.queued.sum.bytes : -1);
	json_bool(&j, "queue_is_whole", k.queued.measured == k.queues);
	json_int(&j, "changes", (int64_t)k.n_history);
	json_int(&j, "records", (int64_t)k.n_records);
	json_end(&j);
	str_add_char(out, '\n');
	show_clear(&k);
	return 0;
}
