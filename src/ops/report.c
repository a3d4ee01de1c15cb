#include "ops/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/reports.h"
#include "db/scans.h"
#include "ops/commit.h"
#include "ops/standing.h"
#include "ops/ward.h"
#include "relay/timeline.h"
#include "relay/words.h"

enum { DAY = 86400, NOTICE_DAYS = 7, PIN_DAYS = 14, CONFIRM_DAYS = 365, SILENT_DAYS = 7 };

const char *report_kind_name(enum report_kind k)
{
	static const char *const names[N_REPORT_KINDS] = {"failing", "orphan", "ready", "moved", "notice", "pin", "confirm"};

	return names[k];
}

const char *report_kind_words(enum report_kind k)
{
	static const char *const words[N_REPORT_KINDS] = {
		"Mail is failing now",
		"New orphans",
		"Ready to delete",
		"Moved, the dearest first",
		"Notices whose deadline is due",
		"Pins that end soon",
		"Confirmed by the customer more than a year ago",
	};

	return words[k];
}

static struct report_item *add(struct report *r, enum report_kind kind, const struct entry_walk *w, int64_t time)
{
	struct report_item *item;
	char words[80];

	if (r->n == r->room) {
		r->room = r->room * 2 + 64;
		r->item = mem_array(r->item, r->room, sizeof *r->item);
	}
	words_dns(words, sizeof words, w->o.time ? &w->o : NULL);
	item = &r->item[r->n++];
	*item = (struct report_item){
		.kind = kind,
		.name = arena_string(&r->arena, w->e.name, strlen(w->e.name)),
		.customer = arena_string(&r->arena, w->e.customer, strlen(w->e.customer)),
		.words = arena_string(&r->arena, words, strlen(words)),
		.time = time,
		.bytes = -1,
		.is_new = w->o.since >= r->since,
	};
	r->of_kind[kind]++;
	return item;
}

static void look_at(struct report *r, const struct entry_walk *w, struct standing *standing)
{
	const struct observed *o = w->o.time ? &w->o : NULL;
	enum pin_reason pin = entry_pin_at(&w->e, r->now);
	struct row row;

	standing_row(&row, standing, &w->e, o);
	r->entries++;
	r->class[o ? o->verdict.class : CLASS_NONE]++;
	if (o && pin == PIN_NONE && o->verdict.severity >= 3)
		add(r, REPORT_FAILING, w, o->since);
	if (o && pin == PIN_NONE && o->verdict.class == CLASS_ORPHAN && o->since >= r->since)
		add(r, REPORT_ORPHAN, w, o->since);
	if (row.state == STATE_DELETABLE)
		add(r, REPORT_READY, w, o->since);
	if (o && pin == PIN_NONE && o->verdict.class == CLASS_MOVED)
		add(r, REPORT_MOVED, w, o->since)->bytes = row.mail.carried;
	if (w->e.notice_deadline && w->e.notice_deadline < r->now + NOTICE_DAYS * DAY)
		add(r, REPORT_NOTICE, w, w->e.notice_deadline);
	if (pin != PIN_NONE && w->e.pin_until && w->e.pin_until < r->now + PIN_DAYS * DAY)
		add(r, REPORT_PIN, w, w->e.pin_until);
	if (w->e.confirmed && r->now - w->e.confirmed > (int64_t)CONFIRM_DAYS * DAY)
		add(r, REPORT_CONFIRM, w, w->e.confirmed);
}

/* Newest first, until one that ended before. */
static int count_scans(struct report *r, struct db_txn *txn, struct err *e)
{
	struct scan scan;
	int got = scan_last(txn, NULL, &scan, e);

	while (got == 1 && scan.started >= r->since) {
		uint32_t number = scan.number;

		r->scans += scan.ended != 0;
		r->distrusted += scan.ended != 0 && !scan.trusted;
		got = number > 1 ? scan_get(txn, number - 1, NULL, &scan, e) : 0;
	}
	return got < 0 ? -1 : 0;
}

static int by_kind(const void *x, const void *y)
{
	const struct report_item *a = x, *b = y;

	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->is_new != b->is_new)
		return b->is_new - a->is_new;
	return strcmp(a->name, b->name);
}

static int gather(struct report *r, const struct config *config, struct db_txn *txn, struct err *e)
{
	struct standing standing;
	struct report_times times;
	struct entry_walk w;
	int got;

	if (reports_get(txn, &times, e) != 0)
		return -1;
	r->spoken = times.spoken;
	if (r->since == 0)
		r->since = times.last ? times.last : r->now - 7 * DAY;
	if (count_scans(r, txn, e) != 0)
		return -1;
	standing_begin_from(&standing, config, txn);
	if (walk_begin(&w, txn, NULL, 1, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1)
		look_at(r, &w, &standing);
	walk_end(&w);
	return got;
}

int report_gather(struct ward *w, int64_t since, struct report *out, struct err *e)
{
	struct db_txn *txn;
	int rc;

	*out = (struct report){.since = since, .now = date_now(), .config = &w->config};
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	rc = gather(out, &w->config, txn, e);
	db_abort(txn);
	if (rc == 0 && out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, by_kind);
	return rc;
}

void report_clear(struct report *r)
{
	free(r->item);
	arena_clear(&r->arena);
	*r = (struct report){0};
}

/* That a domain moved is known for months; it is news, and something to do, only once. */
int report_status(const struct report *r)
{
	if (r->of_kind[REPORT_FAILING])
		return 2;
	for (size_t i = 0; i < r->n; i++)
		if (r->item[i].kind != REPORT_MOVED || r->item[i].is_new)
			return 1;
	return r->distrusted > 0;
}

int report_has_words(const struct report *r)
{
	return report_status(r) != 0 || r->now - r->spoken >= SILENT_DAYS * DAY;
}

int report_remember(struct ward *w, const struct report *r, struct err *e)
{
	struct report_times times = {r->now, report_has_words(r) ? r->now : r->spoken};
	struct db_txn *txn;

	if (db_begin_write(&txn, w->db, "a report", 1, COMMIT_WAIT_MS, e) != 0)
		return -1;
	if (reports_put(txn, &times, e) == 0)
		return db_commit(txn, e);
	db_abort(txn);
	return -1;
}
