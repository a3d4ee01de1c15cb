#include "ops/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/escape.h"
#include "db/auditlog.h"
#include "db/chain.h"
#include "db/entries.h"
#include "db/env.h"
#include "relay/limit.h"

int records_check_limit(const struct limit *l, struct err *e)
{
	const char *name[N_AUDIT_ACTIONS], *unknown;
	char shown[100];

	for (int i = 0; i < N_AUDIT_ACTIONS; i++)
		name[i] = audit_action_name((enum audit_action)i);
	unknown = limit_action_of_none(l, name, N_AUDIT_ACTIONS);
	if (!unknown)
		return 0;
	return err_set(e, ERR_USAGE, "limit, unknown action '%s'; actions are spelled like delete or observe.month, and "
				     "publish.* is all that begin so", escape(shown, sizeof shown, unknown, strlen(unknown)));
}

/* --- picking ------------------------------------------------------------------------------------- */

void records_pick_begin(struct records_pick *p, const struct config *c, const struct limit *l, struct db_txn *txn)
{
	*p = (struct records_pick){.limit = l};
	standing_begin_from(&p->standing, c, txn);
}

void records_pick_end(struct records_pick *p)
{
	arena_clear(&p->arena);
}

/* What a limit sees of an entry; nothing that would fit when it is gone. */
static int look_at_entry(struct records_pick *p, const char *domain, struct row *row, struct observed *o, struct err *e)
{
	struct entry entry;
	int got = domain[0] ? entry_get(p->standing.txn, domain, &p->arena, &entry, e) : 0;
	int observed = got == 1 ? observed_get(p->standing.txn, domain, &p->arena, o, e) : 0;

	if (got < 0 || observed < 0)
		return -1;
	if (got == 1)
		standing_row(row, &p->standing, &entry, observed ? o : NULL);
	return standing_end(&p->standing, e) == 0 ? got : -1;
}

static const char *mx_of(const void *ctx, size_t i)
{
	const struct observed *o = ctx;

	return i < o->n_mx ? o->mx[i].target : NULL;
}

int records_pick_matches(struct records_pick *p, const struct audit_row *r, struct err *e)
{
	struct limit_row seen = {.name = r->record.domain, .customer = r->record.customer, .state = N_STATES, .bytes = -1,
				 .held = -1, .time = r->record.time_ms / 1000};
	struct observed o = {0};
	struct row row;
	int got;

	if (!p->limit)
		return 1;
	/* What an erased record was about nobody knows. */
	if (r->is_erased)
		return 0;
	seen.action = audit_action_name(r->record.action);
	if (!limit_needs_entry(p->limit))
		return limit_matches(p->limit, &seen, p->standing.now);
	arena_reset(&p->arena);
	got = look_at_entry(p, r->record.domain, &row, &o, e);
	if (got != 1)
		return got;
	row_see(&seen, &row, (struct row_mx){mx_of, &o});
	seen.name = r->record.domain;
	seen.customer = r->record.customer;
	seen.time = r->record.time_ms / 1000;
	seen.action = audit_action_name(r->record.action);
	return limit_matches(p->limit, &seen, p->standing.now);
}

/* --- by chains ----------------------------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

int records_of_chains(struct db_txn *txn, const struct limit *l, uint64_t **seq, size_t *n, struct err *e)
{
	char name[AUDIT_CHAIN_KEY + 1], customer[AUDIT_CUSTOMER_MAX + 1];
	struct audit_tail end;
	size_t room = 0;
	int got;

	*seq = NULL;
	*n = 0;
	if (!l || !limit_picks_chains(l))
		return 0;
	for (got = chain_next(txn, NULL, name, &end, e); got == 1; got = chain_next(txn, name, name, &end, e)) {
		const char *slash = strchr(name, '/');

		snprintf(customer, sizeof customer, "%.*s", (int)(slash - name), name);
		if (!limit_matches_chain(l, customer, slash + 1))
			continue;
		for (uint64_t number = 1; number <= end.number && got == 1; number++) {
			if (*n == room) {
				room = room * 2 + 256;
				*seq = mem_array(*seq, room, sizeof **seq);
			}
			got = chain_seq(txn, name, number, &(*seq)[*n], e);
			*n += got == 1;
		}
		if (got < 0)
			break;
	}
	if (*n > 1)
		qsort(*seq, *n, sizeof **seq, by_number);
	return got < 0 ? -1 : 1;
}

/* --- finding ------------------------------------------------------------------------------------- */

int records_finder_begin(struct records_finder *f, const struct config *c, struct db *db, const struct limit *l,
			 struct err *e)
{
	struct db_txn *txn;
	int rc;

	f->config = c;
	f->limit = l;
	f->n = 0;
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	rc = auditlog_size(txn, &f->size, e);
	db_abort(txn);
	f->next = f->size;
	return rc;
}

static void keep(struct records_finder *f, uint64_t seq)
{
	if (f->n == f->room) {
		f->room = f->room * 2 + 256;
		f->seq = mem_array(f->seq, f->room, sizeof *f->seq);
	}
	f->seq[f->n++] = seq;
}

int records_finder_go_on(struct records_finder *f, struct db *db, size_t at_most, struct err *e)
{
	struct records_pick pick;
	struct arena arena = {0};
	struct audit_row row;
	struct db_txn *txn;
	int got = 0;

	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	records_pick_begin(&pick, f->config, f->limit, txn);
	for (size_t i = 0; i < at_most && f->next > 0 && got >= 0; i++) {
		uint64_t seq = f->next - 1;

		arena_reset(&arena);
		got = auditlog_get(txn, seq, &arena, &row, e);
		if (got == 1)
			got = records_pick_matches(&pick, &row, e);
		if (got == 1)
			keep(f, seq);
		f->next -= got >= 0;
	}
	records_pick_end(&pick);
	db_abort(txn);
	arena_clear(&arena);
	return got < 0 ? -1 : f->next > 0;
}

void records_finder_clear(struct records_finder *f)
{
	free(f->seq);
	*f = (struct records_finder){0};
}
