#include "ops/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "ops/evidence.h"
#include "ops/standing.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"
#include "relay/entry.h"
#include "relay/words.h"

/* All that is known of one entry, read in one transaction. */
struct known {
	struct arena arena;
	struct entry entry;
	struct observed observed;
	int is_observed;
	struct observed *history;
	size_t n_history;
	struct audit_row *record;
	size_t n_records;
	struct timeline_rules rules;
	struct timeline timeline;
	int counts;	     /* the observation's scan is trusted */
	struct traffic_look look;
	struct traffic_mail mail;
};

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

static void read_standing(struct known *k, const struct ward *w, struct db_txn *txn)
{
	struct standing s;
	struct err ignored;

	standing_begin_from(&s, &w->config, txn);
	standing_judge(&k->timeline, &s, &k->entry, k->is_observed ? &k->observed : NULL);
	k->rules = s.rules;
	k->counts = k->is_observed && scan_counts(txn, &s.trust, k->observed.scan, &ignored) == 1;
}

static int read_known(struct known *k, struct ward *w, const char *name, struct err *e)
{
	struct db_txn *txn;
	int got;

	*k = (struct known){0};
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = entry_get(txn, name, &k->arena, &k->entry, e);
	if (got == 0)
		got = err_set(e, ERR_NOINPUT, "'%s' is not in the list; what DNS says of it tells: mxward lookup %s",
			      name, name);
	if (got > 0) {
		got = observed_get(txn, name, &k->arena, &k->observed, e);
		k->is_observed = got == 1;
	}
	if (got >= 0 && history_get(txn, name, &k->arena, &k->history, &k->n_history, e) != 0)
		got = -1;
	if (got >= 0 && read_records(k, txn, e) != 0)
		got = -1;
	if (got >= 0) {
		read_standing(k, w, txn);
		traffic_look_begin(&k->look, txn, date_now());
		traffic_look_at(&k->look, name, &k->mail);
	}
	db_abort(txn);
	if (got < 0)
		arena_clear(&k->arena);
	return got < 0 ? -1 : 0;
}

static void add_wrapped(struct str *out, const char *text, int width)
{
	int column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + (int)word > width) {
			str_add(out, "\n  ");
			column = 2;
		} else if (column > 0) {
			str_add_char(out, ' ');
			column++;
		}
		str_add_bytes(out, text, word);
		column += (int)word;
		text += word;
		while (*text == ' ')
			text++;
	}
	str_add_char(out, '\n');
}

static void add_head(struct str *out, const struct entry *entry, int width)
{
	char unicode[NAME_SIZE * 2], right[AUDIT_CUSTOMER_MAX + 8];
	int pad;

	name_to_unicode(unicode, sizeof unicode, entry->name);
	snprintf(right, sizeof right, "%s", entry->customer);
	pad = width - (int)strlen(entry->name) - (int)strlen(right);
	str_addf(out, "%s%*s%s\n", entry->name, pad > 1 ? pad : 1, "", right);
	if (unicode[0])
		str_addf(out, "written %s\n", unicode);
}

static void add_verdict(struct str *out, const struct observed *o, int width)
{
	char line[200], code[80];
	int pad;

	if (!o) {
		str_add(out, "Not looked at yet; the next scan does, or lookup.\n");
		return;
	}
	snprintf(line, sizeof line, "%s: %s", class_name(o->verdict.class), reason_words(o->verdict.reason));
	snprintf(code, sizeof code, "[%s]", reason_name(o->verdict.reason));
	pad = width - (int)strlen(line) - (int)strlen(code);
	str_addf(out, "%s%*s%s\n", line, pad > 1 ? pad : 1, "", code);
	for (unsigned bit = 0; bit < N_FLAGS; bit++)
		if (o->verdict.flags & 1u << bit)
			str_addf(out, "  %s (%s)\n", flag_words(bit), flag_name(bit));
}

static const char *whose(const struct ward *w, const struct observed_mx *mx, const struct net_address *a)
{
	if (mx->ours == 1)
		return "OURS";
	if (!a)
		return mx->ours < 0 ? "no answer" : "no address";
	if (netset_has(&w->config.site.networks, a))
		return "on-net";
	return net_is_bogon(a) ? "private" : "off-net";
}

static void add_targets(struct str *out, const struct ward *w, const struct observed *o)
{
	char address[NET_TEXT_SIZE], shown[NAME_SIZE * 2];
	int implicit = evidence_is_implicit(o);

	if (o->chain[0])
		str_addf(out, "  alias of %s\n", escape(shown, sizeof shown, o->chain, strlen(o->chain)));
	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *mx = &o->mx[i];
		const struct net_address *first = mx->n_addresses ? &mx->address[0] : NULL;

		escape(shown, sizeof shown, mx->target, strlen(mx->target));
		if (implicit)
			str_addf(out, "  (no MX)  %-38s", shown);
		else
			str_addf(out, "  %5u %-40s", mx->preference, shown[0] ? shown : ".");
		str_addf(out, " %-9s %s\n", whose(w, mx, first), first ? net_address_text(address, first) : "");
		for (size_t k = 1; k < mx->n_addresses; k++)
			str_addf(out, "  %5s %-40s %-9s %s\n", "", "", whose(w, mx, &mx->address[k]),
				 net_address_text(address, &mx->address[k]));
	}
	if (o->n_mx == 0)
		str_add(out, "  no MX and no address\n");
}

static void add_checked(struct str *out, const struct observed *o, int64_t now, int live)
{
	char when[DATE_SIZE], ago[DATE_SIZE], first[DATE_SIZE];

	date_ago(ago, o->time, now);
	str_addf(out, "%s %s%s (%s)%s%s%s\n", live ? "Asked" : "Checked", ago, strcmp(ago, "now") ? " ago" : "",
		 date_local_minute(when, o->time), o->resolver[0] ? " by resolver " : "", o->resolver,
		 o->authenticated > 0 ? ", DNSSEC validated" : "");
	if (!live)
		str_addf(out, "So since %s: %u observation%s on %u day%s\n", date_local_day(first, o->since), o->count,
			 o->count == 1 ? "" : "s", o->days, o->days == 1 ? "" : "s");
}

/* What is seen just now goes before what was counted: a listing, or no answer. */
static const char *why_not_now(const struct observed *live)
{
	if (!live || live->verdict.class == CLASS_ORPHAN)
		return NULL;
	if (verdict_is_listed(live->verdict))
		return "Cannot delete: senders still reach us, mail would bounce.";
	return live->verdict.class == CLASS_NA ? "Cannot delete: DNS cannot judge this name."
					       : "Cannot delete: no usable answer just now; a failure of DNS is no evidence.";
}

static void add_waiting(struct str *out, const struct known *k, int width)
{
	const struct timeline *t = &k->timeline;
	char text[200], day[DATE_SIZE];

	if (t->count) {
		snprintf(text, sizeof text, "Counted as an orphan since %s: %u observation%s on %u day%s.",
			 date_local_day(day, t->since), t->count, t->count == 1 ? "" : "s", t->days,
			 t->days == 1 ? "" : "s");
		add_wrapped(out, text, width);
	}
	if (k->is_observed && !k->counts)
		add_wrapped(out, "The last observation is not counted: its scan is not through, or is distrusted.", width);
	if (t->why && t->may_from) {
		snprintf(text, sizeof text, "May be deleted from %s on, if it is looked at daily and stays so.",
			 date_utc_day(day, t->may_from));
		add_wrapped(out, text, width);
	}
	if (t->count && !(t->why & (1u << WHY_MAIL | 1u << WHY_QUEUE)))
		add_wrapped(out, "Mail and queue are not measured, so they are no condition.", width);
}

static void add_may(struct str *out, const struct known *k, const struct observed *live, int width)
{
	const char *now = why_not_now(live);
	struct str text = {0};
	char why[300];
	int n = 0;

	if (now && !(k->timeline.why & 1u << WHY_PINNED)) {
		add_wrapped(out, now, width);
		return;
	}
	for (int w = 0; w < N_WHYS; w++)
		if (k->timeline.why & 1u << w)
			str_addf(&text, "%s%s", n++ ? "; " : "Cannot delete: ",
				 timeline_why_words(why, sizeof why, (enum timeline_why)w, &k->timeline, &k->rules,
						    &k->entry));
	add_wrapped(out, n ? str_text(&text) : "May be deleted: DNS is asked once more before it goes.", width);
	str_clear(&text);
	add_waiting(out, k, width);
}

static void add_operator_part(struct str *out, const struct entry *entry, int width)
{
	char day[DATE_SIZE];
	struct str line = {0};

	if (entry->contact[0])
		str_addf(out, "Contact: %s\n", entry->contact);
	if (entry->contract_end)
		str_addf(out, "Contract ends: %s\n", date_local_day(day, entry->contract_end));
	if (entry->confirmed)
		str_addf(out, "Confirmed by the customer: %s\n", date_local_day(day, entry->confirmed));
	if (entry->reviewed)
		str_addf(out, "Reviewed: %s\n", date_local_day(day, entry->reviewed));
	if (entry->pin_note[0])
		str_addf(out, "Pin: %s\n", entry->pin_note);
	if (entry->note[0]) {
		str_add(&line, "Note: ");
		for (const char *p = entry->note; *p; p++)
			str_add_char(&line, *p == '\n' || *p == '\t' ? ' ' : *p);
		add_wrapped(out, str_text(&line), width);
		str_clear(&line);
	}
	if (entry->table_value[0])
		str_addf(out, "Table value: %s\n", entry->table_value);
}

static void add_past(struct str *out, const struct observed *o)
{
	char from[DATE_SIZE], to[DATE_SIZE], words[80];

	str_addf(out, "  %s  %s  %s", date_local_day(from, o->since), date_local_day(to, o->time),
		 words_dns(words, sizeof words, o));
	if (o->distrusted >= o->count)
		str_add(out, " (not counted)");
	else if (o->distrusted)
		str_addf(out, " (%u of %u not counted)", o->distrusted, o->count);
	str_add_char(out, '\n');
}

static void add_history(struct str *out, const struct known *k)
{
	char from[DATE_SIZE], words[80];

	if (k->n_history == 0 && !k->is_observed)
		return;
	str_add(out, "\nWhat DNS said\n");
	if (k->is_observed)
		str_addf(out, "  %s  today       %s%s\n", date_local_day(from, k->observed.since),
			 words_dns(words, sizeof words, &k->observed), k->counts ? "" : " (not counted)");
	for (size_t i = k->n_history; i-- > 0;)
		add_past(out, &k->history[i]);
}

static void add_records(struct str *out, const struct known *k)
{
	char when[DATE_SIZE], reason[200];

	if (k->n_records == 0)
		return;
	str_add(out, "\nAudit records\n");
	for (size_t i = k->n_records; i-- > 0;) {
		const struct audit_row *r = &k->record[i];
		const char *text = r->has_note ? r->note.text[0] ? r->note.text : r->note.reason : "";

		str_addf(out, "  %s  %-16s %-12s %s%s%s\n", date_local_minute(when, r->record.time_ms / 1000),
			 audit_action_name(r->record.action), r->has_operator ? r->operator.login : "withheld",
			 escape(reason, sizeof reason, text, strlen(text)), r->has_note && r->note.ticket[0] ? " " : "",
			 r->has_note ? r->note.ticket : "");
	}
}

int show_text(struct str *out, struct ward *w, const char *name, const struct observed *live, int width, struct err *e)
{
	int64_t now = date_now();
	const struct observed *o;
	struct known k;

	if (read_known(&k, w, name, e) != 0)
		return -1;
	o = live ? live : k.is_observed ? &k.observed : NULL;
	add_head(out, &k.entry, width);
	add_verdict(out, o, width);
	if (o) {
		add_targets(out, w, o);
		add_checked(out, o, now, live != NULL);
	}
	add_may(out, &k, live, width);
	add_operator_part(out, &k.entry, width);
	traffic_add_text(out, &k.look, &k.mail);
	add_history(out, &k);
	add_records(out, &k);
	arena_clear(&k.arena);
	return 0;
}

static void add_date(struct json_line *j, const char *key, int64_t t)
{
	char text[DATE_SIZE];

	if (t)
		json_text(j, key, date_rfc3339(text, t));
	else
		json_null(j, key);
}

static void add_day(struct json_line *j, const char *key, int64_t t)
{
	char text[DATE_SIZE];

	if (t)
		json_text(j, key, date_utc_day(text, t));
	else
		json_null(j, key);
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

/* What was not measured is null. */
static void add_figure(struct json_line *j, const char *key, int64_t n)
{
	if (n < 0)
		json_null(j, key);
	else
		json_int(j, key, n);
}

int show_json(struct str *out, struct ward *w, const char *name, struct err *e)
{
	int64_t now = date_now();
	const struct observed *o;
	struct json_line j;
	struct known k;
	enum state state;

	if (read_known(&k, w, name, e) != 0)
		return -1;
	o = k.is_observed ? &k.observed : NULL;
	state = k.timeline.state;
	j = json_begin(out);
	json_text(&j, "name", k.entry.name);
	evidence_add_json(&j, o);
	add_date(&j, "since", o ? o->since : 0);
	add_date(&j, "observed", o ? o->time : 0);
	json_int(&j, "observations", o ? o->count : 0);
	json_int(&j, "days", o ? o->days : 0);
	json_text(&j, "state", state_name(state));
	json_bool(&j, "deletable", state == STATE_DELETABLE);
	add_day(&j, "deletable_from", k.timeline.may_from);
	add_whys(&j, &k.timeline);
	json_bool(&j, "counted", k.counts);
	json_text(&j, "customer", k.entry.customer);
	json_text(&j, "contact", k.entry.contact);
	json_text(&j, "note", k.entry.note);
	json_text(&j, "value", k.entry.table_value);
	if (entry_pin_at(&k.entry, now) == PIN_NONE)
		json_null(&j, "pinned");
	else
		json_text(&j, "pinned", pin_reason_name(entry_pin_at(&k.entry, now)));
	add_date(&j, "pin_until", k.entry.pin_until);
	add_date(&j, "added", k.entry.added);
	add_date(&j, "contract_end", k.entry.contract_end);
	add_date(&j, "confirmed", k.entry.confirmed);
	add_date(&j, "reviewed", k.entry.reviewed);
	add_figure(&j, "mail30_msgs", k.mail.msgs);
	add_figure(&j, "mail30_bytes", k.mail.bytes);
	add_figure(&j, "mail30_outside", k.mail.outside);
	add_figure(&j, "mail365_msgs", k.mail.year_msgs);
	add_figure(&j, "mail365_held", k.mail.held);
	json_int(&j, "changes", (int64_t)k.n_history);
	json_int(&j, "records", (int64_t)k.n_records);
	json_end(&j);
	str_add_char(out, '\n');
	arena_clear(&k.arena);
	return 0;
}
