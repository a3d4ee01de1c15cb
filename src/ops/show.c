#include "ops/show.h"

#include "base/date.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "ops/evidence.h"
#include "ops/postconf.h"
#include "ops/show_inner.h"
#include "ops/ward.h"
#include "relay/timeline.h"

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

int show_read(struct known *k, struct ward *w, const char *name, struct err *e)
{
	struct db_txn *txn;
	int got;

	*k = (struct known){.parent_matches = postconf_parent_matches(w)};
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
	if (got >= 0 && cover_read(&k->cover, txn, name, k->parent_matches, e) != 0)
		got = -1;
	db_abort(txn);
	if (got < 0)
		arena_clear(&k->arena);
	return got < 0 ? -1 : 0;
}

static void add_date(struct json_line *j, const char *key, int64_t t)
{
	char text[DATE_SIZE];

	if (t)
		json_text(j, key, date_rfc3339(text, t));
	else
		json_null(j, key);
}

int show_json(struct str *out, struct ward *w, const char *name, struct err *e)
{
	int64_t now = date_now();
	const struct observed *o;
	struct json_line j;
	struct known k;
	enum state state;

	if (show_read(&k, w, name, e) != 0)
		return -1;
	o = k.is_observed ? &k.observed : NULL;
	state = timeline_state(&k.entry, o, now);
	j = json_begin(out);
	json_text(&j, "name", k.entry.name);
	evidence_add_json(&j, o);
	add_date(&j, "since", o ? o->since : 0);
	add_date(&j, "observed", o ? o->time : 0);
	json_int(&j, "observations", o ? o->count : 0);
	json_int(&j, "days", o ? o->days : 0);
	json_text(&j, "state", state_name(state));
	json_bool(&j, "deletable", state == STATE_DELETABLE);
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
	add_date(&j, "notice_deadline", k.entry.notice_deadline);
	json_text(&j, "notice_ticket", k.entry.notice_ticket);
	json_bool(&j, "acknowledged", entry_is_acknowledged(&k.entry, o));
	json_text(&j, "covered_by", k.cover.parent);
	json_int(&j, "covers", (int64_t)k.cover.covered);
	json_int(&j, "changes", (int64_t)k.n_history);
	json_int(&j, "records", (int64_t)k.n_records);
	json_end(&j);
	str_add_char(out, '\n');
	arena_clear(&k.arena);
	return 0;
}
