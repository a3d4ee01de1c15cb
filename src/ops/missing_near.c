#include "ops/missing_near.h"

#include <string.h>

#include "db/entries.h"
#include "db/env.h"
#include "ops/missing.h"
#include "ops/ward.h"

static void compare(struct missing_name *m, const struct entry_walk *w)
{
	enum class class = w->o.time ? w->o.verdict.class : CLASS_NONE;

	if (m->is_listed || (m->near[0] && (m->near_class == CLASS_ORPHAN || class != CLASS_ORPHAN)) ||
	    !name_is_near(m->name, w->e.name))
		return;
	memcpy(m->near, w->e.name, sizeof m->near);
	m->near_class = class;
}

int missing_find_near(struct ward *w, struct missing_result *r, struct err *e)
{
	struct entry_walk walk;
	struct db_txn *txn;
	int got;

	if (!w->db || r->n == 0)
		return 0;
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = walk_begin(&walk, txn, NULL, 0, e);
	while (got == 0 && (got = walk_next(&walk, e)) == 1) {
		for (size_t i = 0; i < r->n; i++)
			compare(&r->name[i], &walk);
		got = 0;
	}
	walk_end(&walk);
	db_abort(txn);
	return got < 0 ? -1 : 0;
}
