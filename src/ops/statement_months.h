/*
 * statement_months: the parts of a statement that go by the month: checks, mail, and what was charged.
 */
#ifndef OPS_STATEMENT_MONTHS_H
#define OPS_STATEMENT_MONTHS_H

#include <stdint.h>

struct bundle_options;
struct config;
struct story;
struct str;

/* True when any day of a month lies in the range that was asked for. */
int statement_has_month(const struct bundle_options *o, int year, int month);

void statement_add_traffic(struct str *out, const struct bundle_options *o, const struct story *s);
void statement_add_billing(struct str *out, const struct bundle_options *o, const struct config *c, const struct story *s,
			   int64_t until_ms);

#endif
