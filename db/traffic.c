#include "db/traffic.h"

#include <string.h>

#include "db/store.h"
#include "db/traffic_key.h"

/* --- figures ----------------------------------------------------------------------------------- */

enum { N_FIGURES = sizeof(struct maillog_figures) / sizeof(int64_t) };
_Static_assert(sizeof(struct maillog_figures) == N_FIGURES * sizeof(int64_t), "figures are numbers and nothing else");

static void add_stored(struct value_reader *r, struct maillog_figures *sum)
{
	int64_t figure[N_FIGURES];

	memcpy(figure, sum, sizeof figure);
	/* A row from before there was the last figure ends without it. */
	for (int i = 0; i < N_FIGURES && value_left(r) > 0; i++)
		figure[i] += (int64_t)value_number(r);
	memcpy(sum, figure, sizeof figure);
}

int traffic_add(struct db_txn *t, const char *name, const char *relay, int64_t day, const struct maillog_figures *add,
		struct err *e)
{
	struct traffic_key k = traffic_key_of_name(name, day);
	int64_t figure[N_FIGURES];
	struct maillog_figures sum = *add;
	struct value_reader r;
	int got;

	traffic_key_add_relay(&k, relay);
	got = store_get(t, STORE_TRAFFIC, k.bytes, k.len, &r, e);
	if (got < 0)
		return -1;
	if (got == 1) {
		add_stored(&r, &sum);
		if (store_end_read(t, STORE_TRAFFIC, k.bytes, k.len, &r, e) != 0)
			return -1;
	}
	memcpy(figure, &sum, sizeof figure);
	value_begin(&t->value, STORE_VALUE_VERSION);
	for (int i = 0; i < N_FIGURES; i++)
		value_add_number(&t->value, (uint64_t)figure[i]);
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e);
}

int traffic_each_day(struct db_txn *t, const char *name, int64_t from, int64_t to,
		     void (*fn)(void *ctx, int64_t day, const struct maillog_figures *f), void *ctx, struct err *e)
{
	struct traffic_key k = traffic_key_of_name(name, from);
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k.len, k.bytes}, value;
	struct value_reader r;
	int got, any = 0;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size >= k.len && traffic_key_begins(&key, &k, k.len - 4) &&
	     traffic_key_number((const uint8_t *)key.mv_data + k.len - 4) <= to;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct maillog_figures f = {0};

		if (store_read(t, STORE_TRAFFIC, &key, &value, &r, e) != 0) {
			got = -1;
			break;
		}
		add_stored(&r, &f);
		if (store_end_read(t, STORE_TRAFFIC, key.mv_data, key.mv_size, &r, e) != 0) {
			got = -1;
			break;
		}
		fn(ctx, traffic_key_number((const uint8_t *)key.mv_data + k.len - 4), &f);
		any = 1;
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : any;
}

static void add_figures(void *ctx, int64_t day, const struct maillog_figures *f)
{
	int64_t sum[N_FIGURES], more[N_FIGURES];

	(void)day;
	memcpy(sum, ctx, sizeof sum);
	memcpy(more, f, sizeof more);
	for (int i = 0; i < N_FIGURES; i++)
		sum[i] += more[i];
	memcpy(ctx, sum, sizeof sum);
}

int traffic_sum(struct db_txn *t, const char *name, int64_t from, int64_t to, struct maillog_figures *out, struct err *e)
{
	*out = (struct maillog_figures){0};
	return traffic_each_day(t, name, from, to, add_figures, out, e);
}

/* The seven days up to the one in hand; rows come in the order of days. */
struct weeks {
	struct traffic_outside *out;
	int64_t recent, day[7], msgs[7];
};

static void add_to_week(void *ctx, int64_t day, const struct maillog_figures *f)
{
	struct weeks *w = ctx;
	int64_t sum = 0;

	w->out->msgs += f->outside;
	if (day < w->recent)
		return;
	if (w->day[day % 7] != day)
		w->msgs[day % 7] = 0;
	w->day[day % 7] = day;
	w->msgs[day % 7] += f->outside;
	for (int i = 0; i < 7; i++)
		sum += w->day[i] > day - 7 ? w->msgs[i] : 0;
	if (sum > w->out->week)
		w->out->week = sum;
}

int traffic_outside(struct db_txn *t, const char *name, int64_t from, int64_t recent, int64_t to,
		    struct traffic_outside *out, struct err *e)
{
	struct weeks w = {.out = out, .recent = recent};

	*out = (struct traffic_outside){0};
	return traffic_each_day(t, name, from, to, add_to_week, &w, e);
}

/* --- measured days ----------------------------------------------------------------------------- */

/* A row from before outflow was counted is empty. */
static struct traffic_outflow read_outflow(struct value_reader *r)
{
	struct traffic_outflow out = {0};

	if (value_left(r) == 0)
		return out;
	out.bytes = (int64_t)value_number(r);
	out.busiest_hour = (int64_t)value_number(r);
	return out;
}

int traffic_mark_measured(struct db_txn *t, const char *relay, int64_t day, const struct traffic_outflow *out,
			  struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_MEASURED, relay);
	struct traffic_outflow sum = {0};
	struct value_reader r;
	int got;

	traffic_key_add_number(&k, day);
	got = store_get(t, STORE_TRAFFIC, k.bytes, k.len, &r, e);
	if (got < 0)
		return -1;
	if (got == 1) {
		sum = read_outflow(&r);
		if (store_end_read(t, STORE_TRAFFIC, k.bytes, k.len, &r, e) != 0)
			return -1;
	}
	if (out) {
		sum.bytes += out->bytes;
		sum.busiest_hour = out->busiest_hour > sum.busiest_hour ? out->busiest_hour : sum.busiest_hour;
	}
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, (uint64_t)sum.bytes);
	value_add_number(&t->value, (uint64_t)sum.busiest_hour);
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e);
}

int traffic_busiest(struct db_txn *t, const char *relay, int64_t from, int64_t to, struct traffic_outflow *out,
		    struct err *e)
{
	struct traffic_key k = traffic_key_of_relay(TRAFFIC_MEASURED, relay);
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key, value;
	int got;

	*out = (struct traffic_outflow){0};
	if (!c)
		return -1;
	traffic_key_add_number(&k, from);
	key = (MDB_val){k.len, k.bytes};
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size == k.len && traffic_key_begins(&key, &k, k.len - 4) &&
	     traffic_key_number((const uint8_t *)key.mv_data + k.len - 4) <= to;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct traffic_outflow day;
		struct value_reader r;

		if (store_read(t, STORE_TRAFFIC, &key, &value, &r, e) != 0) {
			got = -1;
			break;
		}
		day = read_outflow(&r);
		if (store_end_read(t, STORE_TRAFFIC, key.mv_data, key.mv_size, &r, e) != 0) {
			got = -1;
			break;
		}
		out->bytes = day.bytes > out->bytes ? day.bytes : out->bytes;
		out->busiest_hour = day.busiest_hour > out->busiest_hour ? day.busiest_hour : out->busiest_hour;
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

int traffic_each_relay(struct db_txn *t, int (*fn)(void *ctx, const char *relay), void *ctx, struct err *e)
{
	struct traffic_key k = {.bytes = {TRAFFIC_MEASURED}, .len = 1};
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k.len, k.bytes}, value;
	int got;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size >= 6 && key.mv_size <= sizeof k.bytes && *(const uint8_t *)key.mv_data == TRAFFIC_MEASURED;
	     got = store_move(t, c, &key, &value, MDB_SET_RANGE, e)) {
		k.len = key.mv_size - 4;
		memcpy(k.bytes, key.mv_data, k.len);
		if (k.bytes[k.len - 1] != '\0') {
			got = store_damaged(t, STORE_TRAFFIC, key.mv_data, key.mv_size, e);
			break;
		}
		if (fn(ctx, (const char *)k.bytes + 1) != 0)
			break;
		k.bytes[k.len - 1] = 1; /* behind all days of this relay */
		key = (MDB_val){k.len, k.bytes};
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

enum { WINDOW_MAX = 400 };

/* One relay's rows from the cursor on: its days in the window are marked, and those it lacks are counted. */
static int cover_relay(struct db_txn *t, MDB_cursor *c, MDB_val *key, int64_t from, int64_t to, uint8_t *measured,
		       struct traffic_coverage *out, struct err *e)
{
	struct traffic_key k = {.len = key->mv_size - 4};
	int64_t first = traffic_key_number((const uint8_t *)key->mv_data + k.len), have = 0;
	MDB_val value;
	int got = 1;

	memcpy(k.bytes, key->mv_data, k.len);
	if (first < from) {
		traffic_key_add_number(&k, from);
		*key = (MDB_val){k.len, k.bytes};
		got = store_move(t, c, key, &value, MDB_SET_RANGE, e);
		k.len -= 4;
		first = from;
	}
	for (; got == 1 && key->mv_size == k.len + 4 && traffic_key_begins(key, &k, k.len);
	     got = store_move(t, c, key, &value, MDB_NEXT, e)) {
		int64_t day = traffic_key_number((const uint8_t *)key->mv_data + k.len);

		if (day >= from && day <= to) {
			measured[day - from] = 1;
			have++;
		}
	}
	out->relays++;
	if (first <= to)
		out->gaps += to - first + 1 - have;
	return got;
}

int traffic_coverage(struct db_txn *t, int64_t from, int64_t to, struct traffic_coverage *out, struct err *e)
{
	uint8_t measured[WINDOW_MAX] = {0}, start = TRAFFIC_MEASURED;
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {1, &start}, value;
	int got;

	*out = (struct traffic_coverage){0};
	if (from < 0)
		from = 0;
	if (to - from >= WINDOW_MAX)
		from = to - WINDOW_MAX + 1;
	if (!c)
		return -1;
	got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	while (got == 1 && key.mv_size >= 6 && key.mv_size <= sizeof((struct traffic_key *)0)->bytes - 4 &&
	       *(const uint8_t *)key.mv_data == TRAFFIC_MEASURED)
		got = cover_relay(t, c, &key, from, to, measured, out, e);
	mdb_cursor_close(c);
	out->last = -1;
	for (int i = 0; i < WINDOW_MAX; i++) {
		out->days += measured[i];
		if (measured[i])
			out->last = from + i;
	}
	return got < 0 ? -1 : 0;
}

/* --- generation -------------------------------------------------------------------------------- */

int traffic_generation(struct db_txn *t, uint64_t *out, struct err *e)
{
	static const uint8_t key = TRAFFIC_GENERATION;
	struct value_reader r;
	int got = store_get(t, STORE_TRAFFIC, &key, 1, &r, e);

	*out = 0;
	if (got != 1)
		return got;
	*out = value_number(&r);
	return store_end_read(t, STORE_TRAFFIC, &key, 1, &r, e);
}

int traffic_next_generation(struct db_txn *t, struct err *e)
{
	static const uint8_t key = TRAFFIC_GENERATION;
	uint64_t n;

	if (traffic_generation(t, &n, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, n + 1);
	return store_put(t, STORE_TRAFFIC, &key, 1, 0, e);
}
