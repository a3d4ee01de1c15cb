#include "db/traffic.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"
#include "relay/name.h"

/* The first byte of a key says what the row is. */
enum { FIGURES = 'f', GENERATION = 'g', MEASURED = 'm', ON_ITS_WAY = 'o', SEEN = 's' };

/* The most of identities that one row holds; a minute may have many rows. */
enum { SEEN_MAX = 4096 };

struct key {
	uint8_t bytes[1 + NAME_KEY_SIZE + 1 + 4 + MAILLOG_RELAY_MAX + MAILLOG_ID_MAX];
	size_t len;
};

static void add_bytes(struct key *k, const void *bytes, size_t len)
{
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

static void add_relay(struct key *k, const char *relay)
{
	add_bytes(k, relay, strnlen(relay, MAILLOG_RELAY_MAX));
}

/* Days and minutes are never below zero, so their bytes order as they do. */
static void add_number(struct key *k, int64_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		k->bytes[k->len++] = (uint8_t)((uint64_t)(n < 0 ? 0 : n) >> shift);
}

static int64_t number_at(const uint8_t *p)
{
	return (int64_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

static struct key key_of_name(const char *name, int64_t day)
{
	struct key k = {.bytes = {FIGURES}, .len = 1};

	k.len += name_to_key(k.bytes + 1, name);
	k.bytes[k.len++] = 0;
	add_number(&k, day);
	return k;
}

static struct key key_of_relay(uint8_t kind, const char *relay)
{
	struct key k = {.bytes = {kind}, .len = 1};

	add_relay(&k, relay);
	k.bytes[k.len++] = 0;
	return k;
}

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
	struct key k = key_of_name(name, day);
	int64_t figure[N_FIGURES];
	struct maillog_figures sum = *add;
	struct value_reader r;
	int got;

	add_relay(&k, relay);
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

static int has_prefix(const MDB_val *key, const struct key *k, size_t len)
{
	return key->mv_size >= len && memcmp(key->mv_data, k->bytes, len) == 0;
}

/* Gives each row of a name from a day to another: 1 there was one, 0, -1. */
static int each_figures(struct db_txn *t, const char *name, int64_t from, int64_t to,
			void (*fn)(void *ctx, int64_t day, const struct maillog_figures *f), void *ctx, struct err *e)
{
	struct key k = key_of_name(name, from);
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k.len, k.bytes}, value;
	struct value_reader r;
	int got, any = 0;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size >= k.len && has_prefix(&key, &k, k.len - 4) &&
	     number_at((const uint8_t *)key.mv_data + k.len - 4) <= to;
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
		fn(ctx, number_at((const uint8_t *)key.mv_data + k.len - 4), &f);
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
	return each_figures(t, name, from, to, add_figures, out, e);
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
	return each_figures(t, name, from, to, add_to_week, &w, e);
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
	struct key k = key_of_relay(MEASURED, relay);
	struct traffic_outflow sum = {0};
	struct value_reader r;
	int got;

	add_number(&k, day);
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
	struct key k = key_of_relay(MEASURED, relay);
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key, value;
	int got;

	*out = (struct traffic_outflow){0};
	if (!c)
		return -1;
	add_number(&k, from);
	key = (MDB_val){k.len, k.bytes};
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size == k.len && has_prefix(&key, &k, k.len - 4) &&
	     number_at((const uint8_t *)key.mv_data + k.len - 4) <= to;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct traffic_outflow day;
		struct value_reader r;

		if (store_read(t, STORE_TRAFFIC, &key, &value, &r, e) != 0) {
			got = -1;
			break;
		}
		day = read_outflow(&r);
		out->bytes = day.bytes > out->bytes ? day.bytes : out->bytes;
		out->busiest_hour = day.busiest_hour > out->busiest_hour ? day.busiest_hour : out->busiest_hour;
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

int traffic_each_relay(struct db_txn *t, int (*fn)(void *ctx, const char *relay), void *ctx, struct err *e)
{
	struct key k = {.bytes = {MEASURED}, .len = 1};
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k.len, k.bytes}, value;
	int got;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size >= 6 && key.mv_size <= sizeof k.bytes && *(const uint8_t *)key.mv_data == MEASURED;
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
	struct key k = {.len = key->mv_size - 4};
	int64_t first = number_at((const uint8_t *)key->mv_data + k.len), have = 0;
	MDB_val value;
	int got = 1;

	memcpy(k.bytes, key->mv_data, k.len);
	if (first < from) {
		add_number(&k, from);
		*key = (MDB_val){k.len, k.bytes};
		got = store_move(t, c, key, &value, MDB_SET_RANGE, e);
		k.len -= 4;
		first = from;
	}
	for (; got == 1 && key->mv_size == k.len + 4 && has_prefix(key, &k, k.len);
	     got = store_move(t, c, key, &value, MDB_NEXT, e)) {
		int64_t day = number_at((const uint8_t *)key->mv_data + k.len);

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
	uint8_t measured[WINDOW_MAX] = {0}, start = MEASURED;
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
	while (got == 1 && key.mv_size >= 6 && key.mv_size <= sizeof((struct key *)0)->bytes - 4 &&
	       *(const uint8_t *)key.mv_data == MEASURED)
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
	static const uint8_t key = GENERATION;
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
	static const uint8_t key = GENERATION;
	uint64_t n;

	if (traffic_generation(t, &n, e) != 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, n + 1);
	return store_put(t, STORE_TRAFFIC, &key, 1, 0, e);
}

/* --- lines that were counted ------------------------------------------------------------------- */

static int read_seen(struct db_txn *t, const MDB_val *key, const MDB_val *value,
		     void (*fn)(void *ctx, uint64_t identity), void *ctx, struct err *e)
{
	struct value_reader r;

	if (store_read(t, STORE_TRAFFIC, key, value, &r, e) != 0)
		return -1;
	while (value_left(&r) > 0 && !r.bad) {
		uint64_t identity = value_u64(&r);

		if (!r.bad && fn)
			fn(ctx, identity);
	}
	return store_end_read(t, STORE_TRAFFIC, key->mv_data, key->mv_size, &r, e);
}

/* Goes through the rows of a minute; *rows is how many there are. */
static int walk_seen(struct db_txn *t, const struct key *k, void (*fn)(void *ctx, uint64_t identity), void *ctx,
		     int64_t *rows, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {k->len, (void *)k->bytes}, value;
	int got;

	*rows = 0;
	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && key.mv_size == k->len + 4 && has_prefix(&key, k, k->len);
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		*rows = number_at((const uint8_t *)key.mv_data + k->len) + 1;
		if (fn && read_seen(t, &key, &value, fn, ctx, e) != 0) {
			got = -1;
			break;
		}
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}

int traffic_each_seen(struct db_txn *t, const char *relay, int64_t minute, void (*fn)(void *ctx, uint64_t identity),
		      void *ctx, struct err *e)
{
	struct key k = key_of_relay(SEEN, relay);
	int64_t rows;

	add_number(&k, minute);
	return walk_seen(t, &k, fn, ctx, &rows, e);
}

int traffic_add_seen(struct db_txn *t, const char *relay, int64_t minute, const uint64_t *identity, size_t n,
		     struct err *e)
{
	struct key k = key_of_relay(SEEN, relay);
	int64_t row;

	add_number(&k, minute);
	if (walk_seen(t, &k, NULL, NULL, &row, e) != 0)
		return -1;
	for (size_t i = 0; i < n; row++) {
		struct key full = k;

		add_number(&full, row);
		value_begin(&t->value, STORE_VALUE_VERSION);
		for (size_t end = n - i > SEEN_MAX ? i + SEEN_MAX : n; i < end; i++)
			value_add_u64(&t->value, identity[i]);
		if (store_put(t, STORE_TRAFFIC, full.bytes, full.len, 0, e) != 0)
			return -1;
	}
	return 0;
}

/* --- messages on their way --------------------------------------------------------------------- */

enum { PART_DELAYED = 1, PART_HELD = 2, PART_DEFERRED = 4, PART_SENT = 8 };

static uint8_t bits_of(const struct maillog_part *p)
{
	return (uint8_t)((p->was_delayed ? PART_DELAYED : 0) | (p->was_held ? PART_HELD : 0) |
			 (p->was_deferred ? PART_DEFERRED : 0) | (p->was_sent ? PART_SENT : 0));
}

int traffic_put_open(struct db_txn *t, const struct maillog_message *m, struct err *e)
{
	struct key k = key_of_relay(ON_ITS_WAY, m->relay);

	add_bytes(&k, m->id, strlen(m->id));
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, m->size);
	value_add_signed(&t->value, m->time);
	value_add_number(&t->value, m->flags);
	value_add_byte(&t->value, (uint8_t)(m->has_bounced != 0));
	value_add_text(&t->value, m->charged);
	value_add_text(&t->value, m->failed);
	value_add_number(&t->value, m->n_parts);
	for (uint32_t i = 0; i < m->n_parts; i++) {
		value_add_text(&t->value, m->part[i].name);
		value_add_byte(&t->value, bits_of(&m->part[i]));
	}
	value_add_number(&t->value, m->n_transactions);
	for (uint32_t i = 0; i < m->n_transactions; i++)
		value_add_u64(&t->value, m->transaction[i]);
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e);
}

static const char *text_or_none(struct value_reader *r)
{
	const char *text = value_text(r, NULL);

	return *text ? text : NULL;
}

static void read_parts(struct value_reader *r, struct maillog_message *m, struct arena *a)
{
	uint64_t n = value_number(r);

	/* Each part takes at least three bytes and each transaction eight, so what does not fit cannot be. */
	if (r->bad || n > value_left(r) / 3) {
		r->bad = 1;
		return;
	}
	m->part = arena_alloc(a, (n + 1) * sizeof *m->part);
	for (m->n_parts = 0; m->n_parts < n; m->n_parts++) {
		struct maillog_part *part = &m->part[m->n_parts];
		uint8_t bits;

		part->name = value_text(r, NULL);
		bits = value_byte(r);
		part->was_delayed = bits & PART_DELAYED;
		part->was_held = (bits & PART_HELD) != 0;
		part->was_deferred = (bits & PART_DEFERRED) != 0;
		part->was_sent = (bits & PART_SENT) != 0;
	}
	n = value_number(r);
	if (r->bad || n > value_left(r) / 8) {
		r->bad = 1;
		return;
	}
	m->transaction = arena_alloc(a, (n + 1) * sizeof *m->transaction);
	for (m->n_transactions = 0; m->n_transactions < n; m->n_transactions++)
		m->transaction[m->n_transactions] = value_u64(r);
}

static int read_open(struct db_txn *t, const MDB_val *key, const MDB_val *value, struct arena *a,
		     struct maillog_message *m, struct err *e)
{
	const uint8_t *bytes = key->mv_data, *nul = memchr(bytes, 0, key->mv_size);
	size_t id = nul ? key->mv_size - (size_t)(nul - bytes) - 1 : 0;
	struct value_reader r;

	if (id == 0 || id > MAILLOG_ID_MAX)
		return store_damaged(t, STORE_TRAFFIC, key->mv_data, key->mv_size, e);
	if (store_read(t, STORE_TRAFFIC, key, value, &r, e) != 0)
		return -1;
	*m = (struct maillog_message){.relay = arena_string(a, (const char *)bytes + 1, (size_t)(nul - bytes) - 1)};
	memcpy(m->id, nul + 1, id);
	m->size = value_signed(&r);
	m->time = value_signed(&r);
	m->flags = value_number32(&r);
	m->has_bounced = value_byte(&r);
	m->charged = text_or_none(&r);
	m->failed = text_or_none(&r);
	read_parts(&r, m, a);
	return store_end_read(t, STORE_TRAFFIC, key->mv_data, key->mv_size, &r, e);
}

int traffic_each_open(struct db_txn *t, void (*fn)(void *ctx, const struct maillog_message *open), void *ctx,
		      struct err *e)
{
	uint8_t start = ON_ITS_WAY;
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key = {1, &start}, value;
	struct arena a = {0};
	int got;

	if (!c)
		return -1;
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
	     got == 1 && *(const uint8_t *)key.mv_data == ON_ITS_WAY;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct maillog_message m;

		if (read_open(t, &key, &value, &a, &m, e) != 0) {
			got = -1;
			break;
		}
		fn(ctx, &m);
		arena_reset(&a);
	}
	mdb_cursor_close(c);
	arena_clear(&a);
	return got < 0 ? -1 : 0;
}

int traffic_drop_open(struct db_txn *t, struct err *e)
{
	uint8_t start = ON_ITS_WAY;
	MDB_cursor *c = store_cursor(t, STORE_TRAFFIC, e);
	MDB_val key, value;
	int got = 1;

	if (!c)
		return -1;
	while (got == 1) {
		int rc;

		key = (MDB_val){1, &start};
		got = store_move(t, c, &key, &value, MDB_SET_RANGE, e);
		if (got != 1 || *(const uint8_t *)key.mv_data != ON_ITS_WAY)
			break;
		rc = mdb_cursor_del(c, 0);
		if (rc != 0)
			got = store_txn_fail(t, rc, "cannot write to", e);
	}
	mdb_cursor_close(c);
	return got < 0 ? -1 : 0;
}
