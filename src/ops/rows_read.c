/*
 * rows_read: how rows come from the database: the first time, again in place, and at once where an audit record
 * says that somebody changed something.
 */
#include "ops/rows_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/auditlog.h"
#include "db/entries.h"
#include "db/env.h"
#include "relay/entry.h"

/* A turn looks at the clock after so many; more records than these are quicker read with all the rest. */
enum { LOOK_AT_CLOCK = 64, RECORDS_MAX = 500, SEEN_MAX = 1000 };

/* What one slice found to have come and gone. */
struct moves {
	struct newcomer *added;
	uint32_t *gone;
	size_t n_added, added_room, n_gone, gone_room;
};

static void moves_clear(struct moves *m)
{
	free(m->added);
	free(m->gone);
}

static void note_gone(struct moves *m, size_t row)
{
	if (m->n_gone == m->gone_room) {
		m->gone_room = m->gone_room * 2 + 64;
		m->gone = mem_array(m->gone, m->gone_room, sizeof *m->gone);
	}
	m->gone[m->n_gone++] = (uint32_t)row;
}

/* Figures of its own take the place of those that the entry had before, was. */
static uint32_t keep_mail(struct rows *r, const struct traffic_brief *m, uint32_t was)
{
	static const struct traffic_brief shared[MAIL_OWN] = {[MAIL_NOT_MEASURED] = {-1, -1, -1, -1}, [MAIL_NONE] = {0}};

	if (r->n_mail + MAIL_OWN > r->mail_room) {
		r->mail_room = r->mail_room * 3 / 2 + 1024;
		r->mail = mem_array(r->mail, r->mail_room, sizeof *r->mail);
	}
	if (r->n_mail == 0) {
		memcpy(r->mail, shared, sizeof shared);
		r->n_mail = MAIL_OWN;
	}
	for (uint32_t i = 0; i < MAIL_OWN; i++)
		if (memcmp(m, &shared[i], sizeof *m) == 0)
			return i;
	if (was < MAIL_OWN)
		was = (uint32_t)r->n_mail++;
	else if (memcmp(m, &r->mail[was], sizeof *m) != 0)
		r->changed = 1;
	r->mail[was] = *m;
	return was;
}

/* The brief of an entry, all but its name; mail: where its figures are, if it was there before. */
static struct brief brief_of(struct rows *r, struct standing *s, const struct entry *e, const struct observed *o,
			     uint32_t mail)
{
	struct row row;

	standing_row(&row, s, e, o);
	return (struct brief){
		.customer = shared_number(&r->customers, row.customer),
		.mail = keep_mail(r, &row.mail, mail),
		.since = (uint32_t)row.since,
		.time = (uint32_t)row.time,
		.may_from = (uint32_t)row.may_from,
		.notice_deadline = (uint32_t)row.notice_deadline,
		.flags = row.verdict.flags,
		.class = row.verdict.class,
		.reason = row.verdict.reason,
		.severity = row.verdict.severity,
		.deletion = row.verdict.deletion,
		.state = (uint8_t)row.state,
		.pin = row.pin,
		.browned = row.browned,
		.is_held_by_mail = row.is_held_by_mail,
	};
}

static void note_added(struct rows *r, struct moves *m, size_t before, struct brief b, const char *name)
{
	if (m->n_added == m->added_room) {
		m->added_room = m->added_room * 2 + 64;
		m->added = mem_array(m->added, m->added_room, sizeof *m->added);
	}
	b.name = texts_add(&r->names, name);
	m->added[m->n_added++] = (struct newcomer){before, b};
}

static void renew(struct rows *r, size_t row, struct brief b)
{
	b.name = r->brief[row].name;
	if (memcmp(&b, &r->brief[row], sizeof b) == 0)
		return;
	r->brief[row] = b;
	r->changed = 1;
}

static const char *name_at(const struct rows *r, size_t row)
{
	return r->names.bytes + r->brief[row].name;
}

/* Compares what is held with what the walk finds; `at` is the first row behind where the slice begins. */
static int walk(struct rows *r, struct entry_walk *w, struct standing *s, struct moves *m, size_t at, int64_t until,
		struct err *e)
{
	unsigned seen = 0;
	int got;

	while ((got = walk_next(w, e)) == 1) {
		struct brief b;
		int c = -1;

		while (at < r->n && (c = strcmp(name_at(r, at), w->e.name)) != 0 &&
		       (c = rows_compare_names(name_at(r, at), w->e.name)) < 0)
			note_gone(m, at++);
		b = brief_of(r, s, &w->e, &w->o, at < r->n && c == 0 ? r->brief[at].mail : MAIL_NOT_MEASURED);
		if (at < r->n && c == 0)
			renew(r, at++, b);
		else if (!r->complete) {
			b.name = texts_add(&r->names, w->e.name);
			rows_append(r, &b);
			at = r->n;
		} else {
			note_added(r, m, at, b, w->e.name);
		}
		if (++seen % LOOK_AT_CLOCK == 0) {
			memcpy(r->last, w->e.name, sizeof r->last);
			if (loop_now() >= until)
				return 0;
		}
	}
	for (; got == 0 && at < r->n; at++)
		note_gone(m, at);
	return got < 0 ? -1 : 1;
}

static int read_slice(struct rows *r, struct db_txn *txn, int64_t until, struct err *e)
{
	struct moves moves = {0};
	struct standing standing;
	struct entry_walk w;
	size_t at = 0, n = r->n;
	int rc, exact;

	standing_begin(&standing, &r->rules, txn);
	if (walk_begin(&w, txn, r->last[0] ? r->last : NULL, 0, e) != 0)
		return -1;
	if (r->last[0]) {
		at = rows_place(r, r->last, &exact);
		at += (size_t)exact;
	}
	rc = walk(r, &w, &standing, &moves, at, until, e);
	walk_end(&w);
	if (rc >= 0 && standing_end(&standing, e) != 0)
		rc = -1;
	if (moves.n_added || moves.n_gone)
		r->changed = 1;
	rows_rearrange(r, moves.gone, moves.n_gone, moves.added, moves.n_added);
	moves_clear(&moves);
	if (r->all && !r->complete && r->n != n)
		r->version++;
	return rc;
}

static void finish(struct rows *r)
{
	int first = !r->complete;

	r->complete = 1;
	r->rereading = 0;
	r->change = r->next_change;
	r->last[0] = '\0';
	if (r->changed && !first)
		rows_pick_anew(r);
	if (r->changed || first)
		r->version++;
	r->changed = 0;
}

int rows_read(struct rows *r, struct db *db, int64_t until, struct err *e)
{
	struct db_txn *txn;
	int rc = 0;

	if (r->complete && !r->rereading)
		return 1;
	if (!r->last[0])
		r->next_change = db_change(db);
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	if (!r->complete && !r->last[0])
		rc = auditlog_size(txn, &r->audited, e);
	if (rc == 0)
		rc = read_slice(r, txn, until, e);
	db_abort(txn);
	if (rc == 1)
		finish(r);
	return rc;
}

void rows_reload(struct rows *r)
{
	if (!r->complete)
		return;
	r->rereading = 1;
	r->changed = 0;
	r->last[0] = '\0';
}

/* --- at once --- */

static int by_key(const void *x, const void *y)
{
	return rows_compare_names(x, y);
}

/* Looks at each of the names, which are in key order. */
static int look_at_names(struct rows *r, struct db_txn *txn, char (*name)[NAME_SIZE], size_t n, struct err *e)
{
	struct moves moves = {0};
	struct standing standing;
	int rc = 0;

	standing_begin(&standing, &r->rules, txn);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct observed o = {.resolver = "", .chain = ""};
		struct entry entry;
		int exact;
		size_t at;

		if (i > 0 && strcmp(name[i], name[i - 1]) == 0)
			continue;
		at = rows_place(r, name[i], &exact);
		rc = entry_get(txn, name[i], NULL, &entry, e);
		if (rc == 1)
			rc = observed_get(txn, name[i], NULL, &o, e) < 0 ? -1 : 1;
		if (rc == 1 && exact)
			renew(r, at, brief_of(r, &standing, &entry, &o, r->brief[at].mail));
		else if (rc == 1)
			note_added(r, &moves, at, brief_of(r, &standing, &entry, &o, MAIL_NOT_MEASURED), name[i]);
		else if (rc == 0 && exact)
			note_gone(&moves, at);
	}
	if (moves.n_added || moves.n_gone)
		r->changed = 1;
	rows_rearrange(r, moves.gone, moves.n_gone, moves.added, moves.n_added);
	moves_clear(&moves);
	return rc < 0 ? -1 : standing_end(&standing, e);
}

/* The names in the records from r->audited on, behind the n that are there; records of no single entry have none. */
static int add_audited(struct rows *r, struct db_txn *txn, uint64_t size, char (*name)[NAME_SIZE], size_t *n,
		       struct err *e)
{
	struct arena arena = {0};
	int rc = 0;

	for (; r->audited < size && rc >= 0; r->audited++) {
		struct audit_row row;
		size_t len;

		arena_reset(&arena);
		rc = auditlog_get(txn, r->audited, &arena, &row, e);
		len = rc == 1 ? strlen(row.record.domain) : 0;
		if (len > 0 && len < NAME_SIZE)
			memcpy(name[(*n)++], row.record.domain, len + 1);
	}
	arena_clear(&arena);
	return rc < 0 ? -1 : 0;
}

static int catch_up(struct rows *r, struct db_txn *txn, size_t first, size_t n_seen, struct err *e)
{
	char(*name)[NAME_SIZE];
	size_t n = 0;
	uint64_t size;
	int rc = 0, all = 1;

	if (auditlog_size(txn, &size, e) != 0)
		return -1;
	name = mem_array(NULL, RECORDS_MAX + SEEN_MAX, sizeof *name);
	if (size < r->audited || size - r->audited > RECORDS_MAX) {
		r->audited = size;
		all = 0;
	} else {
		rc = add_audited(r, txn, size, name, &n, e);
	}
	for (size_t i = 0; i < n_seen && i < SEEN_MAX; i++) {
		struct row row;

		rows_get(r, first + i, &row);
		if (row.name[0])
			memcpy(name[n++], row.name, strlen(row.name) + 1);
	}
	qsort(name, n, sizeof *name, by_key);
	if (rc == 0)
		rc = look_at_names(r, txn, name, n, e);
	free(name);
	return rc < 0 ? -1 : all;
}

int rows_catch_up(struct rows *r, struct db *db, size_t first, size_t n, struct err *e)
{
	int rc, before = r->changed;
	struct db_txn *txn;

	if (!r->complete)
		return 1;
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	r->changed = 0;
	rc = catch_up(r, txn, first, n, e);
	db_abort(txn);
	if (r->changed) {
		r->version++;
		rows_pick_anew(r);
	}
	r->changed |= before;
	return rc;
}
