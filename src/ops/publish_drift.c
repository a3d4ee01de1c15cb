/*
 * publish_drift: what others changed in a mail server's table: told, or taken into the database.
 *
 * A key that the table has and the database does not becomes an entry, an entry whose key was taken out is deleted (in
 * a batch, so that it can be restored), a value is taken over.  Pins hold here too, and a key that cannot be an entry
 * is named and stays drift.
 */
#include "ops/publish_inner.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/history.h"
#include "ops/commit.h"
#include "ops/ward.h"

static const char *const words[] = {
	[DRIFT_EXTRA] = "in the table, but not in the list",
	[DRIFT_MISSING] = "in the list, but not in the table",
	[DRIFT_VALUE] = "has another value in the table",
};

static const char *const kinds[] = {[DRIFT_EXTRA] = "extra  ", [DRIFT_MISSING] = "missing", [DRIFT_VALUE] = "value  "};

void publish_tell_drift(const struct publish_run *r, const struct publish_plan *p)
{
	char shown[600];

	for (size_t i = 0; i < p->diff.n_drift; i++) {
		const struct target_drift *d = &p->diff.drift[i];

		publish_tell(r, "%s %s  %s%s%s", kinds[d->kind], escape(shown, sizeof shown, d->key, strlen(d->key)),
			     words[d->kind], d->why ? "; " : "", d->why ? d->why : "");
	}
	if (p->diff.n_drift > 0)
		publish_tell(r, "%s: %zu key%s changed by others; publish --adopt takes that into the list, "
			     "publish --overrule undoes it in the table", p->where, p->diff.n_drift,
			     p->diff.n_drift == 1 ? " was" : "s were");
}

int publish_check_agreed(const struct publish_run *r, size_t go, const char *from, struct err *e)
{
	if (go <= PUBLISH_AGREE_ABOVE || go <= r->o->agreed)
		return 0;
	return err_set(e, ERR_DATA, "%zu names would go from %s; nothing was changed, agree to that with --yes %zu", go,
		       from, go);
}

struct adopting {
	const struct publish_run *run;
	const struct publish_plan *plan;
	struct commit commit;
	uint64_t batch;
	size_t added, deleted, changed;
};

static int adopt_extra(struct adopting *a, const struct target_drift *d, struct arena *tmp, struct err *e)
{
	struct entry entry = {.table_value = d->value, .customer = "", .contact = "", .note = "", .pin_note = "",
			      .notice_ticket = "", .added = date_now()}, there;
	const char *why = d->why;
	char shown[300];
	int got;

	escape(shown, sizeof shown, d->key, strlen(d->key));
	if (why || name_from_text(entry.name, d->key, strlen(d->key), &why) == NAME_REFUSED) {
		publish_tell(a->run, "kept    %s  cannot be an entry: %s", shown, why);
		return 0;
	}
	got = entry_get(a->commit.txn, entry.name, tmp, &there, e);
	if (got < 0)
		return -1;
	if (got == 1) {
		publish_tell(a->run, "kept    %s  another spelling of %s, which is in the list", shown, entry.name);
		return 0;
	}
	publish_tell(a->run, "adopted %s  into the list", shown);
	a->added++;
	if (entry_put(a->commit.txn, &entry, e) != 0)
		return -1;
	return commit_record(&a->commit, AUDIT_IMPORT, NULL, &entry, NULL, NULL, e);
}

static int delete_entry(struct adopting *a, const struct entry *entry, struct arena *tmp, struct err *e)
{
	struct db_txn *t = a->commit.txn;
	struct observed old;
	int got;

	if (batch_add_entry(t, a->batch, entry, e) != 0)
		return -1;
	got = observed_get(t, entry->name, tmp, &old, e);
	if (got < 0 || (got == 1 && history_put(t, entry->name, &old, e) != 0))
		return -1;
	if ((got == 1 && observed_delete(t, entry->name, e) < 0) || entry_delete(t, entry->name, e) < 0)
		return -1;
	return commit_record(&a->commit, AUDIT_DELETE, entry, NULL, "deleted", NULL, e);
}

/* A U-label that is missing beside its A-label is no deletion: it is put back by the next publish that overrules. */
static int adopt_missing(struct adopting *a, const struct target_drift *d, struct arena *tmp, struct err *e)
{
	struct entry entry;
	enum pin_reason pin;
	int got;

	if (strlen(d->key) >= NAME_SIZE)
		return 0;
	got = entry_get(a->commit.txn, d->key, tmp, &entry, e);
	if (got <= 0)
		return got;
	pin = entry_pin_at(&entry, date_now());
	if (pin != PIN_NONE) {
		publish_tell(a->run, "kept    %s  pinned (%s); unpin it first", entry.name, pin_reason_name(pin));
		return 0;
	}
	publish_tell(a->run, "adopted %s  deleted from the list", entry.name);
	a->deleted++;
	return delete_entry(a, &entry, tmp, e);
}

static int adopt_value(struct adopting *a, const struct target_drift *d, struct arena *tmp, struct err *e)
{
	struct entry before, after;
	int got;

	if (strlen(d->key) >= NAME_SIZE)
		return 0;
	got = entry_get(a->commit.txn, d->key, tmp, &before, e);
	if (got <= 0)
		return got;
	after = before;
	after.table_value = d->value;
	publish_tell(a->run, "adopted %s  value", before.name);
	a->changed++;
	if (entry_put(a->commit.txn, &after, e) != 0)
		return -1;
	return commit_record(&a->commit, AUDIT_EDIT, &before, &after, NULL, NULL, e);
}

static int adopt_all(struct adopting *a, struct err *e)
{
	struct arena tmp = {0};
	int rc = 0;

	for (size_t i = 0; i < a->plan->diff.n_drift && rc == 0; i++) {
		const struct target_drift *d = &a->plan->diff.drift[i];

		arena_reset(&tmp);
		if (d->kind == DRIFT_EXTRA)
			rc = adopt_extra(a, d, &tmp, e);
		else if (d->kind == DRIFT_MISSING)
			rc = adopt_missing(a, d, &tmp, e);
		else
			rc = adopt_value(a, d, &tmp, e);
	}
	arena_clear(&tmp);
	return rc;
}

/* The record of the drift stands before the batch: it is about the table, not about an entry. */
static int adopt_in_batch(struct adopting *a, const char *reason, struct err *e)
{
	struct batch row = {.action = AUDIT_DELETE, .who = a->run->ward->operator.login, .reason = reason, .ticket = "",
			    .time = date_now()};
	char published[TARGET_SUM_TEXT], found[TARGET_SUM_TEXT];
	struct audit_what what = {.action = AUDIT_PUBLISH_DRIFT, .customer = "", .domain = "", .batch = "", .before = ""};

	if (a->plan->state.in_line)
		what.before = target_sum_text(published, &a->plan->state.sum);
	what.after = target_sum_text(found, &a->plan->diff.before);
	if (auditlog_append(&a->commit.audit, &what, e) != 0)
		return -1;
	row.seq = a->batch = commit_name_batch(&a->commit);
	if (adopt_all(a, e) != 0)
		return -1;
	row.count = a->deleted;
	return a->deleted ? batch_put(a->commit.txn, &row, e) : 0;
}

int publish_adopt(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	struct adopting a = {.run = r, .plan = p};
	struct audit_note note = {.reason = "adopt", .ticket = ""};
	char text[600], shown[500];
	size_t missing = 0;
	int rc;

	for (size_t i = 0; i < p->diff.n_drift; i++)
		missing += p->diff.drift[i].kind == DRIFT_MISSING;
	if (publish_check_agreed(r, missing, "the list", e) != 0)
		return -1;
	snprintf(text, sizeof text, "adopted from %s", escape(shown, sizeof shown, p->where, strlen(p->where)));
	note.text = text;
	if (commit_begin(&a.commit, r->ward, "adopting", 0, note, e) != 0)
		return -1;
	rc = adopt_in_batch(&a, text, e);
	if (rc != 0 || a.added + a.deleted + a.changed == 0) {
		commit_drop(&a.commit);
		return rc;
	}
	if (commit_end(&a.commit, e) != 0)
		return -1;
	publish_tell(r, "%zu adopted into the list, %zu deleted from it%s", a.added, a.deleted,
		     a.deleted ? "; B in the console shows the batch, mxward audit list action:delete its records" : "");
	return 0;
}
