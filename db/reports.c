#include "db/reports.h"

#include "db/store.h"

static const char key[] = "report";

int reports_get(struct db_txn *t, struct report_times *out, struct err *e)
{
	struct value_reader r;
	int got = store_get(t, STORE_META, key, sizeof key - 1, &r, e);

	*out = (struct report_times){0};
	if (got != 1)
		return got;
	out->last = value_signed(&r);
	out->spoken = value_signed(&r);
	return store_end_read(t, STORE_META, key, sizeof key - 1, &r, e);
}

int reports_put(struct db_txn *t, const struct report_times *r, struct err *e)
{
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, r->last);
	value_add_signed(&t->value, r->spoken);
	return store_put(t, STORE_META, key, sizeof key - 1, 0, e);
}
