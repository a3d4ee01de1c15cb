#include "ops/notice.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/ward.h"
#include "relay/entry.h"
#include "relay/words.h"

enum { TICKET_MAX = 200 };

/* An entry with what was seen of it last; -1 when it is not in the list. */
static int read_both(struct db_txn *txn, struct arena *a, const char *name, struct entry *entry, struct observed *o,
		     struct err *e)
{
	int got = entry_get(txn, name, a, entry, e);

	if (got == 0)
		return err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was changed", name);
	if (got < 0)
		return -1;
	got = observed_get(txn, name, a, o, e);
	if (got == 0)
		*o = (struct observed){0};
	return got < 0 ? -1 : 0;
}

static int refuse(const struct observed *o, const char *name, const char *what, struct err *e)
{
	char words[60];

	if (o->time == 0)
		return err_set(e, ERR_DATA, "'%s' was never looked at, so %s has no ground; scan it first", name, what);
	return err_set(e, ERR_DATA, "'%s' has not moved (%s); %s is for entries that moved", name, words_dns(words, sizeof words, o),
		       what);
}

int notice_has_ground(struct ward *w, const char *name, struct err *e)
{
	struct arena a = {0};
	struct db_txn *txn;
	struct entry entry;
	struct observed o;
	int rc;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	rc = read_both(txn, &a, name, &entry, &o, e);
	if (rc == 0 && o.verdict.class != CLASS_MOVED && entry.notice_deadline == 0)
		rc = refuse(&o, name, "a notice", e);
	db_abort(txn);
	arena_clear(&a);
	return rc;
}

static int give_one(struct commit *c, struct arena *a, const char *name, int64_t deadline, const char *ticket, int alone,
		    struct notice_result *r, struct err *e)
{
	struct entry before, after;
	struct observed o;

	if (read_both(c->txn, a, name, &before, &o, e) != 0)
		return -1;
	/* Taking a notice back needs no ground. */
	if (deadline != 0 && o.verdict.class != CLASS_MOVED) {
		r->not_moved++;
		return alone ? refuse(&o, name, "a notice", e) : 0;
	}
	if (before.notice_deadline == deadline && strcmp(before.notice_ticket, ticket) == 0) {
		r->unchanged++;
		return 0;
	}
	after = before;
	after.notice_deadline = deadline;
	after.notice_ticket = ticket;
	r->noted++;
	if (entry_put(c->txn, &after, e) != 0)
		return -1;
	return commit_record(c, AUDIT_EDIT, &before, &after, NULL, NULL, e);
}

int notice_give(struct ward *w, const char *const *names, size_t n, int64_t deadline, const char *ticket,
		struct notice_result *r, struct err *e)
{
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	*r = (struct notice_result){0};
	if (deadline != 0 && deadline <= date_now())
		return err_set(e, ERR_DATA, "that deadline has passed already; give the customer a later day");
	if (strlen(ticket) > TICKET_MAX)
		return err_set(e, ERR_DATA, "the ticket has at most %d bytes; shorten it", TICKET_MAX);
	if (audit_check_text(ticket, 0, "the ticket", e) != 0)
		return -1;
	if (commit_begin(&c, w, "a notice", 0,
			 (struct audit_note){.reason = deadline ? "notice" : "notice withdrawn", .text = "", .ticket = ticket},
			 e) != 0)
		return -1;
	if (n > 1)
		commit_name_batch(&c);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = give_one(&c, &a, names[i], deadline, deadline ? ticket : "", n == 1, r, e);
	if (rc != 0 || r->noted == 0)
		commit_drop(&c);
	else
		rc = commit_end(&c, e);
	arena_clear(&a);
	return rc;
}

static int acknowledge(struct commit *c, struct arena *a, const char *name, struct err *e)
{
	struct entry before, after;
	struct observed o;

	if (read_both(c->txn, a, name, &before, &o, e) != 0)
		return -1;
	if (o.verdict.class != CLASS_MOVED)
		return refuse(&o, name, "an acknowledgement", e);
	after = before;
	after.acknowledged = observed_mx_hash(&o);
	if (entry_put(c->txn, &after, e) != 0)
		return -1;
	return commit_record(c, AUDIT_EDIT, &before, &after, NULL, NULL, e);
}

int notice_acknowledge(struct ward *w, const char *name, struct err *e)
{
	struct arena a = {0};
	struct commit c;
	int rc;

	if (commit_begin(&c, w, "an acknowledgement", 0,
			 (struct audit_note){.reason = "acknowledge", .text = "", .ticket = ""}, e) != 0)
		return -1;
	rc = acknowledge(&c, &a, name, e);
	if (rc != 0)
		commit_drop(&c);
	else
		rc = commit_end(&c, e);
	arena_clear(&a);
	return rc;
}
