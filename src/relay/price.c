#include "relay/price.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"

/* Millionths of a unit of the currency a hundredth has, and bytes a gigabyte. */
#define MILLIONTHS_A_HUNDREDTH 10000
#define BYTES_A_GB 1000000000

static const char no_price[] = "is not a price such as 0.35 EUR, or 2.00 EUR, 2.20 EUR from 2026-04-01";

/* --- reading ------------------------------------------------------------------------------------- */

/* Up to nine digits, and up to six behind a point: the locale has no say. */
static int read_millionths(const char *text, uint64_t *out)
{
	size_t whole = strspn(text, "0123456789"), more = 0;
	uint64_t value = 0;

	if (text[whole] == '.')
		more = strspn(text + whole + 1, "0123456789");
	if (whole == 0 || whole > 9 || more > 6 || (text[whole] == '.' && more == 0) ||
	    text[whole + (text[whole] == '.') + more] != '\0')
		return -1;
	for (const char *p = text; *p; p++)
		if (*p != '.')
			value = value * 10 + (uint64_t)(*p - '0');
	for (; more < 6; more++)
		value *= 10;
	*out = value;
	return 0;
}

/* Letters or a sign of a currency: what could be a number or a formula in a table is none. */
static int is_currency(const char *text)
{
	return text[0] && strlen(text) < PRICE_CURRENCY && strcmp(text, "from") != 0 && !strpbrk(text, "0123456789=+-@|%\"'\\");
}

static int read_month(const char *text, struct price *p)
{
	int day;

	return date_split(text, &p->year, &p->month, &day) != 0 || p->year < 1970 ? -1 : day;
}

/* One price from word *i on, which is moved behind it. */
static const char *read_price(struct price *p, const struct price *before, const char *const *word, size_t n, size_t *i)
{
	int day;

	*p = (struct price){0};
	if (read_millionths(word[*i], &p->millionths) != 0)
		return no_price;
	if (++*i < n && is_currency(word[*i]))
		strcpy(p->currency, word[(*i)++]);
	else if (before)
		strcpy(p->currency, before->currency);
	if (*i < n && strcmp(word[*i], "from") == 0) {
		if (*i + 1 == n || (day = read_month(word[*i + 1], p)) < 0)
			return "has no day such as 2026-04-01 behind 'from'";
		if (day != 1)
			return "begins within a month; a price begins with the first day of one";
		*i += 2;
	}
	if (!before)
		return NULL;
	if (!p->month)
		return no_price;
	if (p->year < before->year || (p->year == before->year && p->month <= before->month))
		return "is not in the order of days";
	return NULL;
}

static int has_too_many_currencies(const struct price_list *l)
{
	size_t different = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t first = 0;

		while (strcmp(l->price[first].currency, l->price[i].currency) != 0)
			first++;
		different += first == i;
	}
	return different > MONEY_CURRENCIES;
}

const char *price_list_read(struct price_list *l, const char *const *word, size_t n)
{
	struct price_list made = {0};
	const char *wrong = n ? NULL : no_price;

	for (size_t i = 0; i < n && !wrong;) {
		if (made.n == PRICE_MAX) {
			wrong = "has too many prices";
			break;
		}
		made.price = mem_array(made.price, made.n + 1, sizeof *made.price);
		wrong = read_price(&made.price[made.n], made.n ? &made.price[made.n - 1] : NULL, word, n, &i);
		made.n++;
	}
	if (!wrong && has_too_many_currencies(&made))
		wrong = "has more than four currencies";
	if (wrong) {
		price_list_clear(&made);
		return wrong;
	}
	price_list_clear(l);
	*l = made;
	return NULL;
}

void price_list_clear(struct price_list *l)
{
	free(l->price);
	*l = (struct price_list){0};
}

/* --- using --------------------------------------------------------------------------------------- */

const struct price *price_at(const struct price_list *l, int year, int month)
{
	for (size_t i = l->n; i-- > 0;) {
		const struct price *p = &l->price[i];

		if (p->year < year || (p->year == year && p->month <= month))
			return p;
	}
	return NULL;
}

char *price_text(char out[PRICE_TEXT], const struct price *p)
{
	int n = snprintf(out, PRICE_TEXT, "%" PRIu64 ".%06" PRIu64, p->millionths / 1000000, p->millionths % 1000000);

	for (int cut = 0; cut < 4 && out[n - 1] == '0'; cut++)
		out[--n] = '\0';
	return out;
}

struct money price_of(const struct price *p, uint64_t bytes)
{
	unsigned __int128 unit = (unsigned __int128)BYTES_A_GB * MILLIONTHS_A_HUNDREDTH;
	unsigned __int128 exact = ((unsigned __int128)bytes * p->millionths + unit / 2) / unit;
	struct money m = {.hundredths = exact > INT64_MAX ? INT64_MAX : (int64_t)exact};

	strcpy(m.currency, p->currency);
	return m;
}

char *money_number(char out[PRICE_TEXT], const struct money *m)
{
	uint64_t size = m->hundredths < 0 ? -(uint64_t)m->hundredths : (uint64_t)m->hundredths;

	snprintf(out, PRICE_TEXT, "%s%" PRIu64 ".%02" PRIu64, m->hundredths < 0 ? "-" : "", size / 100, size % 100);
	return out;
}

char *money_text(char out[PRICE_TEXT], const struct money *m)
{
	size_t n = strlen(money_number(out, m));

	if (m->currency[0])
		snprintf(out + n, PRICE_TEXT - n, " %s", m->currency);
	return out;
}

void money_sum_add(struct money_sum *s, const struct money *m)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->each[i].currency, m->currency) != 0)
		i++;
	if (i == MONEY_CURRENCIES)
		return; /* price_list_read() lets no more in */
	if (i == s->n)
		s->each[s->n++] = *m;
	else if (__builtin_add_overflow(s->each[i].hundredths, m->hundredths, &s->each[i].hundredths))
		s->each[i].hundredths = INT64_MAX;
}

void money_sum_text(struct str *out, const struct money_sum *s)
{
	char text[PRICE_TEXT];

	for (size_t i = 0; i < s->n; i++)
		str_addf(out, "%s%s", i ? " and " : "", money_text(text, &s->each[i]));
}
