#include "db/publish.h"

#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/auditlog.h"
#include "db/store.h"

#define PREFIX "publish "

/* The row lies in the database of things there is one of.  Returns the length of its key, or 0 and *e. */
static size_t make_key(char out[STORE_KEY_MAX + 1], const char *where, struct err *e)
{
	int n = snprintf(out, STORE_KEY_MAX + 1, PREFIX "%s", where);

	if (n <= STORE_KEY_MAX)
		return (size_t)n;
	err_set(e, ERR_CONFIG, "the path of the table '%.200s...' is too long", where);
	return 0;
}

static void add_sum(struct str *out, const struct target_sum *s)
{
	value_add_number(out, s->count);
	for (size_t i = 0; i < sizeof s->hash; i++)
		value_add_byte(out, s->hash[i]);
}

static void read_sum(struct value_reader *r, struct target_sum *s)
{
	s->count = value_number(r);
	for (size_t i = 0; i < sizeof s->hash; i++)
		s->hash[i] = value_byte(r);
}

int publish_put(struct db_txn *t, const char *where, const struct publish_state *s, struct err *e)
{
	char key[STORE_KEY_MAX + 1];
	size_t len = make_key(key, where, e);

	if (len == 0)
		return -1;
	value_begin(&t->value, STORE_VALUE_VERSION);
	add_sum(&t->value, &s->sum);
	value_add_u64(&t->value, s->version.device);
	value_add_u64(&t->value, s->version.inode);
	value_add_u64(&t->value, s->version.number);
	value_add_signed(&t->value, s->in_line);
	value_add_number(&t->value, s->upto);
	value_add_byte(&t->value, (uint8_t)s->is_intended);
	add_sum(&t->value, &s->from);
	add_sum(&t->value, &s->to);
	value_add_signed(&t->value, s->refreshed_ms);
	value_add_text(&t->value, s->why);
	value_add_signed(&t->value, s->failing);
	return store_put(t, STORE_META, key, len, 0, e);
}

int publish_get(struct db_txn *t, const char *where, struct arena *a, struct publish_state *out, struct err *e)
{
	char key[STORE_KEY_MAX + 1];
	struct value_reader r;
	const char *why;
	size_t len = make_key(key, where, e), n;
	int got;

	*out = (struct publish_state){.why = ""};
	if (len == 0)
		return -1;
	got = store_get(t, STORE_META, key, len, &r, e);
	if (got != 1)
		return got;
	read_sum(&r, &out->sum);
	out->version.device = value_u64(&r);
	out->version.inode = value_u64(&r);
	out->version.number = value_u64(&r);
	out->in_line = value_signed(&r);
	out->upto = value_number(&r);
	out->is_intended = value_byte(&r);
	read_sum(&r, &out->from);
	read_sum(&r, &out->to);
	out->refreshed_ms = value_signed(&r);
	why = value_text(&r, &n);
	if (value_left(&r) > 0)
		out->failing = value_signed(&r);
	if (store_end_read(t, STORE_META, key, len, &r, e) != 0)
		return -1;
	out->why = arena_string(a, why, n);
	return 1;
}

/* What was adopted from one table is an edit that the others have to follow: the record's note says so.  1, 0, -1. */
static int is_adopted(struct db_txn *t, const struct audit_record *r, struct arena *tmp, struct err *e)
{
	struct audit_row row;
	int got = auditlog_get(t, r->seq, tmp, &row, e);

	return got < 0 ? -1 : got == 1 && row.has_note && strcmp(row.note.reason, "adopt") == 0;
}

static int is_about_the_list(struct db_txn *t, const struct audit_record *r, enum publish_changes which, struct arena *tmp,
			     struct err *e)
{
	if (r->action == AUDIT_EDIT)
		return which == PUBLISH_AND_EDITS ? 1 : is_adopted(t, r, tmp, e);
	return r->action == AUDIT_IMPORT || r->action == AUDIT_ADD || r->action == AUDIT_DELETE || r->action == AUDIT_RESTORE;
}

/* 1 and the name of a record that changed the list, 0 of any other, -1. */
static int name_of(struct db_txn *t, enum publish_changes which, const MDB_val *key, const MDB_val *value,
		   struct arena *tmp, const char **name, struct err *e)
{
	struct audit_record record;
	struct value_reader r;

	if (store_read(t, STORE_AUDIT_RECORD, key, value, &r, e) != 0)
		return -1;
	if (value_left(&r) == 0) /* its body was erased, years later */
		return 0;
	arena_reset(tmp);
	if (audit_record_read(&record, tmp, (const char *)r.at, value_left(&r), e) != 0)
		return -1;
	*name = record.domain;
	return record.domain[0] ? is_about_the_list(t, &record, which, tmp, e) : 0;
}

int publish_names_since(struct db_txn *t, uint64_t seq, enum publish_changes which, struct arena *a, const char ***name,
			size_t *n, size_t max, struct err *e)
{
	MDB_cursor *c = store_cursor(t, STORE_AUDIT_RECORD, e);
	struct arena tmp = {0};
	size_t room = 0;
	uint8_t first[8];
	MDB_val key = {sizeof first, first}, value;
	int got, is_one = 0;

	*name = NULL;
	*n = 0;
	if (!c)
		return -1;
	value_key_u64(first, seq);
	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e); got == 1 && *n < max;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		const char *found = NULL;

		is_one = name_of(t, which, &key, &value, &tmp, &found, e);
		if (is_one < 0)
			break;
		if (is_one == 0)
			continue;
		if (*n == room) {
			const char **more;

			room = room * 2 + 64;
			more = arena_alloc(a, room * sizeof *more);
			if (*n)
				memcpy(more, *name, *n * sizeof *more);
			*name = more;
		}
		(*name)[(*n)++] = arena_string(a, found, strlen(found));
	}
	mdb_cursor_close(c);
	arena_clear(&tmp);
	return got < 0 || is_one < 0 ? -1 : 0;
}
