/*
 * publish_print: the whole list as one text in the spelling of a mail server; part of publish.h.
 */
#include "ops/publish.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "mta/print.h"
#include "ops/postconf.h"
#include "ops/ward.h"

static void print_entry(struct str *out, enum table_format f, int is_covering, const struct entry *entry)
{
	char unicode[4 * NAME_SIZE] = "";
	struct print_row row = {entry->name, unicode, entry->table_value, entry->customer, entry->note, entry->contact};

	if (strstr(entry->name, "xn--"))
		name_to_unicode(unicode, sizeof unicode, entry->name);
	print_row(out, f, is_covering, &row);
}

int publish_print(struct ward *w, enum table_format f, struct str *out, struct err *e)
{
	int is_covering = f == TABLE_EXIM || f == TABLE_QMAIL || f == TABLE_SENDMAIL ? postconf_asked_parent_matches(w) : 0,
	    got;
	struct entry_walk walk;
	struct db_txn *t;

	print_head(out, f, is_covering);
	if (db_begin_read(&t, w->db, e) != 0)
		return -1;
	got = walk_begin(&walk, t, NULL, 0, e);
	if (got == 0) {
		while ((got = walk_next(&walk, e)) == 1)
			print_entry(out, f, is_covering, &walk.e);
		walk_end(&walk);
	}
	db_abort(t);
	return got;
}
