#include "ui/entries_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "ui/state_file.h"

enum { WIDTH_MIN = 4, WIDTH_MAX = 200, WIDE = 110, WIDEST = 130 };

static const char kept_in[] = "columns";

static const char *const names[N_ENTRIES_COLUMNS] = {
	[COL_NAME] = "name",   [COL_DNS] = "dns",     [COL_SINCE] = "since",	   [COL_STATE] = "state", [COL_READY] = "ready",
	[COL_MAIL] = "mail",   [COL_BYTES] = "bytes", [COL_CUSTOMER] = "customer", [COL_MX] = "mx",
};

/* Gaps cost more on the line than text: the names get what the longest needs, and no more. */
void entries_columns_fit(struct column c[N_ENTRIES_COLUMNS], const struct entries_widths *w,
			 const struct entries_known *k, int cols)
{
	int wide = cols >= WIDE, most = wide ? 44 : 25;

	c[COL_NAME] = (struct column){.head = "NAME", .min = 14, .want = k->longest < most ? k->longest : most};
	c[COL_DNS] = (struct column){.head = "WHAT DNS SAYS", .min = 12, .want = wide ? 32 : 24};
	c[COL_SINCE] = (struct column){.head = "SINCE", .min = 5, .want = wide ? 6 : 5};
	c[COL_STATE] = (struct column){.head = "STATE", .min = 9, .want = 9, .drop = 6};
	c[COL_READY] = (struct column){.head = "READY", .min = 6, .want = wide ? 7 : 6, .drop = 1};
	c[COL_MAIL] = (struct column){.head = "MAIL30", .min = 6, .want = wide ? 9 : 6, .drop = 4};
	c[COL_BYTES] = (struct column){.head = "BYTES", .min = 7, .want = 7, .drop = 5};
	c[COL_CUSTOMER] = (struct column){.head = "CUST", .min = 6, .want = wide ? 12 : 6, .drop = 2, .grows = 1};
	c[COL_MX] = (struct column){.head = "MX", .min = 24, .want = 60, .drop = 3, .grows = 1};
	if (!k->has_customers)
		c[COL_CUSTOMER] = (struct column){.head = ""};
	if (!k->has_mail)
		c[COL_MAIL] = (struct column){.head = ""};
	if (!k->has_mail || !wide)
		c[COL_BYTES] = (struct column){.head = ""};
	if (!wide) /* what stands in 80 columns needs them all */
		c[COL_STATE] = (struct column){.head = ""};
	if (cols < WIDEST)
		c[COL_MX] = (struct column){.head = ""};
	else
		c[COL_CUSTOMER].grows = 0;
	for (int i = 0; i < N_ENTRIES_COLUMNS; i++)
		if (w->width[i] && c[i].want)
			c[i].min = c[i].want = w->width[i];
	columns_fit(c, N_ENTRIES_COLUMNS, ENTRIES_NAME_AT, cols, 1);
}

enum entries_column entries_column_of(enum rows_order order, const struct column c[N_ENTRIES_COLUMNS])
{
	switch (order) {
	case ROWS_BY_CLASS:
		return COL_DNS;
	case ROWS_BY_SINCE:
		return COL_SINCE;
	case ROWS_BY_STATE:
		return c[COL_STATE].width ? COL_STATE : COL_READY;
	case ROWS_BY_READY:
		return COL_READY;
	case ROWS_BY_MX:
		return c[COL_MX].width ? COL_MX : COL_DNS;
	case ROWS_BY_CUSTOMER:
		return COL_CUSTOMER;
	case ROWS_BY_MAIL:
		return COL_MAIL;
	case ROWS_BY_COST:
		return c[COL_BYTES].width ? COL_BYTES : COL_MAIL;
	default:
		return COL_NAME;
	}
}

const char *entries_order_name(enum rows_order order)
{
	static const char *const words[N_ROWS_ORDERS] = {
		[ROWS_BY_NAME] = "name",   [ROWS_BY_CLASS] = "class",	[ROWS_BY_SINCE] = "since",
		[ROWS_BY_READY] = "ready", [ROWS_BY_MAIL] = "mail",	[ROWS_BY_COST] = "bytes carried",
		[ROWS_BY_STATE] = "state", [ROWS_BY_CUSTOMER] = "customer", [ROWS_BY_MX] = "domain of the first MX",
	};

	return words[order];
}

int entries_columns_widen(struct entries_widths *w, const struct column c[N_ENTRIES_COLUMNS], enum entries_column which,
			  int by)
{
	int width = c[which].width + by;

	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	w->width[which] = width;
	return width;
}

/* Lines "name 30"; what is not so is passed over, since anybody may have edited the file. */
void entries_columns_load(struct entries_widths *w)
{
	struct str text = {0};
	char *save = NULL;

	*w = (struct entries_widths){0};
	if (state_file_read(kept_in, &text) != 0)
		return;
	for (char *line = strtok_r(text.bytes, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strcspn(line, " ");
		long width = line[len] ? strtol(line + len + 1, NULL, 10) : 0;

		for (int i = 0; i < N_ENTRIES_COLUMNS; i++)
			if (strlen(names[i]) == len && memcmp(names[i], line, len) == 0 && width >= WIDTH_MIN &&
			    width <= WIDTH_MAX)
				w->width[i] = (int)width;
	}
	str_clear(&text);
}

void entries_columns_save(const struct entries_widths *w)
{
	struct str text = {0};
	struct err ignored;

	for (int i = 0; i < N_ENTRIES_COLUMNS; i++)
		if (w->width[i])
			str_addf(&text, "%s %d\n", names[i], w->width[i]);
	state_file_write(kept_in, &text, &ignored); /* they are lost with this console then */
	str_clear(&text);
}
