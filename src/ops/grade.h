/*
 * grade: what a relay table is worth: every name of it looked up once, counted; needs no database.
 */
#ifndef OPS_GRADE_H
#define OPS_GRADE_H

#include <stddef.h>

#include "relay/verdict.h"

struct err;
struct lookup_result;
struct ward;

struct grade {
	size_t names, refused, done;
	size_t class[N_CLASSES];
	size_t reason[N_REASONS];
	size_t held, failing; /* of the orphans: held for a human; severity 3 */
};

struct grade_options {
	/* Each name as it is answered, and after each the counts so far. */
	void (*on_name)(void *ctx, const struct lookup_result *r);
	void (*progress)(void *ctx, const struct grade *now, double per_second);
	void (*tell)(void *ctx, long line, const char *text); /* refused lines */
	void *ctx;
};

/* Reads all files first, then asks; the same name in two files is asked once. */
int grade_run(struct ward *w, char **file, int n_files, const struct grade_options *o, struct grade *out, struct err *e);

/* The share of definite answers (OK MOVED BROKEN ORPHAN) that are not as they should be: orphans, moved and
 * broken ones; 0 to 1, -1 where no answer was definite. */
double grade_wrong(const struct grade *g);

#endif
