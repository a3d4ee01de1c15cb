#include "ops/worklist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/operator.h"
#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/history.h"
#include "ops/cost.h"
#include "ops/matter.h"
#include "ops/missing.h"
#include "ops/standing.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"
#include "relay/entry.h"
#include "relay/words.h"

enum {
	SILENT_DAYS = 180,
	AGAIN_DAYS = 30,	/* a review of what goes on failing or stays ready holds so long */
	MOVED_AGAIN_DAYS = 90,
	FIRST_DAYS = 7		/* what is new to one who never reviewed */
};

const char *work_kind_name(enum work_kind k)
{
	static const char *const names[N_WORK_KINDS] = {"FAILING", "MISSING", "MOVED", "READY", "PIN ENDS", "SILENT", "NEW"};

	return names[k];
}

const char *worklist_reviewer(const struct ward *w)
{
	return operator_name(&w->operator);
}

static struct work_item *add(struct worklist *w, enum work_kind kind, const char *name, const char *customer)
{
	struct work_item *item;

	if (w->n == w->room) {
		w->room = w->room * 2 + 64;
		w->item = mem_array(w->item, w->room, sizeof *w->item);
	}
	item = &w->item[w->n++];
	*item = (struct work_item){
		.kind = kind,
		.name = arena_string(&w->arena, name, strlen(name)),
		.customer = arena_string(&w->arena, customer, strlen(customer)),
		.words = "",
		.more = "",
		.near = "",
		.weight = -1,
	};
	return item;
}

static const char *keep(struct worklist *w, const char *text)
{
	return arena_string(&w->arena, text, strlen(text));
}

/* Only what is listed here is read with its MX: a walk without them is faster. */
static const char *words_of(struct worklist *w, struct db_txn *txn, const char *name)
{
	struct observed o;
	char words[120];
	struct err ignored;

	if (observed_get(txn, name, NULL, &o, &ignored) != 1)
		return "";
	return keep(w, words_dns(words, sizeof words, &o));
}

/* "in 6d", "today", of a day by its beginning. */
static const char *in_days(char out[DATE_SIZE], int64_t day, int64_t now)
{
	if (day <= now)
		return "today";
	snprintf(out, DATE_SIZE, "in %" PRId64 "d", (day - now + DATE_DAY - 1) / DATE_DAY);
	return out;
}

/* Carried bytes, or what they cost, and how far the customer was told. */
static void describe_moved(struct worklist *w, struct work_item *item, const struct config *config,
			   const struct traffic_look *look, const struct row *r, const struct entry *entry)
{
	char text[200], bytes[TRAFFIC_TEXT], money[PRICE_TEXT], day[DATE_SIZE];
	int64_t carried = r->mail.carried, deadline = r->notice_deadline;
	struct money_sum sum = {0};
	struct money cost;
	size_t used = 0;

	item->weight = carried;
	item->is_due = (matter_of(r, entry, w->now) & MATTER_NOTICE_DUE) != 0;
	text[0] = '\0';
	if (carried > 0 && cost_of(&sum, config, look, r->name, entry->added) && cost_single(&sum, &cost))
		used = (size_t)snprintf(text, sizeof text, "%s, ", money_text(money, &cost));
	else if (carried >= 0)
		used = (size_t)snprintf(text, sizeof text, "%s, ", traffic_bytes_text(bytes, carried));
	if (!deadline)
		snprintf(text + used, sizeof text - used, "not told");
	else if (entry_end_of_last_day(deadline) <= w->now)
		snprintf(text + used, sizeof text - used, "over %s", date_ago(day, entry_end_of_last_day(deadline), w->now));
	else
		snprintf(text + used, sizeof text - used, "due %s", in_days(day, deadline, w->now));
	item->more = keep(w, text);
}

static int64_t latest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The most pressing kind an entry fits, N_WORK_KINDS for none; *since is when that arose. */
static enum work_kind kind_of(const struct worklist *w, const struct row *r, const struct entry_walk *walk, int64_t *since)
{
	unsigned matters = matter_of(r, &walk->e, w->now);
	int64_t fresh = w->own ? w->own : w->now - FIRST_DAYS * DATE_DAY;

	*since = r->since;
	if (matters & MATTER_PIN_ENDS) {
		*since = walk->e.pin_until - MATTER_PIN_DAYS * DATE_DAY;
		return WORK_PIN;
	}
	if (r->pin != PIN_NONE)
		return N_WORK_KINDS;
	if (matters & MATTER_FAILING) {
		*since = latest(r->since, w->now - AGAIN_DAYS * DATE_DAY);
		return WORK_FAILING;
	}
	if (r->browned) /* that it goes is settled */
		return N_WORK_KINDS;
	if (matters & MATTER_MOVED) {
		*since = latest(r->since, w->now - MOVED_AGAIN_DAYS * DATE_DAY);
		if (walk->e.notice_deadline)
			*since = latest(*since, walk->e.notice_deadline - MATTER_NOTICE_DAYS * DATE_DAY);
		return WORK_MOVED;
	}
	if (matters & MATTER_READY) {
		*since = latest(r->may_from, w->now - AGAIN_DAYS * DATE_DAY);
		return WORK_READY;
	}
	if (walk->o.unknown_since && w->now - walk->o.unknown_since >= SILENT_DAYS * DATE_DAY) {
		*since = latest(walk->o.unknown_since + SILENT_DAYS * DATE_DAY, w->now - SILENT_DAYS * DATE_DAY);
		return WORK_SILENT;
	}
	if ((r->time && r->since >= fresh) || walk->e.added >= fresh) {
		*since = latest(r->since, walk->e.added);
		return WORK_NEW;
	}
	return N_WORK_KINDS;
}

static void describe(struct worklist *w, struct work_item *item, const struct row *r, const struct entry_walk *walk,
		     const struct config *config, const struct traffic_look *look)
{
	char text[200], ago[DATE_SIZE], day[DATE_SIZE], count[TRAFFIC_TEXT];

	text[0] = '\0';
	switch (item->kind) {
	case WORK_MOVED:
		describe_moved(w, item, config, look, r, &walk->e);
		return;
	case WORK_PIN:
		snprintf(text, sizeof text, "%s pin ends %s", pin_reason_name((enum pin_reason)r->pin),
			 date_local_day(day, walk->e.pin_until));
		item->words = keep(w, text);
		snprintf(text, sizeof text, "%s", in_days(day, walk->e.pin_until, w->now));
		break;
	case WORK_SILENT:
		snprintf(text, sizeof text, "for %s", date_ago(ago, walk->o.unknown_since, w->now));
		break;
	case WORK_FAILING:
		if (r->mail.msgs >= 0)
			snprintf(text, sizeof text, "%s, %s mail%s", date_ago(ago, r->since, w->now),
				 traffic_count_text(count, r->mail.msgs), r->mail.msgs == 1 ? "" : "s");
		else
			snprintf(text, sizeof text, "%s", date_ago(ago, r->since, w->now));
		break;
	case WORK_NEW:
		snprintf(text, sizeof text, "%s%s", walk->e.added >= r->since ? "added " : "",
			 date_ago(ago, latest(walk->e.added, r->since), w->now));
		break;
	default:
		snprintf(text, sizeof text, "%s", date_ago(ago, r->since, w->now));
	}
	item->more = keep(w, text);
}

static int is_acknowledged(struct db_txn *txn, const struct entry *entry)
{
	struct observed o;
	struct err ignored;

	return entry->acknowledged && observed_get(txn, entry->name, NULL, &o, &ignored) == 1 &&
	       entry_is_acknowledged(entry, &o);
}

/* To who never reviewed all entries are new, and so none is: what DNS says of it must have changed. */
static int is_news(struct worklist *w, const struct entry_walk *walk, struct db_txn *txn)
{
	struct observed *before;
	struct err ignored;
	size_t n = 0;
	int rc;

	if (w->own && walk->e.added >= w->own)
		return 1;
	rc = history_get(txn, walk->e.name, &w->scratch, &before, &n, &ignored);
	arena_reset(&w->scratch);
	return rc == 0 && n > 0;
}

static void look_at(struct worklist *w, const struct entry_walk *walk, struct standing *standing, const struct config *config,
		    struct db_txn *txn)
{
	struct work_item *item;
	enum work_kind kind;
	struct row row;
	int64_t since;

	standing_row(&row, standing, &walk->e, &walk->o);
	kind = kind_of(w, &row, walk, &since);
	if (kind == N_WORK_KINDS || (kind == WORK_MOVED && is_acknowledged(txn, &walk->e)) ||
	    (kind == WORK_NEW && !is_news(w, walk, txn)))
		return;
	item = add(w, kind, row.name, row.customer);
	item->since = since;
	item->is_reviewed = walk->e.reviewed && walk->e.reviewed >= since;
	item->words = words_of(w, txn, row.name);
	describe(w, item, &row, walk, config, &standing->mail);
}

static int add_missing(struct worklist *w, struct db_txn *txn, const struct config *config, struct err *e)
{
	struct missing_result r;
	char text[200];

	if (missing_last(txn, config, &r, e) != 0) {
		missing_clear(&r);
		return -1;
	}
	for (size_t i = 0; i < r.n; i++) {
		const struct missing_name *m = &r.name[i];
		struct work_item *item;

		if (m->is_listed)
			continue;
		item = add(w, WORK_MISSING, m->name, "");
		item->words = m->zone ? "our own zone names us" : "refused, and names us";
		item->near = keep(w, m->near);
		item->since = m->last;
		item->weight = m->zone ? -1 : (int64_t)m->clients;
		if (m->zone)
			snprintf(text, sizeof text, "%s", m->zone);
		else
			snprintf(text, sizeof text, "%zu sender%s", m->clients, m->clients == 1 ? "" : "s");
		if (m->near[0])
			snprintf(text + strlen(text), sizeof text - strlen(text), ", typed %.120s?", m->near);
		item->more = keep(w, text);
	}
	missing_clear(&r);
	return 0;
}

static int begin(struct worklist *w, struct ward *ward, struct db_txn *txn, struct err *e)
{
	w->now = date_now();
	if (reviews_last(txn, &w->last, e) != 0 || reviews_of(txn, worklist_reviewer(ward), w->now, &w->own, e) != 0)
		return -1;
	return add_missing(w, txn, &ward->config, e);
}

static int by_kind(const void *x, const void *y)
{
	const struct work_item *a = x, *b = y;

	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->is_due != b->is_due)
		return b->is_due - a->is_due;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void finish(struct worklist *w)
{
	if (w->n)
		qsort(w->item, w->n, sizeof *w->item, by_kind);
	for (size_t i = 0; i < w->n; i++)
		if (!w->item[i].is_reviewed) {
			w->left++;
			w->of_kind[w->item[i].kind]++;
		}
	w->is_whole = 1;
}

void worklist_begin(struct worklist *w)
{
	worklist_free(w);
}

int worklist_load(struct worklist *w, struct ward *ward, int ms, struct err *e)
{
	int64_t until = loop_now() + ms;
	struct standing standing;
	struct entry_walk walk;
	struct db_txn *txn;
	int got = 0, steps = 0;

	if (w->is_whole)
		return 1;
	if (!w->has_begun)
		w->change = db_change(ward->db);
	if (db_begin_read(&txn, ward->db, e) != 0)
		return -1;
	if (!w->has_begun)
		got = begin(w, ward, txn, e);
	if (got == 0)
		w->has_begun = 1;
	else
		worklist_free(w); /* the next turn begins anew, not behind half of what is missing */
	standing_begin_from(&standing, &ward->config, txn);
	if (got == 0)
		got = walk_begin(&walk, txn, w->at[0] ? w->at : NULL, 0, e);
	if (got < 0) {
		db_abort(txn);
		return -1;
	}
	while ((got = walk_next(&walk, e)) == 1) {
		look_at(w, &walk, &standing, &ward->config, txn);
		snprintf(w->at, sizeof w->at, "%s", walk.e.name);
		if (++steps % 256 == 0 && loop_now() >= until)
			break;
	}
	walk_end(&walk);
	if (got >= 0 && standing_end(&standing, e) != 0)
		got = -1;
	db_abort(txn);
	if (got == 0)
		finish(w);
	return got < 0 ? -1 : w->is_whole;
}

void worklist_free(struct worklist *w)
{
	free(w->item);
	arena_clear(&w->scratch);
	arena_clear(&w->arena);
	*w = (struct worklist){0};
}
