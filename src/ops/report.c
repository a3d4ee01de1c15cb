#include "ops/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/reports.h"
#include "db/scans.h"
#include "ops/commit.h"
#include "ops/cost.h"
#include "ops/matter.h"
#include "ops/missing.h"
#include "ops/publish.h"
#include "ops/publish_plan.h"
#include "ops/sign.h"
#include "ops/standing.h"
#include "ops/ward.h"
#include "relay/words.h"

enum { CONFIRM_DAYS = 365, SILENT_DAYS = 7 };

/* --- items ------------------------------------------------------------------------------------- */

/* began: when it came to be something to say. */
static struct report_item *add(struct report *r, enum report_kind kind, const char *name, const char *customer,
			       const char *words, int64_t began)
{
	struct report_item *item;

	if (r->n == r->room) {
		r->room = r->room * 2 + 64;
		r->item = mem_array(r->item, r->room, sizeof *r->item);
	}
	item = &r->item[r->n++];
	*item = (struct report_item){
		.kind = kind,
		.name = arena_string(&r->arena, name, strlen(name)),
		.customer = arena_string(&r->arena, customer, strlen(customer)),
		.words = arena_string(&r->arena, words, strlen(words)),
		.time = began,
		.bytes = -1,
		.is_new = began >= r->since,
	};
	r->of_kind[kind]++;
	return item;
}

static struct report_item *add_entry(struct report *r, enum report_kind kind, const struct entry_walk *w, int64_t began)
{
	char words[80];

	words_dns(words, sizeof words, w->o.time ? &w->o : NULL);
	return add(r, kind, w->e.name, w->e.customer, words, began);
}

static void add_moved(struct report *r, const struct config *c, const struct entry_walk *w, const struct row *row,
		      const struct standing *s)
{
	struct report_item *item = add_entry(r, REPORT_MOVED, w, row->since);

	item->bytes = item->weight = row->mail.carried;
	if (item->bytes < 0)
		return;
	r->moved_bytes = (r->moved_bytes < 0 ? 0 : r->moved_bytes) + item->bytes;
	item->has_cost = cost_of(&item->cost, c, &s->mail, w->e.name, w->e.added);
	for (size_t i = 0; i < item->cost.n; i++)
		money_sum_add(&r->moved, &item->cost.each[i]);
}

/* What a distrusted scan saw is no orphan; what one that still runs saw is one until that turns out. */
static void add_orphan(struct report *r, const struct entry_walk *w, const struct row *row, struct standing *s)
{
	struct timeline t;
	int64_t began;

	standing_judge(&t, s, &w->e, &w->o);
	began = t.since || w->o.scan != r->open_scan ? t.since : w->o.since;
	/* After a gap, or under other sets, the run began anew, which is no news of an orphan that was counted before. */
	if (t.since && w->o.since < t.since && w->o.count - w->o.distrusted > t.count + 1)
		began = w->o.since;
	if (began && began >= r->since)
		add_entry(r, REPORT_ORPHAN, w, began)->is_suspect = row->state == STATE_SUSPECT;
}

/* A day that is meant became something to say some days before it. */
static void add_due(struct report *r, enum report_kind kind, const struct entry_walk *w, int64_t day, int days_before)
{
	struct report_item *item = add_entry(r, kind, w, day - (int64_t)days_before * DATE_DAY);

	item->time = day;
	item->weight = -day;
}

static void look_at(struct report *r, const struct config *c, const struct entry_walk *w, struct standing *standing)
{
	const struct observed *o = w->o.time ? &w->o : NULL;
	const struct entry *entry = &w->e;
	struct row row;
	unsigned matters;

	standing_row(&row, standing, entry, o);
	matters = matter_of(&row, entry, r->now);
	r->entries++;
	if (r->first_added == 0 || entry->added < r->first_added)
		r->first_added = entry->added;
	r->class[row.pin != PIN_NONE ? CLASS_NA : row.verdict.class]++; /* as a limit counts them */
	if (matters & MATTER_FAILING)
		add_entry(r, REPORT_FAILING, w, row.since);
	if (o && row.pin == PIN_NONE && row.verdict.class == CLASS_ORPHAN)
		add_orphan(r, w, &row, standing);
	if (matters & MATTER_READY)
		add_entry(r, REPORT_READY, w, row.since)->is_new = row.may_from >= r->since;
	if (matters & MATTER_MOVED)
		add_moved(r, c, w, &row, standing);
	if (matters & MATTER_NOTICE_DUE)
		add_due(r, REPORT_NOTICE, w, entry->notice_deadline, MATTER_NOTICE_DAYS);
	if (matters & MATTER_PIN_ENDS)
		add_due(r, REPORT_PIN, w, entry->pin_until, MATTER_PIN_DAYS);
	if (entry->confirmed && r->now - entry->confirmed > (int64_t)CONFIRM_DAYS * DATE_DAY)
		add_due(r, REPORT_CONFIRM, w, entry->confirmed, -CONFIRM_DAYS);
}

static void add_scan(struct report *r, const struct scan *scan)
{
	char name[40];

	snprintf(name, sizeof name, "scan %u", scan->number);
	add(r, REPORT_SCAN, name, "", scan->cause, scan->ended)->weight = scan->number;
	r->distrusted++;
}

/* Newest first, until one that ended before. */
static int count_scans(struct report *r, struct db_txn *txn, struct err *e)
{
	struct scan scan;
	int got = scan_last(txn, NULL, &scan, e);

	if (got == 1 && scan.ended == 0)
		r->open_scan = scan.number;
	while (got == 1 && scan.started >= r->since) {
		uint32_t number = scan.number;

		r->scans += scan.ended != 0;
		if (scan.ended && !scan.trusted)
			add_scan(r, &scan);
		got = number > 1 ? scan_get(txn, number - 1, NULL, &scan, e) : 0;
	}
	return got < 0 ? -1 : 0;
}

static int by_kind(const void *x, const void *y)
{
	const struct report_item *a = x, *b = y;

	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->is_new != b->is_new)
		return b->is_new - a->is_new;
	return strcmp(a->name, b->name);
}

/* Nothing gets old by itself where nobody looks: a timer that died must not look like a quiet list. */
static void add_stale(struct report *r, int fresh_days)
{
	int64_t from = r->nights.last ? r->nights.last : r->first_added, old = from + (int64_t)fresh_days * DATE_DAY;
	char words[100];

	if (from == 0 || r->now <= old)
		return;
	snprintf(words, sizeof words, r->nights.last ? "none has ended for %" PRId64 " days: is the timer running?"
					       : "the list is %" PRId64 " days old and none has ended yet: is the timer running?",
		 (r->now - from) / DATE_DAY);
	add(r, REPORT_SCAN, "scan", "", words, old)->time = from;
}

/* What the last look for missing names left to do. */
static int add_missing(struct report *r, struct db_txn *txn, const struct config *c, struct err *e)
{
	struct missing_result m;
	char words[500];
	int rc = missing_last(txn, c, &m, e);

	for (size_t i = 0; i < m.n && rc == 0; i++) {
		const struct missing_name *name = &m.name[i];
		int used;

		if (name->is_listed)
			used = snprintf(words, sizeof words, "its zone names us no more");
		else if (name->zone)
			used = snprintf(words, sizeof words, "its zone names us");
		else
			used = snprintf(words, sizeof words, "names us, %zu client%s refused", name->clients,
					name->clients == 1 ? " was" : "s were");
		if (name->near[0])
			snprintf(words + used, sizeof words - (size_t)used, "; one letter from %s, which is %s", name->near,
				 class_words(name->near_class));
		add(r, name->is_listed ? REPORT_GONE : REPORT_MISSING, name->name, "", words,
		    name->zone ? m.time : name->first)
			->weight = (int64_t)name->clients;
	}
	missing_clear(&m);
	return rc;
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
		r->since = times.last ? times.last : r->now - 7 * DATE_DAY;
	if (count_scans(r, txn, e) != 0 || nights_read(&r->nights, txn, r->now, e) != 0 ||
	    add_missing(r, txn, config, e) != 0)
		return -1;
	standing_begin_from(&standing, config, txn);
	if (walk_begin(&w, txn, NULL, 1, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1)
		look_at(r, config, &w, &standing);
	walk_end(&w);
	add_stale(r, config->confirm_fresh);
	return got < 0 ? -1 : standing_end(&standing, e);
}

/* A table that cannot be looked at is news as well, and no reason to say nothing of the rest. */
static void add_tables(struct report *r, struct ward *w)
{
	struct publish_options o = {.how = PUBLISH_LOOK};
	struct publish_result result;
	struct publish_standing standing;
	struct arena a = {0};
	char words[700];
	size_t behind = 0;
	struct err e;

	for (size_t i = 0; publish_standing(w, i, &a, &standing, &e) == 1; i++) {
		char since[DATE_SIZE];

		if (!standing.is_behind)
			continue;
		behind++;
		snprintf(words, sizeof words, "last in line %s, %zu change%s to be done there%s%s",
			 standing.in_line ? date_local_minute(since, standing.in_line) : "never", standing.left,
			 standing.left == 1 ? "" : "s", standing.why[0] ? ": " : "", standing.why);
		add(r, REPORT_TABLE, standing.where, "", words, r->now);
	}
	arena_clear(&a);
	if (!publish_target(w, 0))
		return;
	if (publish_run(w, &o, &result, &e) != 0)
		add(r, REPORT_TABLE, "tables", "", e.text, r->now);
	else if (result.note[0] && behind == 0)
		add(r, REPORT_TABLE, "tables", "", result.note, r->now);
	if (result.drift == 0)
		return;
	snprintf(words, sizeof words, "%zu key%s changed by others; see: mxward publish --dry-run", result.drift,
		 result.drift == 1 ? " was" : "s were");
	add(r, REPORT_DRIFT, "tables", "", words, r->now);
}

/* Whoever keeps the report can show later that the log was so then. */
static int add_log_head(struct report *r, const struct ward *w, struct db_txn *txn, struct err *e)
{
	struct str text = {0};
	int rc = signer_add_head(&text, w, txn, e);

	if (rc == 0)
		r->audit = arena_string(&r->arena, str_text(&text), text.len);
	str_clear(&text);
	return rc;
}

int report_gather(struct ward *w, int64_t since, struct report *out, struct err *e)
{
	struct db_txn *txn;
	int rc;

	*out = (struct report){.since = since, .now = date_now(), .moved_bytes = -1, .audit = ""};
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	rc = gather(out, &w->config, txn, e);
	if (rc == 0)
		rc = add_log_head(out, w, txn, e);
	db_abort(txn);
	if (rc == 0)
		add_tables(out, w);
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
	return 0;
}

int report_has_words(const struct report *r)
{
	return report_status(r) != 0 || r->now - r->spoken >= SILENT_DAYS * DATE_DAY;
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
