/*
 * entries_columns: the columns of the list of entries: which there are at a width, and what the operator made wider.
 *
 * Pure but for the file in the operator's state directory that keeps the widths (never when restricted).  A column
 * that would have nothing to show is left out, so that the others get its room.
 */
#ifndef UI_ENTRIES_COLUMNS_H
#define UI_ENTRIES_COLUMNS_H

#include "ops/rows.h"
#include "ui/columns.h"

enum entries_column {
	COL_NAME,
	COL_DNS,
	COL_SINCE,
	COL_STATE,
	COL_READY,
	COL_MAIL,
	COL_BYTES,
	COL_CUSTOMER,
	COL_MX,
	N_ENTRIES_COLUMNS
};

enum { ENTRIES_NAME_AT = 4 };

/* What is known of the list as a whole. */
struct entries_known {
	int longest; /* of the names */
	int has_customers, has_mail;
};

struct entries_widths {
	int width[N_ENTRIES_COLUMNS]; /* what the operator asked for; 0: as it comes */
};

void entries_columns_fit(struct column c[N_ENTRIES_COLUMNS], const struct entries_widths *w,
			 const struct entries_known *k, int cols);

/* The column that an order goes by; where it is not on the screen, the one that says the same. */
enum entries_column entries_column_of(enum rows_order order, const struct column c[N_ENTRIES_COLUMNS]);
const char *entries_order_name(enum rows_order order);

/* Makes a column by wider (below 0: narrower) and returns its new width. */
int entries_columns_widen(struct entries_widths *w, const struct column c[N_ENTRIES_COLUMNS], enum entries_column which,
			  int by);

void entries_columns_load(struct entries_widths *w);
void entries_columns_save(const struct entries_widths *w); /* what cannot be written is not kept, and that is all */

#endif
