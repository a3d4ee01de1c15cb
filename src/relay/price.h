/*
 * price: what a gigabyte costs, and what it cost then; amounts of money without rounding on the way.
 *
 * Prices are whole millionths and amounts whole hundredths of their currency.  A price begins with a month, as
 * figures of traffic are recorded by the month.
 */
#ifndef RELAY_PRICE_H
#define RELAY_PRICE_H

#include <stddef.h>
#include <stdint.h>

struct str;

enum { PRICE_CURRENCY = 9, PRICE_MAX = 100, PRICE_TEXT = 40, MONEY_CURRENCIES = 4 };

struct price {
	int year, month; /* it begins with this month; 0, 0: it always held */
	uint64_t millionths;
	char currency[PRICE_CURRENCY]; /* "EUR"; "" when none was named */
};

/* In the order of their months; no more than MONEY_CURRENCIES different currencies. */
struct price_list {
	struct price *price;
	size_t n;
};

/* From words such as {"2.00", "EUR", "2.20", "EUR", "from", "2026-04-01"}.  NULL, or what is wrong with them; then the
 * list is as it was. */
const char *price_list_read(struct price_list *l, const char *const *word, size_t n);
void price_list_clear(struct price_list *l);

/* The price of a month (1 to 12); NULL when there was none. */
const struct price *price_at(const struct price_list *l, int year, int month);

/* "2.20", with as many digits as it needs, two at least. */
char *price_text(char out[PRICE_TEXT], const struct price *p);

struct money {
	int64_t hundredths;
	char currency[PRICE_CURRENCY];
};

/* Bytes by 10^9 at a price; the half of a hundredth is rounded up. */
struct money price_of(const struct price *p, uint64_t bytes);

/* "16.40"; with its currency, "16.40 EUR". */
char *money_number(char out[PRICE_TEXT], const struct money *m);
char *money_text(char out[PRICE_TEXT], const struct money *m);

/* Sums, one for each currency: nothing is converted. */
struct money_sum {
	struct money each[MONEY_CURRENCIES];
	size_t n;
};
void money_sum_add(struct money_sum *s, const struct money *m);

/* "16.40 EUR and 3.00 BGN"; "" for nothing. */
void money_sum_text(struct str *out, const struct money_sum *s);

#endif
