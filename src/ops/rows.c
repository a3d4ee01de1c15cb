#include "ops/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "relay/limit.h"

/* What is held of an entry: its strings by their offset in one text that only grows. */
struct brief {
	uint32_t name, customer;
	uint32_t since, time; /* seconds since 1970; enough until 2106 */
	uint32_t may_from; /* the same */
	uint32_t flags;
	uint32_t mail; /* index into the generation's mail */
	uint32_t notice_deadline;
	uint8_t class, reason, severity, deletion, state, pin;
};

/* Most entries of a large list had no mail: they share one of the first two. */
enum { MAIL_NOT_MEASURED, MAIL_NONE };

struct generation {
	struct brief *brief;
	size_t n, room;
	struct traffic_brief *mail;
	size_t n_mail, mail_room;
	char *text;
	size_t text_len, text_room;
	uint64_t change; /* db_change() when its reading began */
	int complete;
};

struct rows {
	struct timeline_rules rules;
	struct generation shown, next;
	int reloading;	   /* next is being read */
	uint32_t *visible; /* indexes into shown.brief, in order */
	size_t n_visible, visible_room;
	size_t filtered; /* how many of shown.brief went through the limit */
	const struct limit *limit;
	enum rows_order order;
	int reverse;
};

static void generation_clear(struct generation *g)
{
	free(g->brief);
	free(g->mail);
	free(g->text);
	*g = (struct generation){0};
}

struct rows *rows_new(const struct config *c)
{
	struct rows *r = mem_alloc(sizeof *r);

	timeline_rules_from(&r->rules, c);
	return r;
}

void rows_free(struct rows *r)
{
	if (!r)
		return;
	generation_clear(&r->shown);
	generation_clear(&r->next);
	free(r->visible);
	free(r);
}

static uint32_t keep_text(struct generation *g, const char *text)
{
	size_t size = strlen(text) + 1;

	if (g->text_len + size > g->text_room) {
		g->text_room = (g->text_len + size) * 3 / 2 + 4096;
		g->text = mem_resize(g->text, g->text_room);
	}
	memcpy(g->text + g->text_len, text, size);
	g->text_len += size;
	return (uint32_t)(g->text_len - size);
}

/* The customer of neighbours is often the same one; it is then kept once. */
static uint32_t keep_customer(struct generation *g, const char *customer)
{
	if (g->n > 0 && strcmp(g->text + g->brief[g->n - 1].customer, customer) == 0)
		return g->brief[g->n - 1].customer;
	return keep_text(g, customer);
}

static uint32_t keep_mail(struct generation *g, const struct traffic_brief *m)
{
	static const struct traffic_brief shared[] = {[MAIL_NOT_MEASURED] = {-1, -1, -1, -1}, [MAIL_NONE] = {0}};

	if (g->n_mail + 2 > g->mail_room) {
		g->mail_room = g->mail_room * 3 / 2 + 1024;
		g->mail = mem_array(g->mail, g->mail_room, sizeof *g->mail);
	}
	if (g->n_mail == 0) {
		memcpy(g->mail, shared, sizeof shared);
		g->n_mail = sizeof shared / sizeof *shared;
	}
	for (uint32_t i = MAIL_NOT_MEASURED; i <= MAIL_NONE; i++)
		if (memcmp(m, &shared[i], sizeof *m) == 0)
			return i;
	g->mail[g->n_mail] = *m;
	return (uint32_t)g->n_mail++;
}

static void keep(struct generation *g, const struct entry_walk *w, struct standing *s)
{
	struct row row;
	uint32_t customer;

	if (g->n == g->room) {
		g->room = g->room * 3 / 2 + 1024;
		g->brief = mem_array(g->brief, g->room, sizeof *g->brief);
	}
	standing_row(&row, s, &w->e, &w->o);
	customer = keep_customer(g, row.customer);
	g->brief[g->n++] = (struct brief){
		.name = keep_text(g, row.name),
		.customer = customer,
		.since = (uint32_t)row.since,
		.time = (uint32_t)row.time,
		.may_from = (uint32_t)row.may_from,
		.flags = row.verdict.flags,
		.mail = keep_mail(g, &row.mail),
		.class = row.verdict.class,
		.reason = row.verdict.reason,
		.severity = row.verdict.severity,
		.deletion = row.verdict.deletion,
		.state = (uint8_t)row.state,
		.pin = row.pin,
		.notice_deadline = (uint32_t)row.notice_deadline,
	};
}

static void fill_row(const struct generation *g, const struct brief *b, struct row *out)
{
	*out = (struct row){
		.name = g->text + b->name,
		.customer = g->text + b->customer,
		.verdict = {b->class, b->reason, b->severity, b->deletion, b->flags},
		.state = b->state,
		.pin = b->pin,
		.since = b->since,
		.time = b->time,
		.may_from = b->may_from,
		.notice_deadline = b->notice_deadline,
		.mail = g->mail[b->mail],
	};
}

/* What mx: looks at: read only when the limit asks for it. */
struct mx_look {
	struct db_txn *txn;
	const char *name;
	struct observed o;
	int read;
};

static const char *look_at_mx(const void *ctx, size_t i)
{
	struct mx_look *look = (struct mx_look *)ctx;
	struct err ignored;

	if (!look->read) {
		look->read = 1;
		if (!look->txn || observed_get(look->txn, look->name, NULL, &look->o, &ignored) != 1)
			look->o = (struct observed){0};
	}
	return i < look->o.n_mx ? look->o.mx[i].target : NULL;
}

static int passes(const struct rows *r, const struct brief *b, struct db_txn *txn, int64_t now)
{
	struct mx_look look = {.txn = txn, .name = r->shown.text + b->name};
	struct row row;

	fill_row(&r->shown, b, &row);
	return row_matches(&row, r->limit, (struct row_mx){look_at_mx, &look}, now);
}

/* The most first; what was not measured last. */
static int by_figure(int64_t a, int64_t b)
{
	return (b > a) - (b < a);
}

/* qsort_r's context, and the order of last resort: the place in key order. */
static int compare(const void *x, const void *y, void *ctx)
{
	const struct rows *r = ctx;
	uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
	const struct brief *a = &r->shown.brief[i], *b = &r->shown.brief[j];
	int c = 0;

	switch (r->order) {
	case ROWS_BY_CLASS:
		c = (b->severity > a->severity) - (b->severity < a->severity);
		if (c == 0)
			c = (a->class > b->class) - (a->class < b->class);
		if (c == 0)
			c = (a->reason > b->reason) - (a->reason < b->reason);
		break;
	case ROWS_BY_SINCE:
		c = (a->since > b->since) - (a->since < b->since);
		break;
	case ROWS_BY_STATE:
		c = (b->state > a->state) - (b->state < a->state);
		break;
	case ROWS_BY_CUSTOMER:
		c = strcmp(r->shown.text + a->customer, r->shown.text + b->customer);
		break;
	case ROWS_BY_MAIL:
		c = by_figure(r->shown.mail[a->mail].msgs, r->shown.mail[b->mail].msgs);
		break;
	case ROWS_BY_COST:
		c = by_figure(r->shown.mail[a->mail].carried, r->shown.mail[b->mail].carried);
		break;
	case ROWS_BY_NAME:
	case N_ROWS_ORDERS:
		break;
	}
	if (c == 0)
		c = (i > j) - (i < j);
	return r->reverse ? -c : c;
}

static void sort_visible(struct rows *r)
{
	if (r->order != ROWS_BY_NAME || r->reverse)
		qsort_r(r->visible, r->n_visible, sizeof *r->visible, compare, r);
}

/* Lets what was read since through the limit, at the end of what is visible already. */
static void filter_more(struct rows *r, struct db_txn *txn)
{
	int64_t now = date_now();

	if (r->shown.n > r->visible_room) {
		r->visible_room = r->shown.room;
		r->visible = mem_array(r->visible, r->visible_room, sizeof *r->visible);
	}
	for (; r->filtered < r->shown.n; r->filtered++)
		if (passes(r, &r->shown.brief[r->filtered], txn, now))
			r->visible[r->n_visible++] = (uint32_t)r->filtered;
}

static void filter_all(struct rows *r, struct db_txn *txn)
{
	r->n_visible = 0;
	r->filtered = 0;
	filter_more(r, txn);
	sort_visible(r);
}

/* Reads one slice into g, going on behind its last name. */
static int read_slice(struct generation *g, const struct timeline_rules *r, struct db_txn *txn, int ms,
		      struct err *e)
{
	char last[NAME_SIZE];
	struct entry_walk w;
	struct standing standing;
	int64_t until = loop_now() + ms;
	int got;

	standing_begin(&standing, r, txn);
	if (g->n > 0)
		memcpy(last, g->text + g->brief[g->n - 1].name, strlen(g->text + g->brief[g->n - 1].name) + 1);
	if (walk_begin(&w, txn, g->n ? last : NULL, 0, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1) {
		keep(g, &w, &standing);
		if (g->n % 256 == 0 && loop_now() >= until)
			break;
	}
	walk_end(&w);
	if (got == 0)
		g->complete = 1;
	return got < 0 ? -1 : 0;
}

int rows_load(struct rows *r, struct db *db, int ms, struct err *e)
{
	struct generation *g = r->reloading ? &r->next : &r->shown;
	struct db_txn *txn;
	int rc;

	if (g->complete)
		return 1;
	if (g->n == 0)
		g->change = db_change(db);
	if (db_begin_read(&txn, db, e) != 0)
		return -1;
	rc = read_slice(g, &r->rules, txn, ms, e);
	if (rc == 0 && !r->reloading) {
		filter_more(r, txn);
		if (g->complete)
			sort_visible(r);
	} else if (rc == 0 && g->complete) {
		generation_clear(&r->shown);
		r->shown = r->next;
		r->next = (struct generation){0};
		r->reloading = 0;
		filter_all(r, txn);
	}
	db_abort(txn);
	if (rc != 0)
		return -1;
	return r->shown.complete && !r->reloading;
}

int rows_is_loaded(const struct rows *r)
{
	return r->shown.complete && !r->reloading;
}

int rows_is_stale(const struct rows *r, const struct db *db)
{
	return r->shown.complete && !r->reloading && r->shown.change != db_change(db);
}

void rows_reload(struct rows *r)
{
	if (!r->shown.complete)
		return;
	generation_clear(&r->next);
	r->reloading = 1;
}

int rows_set_limit(struct rows *r, struct db *db, const struct limit *l, struct err *e)
{
	struct db_txn *txn = NULL;

	r->limit = l;
	if (l && limit_needs_mx(l) && db_begin_read(&txn, db, e) != 0)
		return -1;
	filter_all(r, txn);
	if (txn)
		db_abort(txn);
	return 0;
}

void rows_set_order(struct rows *r, enum rows_order by, int reverse)
{
	r->order = by;
	r->reverse = reverse;
	qsort_r(r->visible, r->n_visible, sizeof *r->visible, compare, r);
}

size_t rows_count(const struct rows *r)
{
	return r->n_visible;
}

void rows_get(const struct rows *r, size_t i, struct row *out)
{
	if (i < r->n_visible)
		fill_row(&r->shown, &r->shown.brief[r->visible[i]], out);
	else
		*out = (struct row){.name = "", .customer = ""};
}

/* Where name stands, or would stand, among all that was read: they are in key order. */
static size_t place_of(const struct generation *g, const char *name, int *exact)
{
	unsigned char want[NAME_KEY_SIZE], have[NAME_KEY_SIZE];
	size_t want_len = name_to_key(want, name), low = 0, high = g->n;

	*exact = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		size_t have_len = name_to_key(have, g->text + g->brief[mid].name);
		int c = memcmp(have, want, have_len < want_len ? have_len : want_len);

		if (c == 0)
			c = (have_len > want_len) - (have_len < want_len);
		if (c == 0) {
			*exact = 1;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t rows_find(const struct rows *r, const char *name, int *exact)
{
	size_t place = place_of(&r->shown, name, exact), low = 0, high = r->n_visible;

	if (r->order != ROWS_BY_NAME || r->reverse) {
		for (size_t i = 0; *exact && i < r->n_visible; i++)
			if (r->visible[i] == place)
				return i;
		*exact = 0;
		return 0;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->visible[mid] < place)
			low = mid + 1;
		else
			high = mid;
	}
	if (low >= r->n_visible || r->visible[low] != place)
		*exact = 0;
	return low;
}

void rows_summary(const struct rows *r, struct rows_summary *out)
{
	*out = (struct rows_summary){.total = r->shown.n};
	for (size_t i = 0; i < r->shown.n; i++) {
		const struct brief *b = &r->shown.brief[i];

		out->class[b->class < N_CLASSES ? b->class : CLASS_NONE]++;
		out->state[b->state]++;
		out->failing += b->severity >= 3;
	}
}
