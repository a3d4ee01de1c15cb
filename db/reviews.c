#include "db/reviews.h"

#include <stdio.h>

#include "db/store.h"

/* "review" is the last of all, "review NAME" that of an operator. */
static const char key[] = "review";

enum { OWN_SIZE = REVIEWER_SIZE + sizeof key + 1 };

static size_t key_of(char out[OWN_SIZE], const char *who)
{
	return (size_t)snprintf(out, OWN_SIZE, "%s %.*s", key, REVIEWER_SIZE - 1, who);
}

static int put(struct db_txn *t, const char *at, size_t len, const struct review_last *r, struct err *e)
{
	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_signed(&t->value, r->time);
	value_add_signed(&t->value, r->before);
	value_add_text(&t->value, r->who);
	return store_put(t, STORE_META, at, len, 0, e);
}

static int get(struct db_txn *t, const char *at, size_t len, struct review_last *out, struct err *e)
{
	struct value_reader r;
	int got = store_get(t, STORE_META, at, len, &r, e);

	*out = (struct review_last){0};
	if (got != 1)
		return got;
	out->time = value_signed(&r);
	out->before = value_signed(&r);
	snprintf(out->who, sizeof out->who, "%s", value_text(&r, NULL));
	return store_end_read(t, STORE_META, at, len, &r, e);
}

int reviews_put(struct db_txn *t, const char *who, int64_t time, struct err *e)
{
	struct review_last old, fresh = {.time = time};
	char own[OWN_SIZE];
	size_t len = key_of(own, who);

	if (get(t, own, len, &old, e) < 0)
		return -1;
	fresh.before = time - old.time < REVIEW_SITTING_S ? old.before : old.time;
	snprintf(fresh.who, sizeof fresh.who, "%s", who);
	if (put(t, own, len, &fresh, e) != 0)
		return -1;
	return put(t, key, sizeof key - 1, &fresh, e);
}

int reviews_last(struct db_txn *t, struct review_last *out, struct err *e)
{
	return get(t, key, sizeof key - 1, out, e) < 0 ? -1 : 0;
}

int reviews_of(struct db_txn *t, const char *who, int64_t now, int64_t *time, struct err *e)
{
	char own[OWN_SIZE];
	struct review_last r;
	int got = get(t, own, key_of(own, who), &r, e);

	*time = now - r.time < REVIEW_SITTING_S ? r.before : r.time;
	return got < 0 ? -1 : 0;
}
