/*
 * billing: what a domain was charged for, month by month, for statements and billing.csv.
 *
 * Months and days are those of the contract (billing-timezone); a day counts by what held at its end.  Prices are
 * those that held then.
 */
#ifndef OPS_BILLING_H
#define OPS_BILLING_H

#include <stdint.h>

#include "relay/price.h"

struct config;
struct story;
struct str;

/* Months of the contract by their number, year * 12 + (month - 1): one after the other is found without asking for the
 * zone again.  Begins as {.config = c}. */
struct billing_calendar {
	const struct config *config;
	int64_t begin, end; /* seconds, of the month asked for last */
	int month;
};
int billing_calendar_month(struct billing_calendar *c, int64_t t);

/* The process's local time becomes the contract's; billing_leave_zone() frees what this returns and takes it back. */
char *billing_enter_zone(const struct config *c);
void billing_leave_zone(char *was);

/* The rest is for who has entered the zone. */

struct billing_month {
	int year, month;
	int has_days; /* 0: an erased record may have said something else */
	unsigned active, listed, away, unchecked; /* days */
	const struct story_month *told;		  /* the record of the month's checks and mail; NULL: there is none */
	const struct price *price;		  /* NULL: there was none */
	int has_amount;
	struct money amount;
};

/* Local midnight at the beginning of a month, milliseconds; month 13 is the next January. */
int64_t billing_month_begin(int year, int month);


/* How many first days of a month lie behind from_ms, up to to_ms: so many monthly invoices were sent between. */
int billing_invoices_between(int64_t from_ms, int64_t to_ms);

/* The month in which the story begins: 0 when it has no records with a time. */
int billing_first(struct billing_month *m, const struct story *s);

/* The next one; 0 when it would begin after until_ms. */
int billing_next(struct billing_month *m, int64_t until_ms);

/* Fills in year and month's figures, up to until_ms; they point into config and story. */
void billing_fill(struct billing_month *m, const struct config *c, const struct story *s, int64_t until_ms);

/* Lines of billing.csv, RFC 4180. */
extern const char billing_head[];
void billing_add(struct str *out, const struct billing_month *m, const struct story *s, const char *chain,
		 const char *invoice);

#endif
