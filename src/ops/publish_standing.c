/*
 * publish_standing: how far each target follows the list, for whoever asks; part of publish.h.  Reads the database alone.
 */
#include "ops/publish.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "db/brownouts.h"
#include "db/env.h"
#include "db/publish.h"
#include "mta/target_conf.h"
#include "ops/publish_inner.h"
#include "ops/publish_plan.h"
#include "ops/ward.h"

enum { COUNTED = 10000 }; /* changes that whoever asks may have to look through */

/* A table of brownouts follows edits too, but as long as there are none it has nothing to follow. */
static int count_left(struct db_txn *t, const char *where, int is_brownout, size_t max, struct arena *a,
		      struct publish_state *state, size_t *n, struct err *e)
{
	const char **name;
	size_t brown = 0;

	*n = 0;
	if (publish_get(t, where, a, state, e) < 0 || (is_brownout && brownouts_get(t, a, &name, &brown, e) != 0))
		return -1;
	if (is_brownout && brown == 0 && state->sum.count == 0)
		return 0;
	return publish_names_since(t, state->upto, is_brownout ? PUBLISH_AND_EDITS : PUBLISH_NAMES, a, &name, n, max, e);
}

static int look(struct ward *w, size_t i, size_t max, struct arena *a, struct publish_standing *out, struct err *e)
{
	const char *where = publish_target(w, i);
	struct publish_state state;
	struct db_txn *t;
	int rc;

	*out = (struct publish_standing){.where = where, .why = ""};
	if (!where)
		return 0;
	if (db_begin_read(&t, w->db, e) != 0)
		return -1;
	rc = count_left(t, where, where == w->config.brownout_table, max, a, &state, &out->left, e);
	db_abort(t);
	if (rc != 0)
		return -1;
	out->in_line = state.in_line;
	out->why = state.why;
	out->is_behind = state.why[0] || state.is_intended || out->left > 0;
	out->since = state.failing;
	return 1;
}

int publish_standing(struct ward *w, size_t i, struct arena *a, struct publish_standing *out, struct err *e)
{
	return look(w, i, COUNTED, a, out, e);
}

/* "directory.cf": a person knows his targets by that; what is on this host is the table. */
static const char *short_name(const char *where)
{
	const char *file, *slash = strrchr(where, '/');

	if (!target_kind_of(where, &file))
		return "table";

	return slash && slash[1] ? slash + 1 : where;
}

void publish_line(struct ward *w, char *line, size_t size)
{
	struct publish_standing s;
	struct arena a = {0};
	size_t behind = 0;
	char ago[DATE_SIZE], shown[60];
	struct err e;

	line[0] = '\0';
	for (size_t i = 0; look(w, i, 1, &a, &s, &e) == 1; i++) {
		if (!s.is_behind || behind++ > 0)
			continue;
		escape(shown, sizeof shown, short_name(s.where), strlen(short_name(s.where)));
		snprintf(line, size, "%s behind%s%s", shown, s.since ? " " : "", s.since ? date_ago(ago, s.since, date_now()) : "");
	}
	if (behind > 1)
		snprintf(line + strlen(line), size - strlen(line), " +%zu", behind - 1);
	arena_clear(&a);
}

/* Whether one table is behind; why in note. */
static int state_is_behind(struct db_txn *t, const char *where, int is_brownout, char *note, size_t size)
{
	char ago[DATE_SIZE];
	struct publish_state state;
	struct arena a = {0};
	size_t n = 0;
	struct err e;
	int is = 1;

	if (count_left(t, where, is_brownout, 1, &a, &state, &n, &e) != 0)
		snprintf(note, size, "whether '%s' is in line cannot be told: %s", where, e.text);
	else if (state.why[0] && state.failing)
		snprintf(note, size, "'%s' is not in line (%s): %s", where, date_ago(ago, state.failing, date_now()), state.why);
	else if (state.why[0])
		snprintf(note, size, "'%s' is not in line: %s", where, state.why);
	else if (state.is_intended || n > 0)
		snprintf(note, size, "'%s' is not in line yet; do it with: mxward publish", where);
	else
		is = 0;
	arena_clear(&a);
	return is;
}

int publish_target_is_behind(struct ward *w, const char *where, char *note, size_t size)
{
	struct db_txn *t;
	struct err e;
	int is;

	if (db_begin_read(&t, w->db, &e) != 0) {
		snprintf(note, size, "whether the tables are in line cannot be told: %s", e.text);
		return 1;
	}
	is = state_is_behind(t, where, where == w->config.brownout_table, note, size);
	db_abort(t);
	return is;
}

int publish_is_behind(struct ward *w, char *note, size_t size)
{
	const char *where;
	int is = 0;

	note[0] = '\0';
	for (size_t i = 0; !is && (where = publish_target(w, i)) != NULL; i++)
		is = publish_target_is_behind(w, where, note, size);
	return is;
}
