#include "mta/print.h"

#include <string.h>

#include "base/escape.h"
#include "base/str.h"

void print_head(struct str *out, enum table_format f, int covers)
{
	switch (f) {
	case TABLE_CSV:
		str_add(out, "name,value,customer,note,contact\n");
		break;
	case TABLE_ACCESS:
		str_add(out, "# access: a name stands for all names below it too\n");
		if (covers == 0)
			str_add(out, "# that is more than the list means: there a name stands for itself alone\n");
		break;
	case TABLE_SENDMAIL:
		str_add(out, "# class R: a name stands for all names below it too, unless FEATURE(relay_hosts_only)\n");
		if (covers == 0)
			str_add(out, "# that is more than the list means: there a name stands for itself alone\n");
		break;
	case TABLE_EXIM:
		str_add(out, "# for partial-lsearch: *.x is x and all names below it, x stands for itself alone\n");
		break;
	case TABLE_QMAIL:
		str_add(out, "# a name stands for itself alone, .x for the names below x\n");
		break;
	default:
		break;
	}
}

static void add_cell(struct str *out, const char *text, char end)
{
	escape_add_csv_text(out, text);
	str_add_char(out, end);
}

/* What is no domain name is no key of these servers: an address literal, `*.x`, `a..b`. */
static int is_odd(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(name) || strstr(name, "..") != NULL;
}

/* `.x` beside x is said by the row of x; alone there is no form for it. */
static void print_exim(struct str *out, int covers, const struct print_row *row)
{
	if (row->is_below)
		return;
	if (row->name[0] == '.')
		str_addf(out, "# %s: lsearch has no form for the names below a name without it\n", row->name);
	else
		str_addf(out, "%s%s:\n", covers == 1 || row->has_below ? "*." : "", row->name);
}

static void print_access(struct str *out, const struct print_row *row)
{
	if (row->is_below)
		return;
	if (row->name[0] == '.')
		str_addf(out, "# %s: access has no form for the names below a name without it\n", row->name);
	else
		str_addf(out, "To:%s\tRELAY\n", row->name);
}

/* A value of no import of ours could hold the end of a line, and what stood behind it would be a row; a TAB is a blank
 * to Postfix. */
static void add_postfix(struct str *out, const char *key, const char *value)
{
	str_addf(out, "%s\t", key);
	escape_add_cells(out, value);
	str_add_char(out, '\n');
}

void print_row(struct str *out, enum table_format f, int covers, const struct print_row *row)
{
	const char *value = row->value[0] ? row->value : "OK";

	if ((f == TABLE_SENDMAIL || f == TABLE_ACCESS || f == TABLE_EXIM || f == TABLE_QMAIL) && is_odd(row->name)) {
		str_addf(out, "# %s: is no domain name\n", row->name);
		return;
	}
	switch (f) {
	case TABLE_POSTFIX:
		add_postfix(out, row->name, value);
		if (row->unicode[0])
			add_postfix(out, row->unicode, value);
		break;
	case TABLE_EXIM:
		print_exim(out, covers, row);
		break;
	case TABLE_ACCESS:
		print_access(out, row);
		break;
	case TABLE_QMAIL:
		if (row->is_below && covers == 1)
			break; /* stands beside x already */
		str_addf(out, "%s\n", row->name);
		if (covers == 1 && row->name[0] != '.')
			str_addf(out, ".%s\n", row->name);
		break;
	case TABLE_CSV:
		add_cell(out, row->name, ',');
		add_cell(out, row->value, ',');
		add_cell(out, row->customer, ',');
		add_cell(out, row->note, ',');
		add_cell(out, row->contact, '\n');
		break;
	default:
		str_addf(out, "%s\n", row->name);
	}
}

void print_tail(struct str *out, enum table_format f, size_t n_lines)
{
	if (f == TABLE_POSTFIX)
		str_addf(out, "# end of the list: %zu lines\n", n_lines);
}
