#include "ops/commit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "db/env.h"
#include "ops/ward.h"
#include "relay/entry.h"

int commit_begin(struct commit *c, struct ward *w, const char *what, int bulk, struct audit_note note, struct err *e)
{
	*c = (struct commit){0};
	if (ward_may_change(w, e) != 0)
		return -1;
	if (db_begin_write(&c->txn, w->db, what, bulk, COMMIT_WAIT_MS, e) != 0)
		return -1;
	if (auditlog_begin(&c->audit, c->txn, &w->operator, note, e) != 0) {
		db_abort(c->txn);
		return -1;
	}
	return 0;
}

uint64_t commit_name_batch(struct commit *c)
{
	uint64_t seq = auditlog_next(&c->audit);

	snprintf(c->batch, sizeof c->batch, "b%" PRIu64, seq);
	return seq;
}

int commit_record(struct commit *c, enum audit_action action, const struct entry *before, const struct entry *after,
		  const char *after_text, const struct audit_evidence *evidence, struct err *e)
{
	const struct entry *whose = after ? after : before;
	struct str old = {0}, new = {0};
	struct audit_what what;
	int rc;

	if (!whose)
		return err_set(e, ERR_SOFTWARE, "a change of no entry cannot be recorded");
	if (before)
		entry_add_state(&old, before);
	if (after_text)
		str_add(&new, after_text);
	else if (after)
		entry_add_state(&new, after);
	what = (struct audit_what){
		.action = action,
		.customer = whose->customer,
		.domain = whose->name,
		.before = str_text(&old),
		.after = str_text(&new),
		.evidence = evidence,
		.n_evidence = evidence != NULL,
		.batch = c->batch,
	};
	rc = auditlog_append(&c->audit, &what, e);
	str_clear(&old);
	str_clear(&new);
	return rc;
}

int commit_end(struct commit *c, struct err *e)
{
	auditlog_end(&c->audit);
	return db_commit(c->txn, e);
}

void commit_drop(struct commit *c)
{
	auditlog_end(&c->audit);
	db_abort(c->txn);
}
