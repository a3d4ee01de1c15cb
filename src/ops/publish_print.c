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

/* x and .x lie together in key order, so that a row knows of the other. */
struct printing {
	struct str *out;
	enum table_format format;
	int is_covering;
	struct entry held; /* waits for the one behind it; its texts live as long as the transaction */
	int is_held, is_below;
};

static void print_held(struct printing *p, const char *next)
{
	const struct entry *e = &p->held;
	int has_below = next && next[0] == '.' && strcmp(next + 1, e->name) == 0;
	char unicode[4 * NAME_SIZE] = "";
	struct print_row row = {e->name, unicode, e->table_value, e->customer, e->note, e->contact, p->is_below, has_below};

	if (p->is_held) {
		if (strstr(e->name, "xn--"))
			name_to_unicode(unicode, sizeof unicode, e->name);
		print_row(p->out, p->format, p->is_covering, &row);
		p->is_below = has_below;
	}
	p->is_held = next != NULL;
}

static int is_about_parents(enum table_format f)
{
	return f == TABLE_EXIM || f == TABLE_QMAIL || f == TABLE_SENDMAIL || f == TABLE_ACCESS;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

int publish_print(struct ward *w, enum table_format f, struct str *out, struct err *e)
{
	struct printing p = {.out = out, .format = f,
			     .is_covering = is_about_parents(f) ? postconf_asked_parent_matches(w) : 0};
	struct entry_walk walk;
	struct db_txn *t;
	int got;

	print_head(out, f, p.is_covering);
	if (db_begin_read(&t, w->db, e) != 0)
		return -1;
	got = walk_begin(&walk, t, NULL, 0, e);
	if (got == 0) {
		while ((got = walk_next(&walk, e)) == 1) {
			print_held(&p, walk.e.name);
			p.held = walk.e;
		}
		print_held(&p, NULL);
		walk_end(&walk);
	}
	db_abort(t);
	if (got == 0)
		print_tail(out, f, count_lines(str_text(out)));
	return got;
}
