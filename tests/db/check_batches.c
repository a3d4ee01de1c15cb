#include "db/batches.h"

#include "audit/record.h"
#include "db/check.h"
#include "db/db_support.h"

static struct batch batch_of(uint64_t seq, uint64_t count)
{
	return (struct batch){.seq = seq,
			      .time = 1763900000 + (int64_t)seq,
			      .action = AUDIT_DELETE,
			      .count = count,
			      .who = "jk",
			      .reason = "orphans of autumn",
			      .ticket = "#12"};
}

/* One batch with the entries of names, the last one NULL, as a deletion writes it. */
static void put_batch(struct db_txn *t, uint64_t seq, const char *const *names)
{
	struct batch b = batch_of(seq, 0);

	for (; names[b.count]; b.count++) {
		struct entry e = entry_named(names[b.count]);

		e.customer = "C-1";
		e.note = "kept";
		e.pin_note = "reason";
		OK(batch_add_entry(t, seq, &e, &err));
	}
	OK(batch_put(t, &b, &err));
}

static const char *const first[] = {"a.example", "www.a.example", "b.example", NULL};
static const char *const second[] = {"a.example", "c.example", NULL};

START_TEST(batches_are_listed_newest_first)
{
	struct arena a = {0};
	struct db_txn *t;
	struct batch *list, got;
	size_t n;

	open_database();
	t = begin_write();
	OK(batch_list(t, &a, &list, &n, 10, &err));
	ck_assert_uint_eq(n, 0);
	for (uint64_t seq = 3; seq < 3000; seq += 300) {
		struct batch b = batch_of(seq, seq * 2);

		OK(batch_put(t, &b, &err));
	}
	OK(db_commit(t, &err));
	t = begin_read();
	OK(batch_list(t, &a, &list, &n, 4, &err));
	ck_assert_uint_eq(n, 4);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(list[i].seq, 2703 - i * 300);
	OK(batch_list(t, &a, &list, &n, 1000, &err));
	ck_assert_uint_eq(n, 10);
	IS(batch_get(t, 303, &a, &got, &err), 1);
	IS(batch_get(t, 304, &a, &got, &err), 0);
	IS(batch_get(t, 303, &a, &got, &err), 1);
	db_abort(t);
	ck_assert_uint_eq(got.seq, 303);
	ck_assert_uint_eq(got.count, 606);
	ck_assert_int_eq(got.time, 1763900303);
	ck_assert_uint_eq(got.action, AUDIT_DELETE);
	ck_assert_str_eq(got.who, "jk");
	ck_assert_str_eq(got.reason, "orphans of autumn");
	ck_assert_str_eq(got.ticket, "#12");
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(a_batch_gives_its_entries_back_whole)
{
	struct arena a = {0};
	struct entry *e;
	struct db_txn *t;
	size_t n;

	open_database();
	t = begin_write();
	put_batch(t, 7, first);
	put_batch(t, 8, second);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(batch_entries(t, 7, &a, &e, &n, &err));
	db_abort(t);
	ck_assert_uint_eq(n, 3);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(e[i].name, first[i]);
		ck_assert_str_eq(e[i].table_value, "OK");
		ck_assert_str_eq(e[i].note, "kept");
		ck_assert_str_eq(e[i].pin_note, "reason");
	}
	t = begin_read();
	OK(batch_entries(t, 6, &a, &e, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(batch_entries(t, 9, &a, &e, &n, &err));
	ck_assert_uint_eq(n, 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(the_newest_deletion_of_a_name_is_found_until_it_is_restored)
{
	static struct db_report report;
	struct arena a = {0};
	struct entry *e;
	struct batch b;
	struct db_txn *t;
	uint64_t seq = 0;
	size_t n;

	open_database();
	t = begin_write();
	IS(batch_find_deleted(t, "a.example", &seq, &err), 0);
	put_batch(t, 7, first);
	put_batch(t, 300, second);
	IS(batch_find_deleted(t, "a.example", &seq, &err), 1);
	ck_assert_uint_eq(seq, 300);
	IS(batch_find_deleted(t, "b.example", &seq, &err), 1);
	ck_assert_uint_eq(seq, 7);
	IS(batch_find_deleted(t, "example", &seq, &err), 0);
	IS(batch_find_deleted(t, "zz.example", &seq, &err), 0);
	IS(batch_find_deleted(t, "w.a.example", &seq, &err), 0);
	OK(batch_mark_restored(t, 300, "a.example", &err));
	IS(batch_find_deleted(t, "a.example", &seq, &err), 1);
	ck_assert_uint_eq(seq, 7);
	OK(batch_mark_restored(t, 7, "a.example", &err));
	IS(batch_find_deleted(t, "a.example", &seq, &err), 0);
	/* Twice counts once. */
	OK(batch_mark_restored(t, 7, "a.example", &err));
	IS(batch_get(t, 7, &a, &b, &err), 1);
	ck_assert_uint_eq(b.count, 3);
	ck_assert_uint_eq(b.restored, 1);
	/* What was restored already is not brought back over what it is now. */
	OK(batch_entries(t, 7, &a, &e, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(e[0].name, "www.a.example");
	IS(batch_find_deleted(t, "www.a.example", &seq, &err), 1);
	OK(db_commit(t, &err));
	t = begin_write();
	FAILS(batch_mark_restored(t, 7, "c.example", &err), ERR_NOINPUT);
	FAILS(db_commit(t, &err), ERR_NOINPUT);
	arena_clear(&a);
	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("batches");

	tcase_add_test(tc, batches_are_listed_newest_first);
	tcase_add_test(tc, a_batch_gives_its_entries_back_whole);
	tcase_add_test(tc, the_newest_deletion_of_a_name_is_found_until_it_is_restored);
	return run_suite(tc);
}
