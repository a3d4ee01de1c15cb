/*
 * traffic: messages and bytes in and out per entry, from the mail server's logs.
 *
 * A domain is counted under the longest entry that covers it; one that no entry covers, and one that was
 * refused, under its own name.
 */
#ifndef OPS_TRAFFIC_H
#define OPS_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "mta/maillog.h"

struct err;
struct ward;

struct traffic_options {
	const char *relay; /* whose logs they are; NULL: the host that each line names */
	int dry_run;
	void (*progress)(void *ctx, int file, int n_files);
	void *ctx;
};

/* What the logs given say of one name, as if there were no others. */
struct traffic_sum {
	const char *name;
	struct maillog_figures figures;
};

struct traffic_result {
	struct traffic_sum *sum; /* by name */
	size_t n;
	struct maillog_counts counts;
	uint64_t twice; /* lines that an earlier file of this run had */
	uint64_t stored; /* events that no earlier run had */
	struct arena arena;
};

/* The logs may come in any order.  A dry run needs no database, and folds by one that is open. */
int traffic_run(struct ward *w, char *const *log, size_t n, const struct traffic_options *o, struct traffic_result *out,
		struct err *e);
void traffic_result_clear(struct traffic_result *r);

void traffic_add_figures(struct maillog_figures *sum, const struct maillog_figures *add);

#endif
