/*
 * The console's rows against a plain model: read, changed by others, read again and caught up with in slices of
 * every length, under limits and in orders.
 */
#include "ops/rows.h"

#include "base/date.h"
#include "db/auditlog.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "relay/config.h"
#include "relay/limit.h"

enum { NAMES = 300, ROUNDS = 60, DAY = 86400 };

static struct config config;
static const struct audit_operator who = {.login = "test", .trust = "none"};

/* What the database should hold. */
static struct {
	int here, customer;
	enum reason reason;
	int64_t since;
} model[NAMES];

static void name_of(char out[NAME_SIZE], int i)
{
	static const char *const ending[] = {"at", "de", "sub.de", "example"};

	snprintf(out, NAME_SIZE, "%sname%03d.%s", i % 7 == 0 ? "." : "", i, ending[i % 4]);
}

static void record(struct db_txn *t, const char *name, enum audit_action action)
{
	struct audit_note note = {.reason = "edit", .text = "", .ticket = ""};
	struct audit_what what = {.action = action, .customer = "", .domain = name, .before = "", .after = "x", .batch = ""};
	struct audit_writer w;

	OK(auditlog_begin(&w, t, &who, note, &err));
	OK(auditlog_append(&w, &what, &err));
	auditlog_end(&w);
}

/* Somebody adds, deletes or changes the i-th, with a record of it or, as a scan does, without. */
static void change(int i, int with_record)
{
	static const enum reason reasons[] = {OK_BACKUP, ORPHAN_OFFNET, MOVED_OFFNET, BRK_WE_ARE_ONLY};
	struct db_txn *t = begin_write();
	char name[NAME_SIZE], customer[20];
	struct observed o = {.resolver = "127.0.0.1", .chain = "", .count = 1, .days = 1};
	struct entry e;

	name_of(name, i);
	e = entry_named(name);
	model[i].here = model[i].here ? rand() % 3 > 0 : 1;
	if (!model[i].here) {
		OK(entry_delete(t, name, &err));
		OK(observed_delete(t, name, &err));
	} else {
		model[i].customer = rand() % 5;
		model[i].reason = reasons[rand() % 4];
		model[i].since = date_now() - DAY * (1 + rand() % 50);
		snprintf(customer, sizeof customer, "C-%d", model[i].customer);
		e.customer = customer;
		o.verdict = (struct verdict){.class = (uint8_t)reason_class(model[i].reason), .reason = (uint8_t)model[i].reason};
		o.time = date_now();
		o.since = model[i].since;
		OK(entry_put(t, &e, &err));
		OK(observed_put(t, name, &o, &err));
	}
	if (with_record)
		record(t, name, model[i].here ? AUDIT_EDIT : AUDIT_DELETE);
	OK(db_commit(t, &err));
}

static void finish(struct rows *r)
{
	int rc;

	while ((rc = rows_load(r, db, rand() % 2, &err)) == 0)
		;
	ck_assert_msg(rc == 1, "%s", err.text);
}

static int model_takes(int i, int limit)
{
	if (!model[i].here)
		return 0;
	return limit == 0 || (limit == 1 && reason_class(model[i].reason) == CLASS_ORPHAN) ||
	       (limit == 2 && model[i].customer != 3);
}

/* Every row that is shown is one of the model and says the same, and none is missing. */
static void compare(struct rows *r, int limit)
{
	size_t n = 0;

	for (int i = 0; i < NAMES; i++) {
		char name[NAME_SIZE], customer[20];
		struct row row;
		int exact;
		size_t at;

		name_of(name, i);
		at = rows_find(r, name, &exact);
		ck_assert_msg(exact == model_takes(i, limit), "%s: %d", name, exact);
		if (!exact)
			continue;
		n++;
		rows_get(r, at, &row);
		snprintf(customer, sizeof customer, "C-%d", model[i].customer);
		ck_assert_str_eq(row.name, name);
		ck_assert_str_eq(row.customer, customer);
		ck_assert_int_eq(row.verdict.reason, model[i].reason);
		ck_assert_int_eq(row.since, model[i].since);
	}
	ck_assert_uint_eq(rows_count(r), n);
}

/* Orders by since and by customer, the other way round too, and by name within one of them. */
static void compare_order(struct rows *r, enum rows_order by, int reverse)
{
	struct row a, b;

	for (size_t i = 1; i < rows_count(r); i++) {
		int c = 0, k;
		unsigned char x[NAME_KEY_SIZE] = "", y[NAME_KEY_SIZE] = "";

		rows_get(r, reverse ? i : i - 1, &a);
		rows_get(r, reverse ? i - 1 : i, &b);
		name_to_key(x, a.name);
		name_to_key(y, b.name);
		k = memcmp(x, y, sizeof x);
		if (by == ROWS_BY_SINCE)
			c = (a.since > b.since) - (a.since < b.since);
		else if (by == ROWS_BY_CUSTOMER)
			c = strcmp(a.customer, b.customer);
		ck_assert_msg(c < 0 || (c == 0 && k < 0), "%s before %s", a.name, b.name);
	}
}

static void set_up(void)
{
	open_database();
	config_init(&config);
	srand(11);
	memset(model, 0, sizeof model);
	for (int i = 0; i < NAMES; i++)
		if (rand() % 2)
			change(i, 0);
}

static void tear_down(void)
{
	config_clear(&config);
	remove_database();
}

static const char *const limits[] = {"", "class:orphan", "-customer:C-3"};

START_TEST(rows_are_those_of_the_database)
{
	static const enum rows_order orders[] = {ROWS_BY_NAME, ROWS_BY_SINCE, ROWS_BY_CUSTOMER};
	struct rows *r = rows_new(&config);
	struct limit *l = NULL;
	enum rows_order by = ROWS_BY_NAME;
	int limit = 0, reverse = 0;

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = rand() % 20; i > 0; i--)
			change(rand() % NAMES, 0);
		rows_reload(r);
		if (round % 3 == 0)
			rows_load(r, db, 0, &err); /* what follows meets it half way */
		if (round % 4 == 1) {
			struct limit *old = l;

			limit = rand() % 3;
			l = NULL;
			if (limit)
				OK(limit_parse(&l, limits[limit], &err, NULL));
			rows_set_limit(r, l);
			limit_free(old);
		}
		if (round % 5 == 2) {
			by = orders[rand() % 3];
			reverse = rand() % 2;
			rows_set_order(r, by, reverse);
		}
		finish(r);
		compare(r, limit);
		compare_order(r, by, reverse);
		ck_assert_int_eq(rows_is_stale(r, db), 0);
	}
	rows_free(r);
	limit_free(l);
}
END_TEST

/* Without reading all again, also while that is under way. */
START_TEST(what_has_a_record_is_caught_up_with)
{
	struct rows *r = rows_new(&config);

	finish(r);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = rows_version(r);
		int changed = 0;

		for (int i = rand() % 20; i > 0; i--, changed = 1)
			change(rand() % NAMES, 1);
		if (round % 4 == 3) {
			rows_reload(r);
			rows_load(r, db, 0, &err);
		}
		IS(rows_catch_up(r, db, 0, 0, &err), 1);
		if (round % 4 == 3)
			finish(r);
		compare(r, 0);
		if (!changed)
			ck_assert_uint_eq(rows_version(r), before);
	}
	rows_free(r);
}
END_TEST

/* What a scan saw of rows in sight has no record and is seen all the same; what it saw of others is not. */
START_TEST(rows_in_sight_are_caught_up_with)
{
	struct rows *r = rows_new(&config);
	uint64_t before;

	finish(r);
	before = rows_version(r);
	for (int i = 0; i < NAMES; i++)
		if (model[i].here) {
			char name[NAME_SIZE];
			struct row row;
			int exact;
			size_t at;

			name_of(name, i);
			at = rows_find(r, name, &exact);
			do
				change(i, 0);
			while (!model[i].here);
			IS(rows_catch_up(r, db, at > 0 ? 0 : 1, 0, &err), 1);
			ck_assert_uint_eq(rows_version(r), before);
			IS(rows_catch_up(r, db, at, 1, &err), 1);
			ck_assert_uint_gt(rows_version(r), before);
			rows_get(r, at, &row);
			ck_assert_int_eq(row.since, model[i].since);
			break;
		}
	rows_free(r);
}
END_TEST

/* A limit that was set shows when it is whole; until then the rows are those of before. */
START_TEST(what_is_visible_stays_until_the_new_is_whole)
{
	struct rows *r = rows_new(&config);
	struct limit *l;
	uint64_t before;
	size_t all;

	finish(r);
	all = rows_count(r);
	before = rows_version(r);
	OK(limit_parse(&l, "class:orphan", &err, NULL));
	rows_set_limit(r, l);
	ck_assert_uint_eq(rows_count(r), all);
	ck_assert_uint_eq(rows_version(r), before);
	finish(r);
	ck_assert_uint_lt(rows_count(r), all);
	ck_assert_uint_gt(rows_version(r), before);
	compare(r, 1);
	rows_free(r);
	limit_free(l);
}
END_TEST

static void count_row(void *ctx, const struct row *row)
{
	ck_assert_int_eq(row->verdict.class, CLASS_ORPHAN);
	++*(size_t *)ctx;
}

START_TEST(a_sweep_shows_each_row_once)
{
	struct rows *r = rows_new(&config);
	size_t n = 0, at = 0, expected = 0;
	struct limit *l;
	int rc;

	finish(r);
	for (int i = 0; i < NAMES; i++)
		expected += model_takes(i, 1);
	OK(limit_parse(&l, "class:orphan", &err, NULL));
	while ((rc = rows_sweep(r, db, l, &at, 0, count_row, &n, &err)) == 0)
		;
	ck_assert_int_eq(rc, 1);
	ck_assert_uint_eq(n, expected);
	rows_free(r);
	limit_free(l);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rows_are_those_of_the_database);
	tcase_add_test(tc, what_has_a_record_is_caught_up_with);
	tcase_add_test(tc, rows_in_sight_are_caught_up_with);
	tcase_add_test(tc, what_is_visible_stays_until_the_new_is_whole);
	tcase_add_test(tc, a_sweep_shows_each_row_once);
	return run_suite(tc);
}
