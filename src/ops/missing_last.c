/*
 * missing_last: the last look for missing names, kept for console and report, part of missing.h.
 */
#include "ops/missing.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/missing_rows.h"
#include "ops/commit.h"
#include "ops/cover.h"
#include "ops/ward.h"

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* A failure of DNS is no evidence against what was proved before. */
static int keep_unanswered(struct missing_rows *rows, const struct missing_result *r, struct db_txn *txn,
			   enum missing_source from, struct arena *a, struct err *e)
{
	struct missing_rows before;

	if (r->n_unanswered == 0)
		return 0;
	if (missing_rows_get(txn, from, a, &before, e) < 0)
		return -1;
	for (size_t i = 0; i < before.n && rows->n < r->n + MISSING_ROWS_MAX; i++)
		if (bsearch(&before.row[i].name, r->unanswered, r->n_unanswered, sizeof *r->unanswered, by_text))
			rows->row[rows->n++] = before.row[i];
	return 0;
}

static int put(struct missing_rows *rows, const struct missing_result *r, struct db_txn *txn, enum missing_source from,
	       struct arena *a, struct err *e)
{
	return keep_unanswered(rows, r, txn, from, a, e) == 0 ? missing_rows_put(txn, from, rows, e) : -1;
}

int missing_remember(struct ward *w, const struct missing_result *r, int zones, struct err *e)
{
	struct missing_rows rows = {.time = date_now(), .n = r->n};
	struct arena a = {0};
	struct db_txn *txn;
	int rc = -1;

	rows.row = arena_alloc(&a, (r->n + MISSING_ROWS_MAX) * sizeof *rows.row);
	for (size_t i = 0; i < r->n; i++) {
		const struct missing_name *m = &r->name[i];

		rows.row[i] = (struct missing_row){m->name, m->near, m->zone ? m->zone : "", m->clients, m->refusals, m->first,
						   m->last, m->verdict.class, m->verdict.reason, (uint8_t)m->near_class,
						   (uint8_t)m->is_listed};
	}
	if (db_begin_write(&txn, w->db, "missing names", 1, COMMIT_WAIT_MS, e) == 0) {
		if (put(&rows, r, txn, zones ? MISSING_IN_ZONES : MISSING_IN_LOGS, &a, e) == 0)
			rc = db_commit(txn, e);
		else
			db_abort(txn);
	}
	arena_clear(&a);
	return rc;
}

/* What was found may have been added, or deleted, since. */
static int still_holds(struct db_txn *txn, const struct config *c, const struct missing_row *m, struct err *e)
{
	char name[NAME_SIZE];
	struct entry entry;
	int got;

	if (strlen(m->name) >= sizeof name)
		return 0;
	if (m->is_listed)
		return entry_get(txn, m->name, NULL, &entry, e);
	strcpy(name, m->name);
	got = cover_find(txn, name, c->site.parent_matches_subdomains, e);
	return got < 0 ? -1 : !got;
}

static int add(struct missing_result *out, struct db_txn *txn, const struct missing_row *m, struct err *e)
{
	struct missing_name *to = &out->name[out->n];
	struct entry entry;
	int got = m->near[0] && strlen(m->near) < sizeof to->near ? entry_get(txn, m->near, NULL, &entry, e) : 0;

	if (got < 0)
		return -1;
	*to = (struct missing_name){
		.name = m->name,
		.clients = m->clients,
		.refusals = m->refusals,
		.first = m->first,
		.last = m->last,
		.verdict = {.class = m->class, .reason = m->reason},
		.zone = m->zone[0] ? m->zone : NULL,
		.is_listed = m->is_listed,
	};
	if (got == 1) {
		strcpy(to->near, m->near);
		to->near_class = m->near_class;
	}
	out->n++;
	return 0;
}

static int is_known(const struct missing_result *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->name[i].name, name) == 0)
			return 1;
	return 0;
}

int missing_last(struct db_txn *txn, const struct config *c, struct missing_result *out, struct err *e)
{
	struct missing_rows rows[N_MISSING_SOURCES];

	*out = (struct missing_result){0};
	for (int from = 0; from < N_MISSING_SOURCES; from++) {
		if (missing_rows_get(txn, (enum missing_source)from, &out->arena, &rows[from], e) < 0)
			return -1;
		if (rows[from].time > out->time)
			out->time = rows[from].time;
	}
	out->name = arena_alloc(&out->arena, (rows[0].n + rows[1].n + 1) * sizeof *out->name);
	for (int from = 0; from < N_MISSING_SOURCES; from++)
		for (size_t i = 0; i < rows[from].n; i++) {
			const struct missing_row *m = &rows[from].row[i];
			int holds = is_known(out, m->name) ? 0 : still_holds(txn, c, m, e);

			if (holds < 0 || (holds == 1 && add(out, txn, m, e) != 0))
				return -1;
		}
	return 0;
}
