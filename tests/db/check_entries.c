#include "db/entries.h"

#include "db/db_support.h"
#include "db/full_rows.h"

static void assert_same_entry(const struct entry *a, const struct entry *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert_str_eq(a->table_value, b->table_value);
	ck_assert_str_eq(a->customer, b->customer);
	ck_assert_str_eq(a->contact, b->contact);
	ck_assert_str_eq(a->note, b->note);
	ck_assert_int_eq(a->added, b->added);
	ck_assert_int_eq(a->contract_end, b->contract_end);
	ck_assert_int_eq(a->confirmed, b->confirmed);
	ck_assert_int_eq(a->reviewed, b->reviewed);
	ck_assert_uint_eq(a->pin, b->pin);
	ck_assert_int_eq(a->pin_until, b->pin_until);
	ck_assert_str_eq(a->pin_note, b->pin_note);
	ck_assert_int_eq(a->notice_deadline, b->notice_deadline);
	ck_assert_str_eq(a->notice_ticket, b->notice_ticket);
	ck_assert_uint_eq(a->acknowledged, b->acknowledged);
}

START_TEST(an_entry_comes_back_as_it_was_put)
{
	static const char *const names[] = {"example.org",   ".example.org", "[192.0.2.1]",
					    "*.example.org", "localhost",    "a..b"};
	struct entry full, poor, got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	for (size_t i = 0; i < 6; i++) {
		full = full_entry(names[i]);
		t = begin_write();
		OK(entry_put(t, &full, &err));
		IS(entry_get(t, names[i], NULL, &got, &err), 1);
		assert_same_entry(&got, &full);
		OK(db_commit(t, &err));
		t = begin_read();
		IS(entry_get(t, names[i], &a, &got, &err), 1);
		db_abort(t);
		assert_same_entry(&got, &full); /* from the arena, behind the transaction */
	}
	poor = (struct entry){.name = "poor.example.org"};
	t = begin_write();
	OK(entry_put(t, &poor, &err));
	IS(entry_get(t, poor.name, NULL, &got, &err), 1);
	ck_assert_str_eq(got.note, "");
	ck_assert_str_eq(got.table_value, "");
	IS(entry_get(t, "no.example.org", NULL, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(an_observation_comes_back_as_it_was_put)
{
	struct observed full = full_observed(),
			poor = {.rcode = -1, .ede = -1, .authenticated = -1}, got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(observed_put(t, "example.org", &full, &err));
	OK(observed_put(t, "poor.example.org", &poor, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	IS(observed_get(t, "example.org", NULL, &got, &err), 1);
	assert_same_observed(&got, &full);
	IS(observed_get(t, "example.org", &a, &got, &err), 1);
	db_abort(t);
	assert_same_observed(&got, &full);
	t = begin_write();
	IS(observed_get(t, "poor.example.org", NULL, &got, &err), 1);
	ck_assert_str_eq(got.chain, "");
	ck_assert_str_eq(got.resolver, "");
	ck_assert_int_eq(got.rcode, -1);
	ck_assert_uint_eq(got.n_mx, 0);
	IS(observed_delete(t, "poor.example.org", &err), 1);
	IS(observed_delete(t, "poor.example.org", &err), 0);
	IS(observed_get(t, "poor.example.org", NULL, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

/* In the order in which they must come. */
static const char *const sorted[] = {
	"*.odd.example", "[192.0.2.1]",	    "com",	     "example.com",  ".example.com",
	"a.example.com", "b.a.example.com", "b.example.com", "example1.com", "w.org",
	".w.org",	 "www.w.org",
};
enum { N_SORTED = sizeof sorted / sizeof *sorted };

static void put_sorted_names(void)
{
	struct observed o = full_observed();
	struct db_txn *t = begin_write();

	for (size_t i = N_SORTED; i-- > 0;) {
		struct entry e = full_entry(sorted[i]);

		OK(entry_put(t, &e, &err));
		if (i % 3 == 1)
			OK(observed_put(t, sorted[i], &o, &err));
	}
	/* Observations of names that are not listed come between and change nothing. */
	OK(observed_put(t, "aa.example.com", &o, &err));
	OK(observed_put(t, "zzz.org", &o, &err));
	OK(db_commit(t, &err));
}

static size_t walk_from(const char *after, int with_mx)
{
	struct db_txn *t = begin_read();
	struct entry_walk w;
	size_t i = 0, n = 0;
	int got;

	OK(walk_begin(&w, t, after, with_mx, &err));
	while ((got = walk_next(&w, &err)) == 1) {
		if (n++ == 0)
			while (i < N_SORTED && strcmp(sorted[i], w.e.name) != 0)
				i++;
		ck_assert_uint_lt(i, N_SORTED);
		ck_assert_str_eq(w.e.name, sorted[i]);
		ck_assert_str_eq(w.e.note, "two\nlines");
		ck_assert_int_eq(w.o.time != 0, i % 3 == 1);
		ck_assert_uint_eq(w.o.n_mx, i % 3 == 1 && with_mx ? 2 : 0);
		if (w.o.n_mx)
			ck_assert_str_eq(w.o.mx[0].target, "mx1.example.net");
		ck_assert_str_eq(w.o.resolver, i % 3 == 1 ? "[2001:db8::53]:5353" : "");
		i++;
	}
	OK(got);
	IS(walk_next(&w, &err), 0);
	walk_end(&w);
	db_abort(t);
	ck_assert_uint_eq(n ? i : N_SORTED, N_SORTED);
	return n;
}

START_TEST(a_walk_goes_from_a_domain_to_its_subnames)
{
	open_database();
	ck_assert_uint_eq(walk_from(NULL, 1), 0);
	put_sorted_names();
	ck_assert_uint_eq(walk_from(NULL, 0), N_SORTED);
	ck_assert_uint_eq(walk_from(NULL, 1), N_SORTED);
	for (size_t i = 0; i < N_SORTED; i++)
		ck_assert_uint_eq(walk_from(sorted[i], i % 2), N_SORTED - 1 - i);
	/* Names that are not there (any more). */
	ck_assert_uint_eq(walk_from("aa.example.com", 1), 5);
	ck_assert_uint_eq(walk_from("z.zzz", 1), 0);
	remove_database();
}
END_TEST

START_TEST(a_deleted_entry_is_gone_and_the_others_stay)
{
	struct entry got;
	struct db_txn *t;
	uint64_t n;

	open_database();
	put_sorted_names();
	t = begin_write();
	IS(entry_delete(t, "a.example.com", &err), 1);
	IS(entry_delete(t, "a.example.com", &err), 0);
	IS(entry_delete(t, "example.net", &err), 0);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, N_SORTED - 1);
	IS(entry_get(t, "a.example.com", NULL, &got, &err), 0);
	IS(entry_get(t, "b.a.example.com", NULL, &got, &err), 1);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(a_sorted_load_adds_and_never_overwrites)
{
	static const char *const order[] = {"b.org", "c.org", "a.org",
					    "d.org", "c.org", "a.org"};
	static const int added[] = {1, 1, 1, 1, 0, 0};
	struct entry got;
	struct db_txn *t;
	uint64_t n;

	open_database();
	t = begin_write();
	for (size_t i = 0; i < 6; i++) {
		struct entry e = entry_named(order[i]);

		e.note = i < 4 ? "first" : "second";
		IS(entry_add_sorted(t, &e, &err), added[i]);
	}
	IS(entry_get(t, "c.org", NULL, &got, &err), 1);
	ck_assert_str_eq(got.note, "first");
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, 4);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(names_that_are_none_are_not_stored)
{
	static const char *const bad[] = {"", ".", "Upper.example.org", "a b.org",
					  "x\001y.org"};
	struct observed o = full_observed();

	open_database();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct entry e = entry_named(bad[i]);
		struct db_txn *t = begin_write();

		FAILS(entry_put(t, &e, &err), ERR_DATA);
		FAILS(observed_put(t, bad[i], &o, &err), ERR_DATA);
		db_abort(t);
	}
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("entries");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_entry_comes_back_as_it_was_put);
	tcase_add_test(tc, an_observation_comes_back_as_it_was_put);
	tcase_add_test(tc, a_walk_goes_from_a_domain_to_its_subnames);
	tcase_add_test(tc, a_deleted_entry_is_gone_and_the_others_stay);
	tcase_add_test(tc, a_sorted_load_adds_and_never_overwrites);
	tcase_add_test(tc, names_that_are_none_are_not_stored);
	return run_suite(tc);
}
