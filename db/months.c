#include "db/months.h"

#include <string.h>

#include "db/store.h"

static const char key[] = "months";

int months_get(struct db_txn *t, struct months_done *out, struct err *e)
{
	struct value_reader r;
	const char *position;
	size_t len;
	int got = store_get(t, STORE_META, key, sizeof key - 1, &r, e);

	*out = (struct months_done){0};
	if (got != 1)
		return got;
	out->last = (int32_t)value_number32(&r);
	out->doing = (int32_t)value_number32(&r);
	position = value_text(&r, &len);
	if (len >= sizeof out->position)
		return store_damaged(t, STORE_META, key, sizeof key - 1, e);
	memcpy(out->position, position, len);
	out->batch = value_number(&r);
	return store_end_read(t, STORE_META, key, sizeof key - 1, &r, e) == 0 ? 1 : -1;
}

int months_put(struct db_txn *t, const struct months_done *m, struct err *e)
{
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, (uint64_t)m->last);
	value_add_number(&t->value, (uint64_t)m->doing);
	value_add_text(&t->value, m->position);
	value_add_number(&t->value, m->batch);
	return store_put(t, STORE_META, key, sizeof key - 1, 0, e);
}
