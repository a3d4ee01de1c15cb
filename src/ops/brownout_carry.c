#include "ops/brownout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/brownouts.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/publish.h"
#include "ops/remove.h"
#include "ops/ward.h"

/* The second half of a brownout: its days are over.  Who asked for it gave one reason for a batch, and each reason is
 * one deletion again. */

struct due {
	const char *name, *reason, *ticket;
};

/* Of those whose days are not over, one whose mail must not wait any longer. */
struct back {
	const char *name, *why;
};

struct browned {
	struct due *due;
	size_t n_due;
	struct back *back;
	size_t n_back;
};

struct carrying {
	struct ward *ward;
	void (*tell)(void *ctx, const char *line);
	void *ctx;
	struct brownout_result *result;
};

static void say(const struct carrying *c, const char *what, const char *name, const char *why)
{
	char line[NAME_SIZE + 400];

	snprintf(line, sizeof line, "%s %s%s%s", what, name, why[0] ? "  " : "", why);
	c->tell(c->ctx, line);
}

static int by_reason(const void *x, const void *y)
{
	const struct due *a = x, *b = y;
	int c = strcmp(a->reason, b->reason);

	if (c == 0)
		c = strcmp(a->ticket, b->ticket);
	return c ? c : strcmp(a->name, b->name);
}

/* Why the mail of an entry is deferred no longer, although its days are not over; NULL for no reason.  A moved one whose
 * customer was told names us until it goes. */
static const char *why_back(struct arena *a, const struct entry *entry, const struct observed *o, int64_t now)
{
	const enum pin_reason pin = entry_pin_at(entry, now);
	char why[120];

	if (pin != PIN_NONE)
		snprintf(why, sizeof why, "pinned (%s)", pin_reason_name(pin));
	else if (o->time <= entry->brown_since || (o->verdict.class == CLASS_MOVED && entry_notice_expired(entry, now)))
		return NULL;
	else if (verdict_is_listed(o->verdict) || o->was_listed)
		snprintf(why, sizeof why, "names us again: %s", reason_words(o->verdict.reason));
	else
		return NULL;
	return arena_string(a, why, strlen(why));
}

static int read_one(struct browned *b, struct db_txn *txn, struct arena *a, const char *name, int64_t now, struct err *e)
{
	struct observed o = {0};
	struct entry entry;
	const char *why;
	int got = entry_get(txn, name, a, &entry, e);

	if (got != 1 || !entry.brown_until)
		return got < 0 ? -1 : 0;
	if (entry.brown_until <= now) {
		b->due[b->n_due++] = (struct due){name, entry.brown_reason, entry.brown_ticket};
		return 0;
	}
	if (observed_get(txn, name, a, &o, e) < 0)
		return -1;
	why = why_back(a, &entry, &o, now);
	if (why)
		b->back[b->n_back++] = (struct back){name, why};
	return 0;
}

static int read_browned(struct ward *w, struct arena *a, struct browned *b, struct err *e)
{
	int64_t now = date_now();
	const char **name;
	struct db_txn *txn;
	size_t all;
	int rc = 0;

	*b = (struct browned){0};
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	if (brownouts_get(txn, a, &name, &all, e) != 0) {
		db_abort(txn);
		return -1;
	}
	b->due = arena_alloc(a, (all + 1) * sizeof *b->due);
	b->back = arena_alloc(a, (all + 1) * sizeof *b->back);
	for (size_t i = 0; rc == 0 && i < all; i++)
		rc = read_one(b, txn, a, name[i], now, e);
	db_abort(txn);
	if (b->n_due)
		qsort(b->due, b->n_due, sizeof *b->due, by_reason);
	return rc;
}

static void on_ready(void *ctx)
{
	*(int *)ctx = 1;
}

/* 0 also where a colleague deleted it meanwhile. */
static int take_one_back(struct carrying *c, const char *name, const char *why, const char *said, struct err *e)
{
	size_t ended;
	int rc = brownout_end(c->ward, &name, 1, why, &ended, e);

	if (rc != 0 && e->code == ERR_NOINPUT)
		rc = 0;
	c->result->kept += ended;
	if (rc == 0 && ended)
		say(c, "accepted again", name, said);
	return rc;
}

/* What stays, whatever its fate was on the way, is taken back. */
static int take_back(struct carrying *c, const struct remove_plan *p, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < remove_count(p) && rc == 0; i++) {
		const struct remove_item *item = remove_item(p, i);

		if (item->fate != REMOVE_GONE)
			rc = take_one_back(c, item->name, item->why[0] ? item->why : "kept at its end", item->why, e);
	}
	return rc;
}

static int carry_group(struct carrying *c, const struct due *due, size_t n, struct err *e)
{
	struct remove_options o = {.ends_brownout = 1, .customer_request = strcmp(due->reason, "customer-request") == 0};
	const char **name = mem_array(NULL, n, sizeof *name);
	struct remove_plan *p = NULL;
	uint64_t batch = 0;
	int ready = 0, rc;

	for (size_t i = 0; i < n; i++)
		name[i] = due[i].name;
	rc = remove_begin(&p, c->ward, name, n, o, on_ready, &ready, e);
	while (rc == 0 && !ready)
		loop_turn(c->ward->loop, 200);
	if (rc == 0)
		rc = remove_commit(p, due->reason, due->ticket, n, &batch, e);
	for (size_t i = 0; rc == 0 && i < remove_count(p); i++)
		if (remove_item(p, i)->fate == REMOVE_GONE) {
			c->result->deleted++;
			say(c, "deleted", remove_item(p, i)->name, "its brownout is over");
		}
	if (rc == 0)
		rc = take_back(c, p, e);
	remove_free(p);
	free(name);
	return rc;
}

int brownout_carry_through(struct ward *w, void (*tell)(void *ctx, const char *line), void *ctx,
			   struct brownout_result *r, struct err *e)
{
	struct carrying c = {w, tell, ctx, r};
	struct arena a = {0};
	struct browned b;
	struct due *due;
	char note[900];
	int rc;

	*r = (struct brownout_result){0};
	rc = read_browned(w, &a, &b, e);
	due = b.due;
	r->due = b.n_due;
	for (size_t i = 0; rc == 0 && i < b.n_back; i++)
		rc = take_one_back(&c, b.back[i].name, b.back[i].why, b.back[i].why, e);
	for (size_t i = 0, end; rc == 0 && i < r->due; i = end) {
		for (end = i + 1; end < r->due && strcmp(due[end].reason, due[i].reason) == 0 &&
				  strcmp(due[end].ticket, due[i].ticket) == 0;)
			end++;
		rc = carry_group(&c, due + i, end - i, e);
	}
	if (r->deleted + r->kept > 0) {
		r->is_behind = publish_after_change(w, note, sizeof note);
		if (note[0])
			tell(ctx, note);
	}
	arena_clear(&a);
	return rc;
}
