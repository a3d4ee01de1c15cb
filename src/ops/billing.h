/*
 * billing: what a domain was charged for, month by month, for statements and billing.csv.
 *
 * Days are those of the contract's time zone (the process's local time while an export is written) and
 * count by what held at their end.
 */
#ifndef OPS_BILLING_H
#define OPS_BILLING_H

#include <stdint.h>

struct story;
struct str;
struct ward;

struct billing_month {
	int year, month;
	int has_days; /* 0: an erased record may have said something else */
	unsigned active, listed, away, unchecked; /* days */
	int has_traffic;
	uint64_t messages, bytes, number;
	int has_amount;
	double amount;
};

/* The month in which the story begins: 0 when it has no records with a time. */
int billing_first(struct billing_month *m, const struct story *s);

/* The next one; 0 when it would begin after until_ms. */
int billing_next(struct billing_month *m, int64_t until_ms);

/* Fills in year and month's figures, up to until_ms. */
void billing_fill(struct billing_month *m, const struct ward *w, const struct story *s, int64_t until_ms);

/* Lines of billing.csv, RFC 4180. */
extern const char billing_head[];
void billing_add(struct str *out, const struct billing_month *m, const struct ward *w, const char *chain,
		 const char *invoice);

#endif
