#include "db/missing_rows.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"

static const char *const keys[N_MISSING_SOURCES] = {"missing.logs", "missing.zones"};

/* The least bytes that a row can take: what claims to be more than fits cannot be. */
enum { ROW_LEAST = 11 };

static void read_row(struct value_reader *r, struct arena *a, struct missing_row *out)
{
	out->name = value_text_kept(r, a);
	out->near = value_text_kept(r, a);
	out->zone = value_text_kept(r, a);
	out->clients = value_number(r);
	out->refusals = value_number(r);
	out->first = value_signed(r);
	out->last = value_signed(r);
	out->class = value_byte(r);
	out->reason = value_byte(r);
	out->near_class = value_byte(r);
	out->is_listed = value_byte(r);
}

int missing_rows_get(struct db_txn *t, enum missing_source from, struct arena *a, struct missing_rows *out, struct err *e)
{
	const char *key = keys[from];
	struct value_reader r;
	uint64_t n;
	int got = store_get(t, STORE_META, key, strlen(key), &r, e);

	*out = (struct missing_rows){0};
	if (got != 1)
		return got;
	out->time = value_signed(&r);
	out->more = value_number(&r);
	n = value_number(&r);
	if (r.bad || n > value_left(&r) / ROW_LEAST)
		return store_damaged(t, STORE_META, key, strlen(key), e);
	out->row = arena_alloc(a, (n + 1) * sizeof *out->row);
	for (out->n = 0; out->n < n; out->n++)
		read_row(&r, a, &out->row[out->n]);
	return store_end_read(t, STORE_META, key, strlen(key), &r, e) == 0 ? 1 : -1;
}

int missing_rows_put(struct db_txn *t, enum missing_source from, const struct missing_rows *rows, struct err *e)
{
	size_t n = rows->n < MISSING_ROWS_MAX ? rows->n : MISSING_ROWS_MAX;
	const char *key = keys[from];

	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, rows->time);
	value_add_number(&t->value, rows->more + (rows->n - n));
	value_add_number(&t->value, n);
	for (size_t i = 0; i < n; i++) {
		const struct missing_row *m = &rows->row[i];

		value_add_text(&t->value, m->name);
		value_add_text(&t->value, m->near);
		value_add_text(&t->value, m->zone);
		value_add_number(&t->value, m->clients);
		value_add_number(&t->value, m->refusals);
		value_add_signed(&t->value, m->first);
		value_add_signed(&t->value, m->last);
		value_add_byte(&t->value, m->class);
		value_add_byte(&t->value, m->reason);
		value_add_byte(&t->value, m->near_class);
		value_add_byte(&t->value, m->is_listed);
	}
	return store_put(t, STORE_META, key, strlen(key), 0, e);
}
