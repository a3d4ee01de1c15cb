#include "ops/remove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/history.h"
#include "ops/brownout.h"
#include "ops/commit.h"
#include "ops/evidence.h"
#include "ops/queue_look.h"
#include "ops/remove_inner.h"
#include "ops/standing.h"
#include "ops/ward.h"
#include "relay/name.h"

/* The second half of remove: what the plan lets go is deleted, in one transaction with its records. */

static uint64_t mix(uint64_t h, uint64_t part)
{
	return (h ^ part) * UINT64_C(1099511628211);
}

uint64_t remove_written(const struct entry *entry)
{
	const char *const text[] = {entry->customer, entry->contact, entry->note};
	uint64_t h = UINT64_C(14695981039346656037);

	h = mix(mix(mix(h, (uint64_t)entry->added), (uint64_t)entry->contract_end), (uint64_t)entry->confirmed);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		for (const char *p = text[i]; *p; p++)
			h = mix(h, (unsigned char)*p);
		h = mix(h, 0); /* where one ends and the next begins */
	}
	return h;
}

struct why {
	const char *reason, *ticket;
};

/* One entry within the transaction: 1 deleted, 0 it stays after all, -1 error. */
static int delete_one(const struct remove_plan *p, struct commit *c, struct standing *standing, struct arena *a,
		      struct remove_item *item, uint64_t batch, struct why why, struct err *e)
{
	struct audit_evidence line;
	struct observed old = {0};
	struct entry entry;
	char after[sizeof item->lifted + 48];
	int got = entry_get(c->txn, item->name, a, &entry, e);

	if (got < 0)
		return -1;
	if (got == 0) {
		remove_stay(item, "a colleague deleted it meanwhile");
		return 0;
	}
	remove_look_at_entry(item, &entry);
	remove_look_at_brownout(item, &p->options, &entry);
	if (remove_read_standing(standing, &item->timeline, &entry, e) != 0)
		return -1;
	if (item->fate == REMOVE_GO)
		remove_rule_by_time(p, item);
	if (item->fate != REMOVE_GO)
		return 0;
	if (remove_written(&entry) != item->written) {
		remove_stay(item, "a colleague edited it meanwhile");
		return 0;
	}
	if (remove_has_lifted(item, NOTICE_EXPIRED) && !item->notice_expired) {
		remove_stay(item, "a colleague changed its notice meanwhile");
		return 0;
	}
	if (p->options.brownout_days) {
		if (item->fresh)
			evidence_line(&line, a, item->name, item->fresh);
		return brownout_begin(c, &entry, p->options.brownout_days, why.reason, why.ticket, item->lifted,
				      item->fresh ? &line : NULL, e) == 0 ? 1 : -1;
	}
	if (batch_add_entry(c->txn, batch, &entry, e) != 0)
		return -1;
	got = observed_get(c->txn, item->name, a, &old, e);
	old.n_tallies = 0; /* a restored entry's clock starts anew; its months have no record yet */
	if (got < 0 || (got == 1 && history_put(c->txn, item->name, &old, e) != 0))
		return -1;
	if (got == 1 && observed_delete(c->txn, item->name, e) < 0)
		return -1;
	if (entry_delete(c->txn, item->name, e) < 0)
		return -1;
	snprintf(after, sizeof after, "deleted%s%s",
		 !item->lifted[0]			? ""
		 : p->options.override			? ", override: "
		 : remove_has_lifted(item, NOTICE_EXPIRED) ? ", lifted: "
							: ", customer request: ",
		 item->lifted);
	if (item->fresh)
		evidence_line(&line, a, item->name, item->fresh);
	if (commit_record(c, AUDIT_DELETE, &entry, NULL, after, item->fresh ? &line : NULL, e) != 0)
		return -1;
	return 1;
}

struct keyed {
	unsigned char key[NAME_KEY_SIZE];
	size_t len;
	struct remove_item *item;
};

static int by_key(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int c = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

/* What goes, in key order: neighbours share pages, and the lock is held a fraction of the time. */
static struct keyed *key_order(struct remove_plan *p, size_t *n)
{
	struct keyed *order = mem_array(NULL, p->n ? p->n : 1, sizeof *order);

	*n = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (p->item[i].fate != REMOVE_GO)
			continue;
		order[*n].len = name_to_key(order[*n].key, p->item[i].name);
		order[(*n)++].item = &p->item[i];
	}
	qsort(order, *n, sizeof *order, by_key);
	return order;
}

static int delete_all(struct remove_plan *p, struct commit *c, const char *reason, const char *ticket,
		      uint64_t *batch, size_t *deleted, struct err *e)
{
	struct batch row = {.action = AUDIT_DELETE, .who = p->ward->operator.login, .reason = reason,
			    .ticket = ticket, .time = date_now()};
	struct arena a = {0};
	size_t n;
	struct keyed *order = key_order(p, &n);
	struct standing standing;
	struct queue_look queue;
	int rc;

	standing_begin(&standing, &p->rules, c->txn);
	/* What the mail server said for the preview goes before what was kept of it some hours ago. */
	rc = queue_look_begin(&queue, p->ward, c->txn, e);
	standing.queue = &queue;
	row.seq = *batch = commit_name_batch(c);
	*deleted = 0;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = delete_one(p, c, &standing, &a, order[i].item, *batch, (struct why){reason, ticket}, e);
		*deleted += rc == 1;
		arena_reset(&a);
	}
	queue_look_end(&queue);
	free(order);
	row.count = *deleted;
	if (rc >= 0 && *deleted > 0 && !p->options.brownout_days)
		rc = batch_put(c->txn, &row, e);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

static int check_reason(const char *reason, const char *ticket, struct err *e)
{
	if (!reason[0])
		return err_set(e, ERR_USAGE, "a deletion needs a reason for the audit log; nothing was deleted");
	if (strlen(reason) > 1000 || strlen(ticket) > 200)
		return err_set(e, ERR_DATA, "the reason has at most 1000 bytes and the ticket 200; shorten them");
	if (audit_check_text(reason, 0, "the reason", e) != 0)
		return -1;
	return audit_check_text(ticket, 0, "the ticket", e);
}

int remove_commit(struct remove_plan *p, const char *reason, const char *ticket, size_t max,
		  uint64_t *batch, struct err *e)
{
	size_t go = remove_count_fate(p, REMOVE_GO), deleted;
	struct audit_note note = {.reason = p->options.brownout_days ? "brownout" : "delete", .text = reason, .ticket = ticket};
	struct commit c;
	int rc;

	*batch = 0;
	if (check_reason(reason, ticket, e) != 0)
		return -1;
	if (go > max)
		return err_set(e, ERR_DATA, "%zu would go, more than the %zu agreed to; nothing was deleted",
			       go, max);
	if (go == 0)
		return 0;
	if (date_now() - p->heard > REMOVE_OLD_S)
		return err_set(e, ERR_DATA, "the answers of DNS are over %d minutes old; nothing was deleted, ask again",
			       REMOVE_OLD_S / 60);
	if (commit_begin(&c, p->ward, "a deletion", 0, note, e) != 0)
		return -1;
	rc = delete_all(p, &c, reason, ticket, batch, &deleted, e);
	if (rc != 0 || deleted == 0) {
		commit_drop(&c);
		*batch = 0;
		return rc;
	}
	if (commit_end(&c, e) != 0) {
		*batch = 0;
		return -1;
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->item[i].fate == REMOVE_GO)
			p->item[i].fate = REMOVE_GONE;
	return 0;
}
