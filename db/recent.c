#include "db/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "db/store.h"
#include "db/traffic.h"
#include "db/traffic_key.h"
#include "mta/maillog.h"
#include "relay/name.h"

struct key {
	uint8_t bytes[1 + NAME_KEY_SIZE + 1];
	size_t len;
};

/* The row without a name says that every name with mail has a row of its own. */
static const uint8_t complete = TRAFFIC_RECENT;

static struct key key_of(const char *name)
{
	struct key k = {.bytes = {TRAFFIC_RECENT}};

	k.len = 1 + name_to_key(k.bytes + 1, name);
	return k;
}

/* --- one row ----------------------------------------------------------------------------------- */

/* Days are written as their distance from the one before, so that most take one byte. */
int recent_put(struct db_txn *t, const char *name, const struct recent *r, struct err *e)
{
	struct key k = key_of(name);
	int64_t last = 0;

	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, r->n);
	for (size_t i = 0; i < r->n; i++) {
		const struct recent_day *d = &r->day[i];

		value_add_number(&t->value, (uint64_t)(i ? last - d->day : d->day));
		value_add_number(&t->value, (uint64_t)d->msgs);
		value_add_number(&t->value, (uint64_t)d->bytes);
		value_add_number(&t->value, (uint64_t)d->out_bytes);
		value_add_number(&t->value, (uint64_t)d->held);
		last = d->day;
	}
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e);
}

static void read_days(struct value_reader *v, struct recent *out)
{
	uint64_t n = value_number(v);
	int64_t last = 0;

	if (n > RECENT_HELD + 1) {
		v->bad = 1;
		return;
	}
	for (out->n = 0; out->n < n; out->n++) {
		struct recent_day *d = &out->day[out->n];
		uint64_t number = value_number(v);

		d->day = out->n ? (int64_t)((uint64_t)last - number) : (int64_t)number;
		d->msgs = (int64_t)value_number(v);
		d->bytes = (int64_t)value_number(v);
		d->out_bytes = (int64_t)value_number(v);
		d->held = (int64_t)value_number(v);
		last = d->day;
	}
}

/* --- reading ----------------------------------------------------------------------------------- */

struct recent_place {
	MDB_cursor *cursor;
	MDB_val key, value;
	int is_at; /* it stands on a row of ours */
};

void recent_leave(struct db_txn *t)
{
	if (!t->recent)
		return;
	mdb_cursor_close(t->recent->cursor);
	free(t->recent);
	t->recent = NULL;
}

static int move(struct db_txn *t, MDB_cursor_op op, struct err *e)
{
	struct recent_place *p = t->recent;
	int got = store_move(t, p->cursor, &p->key, &p->value, op, e);

	p->is_at = got == 1 && p->key.mv_size > 1 && *(const uint8_t *)p->key.mv_data == TRAFFIC_RECENT;
	return got < 0 ? -1 : 0;
}

static int compare(const MDB_val *a, const struct key *b)
{
	int c = memcmp(a->mv_data, b->bytes, a->mv_size < b->len ? a->mv_size : b->len);

	return c ? c : (a->mv_size > b->len) - (a->mv_size < b->len);
}

/* Names that are asked for in key order are next to each other, but for those that left the list and those
 * that were passed over: some steps, then a search. */
static int find(struct db_txn *t, const struct key *k, struct err *e)
{
	enum { STEPS = 4 };
	struct recent_place *p = t->recent;

	if (p && p->is_at && compare(&p->key, k) <= 0) {
		for (int i = 0; p->is_at && i < STEPS && compare(&p->key, k) < 0; i++)
			if (move(t, MDB_NEXT, e) != 0)
				return -1;
		if (!p->is_at || compare(&p->key, k) >= 0)
			return 0;
	}
	if (!p) {
		MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);

		if (!c)
			return -1;
		p = t->recent = mem_alloc(sizeof *p);
		*p = (struct recent_place){.cursor = c};
	}
	p->key = (MDB_val){k->len, (void *)k->bytes};
	return move(t, MDB_SET_RANGE, e);
}

static int get_in_order(struct db_txn *t, const struct key *k, struct value_reader *v, struct err *e)
{
	struct recent_place *p;

	if (find(t, k, e) != 0)
		return -1;
	p = t->recent;
	if (!p->is_at || compare(&p->key, k) != 0)
		return 0;
	return store_read(t, STORE_TRAFFIC, &p->key, &p->value, v, e) == 0 ? 1 : -1;
}

/* Asked of each entry, so looked up once in a transaction. */
enum { NOT_LOOKED, ALL_THERE, SOME_MISSING };

static int are_complete(struct db_txn *t, struct err *e)
{
	struct value_reader v;
	int got;

	if (t->recent_rows == NOT_LOOKED) {
		got = store_get(t, STORE_TRAFFIC, &complete, 1, &v, e);
		if (got < 0)
			return -1;
		t->recent_rows = got ? ALL_THERE : SOME_MISSING;
	}
	return t->recent_rows == ALL_THERE;
}

struct summing {
	struct recent *out;
	int64_t today;
};

static void add_one(void *ctx, int64_t day, const struct maillog_figures *f)
{
	struct summing *s = ctx;

	recent_add(s->out, day, f, s->today);
}

/* In a database from before these rows, or in which only the newest days made some, the days are asked. */
static int sum_days(struct db_txn *t, const char *name, struct recent *out, struct err *e)
{
	struct summing s = {out, date_day(date_now())};

	return traffic_each_day(t, name, s.today - RECENT_HELD, s.today + 1, add_one, &s, e);
}

int recent_get(struct db_txn *t, const char *name, struct recent *out, struct err *e)
{
	struct key k = key_of(name);
	struct value_reader v;
	int got = are_complete(t, e);

	out->n = 0;
	if (got <= 0)
		return got < 0 ? -1 : sum_days(t, name, out, e);
	got = t->write ? store_get(t, STORE_TRAFFIC, k.bytes, k.len, &v, e) : get_in_order(t, &k, &v, e);
	if (got != 1)
		return got;
	read_days(&v, out);
	return store_end_read(t, STORE_TRAFFIC, k.bytes, k.len, &v, e) == 0 ? 1 : -1;
}

/* --- completing -------------------------------------------------------------------------------- */

/* The first name with days behind *at, which becomes the place behind it: 1, 0, -1. */
static int next_name(struct db_txn *t, struct key *at, char name[NAME_SIZE], struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {at->len, at->bytes}, value;
	const uint8_t *p, *end = NULL;
	int got;

	if (!c)
		return -1;
	got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	p = key.mv_data;
	if (got == 1 && (key.mv_size < 2 || *p != TRAFFIC_FIGURES))
		got = 0;
	if (got == 1) {
		end = memchr(p + 1, 0, key.mv_size - 1);
		if (!end || name_from_key(name, p + 1, (size_t)(end - p - 1)) != 0)
			got = store_damaged(t, STORE_TRAFFIC, key.mv_data, key.mv_size, e);
	}
	if (got == 1) {
		at->len = (size_t)(end - p) + 1;
		memcpy(at->bytes, p, at->len);
		at->bytes[at->len - 1] = 1;
	}
	mdb_cursor_close(c);
	return got;
}

int recent_complete(struct db_txn *t, struct err *e)
{
	struct key at = {.bytes = {TRAFFIC_FIGURES}, .len = 1};
	char name[NAME_SIZE];
	struct recent *r;
	int got = are_complete(t, e);

	if (got != 0)
		return got < 0 ? -1 : 0;
	r = mem_alloc(sizeof *r);
	while ((got = next_name(t, &at, name, e)) == 1) {
		r->n = 0;
		got = sum_days(t, name, r, e);
		if (got < 0 || (got == 1 && recent_put(t, name, r, e) != 0)) {
			got = -1;
			break;
		}
	}
	free(r);
	if (got != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	if (store_put(t, STORE_TRAFFIC, &complete, 1, 0, e) != 0)
		return -1;
	t->recent_rows = ALL_THERE;
	return 0;
}

/* --- adding ------------------------------------------------------------------------------------ */

static int is_worth_keeping(const struct recent_day *d, int64_t today)
{
	return d->day > today - RECENT_DAYS || (d->held > 0 && d->day > today - RECENT_HELD);
}

static void drop_old(struct recent *r, int64_t today)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (is_worth_keeping(&r->day[i], today))
			r->day[n++] = r->day[i];
	r->n = n;
}

void recent_add(struct recent *r, int64_t day, const struct maillog_figures *add, int64_t today)
{
	struct recent_day new = {.day = day};
	size_t at = 0;

	/* Tomorrow is let in, for a relay whose clock is fast. */
	if (day < 0 || day > today + 1)
		return;
	drop_old(r, today);
	while (at < r->n && r->day[at].day > new.day)
		at++;
	if (at < r->n && r->day[at].day == new.day)
		new = r->day[at];
	else if (r->n == RECENT_HELD + 1)
		return;
	else
		memmove(&r->day[at + 1], &r->day[at], (r->n++ - at) * sizeof *r->day);
	new.msgs += add->in_msgs;
	new.bytes += add->in_bytes;
	new.out_bytes += add->out_bytes;
	new.held += add->held;
	r->day[at] = new;
	drop_old(r, today);
}
