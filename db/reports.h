/*
 * reports: when the last report was made, so that the next one tells what is new.
 */
#ifndef DB_REPORTS_H
#define DB_REPORTS_H

#include <stdint.h>

struct db_txn;
struct err;

struct report_times {
	int64_t last;	/* of any report; 0: there was none */
	int64_t spoken; /* of the last one that said something */
};

int reports_get(struct db_txn *t, struct report_times *out, struct err *e);
int reports_put(struct db_txn *t, const struct report_times *r, struct err *e);

#endif
