#include "ops/publish_stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/env.h"
#include "db/publish.h"
#include "ops/publish.h"
#include "ops/publish_plan.h"
#include "ops/ward.h"

enum { AGAIN_MS = 10000 };

struct publish_stood {
	int64_t at;	 /* loop_now() */
	uint64_t change; /* db_change() */
	char words[120];
};

/* 1 when somebody wrote since we left it, or it cannot be looked at; words says which. */
static int is_changed(struct ward *w, const char *where, char *words, size_t size)
{
	const struct target_engine *engine = publish_engine(where);
	struct target_version now;
	struct publish_state state;
	struct arena a = {0};
	struct db_txn *t;
	struct err e;
	int got;

	/* In the table of brownouts others may have rows. */
	if (!engine || !engine->look || where == w->config.brownout_table || db_begin_read(&t, w->db, &e) != 0)
		return 0;
	got = publish_get(t, where, &a, &state, &e);
	db_abort(t);
	if (got == 1 && state.in_line) {
		got = engine->look(where, &now, &e);
		if (got < 0)
			snprintf(words, size, "table cannot be read");
		else if (got == 0 && memcmp(&now, &state.version, sizeof now) != 0)
			snprintf(words, size, "table changed by others");
	}
	arena_clear(&a);
	return words[0] != '\0';
}

const char *publish_stand(struct ward *w)
{
	struct publish_stood *s = w->stood;
	const char *where;

	if (!publish_target(w, 0))
		return "";
	if (!s)
		s = w->stood = mem_alloc(sizeof *s);
	else if (loop_now() - s->at < AGAIN_MS && db_change(w->db) == s->change)
		return s->words;
	s->at = loop_now();
	s->change = db_change(w->db);
	s->words[0] = '\0';
	publish_line(w, s->words, sizeof s->words);
	for (size_t i = 0; !s->words[0] && (where = publish_target(w, i)) != NULL; i++)
		if (is_changed(w, where, s->words, sizeof s->words))
			break;
	return s->words;
}

void publish_stand_forget(struct ward *w)
{
	free(w->stood);
	w->stood = NULL;
}
