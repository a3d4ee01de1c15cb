/* The circuit breaker and its groups: relay/breaker. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "relay/breaker.h"
#include "support/suite.h"

static enum breaker_cause judge(uint64_t entries, uint64_t unknown, uint64_t suspects)
{
	struct breaker_count c = {entries, unknown, suspects, 1};

	return breaker_judge(&c, 0.05, 0.02);
}

START_TEST(shares_of_a_list)
{
	ck_assert_int_eq(judge(1000, 50, 20), BREAKER_TRUSTED);
	ck_assert_int_eq(judge(1000, 51, 0), BREAKER_UNKNOWN);
	ck_assert_int_eq(judge(1000, 0, 21), BREAKER_SUSPECTS);
	ck_assert_int_eq(judge(14000, 12, 3), BREAKER_TRUSTED);
	/* In a short list a handful is no share. */
	ck_assert_int_eq(judge(10, 5, 5), BREAKER_TRUSTED);
	ck_assert_int_eq(judge(10, 6, 0), BREAKER_UNKNOWN);
	ck_assert_int_eq(judge(10, 0, 6), BREAKER_SUSPECTS);
	ck_assert_int_eq(judge(0, 0, 0), BREAKER_TRUSTED);
}
END_TEST

START_TEST(a_canary_goes_before_all)
{
	struct breaker_count c = {1000, 0, 0, 0};

	ck_assert_int_eq(breaker_judge(&c, 1, 1), BREAKER_CANARY);
	c.newly_unknown = c.new_suspects = 900;
	ck_assert_int_eq(breaker_judge(&c, 0.05, 0.02), BREAKER_CANARY);
	c.canaries = 1;
	ck_assert_int_eq(breaker_judge(&c, 1, 1), BREAKER_TRUSTED);
}
END_TEST

START_TEST(groups_of_five_are_held)
{
	struct breaker_member m[] = {
		{7, 0}, {7, 1}, {7, 2}, {7, 3}, {7, 4},	    /* five */
		{8, 5}, {8, 6}, {8, 7}, {8, 8},		    /* four */
		{0, 9}, {0, 10}, {0, 11}, {0, 12}, {0, 13}, /* nothing known */
		{9, 5}, {9, 5}, {9, 5}, {9, 5}, {9, 5},	    /* one, five times */
		{6, 4}, {6, 14}, {6, 15}, {6, 16}, {6, 17}, /* overlaps the first */
	};
	uint8_t held[18] = {0};

	ck_assert_uint_eq(breaker_hold_groups(m, sizeof m / sizeof *m, held), 9);
	for (int i = 0; i < 18; i++)
		ck_assert_int_eq(held[i], i < 5 || i > 13);
	ck_assert_uint_eq(breaker_hold_groups(NULL, 0, held), 0);
}
END_TEST

/* A scan finds them in the order of the list, not of what they share. */
START_TEST(groups_in_any_order)
{
	static const uint64_t far = UINT64_C(0x8000000000000000);
	static const struct breaker_member sorted[] = {
		{7, 0}, {7, 1}, {7, 2}, {7, 3},	{7, 4},					/* five */
		{8, 5}, {8, 5}, {8, 6}, {8, 6}, {8, 7}, {8, 7}, {8, 8}, {8, 8},		/* four, each twice */
		{far, 9}, {far, 10}, {far, 11}, {far, 12}, {far, 13}, {far + 1, 14},	/* five, and one alone */
	};
	enum { N = sizeof sorted / sizeof *sorted, SUSPECTS = 15 };
	struct breaker_member m[N];

	for (size_t step = 1; step < N; step++) {
		uint8_t held[SUSPECTS] = {0};

		for (size_t i = 0; i < N; i++)
			m[i] = sorted[(i * step + step) % N];
		ck_assert_uint_eq(breaker_hold_groups(m, N, held), 10);
		for (size_t i = 0; i < SUSPECTS; i++)
			ck_assert_int_eq(held[i], i < 5 || (i > 8 && i < 14));
	}
}
END_TEST

static uint64_t number(json_t *j, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(j, key));
}

static void replay(json_t *j)
{
	struct breaker_count c = {number(j, "entries"), number(j, "newly_unknown"), number(j, "new_suspect"),
				  json_is_true(json_object_get(j, "canary_ok"))};
	size_t n = number(j, "same_ns_set");
	struct breaker_member *m = calloc(n + 1, sizeof *m);
	uint8_t *held = calloc(n + 1, 1);
	const char *id = json_string_value(json_object_get(j, "id"));

	ck_assert_msg((breaker_judge(&c, 0.05, 0.02) == BREAKER_TRUSTED) == json_is_true(json_object_get(j, "trust")),
		      "%s", id);
	for (size_t i = 0; i < n; i++)
		m[i] = (struct breaker_member){1, i};
	ck_assert_msg((breaker_hold_groups(m, n, held) > 0) == json_is_true(json_object_get(j, "group_hold")), "%s", id);
	free(m);
	free(held);
}

START_TEST(shared_scans)
{
	const char *source = getenv("SOURCE");
	char path[1024];
	json_t *all;

	snprintf(path, sizeof path, "%s/../shared/dns-world/breaker.json", source ? source : ".");
	if (access(path, R_OK) != 0) {
		printf("note: shared scans not run: there is no ../shared/dns-world beside the checkout\n");
		return;
	}
	all = json_load_file(path, 0, NULL);
	ck_assert_uint_gt(json_array_size(all), 0);
	for (size_t i = 0; i < json_array_size(all); i++)
		replay(json_array_get(all, i));
	printf("note: %zu shared scans came out as they should\n", json_array_size(all));
	json_decref(all);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("breaker");
	TCase *t = tcase_create("breaker");

	tcase_add_test(t, shares_of_a_list);
	tcase_add_test(t, a_canary_goes_before_all);
	tcase_add_test(t, groups_of_five_are_held);
	tcase_add_test(t, groups_in_any_order);
	tcase_add_test(t, shared_scans);
	suite_add_tcase(s, t);
	return suite_run(s);
}
