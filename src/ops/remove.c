#include "ops/remove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "dns/lookup.h"
#include "ops/commit.h"
#include "ops/evidence.h"
#include "ops/standing.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"
#include "relay/words.h"

/* How many names a preview asks for at once; the worker's window paces them. */
enum { ASK_AT_ONCE = 1000 };

/* What comes back with an answer: which item it is for. */
struct question {
	struct remove_plan *plan;
	size_t index;
};

struct remove_plan {
	struct ward *ward;
	struct remove_options options;
	struct timeline_rules rules;
	struct remove_item *item; /* in the order of asking until all have their fate */
	struct question *question;
	size_t n, asked, answered;
	struct arena arena;
	struct loop_timer *soon; /* done is never called from within remove_begin() */
	int ready;
	void (*done)(void *ctx);
	void *ctx;
};

static void stay(struct remove_item *item, const char *why)
{
	item->fate = REMOVE_STAY;
	snprintf(item->why, sizeof item->why, "%s", why);
}

/* The rule that a customer's request lifts. */
#define WAITING "WAITING"

/* A rule stands in the way: it keeps the entry, or is noted as lifted. */
static void rule(const struct remove_plan *p, struct remove_item *item, const char *name, const char *why)
{
	size_t used = strlen(item->lifted);
	int lifts = p->options.override || (p->options.customer_request && strcmp(name, WAITING) == 0);

	if (!lifts) {
		if (item->fate != REMOVE_STAY)
			stay(item, why);
		return;
	}
	if (strstr(item->lifted, name))
		return;
	snprintf(item->lifted + used, sizeof item->lifted - used, "%s%s", used ? " " : "", name);
}

static int is_about_waiting(enum timeline_why w)
{
	return w == WHY_LISTED || w == WHY_UNKNOWN || w == WHY_NOT_JUDGED || w == WHY_SPAN || w == WHY_COUNT ||
	       w == WHY_STALE;
}

/* What the counted observations have against a deletion of what is an orphan just now: that it was listed or
 * unknown at the last one then only means that it has waited for no day yet. */
static void rule_by_time(const struct remove_plan *p, struct remove_item *item)
{
	char why[sizeof item->why], day[DATE_SIZE];

	for (int w = 0; w < N_WHYS; w++) {
		const char *code = timeline_why_code((enum timeline_why)w);
		size_t len;

		if (!(item->timeline.why & 1u << w) || w == WHY_PINNED)
			continue;
		/* What is no orphan just now has a worse rule against it than that it has to wait. */
		if (item->verdict.class != CLASS_ORPHAN && is_about_waiting((enum timeline_why)w))
			continue;
		if (w == WHY_LISTED || w == WHY_UNKNOWN || w == WHY_NOT_JUDGED) {
			rule(p, item, WAITING, "an orphan just now, but no trusted scan has counted that yet");
			continue;
		}
		timeline_why_words(why, sizeof why, (enum timeline_why)w, &item->timeline, &p->rules, NULL);
		len = strlen(why);
		if (strcmp(code, WAITING) == 0 && item->timeline.may_from)
			snprintf(why + len, sizeof why - len, "; not before %s", date_utc_day(day, item->timeline.may_from));
		rule(p, item, code, why);
	}
}

/* Rules that need no DNS: the pin, which nothing lifts. */
static void look_at_entry(struct remove_item *item, const struct entry *entry)
{
	enum pin_reason pin = entry_pin_at(entry, date_now());

	if (pin != PIN_NONE) {
		snprintf(item->why, sizeof item->why, "pinned (%s); unpin it first", pin_reason_name(pin));
		item->fate = REMOVE_STAY;
	}
}

static void describe_listing(char *out, size_t size, const struct observed *o)
{
	for (size_t i = 0; i < o->n_mx; i++)
		if (o->mx[i].ours == 1) {
			snprintf(out, size, "names us now: %u %.150s", o->mx[i].preference, o->mx[i].target);
			return;
		}
	snprintf(out, size, "%s", reason_words(o->verdict.reason));
}

/* Who still gets mail through us, beyond what spammers send to any old MX, is not gone for all the world.
 * The customer's own word lifts that as it lifts the waiting time. */
static void judge_traffic(struct remove_plan *p, struct remove_item *item)
{
	char why[sizeof item->why];

	if (p->options.customer_request || item->weekly <= p->ward->config.mail_trickle)
		return;
	snprintf(why, sizeof why, "%.0f messages a week still come for it from outside (mail-trickle is %d)", item->weekly,
		 p->ward->config.mail_trickle);
	rule(p, item, "TRAFFIC", why);
}

/* What the fresh answer means for the entry. */
static void judge(struct remove_plan *p, struct remove_item *item)
{
	const struct verdict v = item->verdict;
	char why[sizeof item->why];

	item->fate = REMOVE_GO;
	switch (v.class) {
	case CLASS_ORPHAN:
		if (v.deletion == DELETE_HOLD)
			rule(p, item, "HOLD",
			     v.flags & H_NEAR_MISS ? "held: an MX resembles our relay's name, mistyped?"
						   : "held: an MX lies in our own domain but is no known relay");
		if (item->fate == REMOVE_GO)
			judge_traffic(p, item);
		break;
	case CLASS_UNKNOWN:
		snprintf(why, sizeof why, "no usable answer: %s", reason_name(v.reason));
		rule(p, item, "UNKNOWN", why);
		break;
	case CLASS_OK:
	case CLASS_MOVED:
	case CLASS_BROKEN:
		describe_listing(why, sizeof why, item->fresh);
		rule(p, item, "LISTED", why);
		break;
	default:
		snprintf(why, sizeof why, "DNS cannot judge it: %s", reason_name(v.reason));
		rule(p, item, "NOT_JUDGED", why);
	}
	rule_by_time(p, item);
	if (item->fate == REMOVE_GO && !item->why[0])
		words_dns(item->why, sizeof item->why, item->fresh);
	item->risk = item->lifted[0] ? 2 : (v.flags & (W_ONNET | W_PARENT_ALIVE)) || v.reason == ORPHAN_ONNET;
}

/* What stays, then the riskiest, then by name as they came. */
static int by_preview(const void *x, const void *y)
{
	const struct remove_item *a = x, *b = y;

	if (a->fate != b->fate)
		return (a->fate > b->fate) - (a->fate < b->fate);
	if (a->risk != b->risk)
		return b->risk - a->risk;
	return strcmp(a->name, b->name);
}

static void finish(void *ctx)
{
	struct remove_plan *p = ctx;

	p->soon = NULL;
	p->ready = 1;
	qsort(p->item, p->n, sizeof *p->item, by_preview);
	p->done(p->ctx);
}

static void ask_more(struct remove_plan *p);

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct question *q = ctx;
	struct remove_plan *p = q->plan;
	struct remove_item *item = &p->item[q->index];
	struct observed *fresh = arena_alloc(&p->arena, sizeof *fresh);

	evidence_observe(fresh, &p->arena, &p->ward->config.site, r, site_hash(&p->ward->config.site));
	if (fresh->time == 0)
		fresh->time = fresh->since = date_now();
	item->verdict = r->verdict;
	item->fresh = fresh;
	judge(p, item);
	p->answered++;
	ask_more(p);
}

static void ask_more(struct remove_plan *p)
{
	while (p->asked < p->n && p->asked - p->answered < ASK_AT_ONCE) {
		struct question *q = &p->question[p->asked];
		struct remove_item *item = &p->item[p->asked];

		*q = (struct question){p, p->asked++};
		if (item->fate == REMOVE_ASKING)
			lookups_ask(p->ward->lookups, item->name, 0, on_answer, q);
		else
			p->answered++;
	}
	if (p->answered == p->n && !p->ready && !p->soon)
		p->soon = loop_after(p->ward->loop, 0, finish, p);
}

static int read_standing(struct standing *s, struct timeline *out, const struct entry *entry, struct err *e)
{
	struct observed o;
	int got = observed_get(s->txn, entry->name, NULL, &o, e);

	if (got < 0)
		return -1;
	standing_judge(out, s, entry, got ? &o : NULL);
	return 0;
}

static int read_entries(struct remove_plan *p, const char *const *names, struct err *e)
{
	struct arena a = {0};
	struct standing standing;
	int64_t now = date_now();
	struct db_txn *txn;
	int rc = 0;

	if (db_begin_read(&txn, p->ward->db, e) != 0)
		return -1;
	standing_begin(&standing, &p->rules, txn);
	for (size_t i = 0; i < p->n && rc == 0; i++) {
		struct observed o = {0};
		struct entry entry;
		int got = entry_get(txn, names[i], &a, &entry, e);

		if (got == 0)
			rc = err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was deleted", names[i]);
		else if (got < 0)
			rc = -1;
		else {
			snprintf(p->item[i].name, sizeof p->item[i].name, "%s", entry.name);
			look_at_entry(&p->item[i], &entry);
			rc = read_standing(&standing, &p->item[i].timeline, &entry, e);
			if (observed_get(txn, entry.name, NULL, &o, e) < 0)
				rc = -1;
			/* Without a run of observations the last month tells. */
			p->item[i].weekly = traffic_look_weekly(txn, entry.name, o.since ? o.since : now - TRAFFIC_MONTH * 86400,
								now);
		}
	}
	db_abort(txn);
	arena_clear(&a);
	return rc;
}

/* The same name twice would be deleted once and reported missing once. */
static void drop_twice(struct remove_plan *p)
{
	size_t kept = 0;

	qsort(p->item, p->n, sizeof *p->item, by_preview);
	for (size_t i = 0; i < p->n; i++)
		if (kept == 0 || strcmp(p->item[kept - 1].name, p->item[i].name) != 0)
			p->item[kept++] = p->item[i];
	p->n = kept;
}

int remove_begin(struct remove_plan **out, struct ward *w, const char *const *names, size_t n,
		 struct remove_options o, void (*done)(void *ctx), void *ctx, struct err *e)
{
	struct remove_plan *p;

	if (ward_start_lookups(w, e) != 0)
		return -1;
	p = mem_alloc(sizeof *p);
	p->ward = w;
	p->options = o;
	timeline_rules_from(&p->rules, &w->config);
	p->item = mem_array(NULL, n ? n : 1, sizeof *p->item);
	memset(p->item, 0, (n ? n : 1) * sizeof *p->item);
	p->question = mem_array(NULL, n ? n : 1, sizeof *p->question);
	p->n = n;
	p->done = done;
	p->ctx = ctx;
	if (read_entries(p, names, e) != 0) {
		remove_free(p);
		return -1;
	}
	drop_twice(p);
	lookups_forget(w->lookups);
	*out = p;
	ask_more(p);
	return 0;
}

size_t remove_count(const struct remove_plan *p)
{
	return p->n;
}

const struct remove_item *remove_item(const struct remove_plan *p, size_t i)
{
	return &p->item[i];
}

size_t remove_count_fate(const struct remove_plan *p, enum remove_fate f)
{
	size_t count = 0;

	for (size_t i = 0; i < p->n; i++)
		count += p->item[i].fate == f;
	return count;
}

int remove_is_ready(const struct remove_plan *p)
{
	return p->ready;
}

/* One entry within the transaction: 1 deleted, 0 it stays after all, -1 error. */
static int delete_one(const struct remove_plan *p, struct commit *c, struct standing *standing, struct arena *a,
		      struct remove_item *item, uint64_t batch, struct err *e)
{
	struct audit_evidence line;
	struct observed old = {0};
	struct entry entry;
	char after[sizeof item->lifted + 48];
	int got = entry_get(c->txn, item->name, a, &entry, e);

	if (got < 0)
		return -1;
	if (got == 0) {
		stay(item, "a colleague deleted it meanwhile");
		return 0;
	}
	look_at_entry(item, &entry);
	if (read_standing(standing, &item->timeline, &entry, e) != 0)
		return -1;
	if (item->fate == REMOVE_GO)
		rule_by_time(p, item);
	if (item->fate != REMOVE_GO)
		return 0;
	if (batch_add_entry(c->txn, batch, &entry, e) != 0)
		return -1;
	got = observed_get(c->txn, item->name, a, &old, e);
	old.n_tallies = 0; /* a restored entry's clock starts anew */
	if (got < 0 || (got == 1 && history_put(c->txn, item->name, &old, e) != 0))
		return -1;
	if (got == 1 && observed_delete(c->txn, item->name, e) < 0)
		return -1;
	if (entry_delete(c->txn, item->name, e) < 0)
		return -1;
	snprintf(after, sizeof after, "deleted%s%s",
		 !item->lifted[0]	? ""
		 : p->options.override	? ", override: "
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
	int rc = 0;

	standing_begin(&standing, &p->rules, c->txn);
	row.seq = *batch = commit_name_batch(c);
	*deleted = 0;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = delete_one(p, c, &standing, &a, order[i].item, *batch, e);
		*deleted += rc == 1;
	}
	free(order);
	row.count = *deleted;
	if (rc >= 0 && *deleted > 0)
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
	struct audit_note note = {.reason = "delete", .text = reason, .ticket = ticket};
	struct commit c;
	int rc;

	*batch = 0;
	if (check_reason(reason, ticket, e) != 0)
		return -1;
	if (go > max)
		return err_set(e, ERR_DATA, "%zu entries would go, more than the %zu agreed to; nothing was deleted",
			       go, max);
	if (go == 0)
		return 0;
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

void remove_free(struct remove_plan *p)
{
	if (!p)
		return;
	if (p->soon)
		loop_cancel(p->ward->loop, p->soon);
	for (size_t i = 0; i < p->asked && p->ward->lookups; i++)
		if (p->item[i].fate == REMOVE_ASKING)
			lookups_cancel(p->ward->lookups, p->item[i].name, on_answer, &p->question[i]);
	arena_clear(&p->arena);
	free(p->question);
	free(p->item);
	free(p);
}
