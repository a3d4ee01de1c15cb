#include "db/config_row.h"

#include "db/store.h"

static const char key[] = "configuration";

int config_row_get(struct db_txn *t, struct str *out, struct err *e)
{
	struct value_reader r;
	const char *text;
	size_t len;
	int got = store_get(t, STORE_META, key, sizeof key - 1, &r, e);

	str_truncate(out, 0);
	if (got != 1)
		return got;
	text = value_text(&r, &len);
	str_add_bytes(out, text, len);
	return store_end_read(t, STORE_META, key, sizeof key - 1, &r, e) == 0 ? 1 : -1;
}

int config_row_put(struct db_txn *t, const char *text, struct err *e)
{
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_text(&t->value, text);
	return store_put(t, STORE_META, key, sizeof key - 1, 0, e);
}
