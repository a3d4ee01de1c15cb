#include "db/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/escape.h"
#include "db/batches.h"
#include "db/check_walk.h"
#include "db/code.h"
#include "db/env.h"
#include "db/scans.h"
#include "relay/entry.h"

_Static_assert((int)CHECK_DATABASES == (int)N_STORES, "a report has a place for each database");

void check_problem(struct check *c, const char *fmt, ...)
{
	struct db_report *r = c->report;
	va_list ap;

	if (r->n_problems < CHECK_PROBLEMS) {
		va_start(ap, fmt);
		vsnprintf(r->problem[r->n_problems], CHECK_TEXT, fmt, ap);
		va_end(ap);
	}
	r->n_problems++;
}

/* --- rows --- */

int check_begin_rows(struct check *c, struct check_rows *w, enum store_database d)
{
	struct err e;

	*w = (struct check_rows){.database = d};
	w->cursor = store_cursor(c->txn, d, &e);
	if (w->cursor && store_count(c->txn, d, &w->expected, &e) == 0)
		return 0;
	check_problem(c, "%s: %s", store_name(d), e.text);
	if (w->cursor)
		mdb_cursor_close(w->cursor);
	w->cursor = NULL;
	return -1;
}

static int is_in_order(const struct check_rows *w)
{
	size_t len = w->key.mv_size < w->last_len ? w->key.mv_size : w->last_len;
	int c = memcmp(w->last, w->key.mv_data, len);

	return c < 0 || (c == 0 && w->last_len < w->key.mv_size);
}

static void say_row(struct check *c, const struct check_rows *w, const char *what)
{
	char shown[160];
	size_t len = w->key.mv_size < 150 ? w->key.mv_size : 150;

	check_problem(c, "%s, key '%s': %s", store_name(w->database),
		      escape(shown, sizeof shown, w->key.mv_data, len), what);
}

/* A page above may lead a search elsewhere, though a walk comes by. */
static int is_found(const struct check *c, const struct check_rows *w)
{
	MDB_val key = w->key, value;

	return mdb_get(c->txn->txn, c->txn->db->dbi[w->database], &key, &value) == 0 &&
	       value.mv_data == w->value.mv_data;
}

int check_next_row(struct check *c, struct check_rows *w, struct value_reader *r, int *is_sound)
{
	int rc = mdb_cursor_get(w->cursor, &w->key, &w->value, MDB_NEXT);

	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0) {
		check_problem(c, "%s: reading stops after %llu of %llu rows: %s",
			      store_name(w->database), (unsigned long long)w->n,
			      (unsigned long long)w->expected, mdb_strerror(rc));
		return 0;
	}
	/* Damaged pages can lead in a circle, so it is not walked for ever. */
	if (++w->n > w->expected)
		return 0;
	*is_sound = 1;
	if (w->key.mv_size == 0 || w->key.mv_size > STORE_KEY_MAX ||
	    (w->n > 1 && !is_in_order(w))) {
		check_problem(c, "%s: row %llu is not in the order of keys",
			      store_name(w->database), (unsigned long long)w->n);
		*is_sound = 0;
		return 1;
	}
	memcpy(w->last, w->key.mv_data, w->key.mv_size);
	w->last_len = w->key.mv_size;
	if (value_open(r, w->database, w->key.mv_data, w->key.mv_size, w->value.mv_data,
		       w->value.mv_size) != 0) {
		say_row(c, w, "the checksum does not fit");
		*is_sound = 0;
	} else if (r->version > store_value_version(w->database)) {
		say_row(c, w, "written by a newer mxward");
		*is_sound = 0;
	} else if (!is_found(c, w)) {
		say_row(c, w, "a search does not find it");
		*is_sound = 0;
	}
	return 1;
}

void check_end_rows(struct check *c, struct check_rows *w)
{
	if (w->n != w->expected)
		check_problem(c, "%s: there are %s rows than the %llu it says",
			      store_name(w->database), w->n > w->expected ? "more" : "fewer",
			      (unsigned long long)w->expected);
	c->report->database[w->database].rows = w->n;
	if (w->cursor)
		mdb_cursor_close(w->cursor);
}

/* --- what the rows hold --- */

static int is_name_key(const uint8_t *key, size_t len)
{
	char name[NAME_SIZE];

	return name_from_key(name, key, len) == 0;
}

static int read_item(struct value_reader *r, const uint8_t *key, size_t len)
{
	struct entry entry;

	value_byte(r);
	if (len < 11)
		return CODE_DAMAGED;
	if (key[0] == 2)
		return is_name_key(key + 9, len - 9) ? code_read_entry(r, &entry)
						     : CODE_DAMAGED;
	if (key[0] != 1 || key[len - 9] != 0 || !is_name_key(key + 1, len - 10))
		return CODE_DAMAGED;
	return value_is_done(r) ? CODE_OK : CODE_DAMAGED;
}

static int read_row(struct check *c, struct value_reader *r, enum store_database d,
		    const uint8_t *key, size_t len, struct mx_room *room)
{
	struct err ignored;
	struct batch batch;
	struct scan scan;
	struct observed observed;
	struct entry entry;

	switch (d) {
	case STORE_ENTRY:
		return is_name_key(key, len) ? code_read_entry(r, &entry) : CODE_DAMAGED;
	case STORE_OBSERVED:
		return is_name_key(key, len) ? code_read_observed(r, &observed, NULL, room)
					     : CODE_DAMAGED;
	case STORE_HISTORY:
		return len > 9 && key[len - 9] == 0 && is_name_key(key, len - 9)
			       ? code_read_observed(r, &observed, NULL, room)
			       : CODE_DAMAGED;
	case STORE_BATCH_ITEM:
		return read_item(r, key, len);
	case STORE_BATCH:
		return len == 8 && batch_get(c->txn, value_from_key_u64(key), NULL, &batch,
					     &ignored) == 1
			       ? CODE_OK
			       : CODE_DAMAGED;
	case STORE_SCAN:
		return len == 4 && scan_get(c->txn,
					    (uint32_t)key[0] << 24 | key[1] << 16 |
						    key[2] << 8 | key[3],
					    NULL, &scan, &ignored) == 1
			       ? CODE_OK
			       : CODE_DAMAGED;
	default:
		return CODE_OK;
	}
}

static void check_database(struct check *c, enum store_database d, struct mx_room *room)
{
	struct check_rows w;
	struct value_reader r;
	int is_sound;

	if (check_begin_rows(c, &w, d) != 0)
		return;
	while (check_next_row(c, &w, &r, &is_sound) == 1) {
		if (!is_sound)
			continue;
		switch (read_row(c, &r, d, w.key.mv_data, w.key.mv_size, room)) {
		case CODE_OK:
			break;
		case CODE_NEWER:
			say_row(c, &w, "written by a newer mxward");
			break;
		default:
			say_row(c, &w, "it does not hold what it should");
		}
	}
	check_end_rows(c, &w);
}

/* --- the child --- */

/* In memory that both share, so that a crash does not take with it what was found before. */
struct job {
	const char *dir;
	struct db_report report;
	struct err e;
	int is_done;
};

static void check_all(struct check *c)
{
	struct mx_room room = {0};

	for (unsigned d = 0; d < N_STORES; d++)
		if (d < STORE_AUDIT_RECORD || d == STORE_META || d == STORE_TRAFFIC)
			check_database(c, d, &room);
	check_audit(c);
	check_pages(c);
	mx_room_clear(&room);
}

static int check_in_child(void *ctx, int out)
{
	struct job *j = ctx;
	struct check c = {.report = &j->report};
	struct db *db;

	(void)out;
	if (db_open(&db, j->dir, DB_READ_ONLY, &j->e) == 0 &&
	    db_begin_read(&c.txn, db, &j->e) == 0)
		check_all(&c);
	j->is_done = 1;
	return 0;
}

static int take_report(const struct job *j, const char *how, struct db_report *out,
		       struct err *e)
{
	struct check c = {.report = out};

	*out = j->report;
	for (int i = 0; i < CHECK_PROBLEMS; i++)
		out->problem[i][CHECK_TEXT - 1] = '\0';
	for (unsigned d = 0; d < N_STORES; d++)
		out->database[d].name = store_name(d);
	if (!j->is_done) {
		check_problem(&c, "'%.150s' is so damaged that reading it %s", j->dir, how);
		return 0;
	}
	if (j->e.code == ERR_NONE)
		return 0;
	*e = j->e;
	e->text[sizeof e->text - 1] = '\0';
	if (e->code != ERR_DATA && e->code != ERR_SOFTWARE)
		return -1;
	check_problem(&c, "%.290s", e->text);
	return 0;
}

int db_check(const char *dir, struct db_report *out, struct err *e)
{
	struct job *j = mmap(NULL, sizeof *j, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child child;
	char how[100] = "ended too early";
	int rc;

	*out = (struct db_report){0};
	if (j == MAP_FAILED)
		return err_errno(e, errno, "cannot check '%s'", dir);
	j->dir = dir;
	rc = child_start(&child, check_in_child, j, e);
	if (rc == 0) {
		/* That the means were lacking says nothing of what was read. */
		if (child_end(&child, how, sizeof how) == CHILD_NO_MEANS)
			rc = err_set(e, ERR_OS, "no memory or no file descriptor to check '%s', which may be sound; free some and try again", dir);
		else
			rc = take_report(j, how, out, e);
	}
	munmap(j, sizeof *j);
	return rc;
}
