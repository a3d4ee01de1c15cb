/*
 * statement_rows: the parts of a statement that go through the records again: timeline and evidence.
 */
#ifndef OPS_STATEMENT_ROWS_H
#define OPS_STATEMENT_ROWS_H

struct bundle_chain;
struct bundle_options;
struct bundle_out;
struct err;
struct ward;

int statement_add_timeline(struct bundle_out *out, struct ward *w, const struct bundle_options *o,
			   const struct bundle_chain *c, struct err *e);
int statement_add_evidence(struct bundle_out *out, struct ward *w, const struct bundle_options *o,
			   const struct bundle_chain *c, struct err *e);

#endif
