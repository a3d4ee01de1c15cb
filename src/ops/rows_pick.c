/*
 * rows_pick: which rows are visible, and in which order: the limit asked of each, and what it takes ordered by
 * digits of eleven bits (a radix sort that can be left after any row and gone on with).
 */
#include "ops/rows_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/env.h"
#include "relay/entry.h"
#include "relay/limit.h"

static const uint64_t FIGURE_MOST = ((uint64_t)1 << 44) - 1; /* four digits: 17 TB */

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, LOOK_AT_CLOCK = 256 };

static int is_by_name(const struct rows *r)
{
	return r->order == ROWS_BY_NAME && !r->reverse;
}

static void drop_pick(struct pick *p)
{
	free(p->found);
	free(p->other);
	free(p->target);
	*p = (struct pick){.stage = PICK_NOTHING};
}

void rows_pick_anew(struct rows *r)
{
	uint32_t *found = r->pick.found;
	size_t room = r->pick.room;

	r->pick.found = NULL;
	drop_pick(&r->pick);
	if (!r->limit && is_by_name(r)) {
		free(found);
		free(r->visible);
		r->visible = NULL;
		r->n_visible = r->visible_room = 0;
		r->all = 1;
		r->version++;
		return;
	}
	r->pick = (struct pick){.stage = PICK_FILTER, .found = found, .room = room};
	if (!r->complete) { /* nobody has seen all of them yet; what is found shows as it comes */
		r->all = 0;
		r->by_name = 1;
		r->n_visible = 0;
		r->version++;
	}
}

void rows_set_limit(struct rows *r, const struct limit *l)
{
	r->limit = l;
	rows_pick_anew(r);
}

void rows_set_order(struct rows *r, enum rows_order by, int reverse)
{
	r->order = by;
	r->reverse = reverse;
	rows_pick_anew(r);
}

/* --- the limit --- */

/* What mx: looks at: read only when the limit asks for it. */
struct mx_look {
	struct db_txn *txn;
	const char *name;
	int read;
	struct observed o; /* large, and nothing before it was read: to clear it for every row took half a limit's time */
};

static const char *look_at_mx(const void *ctx, size_t i)
{
	struct mx_look *look = (struct mx_look *)ctx;
	struct err ignored;

	if (!look->read) {
		look->read = 1;
		if (observed_get(look->txn, look->name, NULL, &look->o, &ignored) != 1)
			look->o = (struct observed){0};
	}
	return i < look->o.n_mx ? look->o.mx[i].target : NULL;
}

static int passes(const struct row *row, const struct limit *l, struct db_txn *txn, int64_t now)
{
	struct mx_look look;

	look.txn = txn;
	look.name = row->name;
	look.read = 0;
	return row_matches(row, l, (struct row_mx){look_at_mx, &look}, now);
}

static int is_due(size_t at, int64_t until)
{
	return at % LOOK_AT_CLOCK == 0 && loop_now() >= until;
}

/* Until the first reading is over, what is found is shown in key order. */
static void show_so_far(struct rows *r)
{
	struct pick *p = &r->pick;

	if (p->n == p->shown)
		return;
	if (p->n > r->visible_room) {
		r->visible_room = p->room;
		r->visible = mem_array(r->visible, r->visible_room, sizeof *r->visible);
	}
	memcpy(r->visible + r->n_visible, p->found + p->shown, (p->n - p->shown) * sizeof *p->found);
	r->n_visible += p->n - p->shown;
	p->shown = p->n;
	r->version++;
}

static int filter(struct rows *r, struct db_txn *txn, int64_t until)
{
	struct pick *p = &r->pick;
	int64_t now = date_now();

	if (p->room < r->n) {
		p->room = r->room;
		p->found = mem_array(p->found, p->room, sizeof *p->found);
	}
	while (p->at < r->n) {
		struct row row;

		rows_fill(r, &r->brief[p->at], &row);
		if (passes(&row, r->limit, txn, now))
			p->found[p->n++] = (uint32_t)p->at;
		if (is_due(++p->at, until))
			break;
	}
	if (!r->complete)
		show_so_far(r);
	return p->at == r->n && r->complete;
}

/* --- the order --- */

/* "mx1.cloud.example" belongs to cloud.example: hosts of one provider stand together. */
static const char *domain_of(const char *target)
{
	const char *last = target, *before = target;

	for (const char *p = target; *p; p++)
		if (*p == '.') {
			before = last;
			last = p + 1;
		}
	return before;
}

static uint32_t target_of(struct rows *r, struct db_txn *txn, uint32_t row)
{
	struct observed o;
	struct err ignored;

	if (observed_get(txn, r->names.bytes + r->brief[row].name, NULL, &o, &ignored) != 1 || o.n_mx == 0)
		return shared_number(&r->targets, "");
	return shared_number(&r->targets, domain_of(o.mx[0].target));
}

static int find_targets(struct rows *r, struct db_txn *txn, int64_t until)
{
	struct pick *p = &r->pick;

	if (!p->target)
		p->target = mem_array(NULL, r->n + 1, sizeof *p->target);
	while (p->at < p->n) {
		p->target[p->found[p->at]] = target_of(r, txn, p->found[p->at]);
		if (is_due(++p->at, until))
			break;
	}
	return p->at == p->n;
}

/* The most first; what was not measured, -1, last. */
static uint64_t most_first(int64_t figure)
{
	uint64_t n = (uint64_t)(figure + 1);

	return n < FIGURE_MOST ? FIGURE_MOST - n : 0;
}

/* What may go, then by the day on which it may, if that can be told. */
static uint64_t ready_from(const struct brief *b)
{
	if (state_is_ready(b->state, b->class))
		return 0;
	if (b->class == CLASS_MOVED && b->notice_deadline)
		return b->notice_deadline;
	return b->may_from ? b->may_from : UINT32_MAX;
}

static uint64_t key_of(const struct rows *r, uint32_t row)
{
	const struct brief *b = &r->brief[row];

	switch (r->order) {
	case ROWS_BY_CLASS:
		return (3u - (b->severity & 3u)) << 9 | (uint32_t)b->class << 6 | b->reason;
	case ROWS_BY_SINCE:
		return b->since;
	case ROWS_BY_READY:
		return ready_from(b);
	case ROWS_BY_STATE:
		return N_STATES - 1u - b->state;
	case ROWS_BY_CUSTOMER:
		return r->customers.rank[b->customer];
	case ROWS_BY_MAIL:
		return most_first(r->mail[b->mail].msgs);
	case ROWS_BY_COST:
		return most_first(r->mail[b->mail].carried);
	case ROWS_BY_MX:
		return r->targets.rank[r->pick.target[row]];
	case ROWS_BY_NAME:
	case N_ROWS_ORDERS:
		break;
	}
	return 0;
}

_Static_assert(N_REASONS <= 64 && N_CLASSES <= 8 && (int)N_STATES < (int)DIGITS, "an order's key has outgrown its bits");

static unsigned key_bits(const struct rows *r)
{
	size_t most = r->order == ROWS_BY_CUSTOMER ? r->customers.n : r->order == ROWS_BY_MX ? r->targets.n : 0;
	unsigned bits = 0;

	if (r->order == ROWS_BY_NAME)
		return 0;
	if (r->order == ROWS_BY_CLASS || r->order == ROWS_BY_STATE)
		return DIGIT_BITS;
	if (r->order == ROWS_BY_MAIL || r->order == ROWS_BY_COST)
		return 4 * DIGIT_BITS;
	if (!most)
		return 32;
	for (; most; most >>= 1)
		bits++;
	return bits;
}

static size_t digit_of(const struct rows *r, size_t i)
{
	return key_of(r, r->pick.found[i]) >> r->pick.shift & (DIGITS - 1);
}

static int count_digits(struct rows *r, int64_t until)
{
	struct pick *p = &r->pick;
	size_t sum = 0;

	while (p->at < p->n) {
		p->place[digit_of(r, p->at)]++;
		if (is_due(++p->at, until))
			break;
	}
	if (p->at < p->n)
		return 0;
	for (size_t i = 0; i < DIGITS; i++) {
		size_t n = p->place[i];

		p->place[i] = sum;
		sum += n;
	}
	return 1;
}

static int move_by_digit(struct rows *r, int64_t until)
{
	struct pick *p = &r->pick;
	uint32_t *from = p->found;

	if (!p->other)
		p->other = mem_array(NULL, p->room, sizeof *p->other);
	while (p->at < p->n) {
		p->other[p->place[digit_of(r, p->at)]++] = from[p->at];
		if (is_due(++p->at, until))
			break;
	}
	if (p->at < p->n)
		return 0;
	p->found = p->other;
	p->other = from;
	p->shift += DIGIT_BITS;
	return 1;
}

/* --- all of it --- */

static void show(struct rows *r)
{
	struct pick *p = &r->pick;

	for (size_t i = 0; r->reverse && i < p->n / 2; i++) {
		uint32_t kept = p->found[i];

		p->found[i] = p->found[p->n - 1 - i];
		p->found[p->n - 1 - i] = kept;
	}
	free(r->visible);
	r->visible = p->found;
	r->n_visible = p->n;
	r->visible_room = p->room;
	p->found = NULL;
	if (r->n_visible < r->visible_room / 2) {
		r->visible_room = r->n_visible + 1;
		r->visible = mem_array(r->visible, r->visible_room, sizeof *r->visible);
	}
	r->all = 0;
	r->by_name = is_by_name(r);
	r->version++;
	drop_pick(p);
}

static void begin_stage(struct pick *p, enum pick_stage stage)
{
	p->stage = stage;
	p->at = 0;
	if (stage == PICK_COUNT)
		memset(p->place, 0, sizeof p->place);
}

static void begin_ordering(struct rows *r)
{
	if (r->order == ROWS_BY_CUSTOMER)
		shared_rank(&r->customers);
	if (r->order == ROWS_BY_MX)
		shared_rank(&r->targets);
	begin_stage(&r->pick, PICK_COUNT);
}

/* One stage; 1 when it is done. */
static int work(struct rows *r, struct db_txn *txn, int64_t until)
{
	struct pick *p = &r->pick;

	switch (p->stage) {
	case PICK_FILTER:
		if (!filter(r, txn, until))
			return 0;
		if (r->order == ROWS_BY_MX)
			begin_stage(p, PICK_TARGETS);
		else
			begin_ordering(r);
		return 1;
	case PICK_TARGETS:
		if (!find_targets(r, txn, until))
			return 0;
		begin_ordering(r);
		return 1;
	case PICK_COUNT:
		if (p->shift >= key_bits(r)) {
			show(r);
			return 1;
		}
		if (!count_digits(r, until))
			return 0;
		begin_stage(p, PICK_MOVE);
		return 1;
	case PICK_MOVE:
		if (!move_by_digit(r, until))
			return 0;
		begin_stage(p, PICK_COUNT);
		return 1;
	case PICK_NOTHING:
		break;
	}
	return 1;
}

static int needs_database(const struct rows *r)
{
	return r->order == ROWS_BY_MX || (r->limit && limit_needs_mx(r->limit));
}

int rows_pick(struct rows *r, struct db *db, int64_t until, struct err *e)
{
	struct db_txn *txn = NULL;
	int more = 1;

	if (needs_database(r) && db_begin_read(&txn, db, e) != 0)
		return -1;
	while (r->pick.stage != PICK_NOTHING && more)
		more = work(r, txn, until) && loop_now() < until;
	db_abort(txn);
	return r->pick.stage == PICK_NOTHING;
}

int rows_sweep(const struct rows *r, struct db *db, const struct limit *l, size_t *at, int ms,
	       void (*fn)(void *ctx, const struct row *row), void *ctx, struct err *e)
{
	int64_t until = loop_now() + ms;
	size_t n = rows_count(r);
	int64_t now = date_now();
	struct db_txn *txn = NULL;

	if (l && limit_needs_mx(l) && db_begin_read(&txn, db, e) != 0)
		return -1;
	while (*at < n) {
		struct row row;

		rows_get(r, *at, &row);
		if (passes(&row, l, txn, now))
			fn(ctx, &row);
		if (is_due(++*at, until))
			break;
	}
	db_abort(txn);
	return *at >= n;
}
