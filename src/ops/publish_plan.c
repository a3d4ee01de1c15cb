#include "ops/publish_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/postfix_write.h"
#include "mta/engines.h"
#include "mta/tables.h"
#include "mta/target_conf.h"
#include "ops/ward.h"

/* What Postfix's documentation has in its examples; relay_domains never looks at it. */
#define ANY_VALUE "OK"

struct wishing {
	struct publish_plan *plan;
	const char **touched; /* sorted, each once */
	size_t n_touched;
};

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

struct target_wish *publish_plan_wish(struct publish_plan *p, const char *key)
{
	struct target_wish *w;

	if (p->n_wishes == p->wishes_room) {
		p->wishes_room = p->wishes_room * 2 + 256;
		p->wish = mem_array(p->wish, p->wishes_room, sizeof *p->wish);
	}
	w = &p->wish[p->n_wishes++];
	*w = (struct target_wish){.key = arena_string(&p->arena, key, strlen(key))};
	return w;
}

/* A value of no import of ours could hold what is no text: nobody would read it back as it is, and where the table is
 * printed the end of a line in it would be a row of its own.  It is escaped, as it is where the list is printed. */
static const char *keep_value(struct publish_plan *p, const char *value)
{
	struct str shown = {0};
	const char *kept;

	if (table_is_text(value, strlen(value)))
		return arena_string(&p->arena, value, strlen(value));
	escape_add_cells(&shown, value);
	kept = arena_string(&p->arena, str_text(&shown), shown.len);
	str_clear(&shown);
	return kept;
}

static void add_key(struct publish_plan *p, const char *key, const char *value, int ours)
{
	struct target_wish *w = publish_plan_wish(p, key);

	if (value)
		w->value = value[0] ? keep_value(p, value) : ANY_VALUE;
	w->ours = ours;
	w->any_value = value && !value[0];
}

/* A name stands in the table under both its forms: Postfix looks a U-label up as it came (SMTPUTF8). */
static void add_wish(struct wishing *s, const char *name, const char *value, int ours)
{
	char unicode[4 * NAME_SIZE];

	add_key(s->plan, name, value, ours);
	if (strstr(name, "xn--") && name_to_unicode(unicode, sizeof unicode, name)[0] && strcmp(unicode, name) != 0)
		add_key(s->plan, unicode, value, ours);
}

/* Those that were changed: as the list has them now, or gone.  With is_whole only the gone ones are missing yet. */
static int wish_touched(struct wishing *s, struct db_txn *t, int is_whole, struct err *e)
{
	struct arena tmp = {0};
	int got = 0;

	for (size_t i = 0; i < s->n_touched && got >= 0; i++) {
		struct entry entry;

		arena_reset(&tmp);
		got = entry_get(t, s->touched[i], &tmp, &entry, e);
		if (got == 0)
			add_wish(s, s->touched[i], NULL, 1);
		else if (got == 1 && !is_whole)
			add_wish(s, s->touched[i], entry.table_value, 1);
	}
	arena_clear(&tmp);
	return got < 0 ? -1 : 0;
}

static int wish_all(struct wishing *s, struct db_txn *t, struct err *e)
{
	struct entry_walk walk;
	int got = walk_begin(&walk, t, NULL, 0, e);

	if (got != 0)
		return -1;
	while ((got = walk_next(&walk, e)) == 1) {
		const char *name = walk.e.name;

		add_wish(s, name, walk.e.table_value,
			 s->plan->is_first || (s->n_touched > 0 && bsearch(&name, s->touched, s->n_touched, sizeof name, by_name) != NULL));
	}
	walk_end(&walk);
	return got;
}

static void sort_touched(struct wishing *s)
{
	size_t kept = 0;

	if (s->n_touched)
		qsort(s->touched, s->n_touched, sizeof *s->touched, by_name);
	for (size_t i = 0; i < s->n_touched; i++)
		if (kept == 0 || strcmp(s->touched[kept - 1], s->touched[i]) != 0)
			s->touched[kept++] = s->touched[i];
	s->n_touched = kept;
}

static int read_wishes(struct publish_plan *p, struct db_txn *t, struct err *e)
{
	struct wishing s = {.plan = p};

	if (publish_get(t, p->where, &p->arena, &p->state, e) < 0)
		return -1;
	p->is_first = !p->engine->create && !p->state.in_line;
	p->is_whole |= p->is_first;
	if (auditlog_size(t, &p->upto, e) != 0 ||
	    publish_names_since(t, p->state.upto, PUBLISH_NAMES, &p->arena, &s.touched, &s.n_touched, SIZE_MAX, e) != 0)
		return -1;
	sort_touched(&s);
	p->touched = s.n_touched;
	if (wish_touched(&s, t, p->is_whole, e) != 0 || (p->is_whole && wish_all(&s, t, e) != 0))
		return -1;
	if (p->n_wishes)
		qsort(p->wish, p->n_wishes, sizeof *p->wish, target_wish_order);
	return 0;
}

static int read_database(struct publish_plan *p, struct ward *w, struct err *e)
{
	struct db_txn *t;
	int rc;

	if (db_begin_read(&t, w->db, e) != 0)
		return -1;
	rc = read_wishes(p, t, e);
	db_abort(t);
	return rc;
}

int publish_plan_compare(struct publish_plan *p, int overrule, struct err *e)
{
	int rc = 0;

	p->diff = (struct target_diff){.wish = p->wish, .n_wishes = p->n_wishes, .is_whole = p->is_whole,
				       .overrule = overrule, .e = e};
	target_diff_begin(&p->diff);
	if (!p->is_new)
		rc = p->engine->read(p->where, target_diff_row, &p->diff, &p->at, e);
	if (rc == 0)
		target_diff_end(&p->diff);
	p->is_edition = !p->state.in_line || memcmp(&p->at, &p->state.version, sizeof p->at) == 0;
	return rc;
}

const char *publish_target(const struct ward *w, size_t i)
{
	const struct config_values *tables = &w->config.postfix_tables, *targets = &w->config.publish_targets;

	if (i < tables->n)
		return tables->value[i];
	i -= tables->n;
	if (i < targets->n)
		return targets->value[i];
	/* Behind the list's own: what goes is refused before it is deferred no more. */
	return i == targets->n && w->config.brownout_table[0] ? w->config.brownout_table : NULL;
}

/* A path begins with no engine's name, and what is in publish-target always does. */
static int choose_engine(struct publish_plan *p, struct err *e)
{
	const char *file;

	p->engine = target_kind_of(p->where, &file) ? engine_find(p->where, e) : &postfix_engine;
	return p->engine ? 0 : -1;
}

const struct target_engine *publish_engine(const char *where)
{
	struct publish_plan p = {.where = where};
	struct err ignored;

	return choose_engine(&p, &ignored) == 0 ? p.engine : NULL;
}

int publish_plan_make(struct publish_plan *p, struct ward *w, const char *where, int is_whole, int overrule,
		      struct err *e)
{
	*p = (struct publish_plan){.where = where, .is_whole = is_whole};
	if (choose_engine(p, e) != 0)
		return -1;
	p->is_new = p->engine->create && faccessat(AT_FDCWD, where, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
	if (p->is_new)
		p->is_whole = overrule = 1;
	if (read_database(p, w, e) != 0)
		return -1;
	return publish_plan_compare(p, overrule, e);
}

void publish_plan_clear(struct publish_plan *p)
{
	target_diff_clear(&p->diff);
	free(p->wish);
	arena_clear(&p->arena);
	*p = (struct publish_plan){0};
}
