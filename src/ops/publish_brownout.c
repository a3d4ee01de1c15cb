/*
 * publish_brownout: the table by which Postfix answers 450 for entries in a brownout; part of publishing.
 *
 * Each such entry has a row, and each living entry below one a row that ends the search there: access(5) looks at a
 * name's parents too.  Rows with another value than ours are somebody else's and stay; where one stands at a key of
 * ours, it wins and is named.
 */
#include "ops/publish_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "db/auditlog.h"
#include "db/brownouts.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/postfix_write.h"
#include "mta/brownout.h"
#include "ops/postconf.h"
#include "ops/ward.h"

struct filling {
	struct publish_plan *plan;
	int parent_matches; /* an entry covers the names below it */
};

static void add_key(struct filling *f, const char *key, const char *value)
{
	struct target_wish *w = publish_plan_wish(f->plan, key);

	w->value = value;
	w->ours = 1;
}

/* x, and where an entry covers what is below it .x too: smtpd_access_maps may not be in Postfix's list of those whose
 * keys do that by themselves.  Both in the U-label's form as well, as Postfix looks it up (SMTPUTF8). */
static void add_name(struct filling *f, const char *name, const char *value)
{
	char key[4 * NAME_SIZE + 1] = ".";
	const char *base = name + (name[0] == '.');

	if (name[0] != '.')
		add_key(f, name, value);
	if (name[0] == '.' || f->parent_matches) {
		snprintf(key + 1, sizeof key - 1, "%s", base);
		add_key(f, key, value);
	}
	if (!strstr(base, "xn--") || !name_to_unicode(key + 1, sizeof key - 1, base)[0] || strcmp(key + 1, base) == 0)
		return;
	if (name[0] != '.')
		add_key(f, key + 1, value);
	if (name[0] == '.' || f->parent_matches)
		add_key(f, key, value);
}

/* Entries below it that are in none themselves. */
static int add_living(struct filling *f, struct db_txn *t, const char *name, struct err *e)
{
	const char *base = name + (name[0] == '.');
	struct entry_walk w;
	int got;

	if (walk_begin(&w, t, name, 0, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1 && name_is_under(w.e.name + (w.e.name[0] == '.'), base))
		if (w.e.brown_until == 0)
			add_name(f, w.e.name, BROWNOUT_PASS);
	walk_end(&w);
	return got < 0 ? -1 : 0;
}

/* The same key may be wished twice, by `.x` and x; what is in a brownout goes before what passes. */
static int by_key(const void *x, const void *y)
{
	const struct target_wish *a = x, *b = y;
	int c = strcmp(a->key, b->key);

	return c ? c : strcmp(a->value, b->value);
}

static void sort_wishes(struct publish_plan *p)
{
	size_t kept = 0;

	if (p->n_wishes)
		qsort(p->wish, p->n_wishes, sizeof *p->wish, by_key);
	for (size_t i = 0; i < p->n_wishes; i++)
		if (kept == 0 || strcmp(p->wish[kept - 1].key, p->wish[i].key) != 0)
			p->wish[kept++] = p->wish[i];
	p->n_wishes = kept;
}

static int read_database(struct filling *f, struct db_txn *t, struct err *e)
{
	struct publish_plan *p = f->plan;
	const char **name;
	size_t n;
	int rc;

	if (publish_get(t, p->where, &p->arena, &p->state, e) < 0 || auditlog_size(t, &p->upto, e) != 0 ||
	    publish_names_since(t, p->state.upto, PUBLISH_AND_EDITS, &p->arena, &name, &p->touched, 1, e) != 0 ||
	    brownouts_get(t, &p->arena, &name, &n, e) != 0)
		return -1;
	rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		add_name(f, name[i], BROWNOUT_REJECT);
		rc = add_living(f, t, name[i], e);
	}
	sort_wishes(p);
	return rc;
}

/* --- what the table has ---------------------------------------------------------------------------------------- */

struct found {
	struct filling *filling;
	size_t n; /* wishes that came from the database, sorted */
	size_t foreign;
	char first[200];
};

/* A row of ours that nobody wishes any more goes; one of others at a key of ours is left alone. */
static int take_row(void *ctx, const struct table_row *row)
{
	struct found *f = ctx;
	struct publish_plan *p = f->filling->plan;
	struct target_wish key = {.key = row->name}, *w = NULL;

	if (strlen(row->name) != row->name_len)
		return 0;
	if (f->n)
		w = bsearch(&key, p->wish, f->n, sizeof key, target_wish_order);
	if (!w && brownout_is_ours(row->value))
		add_key(f->filling, row->name, NULL);
	else if (w && !brownout_is_ours(row->value)) {
		if (f->foreign++ == 0)
			escape(f->first, sizeof f->first, row->name, row->name_len);
		w->any_value = 1;
		w->ours = 0;
	}
	return 0;
}

int publish_brownout_plan(const struct publish_run *r, struct publish_plan *p, const char *where, struct err *e)
{
	struct filling f = {.plan = p, .parent_matches = postconf_parent_matches(r->ward)};
	struct found found = {.filling = &f};
	struct db_txn *t;
	int rc;

	*p = (struct publish_plan){.where = where, .engine = &postfix_engine, .is_brownout = 1};
	p->is_new = faccessat(AT_FDCWD, where, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
	if (db_begin_read(&t, r->ward->db, e) != 0)
		return -1;
	rc = read_database(&f, t, e);
	db_abort(t);
	found.n = p->n_wishes;
	if (rc == 0 && !p->is_new)
		rc = p->engine->read(where, take_row, &found, &p->at, e);
	if (rc != 0)
		return -1;
	if (found.foreign)
		publish_tell(r, "%s: %zu key%s it (%s%s)", where, found.foreign,
			     found.foreign == 1 ? " has a value of somebody else's and keeps" : "s have a value of somebody else's and keep",
			     found.first, found.foreign > 1 ? ", ..." : "");
	if (p->n_wishes)
		qsort(p->wish, p->n_wishes, sizeof *p->wish, target_wish_order);
	return publish_plan_compare(p, 0, e);
}
