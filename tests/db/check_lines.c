#include "db/traffic_lines.h"

#include "db/db_support.h"
#include "db/traffic.h"
#include "mta/maillog.h"
#include "support/suite.h"

enum { TODAY = 20785, MINUTES = 1440 };

static void add(struct db_txn *t, const char *relay, int64_t day, int64_t minute, uint64_t identity)
{
	OK(traffic_lines_add(t, relay, day * MINUTES + minute, &identity, 1, &err));
}

static void count(void *ctx, uint64_t identity)
{
	uint64_t *sum = ctx;

	*sum += identity;
}

static uint64_t sum_of(struct db_txn *t, const char *relay, int64_t day, int64_t minute)
{
	uint64_t sum = 0;

	OK(traffic_lines_each(t, relay, day * MINUTES + minute, count, &sum, &err));
	return sum;
}

START_TEST(old_lines_are_forgotten_and_their_days_closed)
{
	static const char *const relays[] = {"a", "ab", "b.isp.example"};
	struct db_txn *t;

	open_database();
	t = begin_write();
	for (size_t i = 0; i < 3; i++) {
		for (int day = 0; day < 10; day++)
			add(t, relays[i], TODAY - day, 5, 1);
		add(t, relays[i], TODAY - 7, 5, 2); /* a second row of the minute */
		add(t, relays[i], TODAY - 7, 6, 4);
		OK(traffic_mark_measured(t, relays[i], TODAY - 9, NULL, &err));
	}
	add(t, "ab", TODAY - 40, 0, 1);
	ck_assert_uint_eq(sum_of(t, "ab", TODAY - 7, 5), 3);
	OK(traffic_lines_forget(t, TODAY - 5, TODAY, &err));
	for (size_t i = 0; i < 3; i++)
		for (int day = 0; day < 10; day++) {
			ck_assert_uint_eq(sum_of(t, relays[i], TODAY - day, 5), day <= 5);
			IS(traffic_lines_is_closed(t, relays[i], TODAY - day, &err), day > 5);
		}
	IS(traffic_lines_is_closed(t, "ab", TODAY - 40, &err), 1);
	IS(traffic_lines_is_closed(t, "a", TODAY - 40, &err), 0); /* never read */
	add(t, "a", TODAY - 40, 0, 1);
	OK(traffic_lines_forget(t, TODAY - 5, TODAY, &err)); /* the same day: nothing goes */
	ck_assert_uint_eq(sum_of(t, "a", TODAY - 40, 0), 1);
	OK(traffic_lines_forget(t, TODAY - 5, TODAY + 1, &err));
	ck_assert_uint_eq(sum_of(t, "a", TODAY - 40, 0), 0);
	IS(traffic_lines_is_closed(t, "a", TODAY - 40, &err), 1);
	OK(db_commit(t, &err));
	remove_database();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lines");
	TCase *c = tcase_create("rows");

	tcase_add_test(c, old_lines_are_forgotten_and_their_days_closed);
	suite_add_tcase(s, c);
	return suite_run(s);
}
