#include "ops/restore.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/ward.h"

/* One entry of a batch back into the list: 1 restored, 0 kept as it is now, -1 error. */
static int restore_entry(struct commit *c, uint64_t seq, const struct entry *was, struct arena *a, struct str *kept,
			 struct err *e)
{
	struct audit_what what = {.action = AUDIT_RESTORE, .customer = was->customer, .domain = was->name,
				  .before = "deleted", .batch = c->batch};
	struct entry now, back = *was;
	struct str state = {0};
	int rc = entry_get(c->txn, was->name, a, &now, e);

	if (rc < 0)
		return -1;
	if (rc == 1) {
		str_addf(kept, "%s: added meanwhile, kept as it is now\n", was->name);
		return 0;
	}
	/* Whoever brings it back wants its mail. */
	back.brown_since = back.brown_until = 0;
	back.brown_reason = back.brown_ticket = "";
	/* Nor is what the customer was told once a ground to delete it a second time. */
	if (entry_notice_expired(&back, date_now())) {
		back.notice_deadline = 0;
		back.notice_ticket = "";
	}
	if (entry_put(c->txn, &back, e) != 0 || batch_mark_restored(c->txn, seq, was->name, e) != 0)
		return -1;
	entry_add_state(&state, &back);
	what.after = str_text(&state);
	rc = auditlog_append(&c->audit, &what, e);
	str_clear(&state);
	return rc == 0 ? 1 : -1;
}

/* Restores what only names (NULL: all) of batch seq that is not in the list. */
static int restore(struct ward *w, uint64_t seq, const char *only, const char *reason, size_t *restored,
		   struct str *kept, struct err *e)
{
	struct audit_note note = {.reason = "restore", .text = reason, .ticket = ""};
	struct batch row = {.action = AUDIT_RESTORE, .who = w->operator.login, .reason = reason, .ticket = "",
			    .time = date_now()};
	struct arena a = {0};
	struct entry *entry;
	struct commit c;
	size_t n;
	int rc;

	*restored = 0;
	if (!reason[0])
		return err_set(e, ERR_USAGE, "a restore needs a reason for the audit log; nothing was changed");
	if (audit_check_text(reason, 0, "the reason", e) != 0)
		return -1;
	if (commit_begin(&c, w, "a restore", 0, note, e) != 0)
		return -1;
	row.seq = commit_name_batch(&c);
	rc = batch_entries(c.txn, seq, &a, &entry, &n, e);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (only && strcmp(entry[i].name, only) != 0)
			continue;
		rc = restore_entry(&c, seq, &entry[i], &a, kept, e);
		*restored += rc == 1;
	}
	row.count = *restored;
	if (rc >= 0 && *restored > 0)
		rc = batch_put(c.txn, &row, e);
	if (rc >= 0 && *restored > 0)
		rc = commit_end(&c, e);
	else
		commit_drop(&c);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

int restore_batch(struct ward *w, uint64_t seq, const char *reason, size_t *restored, struct str *kept, struct err *e)
{
	struct arena a = {0};
	struct batch batch;
	struct db_txn *txn;
	int got;

	*restored = 0;
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = batch_get(txn, seq, &a, &batch, e);
	db_abort(txn);
	if (got == 1 && batch.action != AUDIT_DELETE)
		got = 0;
	arena_clear(&a);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_NOINPUT, "there is no batch of deletions b%" PRIu64 "; B in the console shows those there "
					       "are, mxward audit list action:delete their records", seq);
	return restore(w, seq, NULL, reason, restored, kept, e);
}

int restore_name(struct ward *w, const char *name, const char *reason, size_t *restored, struct str *kept, struct err *e)
{
	struct arena a = {0};
	struct entry there;
	struct db_txn *txn;
	uint64_t seq = 0;
	int got, is_there = 0;

	*restored = 0;
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = batch_find_deleted(txn, name, &seq, e);
	if (got == 0)
		is_there = entry_get(txn, name, &a, &there, e);
	db_abort(txn);
	arena_clear(&a);
	if (got < 0 || is_there < 0)
		return -1;
	if (is_there)
		return err_set(e, ERR_DATA, "'%s' is in the list; there is nothing to bring back", name);
	if (got == 0)
		return err_set(e, ERR_NOINPUT, "'%s' was not deleted by any batch that is kept; add it with: mxward add %s",
			       name, name);
	return restore(w, seq, name, reason, restored, kept, e);
}
