#include "ops/remove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "db/entries.h"
#include "db/env.h"
#include "dns/authority.h"
#include "dns/lookup.h"
#include "ops/brownout.h"
#include "ops/evidence.h"
#include "ops/postconf.h"
#include "ops/queue_look.h"
#include "ops/remove_cover.h"
#include "ops/remove_gate.h"
#include "ops/remove_inner.h"
#include "ops/remove_seen.h"
#include "ops/standing.h"
#include "ops/ward.h"
#include "relay/words.h"

enum {
	ASK_AT_ONCE = 1000, /* names of a preview; the worker's window paces them */
	NEAR_DAYS = 3	    /* what has waited no longer than so many days more than it must is shown as such */
};

void remove_stay(struct remove_item *item, const char *why)
{
	item->fate = REMOVE_STAY;
	snprintf(item->why, sizeof item->why, "%s", why);
}

void remove_look_at_entry(struct remove_item *item, const struct entry *entry)
{
	enum pin_reason pin = entry_pin_at(entry, date_now());

	if (pin != PIN_NONE) {
		snprintf(item->why, sizeof item->why, "pinned (%s); unpin it first", pin_reason_name(pin));
		item->fate = REMOVE_STAY;
	}
	item->notice_expired = entry_notice_expired(entry, date_now());
	item->notice_deadline = entry->notice_deadline;
}

static void add_note(struct remove_item *item, const char *words, const char *names)
{
	size_t used = strlen(item->why);

	snprintf(item->why + used, sizeof item->why - used, "; %s %s", words, names);
	item->risk = item->risk > 0 ? item->risk : 1;
}

/* A parent is held while a name of the list below it still names us: the customer is there. */
static void look_at_covered(struct remove_plan *p, struct remove_item *item, const struct cover *cover)
{
	char why[sizeof item->why];

	if (cover->listed > 0) {
		snprintf(why, sizeof why, "held: below it %zu name%s still name%s us: %s", cover->listed,
			 cover->listed == 1 ? "" : "s", cover->listed == 1 ? "s" : "", cover->names);
		remove_rule(p, item, "COVERS_LISTED", why);
	} else if (cover->covered > 0) {
		words_dns(item->why, sizeof item->why, item->fresh);
		add_note(item, "covers", cover->names);
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

/* A moved entry may go once its customer was told and the time he was given is over, although it is listed. */
static void judge_moved(struct remove_plan *p, struct remove_item *item)
{
	char why[sizeof item->why], day[DATE_SIZE];

	if (item->notice_expired) {
		snprintf(item->lifted, sizeof item->lifted, NOTICE_EXPIRED);
		return;
	}
	describe_listing(why, sizeof why, item->fresh);
	if (item->notice_deadline)
		snprintf(why + strlen(why), sizeof why - strlen(why), "; the customer has until %s",
			 date_local_day(day, item->notice_deadline));
	remove_rule(p, item, "LISTED", why);
}

/* A few mails a week come to any old MX; somebody may want to know from whom before the entry goes. */
static void look_at_mail(struct remove_item *item)
{
	size_t used = strlen(item->why);
	int64_t n = item->timeline.mail.in_week;

	if (!(item->timeline.flags & W_MAIL_TRICKLE))
		return;
	snprintf(item->why + used, sizeof item->why - used, "; up to %" PRId64 " mail%s a week still come%s", n,
		 n == 1 ? "" : "s", n == 1 ? "s" : "");
	item->risk = 2;
}

/* What speaks for a customer who is still there, though not for this name. */
static void look_at_signs(struct remove_item *item)
{
	const struct verdict v = item->verdict;

	if (v.reason == ORPHAN_ONNET)
		add_note(item, "still", "a customer");
	else if (v.flags & W_ONNET)
		add_note(item, "its address is", "ours");
	else if (v.flags & W_PARENT_ALIVE)
		add_note(item, "the zone above it", "lives");
}

/* What has only just waited long enough may as well come back tomorrow. */
static void look_at_limits(struct remove_item *item)
{
	const struct timeline *t = &item->timeline;
	int64_t over = t->needs_days ? (date_now() - t->since) / DATE_DAY - t->needs_days : NEAR_DAYS;
	size_t used = strlen(item->why);

	if (over < 0 || over >= NEAR_DAYS || item->lifted[0])
		return;
	snprintf(item->why + used, sizeof item->why - used, "; only just %d days so", t->needs_days);
	item->risk = item->risk > 0 ? item->risk : 1;
}

/* What the relays hold for a moved entry goes where it says, with or without the entry. */
static void look_at_queue(struct remove_item *item)
{
	if (item->queued[0] && item->verdict.class == CLASS_MOVED)
		add_note(item, "in the queue:", item->queued);
}

/* To be cleaned up, no risk. */
static void say_where_left(struct remove_item *item)
{
	size_t used = strlen(item->why);

	if (item->left_in[0])
		snprintf(item->why + used, sizeof item->why - used, "; left over in %s", item->left_in);
}

/* Whoever of an orphan's senders is there yet would have got a bounce. */
static void judge_knocks(struct remove_plan *p, struct remove_item *item)
{
	char why[sizeof item->why];

	if (item->knocks <= p->ward->config.mail_trickle)
		return;
	snprintf(why, sizeof why, "%" PRId64 " recipients were answered 450 in its brownout (mail-trickle is %d)", item->knocks,
		 p->ward->config.mail_trickle);
	remove_rule(p, item, KNOCKED, why);
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
			remove_rule(p, item, "HOLD",
			     v.flags & H_NEAR_MISS ? "held: an MX resembles our relay's name, mistyped?"
						   : "held: an MX lies in our own domain but is no known relay");
		judge_knocks(p, item);
		break;
	case CLASS_UNKNOWN:
		snprintf(why, sizeof why, "no usable answer: %s", reason_words(v.reason));
		remove_rule(p, item, "UNKNOWN", why);
		break;
	case CLASS_MOVED:
		judge_moved(p, item);
		break;
	case CLASS_OK:
	case CLASS_BROKEN:
		describe_listing(why, sizeof why, item->fresh);
		remove_rule(p, item, "LISTED", why);
		break;
	default:
		snprintf(why, sizeof why, "DNS cannot judge it: %s", reason_words(v.reason));
		remove_rule(p, item, "NOT_JUDGED", why);
	}
	remove_rule_by_time(p, item);
	if (item->fate == REMOVE_GO)
		look_at_covered(p, item, &p->cover[item - p->item]);
	if (item->fate == REMOVE_GO && !item->why[0])
		words_dns(item->why, sizeof item->why, item->fresh);
	if (item->fate == REMOVE_GO) {
		look_at_signs(item);
		look_at_limits(item);
		look_at_mail(item);
		look_at_queue(item);
		say_where_left(item);
	}
	if (item->lifted[0])
		item->risk = 3;
}

static int by_name(const void *x, const void *y)
{
	const struct remove_item *a = x, *b = y;

	return strcmp(a->name, b->name);
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

static const struct remove_item *find_item(const struct remove_plan *p, const char *name)
{
	struct remove_item key = {.name = ""};

	snprintf(key.name, sizeof key.name, "%s", name);
	return bsearch(&key, p->item, p->n, sizeof *p->item, by_name);
}

/* A name whose parent stays is still accepted after it is gone, which somebody ought to know. */
static void note_parents(struct remove_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct remove_item *item = &p->item[i];
		const struct cover *cover = &p->cover[i];
		const struct remove_item *parent = cover->parent[0] ? find_item(p, cover->parent) : NULL;

		if (item->fate != REMOVE_GO || !cover->parent[0] || (parent && parent->fate == REMOVE_GO))
			continue;
		add_note(item, "still covered by parent", cover->parent);
	}
}

static void finish(void *ctx)
{
	struct remove_plan *p = ctx;

	p->soon = NULL;
	p->ready = 1;
	p->heard = date_now();
	note_parents(p);
	qsort(p->item, p->n, sizeof *p->item, by_preview);
	p->done(p->ctx);
}

static void ask_more(struct remove_plan *p);

static void on_authority(void *ctx, const struct authority_result *r)
{
	struct question *q = ctx;
	struct remove_plan *p = q->plan;
	struct remove_item *item = &p->item[q->index];
	char why[sizeof item->why];
	const char *name = remove_gate_rule(r, why, sizeof why);

	item->fate = REMOVE_GO;
	if (name)
		remove_rule(p, item, name, why);
	if (item->lifted[0])
		item->risk = 3;
	p->answered++;
	ask_more(p);
}

/* The resolvers have nothing against it, nor has what lies below it. */
static void ask_authority(struct question *q)
{
	struct remove_plan *p = q->plan;
	struct remove_item *item = &p->item[q->index];

	if (item->fate == REMOVE_GO && item->verdict.class == CLASS_ORPHAN) {
		item->fate = REMOVE_ASKING;
		authority_ask(p->ward->lookups, item->name, on_authority, q);
		return;
	}
	p->answered++;
	ask_more(p);
}

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
	if (item->fate == REMOVE_GO)
		remove_seen_ask(q, ask_authority);
	else
		ask_authority(q);
}

static void ask_more(struct remove_plan *p)
{
	while (p->asked < p->n && p->asked - p->answered < ASK_AT_ONCE) {
		struct question *q = &p->question[p->asked];
		struct remove_item *item = &p->item[p->asked];

		*q = (struct question){.plan = p, .index = p->asked++};
		if (item->fate == REMOVE_ASKING)
			lookups_ask(p->ward->lookups, item->name, 0, on_answer, q);
		else
			p->answered++;
	}
	if (p->answered == p->n && !p->ready && !p->soon)
		p->soon = loop_after(p->ward->loop, 0, finish, p);
}

/* The same name twice would be deleted once and reported missing once. */
static void drop_twice(struct remove_plan *p)
{
	size_t kept = 0;

	qsort(p->item, p->n, sizeof *p->item, by_name);
	for (size_t i = 0; i < p->n; i++)
		if (kept == 0 || strcmp(p->item[kept - 1].name, p->item[i].name) != 0)
			p->item[kept++] = p->item[i];
	p->n = kept;
}

static void note_queue(struct remove_item *item, const struct queue_look *l, int64_t now)
{
	char text[QUEUE_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < l->n && used < sizeof item->queued; i++) {
		struct queue_figures f;

		if (queue_look_at(l, i, item->name, &f) < 0)
			snprintf(item->unread_queue, sizeof item->unread_queue, "%.60s", l->relay[i].relay);
		if (f.msgs)
			used += (size_t)snprintf(item->queued + used, sizeof item->queued - used, "%s%.60s %s",
						 used ? "; " : "", l->relay[i].relay, queue_figures_text(text, &f, now));
	}
}

/* Which other tables have the names; without a Postfix that says which there are, none is looked through. */
static void find_leftovers(struct remove_plan *p, const char *const *names)
{
	struct err ignored;

	p->has_leftovers = leftovers_find(&p->leftovers, p->ward, names, p->n, &ignored) == 0;
}

static int read_entries(struct remove_plan *p, const char *const *names, struct err *e)
{
	struct arena a = {0};
	struct standing standing;
	struct queue_look queue;
	int64_t now = date_now();
	struct db_txn *txn;
	int rc;

	queue_refresh(p->ward);
	find_leftovers(p, names);
	if (db_begin_read(&txn, p->ward->db, e) != 0)
		return -1;
	standing_begin(&standing, &p->rules, txn);
	rc = queue_look_begin(&queue, p->ward, txn, e);
	standing.queue = &queue;
	for (size_t i = 0; i < p->n && rc == 0; i++) {
		struct entry entry;
		int got = entry_get(txn, names[i], &a, &entry, e);

		if (got == 0)
			rc = err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was deleted", names[i]);
		else if (got < 0)
			rc = -1;
		else {
			snprintf(p->item[i].name, sizeof p->item[i].name, "%s", entry.name);
			p->item[i].written = remove_written(&entry);
			remove_look_at_entry(&p->item[i], &entry);
			remove_look_at_brownout(&p->item[i], &p->options, &entry);
			p->item[i].knocks = p->options.ends_brownout ? brownout_knocks(txn, &entry) : -1;
			rc = remove_read_standing(&standing, &p->item[i].timeline, &entry, e);
			note_queue(&p->item[i], &queue, now);
			leftovers_where(p->item[i].left_in, sizeof p->item[i].left_in, &p->leftovers, entry.name);
		}
		arena_reset(&a);
	}
	queue_look_end(&queue);
	drop_twice(p);
	p->cover = mem_array(NULL, p->n ? p->n : 1, sizeof *p->cover);
	p->seen = mem_array(NULL, p->n ? p->n : 1, sizeof *p->seen);
	for (size_t i = 0; i < p->n && rc == 0; i++) {
		rc = cover_read(&p->cover[i], txn, p->item[i].name, p->parent_matches, e);
		if (rc == 0)
			rc = seen_read(&p->seen[i], &p->arena, txn, p->item[i].name, p->parent_matches, e);
	}
	db_abort(txn);
	arena_clear(&a);
	return rc;
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
	p->parent_matches = postconf_parent_matches(w);
	if (read_entries(p, names, e) != 0) {
		remove_free(p);
		return -1;
	}
	lookups_forget(w->lookups);
	lookups_compare(w->lookups, 1);
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

const struct leftovers *remove_leftovers(const struct remove_plan *p)
{
	return p->has_leftovers ? &p->leftovers : NULL;
}

int remove_is_ready(const struct remove_plan *p)
{
	return p->ready;
}

void remove_free(struct remove_plan *p)
{
	if (!p)
		return;
	if (p->soon)
		loop_cancel(p->ward->loop, p->soon);
	for (size_t i = 0; i < p->asked && p->ward->lookups; i++)
		if (p->item[i].fate == REMOVE_ASKING) {
			lookups_cancel(p->ward->lookups, p->item[i].name, on_answer, &p->question[i]);
			remove_seen_cancel(&p->question[i]);
			authority_cancel(p->ward->lookups, p->item[i].name, on_authority, &p->question[i]);
		}
	if (p->ward->lookups)
		lookups_compare(p->ward->lookups, 0);
	leftovers_clear(&p->leftovers);
	arena_clear(&p->arena);
	free(p->question);
	free(p->cover);
	free(p->seen);
	free(p->item);
	free(p);
}
