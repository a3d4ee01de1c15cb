#include "db/subnames.h"

#include "db/db_support.h"

/* 2026-11-28 */
enum { TODAY = 20785 };

static int has(const struct subnames *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i].name, name) == 0)
			return 1;
	return 0;
}

START_TEST(mail_for_one_name_adds_up)
{
	static struct subnames s;

	subnames_add(&s, "www.x.example", TODAY - 5, 2, TODAY);
	subnames_add(&s, "www.x.example", TODAY - 9, 3, TODAY);
	subnames_add(&s, "lists.x.example", TODAY + 9, 1, TODAY); /* a clock that jumped */
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.at[0].day, TODAY - 5);
	ck_assert_int_eq(s.at[0].times, 5);
	ck_assert_int_eq(s.at[1].day, TODAY);
}
END_TEST

START_TEST(made_up_names_take_no_place_of_one_that_gets_mail)
{
	static struct subnames s;
	char name[40];

	subnames_add(&s, "www.x.example", TODAY - 100, 2, TODAY);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "r%d.x.example", i);
		subnames_add(&s, name, TODAY, 1, TODAY);
	}
	ck_assert_uint_eq(s.n, SUBNAMES_MAX);
	ck_assert_int_eq(s.left_out, 1000 - (SUBNAMES_MAX - 1));
	ck_assert(has(&s, "www.x.example"));
	subnames_add(&s, "new.x.example", TODAY, 7, TODAY);
	ck_assert(has(&s, "new.x.example"));
	ck_assert(has(&s, "www.x.example"));
	ck_assert_uint_eq(s.n, SUBNAMES_MAX);
}
END_TEST

START_TEST(names_without_mail_are_forgotten)
{
	static struct subnames s;

	subnames_add(&s, "old.x.example", TODAY - SUBNAMES_DAYS + 1, 9, TODAY);
	subnames_add(&s, "older.x.example", TODAY - SUBNAMES_DAYS, 9, TODAY);
	ck_assert_uint_eq(s.n, 1);
	subnames_add(&s, "new.x.example", TODAY + 1, 1, TODAY + 1);
	ck_assert_uint_eq(s.n, 1);
	ck_assert(has(&s, "new.x.example"));
}
END_TEST

START_TEST(what_is_kept_comes_back)
{
	static struct subnames s, got;
	struct db_txn *t;

	open_database();
	s.left_out = 3;
	subnames_add(&s, "www.x.example", TODAY - 5, 300, TODAY);
	subnames_add(&s, "lists.x.example", TODAY, 1, TODAY);
	t = begin_write();
	OK(subnames_put(t, "x.example", &s, &err));
	OK(subnames_put(t, ".y.example", &(struct subnames){0}, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	IS(subnames_get(t, "x.example", &got, &err), 1);
	ck_assert_uint_eq(got.n, 2);
	ck_assert_int_eq(got.left_out, 3);
	ck_assert_str_eq(got.at[0].name, "www.x.example");
	ck_assert_int_eq(got.at[0].day, TODAY - 5);
	ck_assert_int_eq(got.at[0].times, 300);
	ck_assert_str_eq(got.at[1].name, "lists.x.example");
	IS(subnames_get(t, "y.example", &got, &err), 0);
	IS(subnames_get(t, ".y.example", &got, &err), 1);
	ck_assert_uint_eq(got.n, 0);
	db_abort(t);
	remove_database();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("rows");

	tcase_add_test(c, mail_for_one_name_adds_up);
	tcase_add_test(c, made_up_names_take_no_place_of_one_that_gets_mail);
	tcase_add_test(c, names_without_mail_are_forgotten);
	tcase_add_test(c, what_is_kept_comes_back);
	return run_suite(c);
}
