#include "ops/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/reviews.h"
#include "ops/commit.h"
#include "ops/postconf.h"
#include "ops/ward.h"
#include "ops/worklist.h"

/* One change of one entry, applied to a copy; 1 it differs, 0 it does not, -1 refused. */
typedef int apply_fn(struct entry *e, const void *how, struct err *err);

/* A customer that becomes known or changes moves the entry to another chain of the log: its record is the last of the old
 * chain and the first of the new one, and neither names the other customer, who may read the chain one day. */
static int record_transfer(struct commit *c, const struct entry *before, const struct entry *after, struct err *e)
{
	struct str state = {0};
	struct audit_what in = {.action = AUDIT_TRANSFER, .customer = after->customer, .domain = after->name,
				.before = "transferred in"};
	int rc;

	if (!c->batch[0])
		commit_name_batch(c);
	if (commit_record(c, AUDIT_TRANSFER, before, NULL, "transferred out", NULL, e) != 0)
		return -1;
	entry_add_state(&state, after);
	in.after = str_text(&state);
	in.batch = c->batch;
	rc = auditlog_append(&c->audit, &in, e);
	str_clear(&state);
	return rc;
}

/* What was seen is told in the old chain: the next scan tells it in the new one, else it would read as never checked. */
static int note_handed(struct commit *c, struct arena *a, const char *name, struct err *e)
{
	struct observed o;
	int got = observed_get(c->txn, name, a, &o, e);

	if (got != 1)
		return got;
	o.news |= NEWS_HANDED;
	return observed_put(c->txn, name, &o, e);
}

static int change_one(struct commit *c, struct arena *a, const char *name, apply_fn *apply, const void *how,
		      enum audit_action action, size_t *changed, struct err *e)
{
	struct entry before, after;
	int got = entry_get(c->txn, name, a, &before, e);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was changed", name);
	after = before;
	got = apply(&after, how, e);
	if (got <= 0)
		return got;
	(*changed)++;
	if (entry_put(c->txn, &after, e) != 0)
		return -1;
	if (strcmp(before.customer, after.customer) != 0)
		return note_handed(c, a, name, e) != 0 ? -1 : record_transfer(c, &before, &after, e);
	return commit_record(c, action, &before, &after, NULL, NULL, e);
}

/* then, which may be NULL, is done in the same transaction when an entry differs. */
static int change_many_then(struct ward *w, const char *what, const char *const *names, size_t n, apply_fn *apply,
			    const void *how, enum audit_action action, struct audit_note note, size_t *changed,
			    int (*then)(struct ward *w, struct db_txn *txn, const void *how, struct err *e), struct err *e)
{
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	*changed = 0;
	if (commit_begin(&c, w, what, 0, note, e) != 0)
		return -1;
	if (n > 1)
		commit_name_batch(&c);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = change_one(&c, &a, names[i], apply, how, action, changed, e);
		arena_reset(&a);
	}
	if (rc == 0 && *changed > 0 && then)
		rc = then(w, c.txn, how, e);
	if (rc != 0 || *changed == 0)
		commit_drop(&c);
	else
		rc = commit_end(&c, e);
	arena_clear(&a);
	return rc;
}

static int change_many(struct ward *w, const char *what, const char *const *names, size_t n, apply_fn *apply,
		       const void *how, enum audit_action action, struct audit_note note, size_t *changed,
		       struct err *e)
{
	return change_many_then(w, what, names, n, apply, how, action, note, changed, NULL, e);
}

static int set_text(const char **field, const char *value)
{
	if (!value || strcmp(*field, value) == 0)
		return 0;
	*field = value;
	return 1;
}

static int set_time(int64_t *field, int64_t value)
{
	if (value < 0 || *field == value)
		return 0;
	*field = value;
	return 1;
}

static int apply_edit(struct entry *entry, const void *how, struct err *e)
{
	const struct change *c = how;
	int differs = 0;

	(void)e;
	differs |= set_text(&entry->customer, c->customer);
	differs |= set_text(&entry->contact, c->contact);
	differs |= set_text(&entry->note, c->note);
	differs |= set_time(&entry->contract_end, c->contract_end);
	differs |= set_time(&entry->confirmed, c->confirmed);
	return differs;
}

static int check_change(const struct change *c, struct err *e)
{
	if (c->customer && audit_check_customer(c->customer, e) != 0)
		return -1;
	if (c->contact && audit_check_text(c->contact, 0, "the contact", e) != 0)
		return -1;
	if (c->note && audit_check_text(c->note, 1, "the note", e) != 0)
		return -1;
	if (c->note && strlen(c->note) > 4096)
		return err_set(e, ERR_DATA, "the note has %zu bytes; at most 4096 are kept, shorten it",
			       strlen(c->note));
	return 0;
}

int change_add(struct ward *w, const char *text, const struct change *c, struct err *e)
{
	struct entry entry = {.table_value = "OK", .customer = "", .contact = "", .note = "", .pin_note = "",
			      .notice_ticket = "", .added = date_now()};
	struct arena a = {0};
	struct commit commit;
	struct entry there;
	const char *why;
	char shown[NAME_SIZE];
	int rc;

	if (name_from_text(entry.name, text, strlen(text), &why) == NAME_REFUSED)
		return err_set(e, ERR_DATA, "'%s' cannot be an entry: %s",
			       escape(shown, sizeof shown, text, strlen(text)), why);
	if (check_change(c, e) != 0)
		return -1;
	apply_edit(&entry, c, e);
	if (commit_begin(&commit, w, "an addition", 0,
			 (struct audit_note){.reason = "add", .text = entry.note, .ticket = ""}, e) != 0)
		return -1;
	rc = entry_get(commit.txn, entry.name, &a, &there, e);
	if (rc == 1)
		rc = err_set(e, ERR_DATA, "'%s' is in the list already; change it with: mxward edit %s", entry.name,
			     entry.name);
	else if (rc == 0)
		rc = entry_put(commit.txn, &entry, e);
	if (rc == 0)
		rc = commit_record(&commit, AUDIT_ADD, NULL, &entry, NULL, NULL, e);
	if (rc == 0)
		rc = commit_end(&commit, e);
	else
		commit_drop(&commit);
	arena_clear(&a);
	return rc;
}

int change_edit(struct ward *w, const char *const *names, size_t n, const struct change *c, size_t *changed,
		struct err *e)
{
	*changed = 0;
	if (check_change(c, e) != 0)
		return -1;
	return change_many(w, "an edit", names, n, apply_edit, c, AUDIT_EDIT,
			   (struct audit_note){.reason = "edit", .text = c->note ? c->note : "", .ticket = ""},
			   changed, e);
}

struct pin_how {
	enum pin_reason reason;
	int64_t until;
	const char *note;
};

static int apply_pin(struct entry *entry, const void *how, struct err *e)
{
	const struct pin_how *p = how;

	(void)e;
	if (entry->pin == p->reason && entry->pin_until == p->until && strcmp(entry->pin_note, p->note) == 0)
		return 0;
	entry->pin = (uint8_t)p->reason;
	entry->pin_until = p->until;
	entry->pin_note = p->note;
	return 1;
}

int change_pin(struct ward *w, const char *const *names, size_t n, enum pin_reason reason, int64_t until, const char *note,
	       struct err *e)
{
	struct pin_how how = {reason, until, note ? note : ""};
	size_t changed;

	if (audit_check_text(how.note, 1, "the note", e) != 0)
		return -1;
	if (strlen(how.note) > 4096)
		return err_set(e, ERR_DATA, "the note has %zu bytes; at most 4096 are kept, shorten it",
			       strlen(how.note));
	if (reason == PIN_OUTAGE && until == 0)
		return err_set(e, ERR_USAGE, "a pin for an outage needs the day on which it ends: --until YYYY-MM-DD");
	if (until != 0 && until <= date_now())
		return err_set(e, ERR_DATA, "the pin would end in the past; give a day that is to come");
	return change_many(w, "a pin", names, n, apply_pin, &how, AUDIT_PIN,
			   (struct audit_note){.reason = "pin", .text = how.note, .ticket = ""}, &changed, e);
}

int change_pin_warning(const struct ward *w, enum pin_reason reason, int64_t until, char *out, size_t size)
{
	int64_t lifetime;

	if (reason != PIN_OUTAGE)
		return 0;
	lifetime = postconf_queue_lifetime(w);
	if (until + DATE_DAY - date_now() <= lifetime)
		return 0;
	snprintf(out, size,
		 "pinned, but mail that waits longer than %" PRId64 " %s is returned before this outage ends "
		 "(maximal_queue_lifetime of Postfix); raise it, or hold the queue",
		 lifetime >= DATE_DAY ? lifetime / DATE_DAY : lifetime / 3600, lifetime >= DATE_DAY ? "days" : "hours");
	return 1;
}

int change_unpin(struct ward *w, const char *const *names, size_t n, size_t *changed, struct err *e)
{
	struct pin_how how = {PIN_NONE, 0, ""};

	if (change_many(w, "an unpin", names, n, apply_pin, &how, AUDIT_UNPIN,
			(struct audit_note){.reason = "unpin", .text = "", .ticket = ""}, changed, e) != 0)
		return -1;
	if (*changed == 0 && n == 1)
		return err_set(e, ERR_DATA, "'%s' is not pinned", names[0]);
	if (*changed == 0)
		return err_set(e, ERR_DATA, "none of the %zu is pinned", n);
	return 0;
}

static int apply_reviewed(struct entry *entry, const void *how, struct err *e)
{
	(void)e;
	entry->reviewed = *(const int64_t *)how;
	return 1;
}

/* Who went through the worklist, and when: the next time it tells what is new. */
static int note_review(struct ward *w, struct db_txn *txn, const void *how, struct err *e)
{
	return reviews_put(txn, worklist_reviewer(w), *(const int64_t *)how, e);
}

int change_reviewed(struct ward *w, const char *const *names, size_t n, struct err *e)
{
	int64_t now = date_now();
	size_t changed;

	return change_many_then(w, "a review", names, n, apply_reviewed, &now, AUDIT_EDIT,
				(struct audit_note){.reason = "reviewed", .text = "", .ticket = ""}, &changed, note_review, e);
}
