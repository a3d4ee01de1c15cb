#include "ops/scan_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/evidence.h"
#include "ops/scan.h"
#include "ops/ward.h"
#include "relay/breaker.h"

/* Rows read in one transaction, rows changed in one, and how many of a row's MX domains are compared. */
enum { READ_AT_ONCE = 20000, CHANGE_AT_ONCE = 200, MX_COMPARED = 8 };

/* --- judging ------------------------------------------------------------------------------------ */

static void say_cause(struct scanning *s, enum breaker_cause cause)
{
	const struct scan *scan = &s->scan;
	const struct config *c = &s->ward->config;
	int unknown = cause == BREAKER_UNKNOWN;

	if (cause != BREAKER_CANARY)
		snprintf(s->cause, sizeof s->cause,
			 "%llu of %llu entries newly %s, more than %d and %g %%",
			 (unsigned long long)(unknown ? scan->newly_unknown : scan->new_suspects),
			 (unsigned long long)scan->done,
			 unknown ? "give no answer" : "are orphans that listed us before", BREAKER_FLOOR,
			 100 * (unknown ? c->breaker_unknown : c->breaker_new));
	s->scan.cause = s->cause;
}

/* The row and the record of why, together. */
static int close_with_record(struct scanning *s)
{
	struct audit_note note = {.reason = s->scan.accepted ? "accept" : "scan", .text = "", .ticket = ""};
	char why[sizeof s->cause + 60];
	struct audit_what what = {.action = AUDIT_SCAN_DISTRUSTED, .customer = "", .domain = "", .before = "",
				  .after = why, .batch = ""};
	struct commit c;

	snprintf(why, sizeof why, "scan %u %s: %s", s->scan.number, s->scan.accepted ? "accepted although" : "distrusted",
		 s->cause);
	if (commit_begin(&c, s->ward, "a scan", 1, note, s->e) != 0)
		return -1;
	if (scan_put(c.txn, &s->scan, s->e) != 0 || auditlog_append(&c.audit, &what, s->e) != 0) {
		commit_drop(&c);
		return -1;
	}
	return commit_end(&c, s->e);
}

int scan_close(struct scanning *s)
{
	struct breaker_count count = {.entries = s->scan.done, .newly_unknown = s->scan.newly_unknown,
				      .new_suspects = s->scan.new_suspects, .canaries = s->scan.canaries};
	const struct config *c = &s->ward->config;
	enum breaker_cause cause = breaker_judge(&count, c->breaker_unknown, c->breaker_new);

	s->scan.ended = s->scan.touched = date_now();
	s->scan.accepted = cause != BREAKER_TRUSTED && cause != BREAKER_CANARY && s->o->accept;
	s->scan.trusted = cause == BREAKER_TRUSTED || s->scan.accepted;
	if (cause == BREAKER_TRUSTED)
		return scan_write(s);
	say_cause(s, cause);
	return close_with_record(s);
}

/* --- groups and records ------------------------------------------------------------------------- */

struct changed {
	const char *name;
	int hold;
};

struct report {
	struct ward *ward;
	struct scan *scan;
	struct arena arena;
	struct changed *changed; /* in key order */
	size_t n, room;
	struct breaker_member *member;
	size_t n_members, members_room;
	struct err *e;
};

static uint64_t hash_text(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h ? h : 1;
}

static void add_member(struct report *r, uint64_t key, size_t suspect)
{
	if (r->n_members == r->members_room) {
		r->members_room = r->members_room * 2 + 64;
		r->member = mem_array(r->member, r->members_room, sizeof *r->member);
	}
	r->member[r->n_members++] = (struct breaker_member){key, suspect};
}

static void add_suspect(struct report *r, const struct observed *o, size_t suspect)
{
	add_member(r, o->ns, suspect);
	for (size_t i = 0; i < o->n_mx && i < MX_COMPARED && !evidence_is_implicit(o); i++) {
		const char *domain = name_registrable(o->mx[i].target);

		if (domain)
			add_member(r, hash_text(domain), suspect);
	}
}

static void look_at(struct report *r, const struct entry_walk *w)
{
	if (w->o.scan != r->scan->number || !(w->o.news & (NEWS_SUSPECT | NEWS_CHANGED)))
		return;
	if (r->n == r->room) {
		r->room = r->room * 2 + 64;
		r->changed = mem_array(r->changed, r->room, sizeof *r->changed);
	}
	r->changed[r->n] = (struct changed){arena_string(&r->arena, w->e.name, strlen(w->e.name)), 0};
	if (w->o.news & NEWS_SUSPECT)
		add_suspect(r, &w->o, r->n);
	r->n++;
}

/* One slice behind last: 1 there is more, 0 it was the end, -1. */
static int read_slice(struct report *r, char last[NAME_SIZE])
{
	struct entry_walk w;
	struct db_txn *txn;
	int got = 1;

	if (db_begin_read(&txn, r->ward->db, r->e) != 0)
		return -1;
	if (walk_begin(&w, txn, last[0] ? last : NULL, 1, r->e) != 0) {
		db_abort(txn);
		return -1;
	}
	for (int i = 0; i < READ_AT_ONCE && (got = walk_next(&w, r->e)) == 1; i++) {
		memcpy(last, w.e.name, strlen(w.e.name) + 1);
		look_at(r, &w);
	}
	walk_end(&w);
	db_abort(txn);
	return got;
}

static void hold_groups(struct report *r)
{
	uint8_t *held = mem_alloc(r->n ? r->n : 1);

	r->scan->held = breaker_hold_groups(r->member, r->n_members, held);
	for (size_t i = 0; i < r->n; i++)
		r->changed[i].hold = held[i];
	free(held);
}

void scan_say_verdict(char *out, size_t size, uint8_t class, uint8_t reason)
{
	if (class == CLASS_NONE)
		out[0] = '\0';
	else
		snprintf(out, size, "%s %s", class_name((enum class)class), reason_name((enum reason)reason));
}

static int record_change(struct commit *c, struct arena *a, const struct entry *entry, const struct observed *o,
			 struct err *e)
{
	char before[80], after[80];
	struct audit_evidence line;
	struct audit_what what = {.action = AUDIT_OBSERVE_CHANGE, .customer = entry->customer, .domain = entry->name,
				  .before = before, .after = after, .evidence = &line, .n_evidence = 1, .batch = ""};

	scan_say_verdict(before, sizeof before, o->news & NEWS_HANDED ? CLASS_NONE : o->definite_class, o->definite_reason);
	scan_say_verdict(after, sizeof after, o->verdict.class, o->verdict.reason);
	evidence_line(&line, a, entry->name, o);
	return auditlog_append(&c->audit, &what, e);
}

static int change_one(struct commit *c, struct arena *a, const struct report *r, const struct changed *changed,
		      int64_t hold_until)
{
	struct observed o;
	struct entry entry;
	int got = entry_get(c->txn, changed->name, a, &entry, r->e);

	if (got == 1)
		got = observed_get(c->txn, changed->name, a, &o, r->e);
	if (got != 1)
		return got; /* a colleague deleted it meanwhile */
	if (o.scan != r->scan->number)
		return 0;
	if (o.news & NEWS_CHANGED) {
		if (record_change(c, a, &entry, &o, r->e) != 0)
			return -1;
		o.news &= (uint8_t) ~(NEWS_CHANGED | NEWS_HANDED); /* the record is written, once */
	}
	if (changed->hold)
		o.hold_until = hold_until;
	return observed_put(c->txn, changed->name, &o, r->e);
}

static int change_some(const struct report *r, size_t from, size_t to, int64_t hold_until)
{
	struct audit_note note = {.reason = "scan", .text = "", .ticket = ""};
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	if (commit_begin(&c, r->ward, "a scan", 1, note, r->e) != 0)
		return -1;
	for (size_t i = from; i < to && rc >= 0; i++)
		rc = change_one(&c, &a, r, &r->changed[i], hold_until);
	if (rc < 0)
		commit_drop(&c);
	else
		rc = commit_end(&c, r->e);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

static int mark_reported(const struct report *r)
{
	struct db_txn *txn;

	r->scan->reported = 1;
	if (db_begin_write(&txn, r->ward->db, "a scan", 1, SCAN_COMMIT_WAIT, r->e) != 0)
		return -1;
	if (scan_put(txn, r->scan, r->e) != 0) {
		db_abort(txn);
		return -1;
	}
	return db_commit(txn, r->e);
}

int scan_report(struct ward *w, struct scan *scan, const struct timeline_rules *rules, struct err *e)
{
	struct report r = {.ward = w, .scan = scan, .e = e};
	int64_t hold_until = scan->ended + (int64_t)rules->group_hold * DATE_DAY;
	char last[NAME_SIZE] = "";
	int rc;

	while ((rc = read_slice(&r, last)) == 1)
		;
	if (rc == 0)
		hold_groups(&r);
	for (size_t i = 0; i < r.n && rc == 0; i += CHANGE_AT_ONCE)
		rc = change_some(&r, i, i + CHANGE_AT_ONCE < r.n ? i + CHANGE_AT_ONCE : r.n, hold_until);
	if (rc == 0)
		rc = scan_write_months(w, scan, e);
	if (rc == 0)
		rc = mark_reported(&r);
	free(r.member);
	free(r.changed);
	arena_clear(&r.arena);
	return rc;
}
