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

static int read_due(struct ward *w, struct arena *a, struct due **due, size_t *n, struct err *e)
{
	int64_t now = date_now();
	const char **name;
	struct db_txn *txn;
	size_t all;
	int rc = 0;

	*n = 0;
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	if (brownouts_get(txn, a, &name, &all, e) != 0) {
		db_abort(txn);
		return -1;
	}
	*due = arena_alloc(a, (all + 1) * sizeof **due);
	for (size_t i = 0; rc == 0 && i < all; i++) {
		struct entry entry;
		int got = entry_get(txn, name[i], a, &entry, e);

		rc = got < 0 ? -1 : 0;
		if (got == 1 && entry.brown_until && entry.brown_until <= now)
			(*due)[(*n)++] = (struct due){name[i], entry.brown_reason, entry.brown_ticket};
	}
	db_abort(txn);
	if (*n)
		qsort(*due, *n, sizeof **due, by_reason);
	return rc;
}

static void on_ready(void *ctx)
{
	*(int *)ctx = 1;
}

/* What stays, whatever its fate was on the way, is taken back. */
static int take_back(struct carrying *c, const struct remove_plan *p, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < remove_count(p) && rc == 0; i++) {
		const struct remove_item *item = remove_item(p, i);
		const char *const name[] = {item->name};
		size_t ended;

		if (item->fate == REMOVE_GONE)
			continue;
		rc = brownout_end(c->ward, name, 1, item->why[0] ? item->why : "kept at its end", &ended, e);
		if (rc != 0 && e->code == ERR_NOINPUT) /* a colleague deleted it meanwhile */
			rc = 0;
		c->result->kept += ended;
		if (rc == 0 && ended)
			say(c, "accepted again", item->name, item->why);
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
	struct due *due;
	char note[900];
	int rc;

	*r = (struct brownout_result){0};
	rc = read_due(w, &a, &due, &r->due, e);
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
