/*
 * check_price: amounts come out as a person with paper gets them, whatever a binary fraction would make of them.
 */
#include "relay/price.h"

#include <check.h>
#include <stdint.h>

#include "base/str.h"
#include "support/suite.h"

static struct price_list list;

static void read_list(const char *const *word, size_t n)
{
	const char *wrong = price_list_read(&list, word, n);

	ck_assert_msg(!wrong, "%s", wrong ? wrong : "");
}

static void costs(const struct price *p, uint64_t bytes, const char *text)
{
	struct money m = price_of(p, bytes);
	char out[PRICE_TEXT];

	ck_assert_str_eq(money_text(out, &m), text);
}

START_TEST(the_price_of_then)
{
	static const char *const words[] = {"1.50", "BGN", "from", "2025-06-01", "2.00", "EUR", "from", "2026-01-01",
					    "2.205", "from", "2026-04-01"};
	char text[PRICE_TEXT];

	read_list(words, sizeof words / sizeof *words);
	ck_assert_ptr_null(price_at(&list, 2025, 5));
	ck_assert_str_eq(price_text(text, price_at(&list, 2025, 6)), "1.50");
	ck_assert_str_eq(price_at(&list, 2025, 12)->currency, "BGN");
	ck_assert_str_eq(price_text(text, price_at(&list, 2026, 1)), "2.00");
	ck_assert_str_eq(price_text(text, price_at(&list, 2026, 3)), "2.00");
	ck_assert_str_eq(price_text(text, price_at(&list, 2026, 4)), "2.205");
	ck_assert_str_eq(price_text(text, price_at(&list, 2031, 1)), "2.205");
	price_list_clear(&list);
}
END_TEST

START_TEST(a_price_that_always_held)
{
	static const char *const words[] = {"2"};

	read_list(words, 1);
	ck_assert_ptr_nonnull(price_at(&list, 1970, 1));
	costs(price_at(&list, 2026, 5), 8200000000, "16.40");
	price_list_clear(&list);
}
END_TEST

/* In doubles 1.005 * 100 is 100.49999999999999, and 0.1 + 0.2 is not 0.3. */
START_TEST(rounding)
{
	static const struct price p = {.millionths = 1005000, .currency = "EUR"};
	static const struct price tenth = {.millionths = 100000, .currency = "EUR"};
	static const struct price dear = {.millionths = UINT64_C(999999999999999), .currency = "EUR"};

	costs(&p, 1000000000, "1.01 EUR");
	costs(&p, 0, "0.00 EUR");
	costs(&tenth, 49999999, "0.00 EUR");
	costs(&tenth, 50000000, "0.01 EUR");
	costs(&tenth, 149999999, "0.01 EUR");
	costs(&tenth, 150000000, "0.02 EUR");
	/* Beyond the 53 bits of a double. */
	costs(&p, UINT64_C(9007199254740993000), "9052235251.01 EUR");
	costs(&dear, UINT64_MAX, "92233720368547758.07 EUR");
}
END_TEST

START_TEST(sums)
{
	struct money_sum sum = {0};
	struct str text = {0};

	money_sum_text(&text, &sum);
	ck_assert_str_eq(str_text(&text), "");
	for (int i = 0; i < 10; i++)
		money_sum_add(&sum, &(struct money){10, "EUR"});
	money_sum_add(&sum, &(struct money){300, "BGN"});
	money_sum_add(&sum, &(struct money){1, "EUR"});
	money_sum_text(&text, &sum);
	ck_assert_str_eq(str_text(&text), "1.01 EUR and 3.00 BGN");
	money_sum_add(&sum, &(struct money){INT64_MAX, "EUR"});
	ck_assert_int_eq(sum.each[0].hundredths, INT64_MAX);
	str_clear(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("price");
	TCase *t = tcase_create("price");

	tcase_add_test(t, the_price_of_then);
	tcase_add_test(t, a_price_that_always_held);
	tcase_add_test(t, rounding);
	tcase_add_test(t, sums);
	suite_add_tcase(s, t);
	return suite_run(s);
}
