#include "db/subnames.h"

#include <string.h>

#include "db/store.h"
#include "db/traffic_key.h"

struct key {
	uint8_t bytes[1 + NAME_KEY_SIZE];
	size_t len;
};

static struct key key_of(const char *entry)
{
	struct key k = {.bytes = {TRAFFIC_SUBNAMES}};

	k.len = 1 + name_to_key(k.bytes + 1, entry);
	return k;
}

int subnames_put(struct db_txn *t, const char *entry, const struct subnames *s, struct err *e)
{
	struct key k = key_of(entry);

	value_begin(&t->value, STORE_VALUE_VERSION);
	value_add_number(&t->value, s->n);
	value_add_number(&t->value, (uint64_t)s->left_out);
	for (size_t i = 0; i < s->n; i++) {
		value_add_text(&t->value, s->at[i].name);
		value_add_signed(&t->value, s->at[i].day);
		value_add_number(&t->value, (uint64_t)s->at[i].times);
	}
	return store_put(t, STORE_TRAFFIC, k.bytes, k.len, 0, e) < 0 ? -1 : 0;
}

static void read_subname(struct value_reader *v, struct subname *out)
{
	size_t len;
	const char *name = value_text(v, &len);

	if (len >= sizeof out->name) {
		v->bad = 1;
		return;
	}
	memcpy(out->name, name, len);
	out->name[len] = '\0';
	out->day = value_signed(v);
	out->times = (int64_t)value_number(v);
}

int subnames_get(struct db_txn *t, const char *entry, struct subnames *out, struct err *e)
{
	struct key k = key_of(entry);
	struct value_reader v;
	uint64_t n;
	int got = store_get(t, STORE_TRAFFIC, k.bytes, k.len, &v, e);

	out->n = 0;
	out->left_out = 0;
	if (got != 1)
		return got;
	n = value_number(&v);
	out->left_out = (int64_t)value_number(&v);
	v.bad |= n > SUBNAMES_MAX;
	while (out->n < n && !v.bad)
		read_subname(&v, &out->at[out->n++]);
	return store_end_read(t, STORE_TRAFFIC, k.bytes, k.len, &v, e) == 0 ? 1 : -1;
}

/* Made-up names come once; who has a mailbox gets mail again. */
static int is_less(const struct subname *a, const struct subname *b)
{
	return a->times != b->times ? a->times < b->times : a->day < b->day;
}

static void forget_old(struct subnames *s, int64_t today)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].day > today - SUBNAMES_DAYS)
			s->at[kept++] = s->at[i];
	s->n = kept;
}

void subnames_add(struct subnames *s, const char *name, int64_t day, int64_t times,
		  int64_t today)
{
	struct subname one = {.day = day > today ? today : day, .times = times};
	size_t least = 0;

	forget_old(s, today);
	if (one.day <= today - SUBNAMES_DAYS || strlen(name) >= sizeof one.name)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->at[i].name, name) == 0) {
			s->at[i].times += times;
			if (one.day > s->at[i].day)
				s->at[i].day = one.day;
			return;
		}
		if (is_less(&s->at[i], &s->at[least]))
			least = i;
	}
	memcpy(one.name, name, strlen(name) + 1);
	if (s->n < SUBNAMES_MAX) {
		s->at[s->n++] = one;
		return;
	}
	s->left_out++;
	if (is_less(&s->at[least], &one))
		s->at[least] = one;
}
