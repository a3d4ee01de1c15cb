/*
 * statement_words: records in words for people who know neither the program nor its codes.
 */
#ifndef OPS_STATEMENT_WORDS_H
#define OPS_STATEMENT_WORDS_H

#include <stdint.h>

#include "audit/record.h"

struct str;

/* "Taken off our list" */
const char *words_event(const struct audit_record *r);

/* What was before and what is after, as far as it tells more than the action does; nothing else. */
void words_add_change(struct str *out, const struct audit_record *r);

/* What the server said when it gave no records: "the name does not exist". */
const char *words_rcode(const char *rcode);

/* "14 March 2026", in the process's local time. */
enum { WORDS_DATE = 40 };
char *words_date(char out[WORDS_DATE], int64_t ms);

/* "March 2026", "Mar" */
const char *words_month(int month);

#endif
