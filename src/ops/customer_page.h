/*
 * customer_page: what stands above the bundles of one customer: a statement with a line per domain, and billing.csv.
 *
 * Both are written line by line while the bundles are.  They are derived and not signed: the bundles are.
 */
#ifndef OPS_CUSTOMER_PAGE_H
#define OPS_CUSTOMER_PAGE_H

#include <stdint.h>

#include "base/str.h"
#include "ops/bundle_out.h"
#include "relay/price.h"

struct bundle_chain;
struct bundle_options;
struct err;
struct story;
struct ward;

struct customer_page {
	struct bundle_out statement, billing;
	struct ward *ward;
	const struct bundle_options *options;
	struct str text;
	struct money_sum sum;
	unsigned domains, away, acted;
	int64_t looked_ms;	   /* the first of all observations; 0: none */
	int64_t from_ms, until_ms; /* the scale of the bands */
};

/* from_ms: when the oldest record of all domains was written. */
int customer_page_open(struct customer_page *p, struct ward *w, const struct bundle_options *o, const char *dir,
		       int64_t from_ms, struct err *e);

/* folder: the bundle's, below dir. */
void customer_page_add(struct customer_page *p, const struct bundle_chain *c, const struct story *s,
		       const char *folder);
int customer_page_close(struct customer_page *p, struct err *e);

#endif
