/*
 * row: a record as a line of records.csv, and the line that stands for one whose body was erased.
 *
 * records.csv holds signed fields only, so that `verify` can render it again and compare.
 */
#ifndef AUDIT_ROW_H
#define AUDIT_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"

struct str;

/* The first line, with CR LF. */
extern const char row_head[];

void row_add(struct str *out, const struct audit_record *r);
void row_add_erased(struct str *out, uint64_t seq, uint64_t number);

/* One text cell: JSON escapes stay, `"` doubled, a guard before what a spreadsheet takes for a formula. */
void row_add_cell(struct str *out, const char *text);

/* {"leaf":...,"number":N,"seq":N,"version":1} without LF, and back; 0, or -1 for any other spelling. */
void row_add_erased_line(struct str *out, const uint8_t leaf[AUDIT_HASH], uint64_t number, uint64_t seq);
int row_read_erased_line(const char *line, size_t len, uint8_t leaf[AUDIT_HASH], uint64_t *number, uint64_t *seq);

#endif
