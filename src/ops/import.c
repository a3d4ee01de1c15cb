#include "ops/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "db/batches.h"
#include "db/entries.h"
#include "db/postfix.h"
#include "ops/commit.h"
#include "ops/postconf.h"
#include "ops/ward.h"

/* One name that was read, waiting to be sorted. */
struct item {
	const unsigned char *key;
	const char *name, *value, *customer, *contact, *note;
	uint32_t key_len;
	int covers; /* the names below are meant as well */
	long line;
};

struct reading {
	const struct import_options *o;
	struct arena arena;
	struct item *item;
	size_t n, room;
	size_t refused;
};

static void tell(const struct import_options *o, long line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void tell(const struct import_options *o, long line, const char *fmt, ...)
{
	char text[800];
	va_list ap;

	if (!o->tell)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	o->tell(o->ctx, line, text);
}

static const char *keep(struct reading *r, const char *text)
{
	return text && *text ? arena_string(&r->arena, text, strlen(text)) : "";
}

/* What the audit record could not hold is refused with its line, not in the middle of the commit. */
static int is_refused(struct reading *r, const struct table_row *row)
{
	struct err e;

	if ((row->customer && audit_check_customer(row->customer, &e) != 0) ||
	    (row->contact && audit_check_text(row->contact, 0, "the contact", &e) != 0) ||
	    (row->note && audit_check_text(row->note, 1, "the note", &e) != 0)) {
		tell(r->o, row->line, "%s", e.text);
		r->refused++;
		return 1;
	}
	return 0;
}

static void add_item_named(struct reading *r, const char *name, const struct item *like)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t len = name_to_key(key, name);
	struct item item = *like;

	if (r->n == r->room) {
		r->room = r->room * 2 + 1024;
		r->item = mem_array(r->item, r->room, sizeof *r->item);
	}
	item.key = memcpy(arena_alloc(&r->arena, len), key, len);
	item.key_len = (uint32_t)len;
	item.name = keep(r, name);
	r->item[r->n++] = item;
}

static int take_row(void *ctx, const struct table_row *row)
{
	struct reading *r = ctx;
	char name[NAME_SIZE], shown[200];
	const char *why = row->why;

	if (!why && name_from_text(name, row->name, row->name_len, &why) != NAME_REFUSED)
		why = NULL;
	/* No host is called so (RFC 952), and to a program that is handed the list it would be an option. */
	if (!why && name[0] == '-')
		why = "a name that begins with a hyphen";
	if (why) {
		tell(r->o, row->line, "'%s': %s",
		     escape(shown, sizeof shown, row->name, row->name_len < 150 ? row->name_len : 150), why);
		r->refused++;
		return 0;
	}
	if (is_refused(r, row))
		return 0;
	add_item_named(r, name, &(struct item){
					.value = keep(r, row->value),
					.customer = keep(r, row->customer),
					.contact = keep(r, row->contact),
					.note = keep(r, row->note),
					.line = row->line,
					.covers = row->covers,
				});
	return 0;
}

static int key_order(const struct item *a, const struct item *b)
{
	int c = memcmp(a->key, b->key, a->key_len < b->key_len ? a->key_len : b->key_len);

	return c ? c : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

/* What the file says of names below and the mail server's mode has to say by an entry of its own, or by none: where an
 * entry covers what is below it, x is enough; else `*.x` is x and .x. */
static void spell_below(struct reading *r, int parent_matches)
{
	size_t n = r->n;

	for (size_t i = 0; i < n && !parent_matches; i++) {
		char name[NAME_SIZE + 1] = ".";
		struct item below = r->item[i];

		if (!below.covers || below.name[0] == '.' || strlen(below.name) + 2 > NAME_SIZE)
			continue;
		memcpy(name + 1, below.name, strlen(below.name) + 1);
		add_item_named(r, name, &below);
	}
}

static int has_item(const struct reading *r, size_t n, const char *name)
{
	unsigned char key[NAME_KEY_SIZE];
	struct item want = {.key = key, .key_len = (uint32_t)name_to_key(key, name)};
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_order(&r->item[middle], &want) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && key_order(&r->item[low], &want) == 0;
}

/* qmail says x and .x where x alone says both here: sorted, and only where the file has both. */
static void drop_below(struct reading *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->item[i].name[0] != '.' || !has_item(r, kept, r->item[i].name + 1))
			r->item[kept++] = r->item[i];
	r->n = kept;
}

static int by_key(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int c = key_order(a, b);

	return c ? c : (a->line > b->line) - (a->line < b->line);
}

static int is_sorted(const struct reading *r)
{
	for (size_t i = 1; i < r->n; i++)
		if (by_key(&r->item[i - 1], &r->item[i]) > 0)
			return 0;
	return 1;
}

/* Of a name that stands there several times the first line counts. */
static size_t sort_items(struct reading *r)
{
	size_t kept = 0, twice;

	if (!is_sorted(r))
		qsort(r->item, r->n, sizeof *r->item, by_key);
	for (size_t i = 0; i < r->n; i++) {
		const struct item *last = kept ? &r->item[kept - 1] : NULL;

		if (last && last->key_len == r->item[i].key_len &&
		    memcmp(last->key, r->item[i].key, last->key_len) == 0)
			continue;
		r->item[kept++] = r->item[i];
	}
	twice = r->n - kept;
	r->n = kept;
	return twice;
}

static int open_table(const char *path, struct err *e)
{
	struct stat st;
	int fd;

	if (strcmp(path, "-") == 0) {
		fd = dup(STDIN_FILENO);
		return fd >= 0 ? fd : err_errno(e, errno, "cannot read standard input");
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_NOINPUT, "'%s' is a directory; name a file in it", path);
	}
	return fd;
}

static int read_table(const char *path, enum table_format format, table_fn *fn, void *ctx, struct err *e)
{
	int fd, rc;

	if (format == TABLE_LMDB || (format == TABLE_AUTO && strcmp(path, "-") != 0 && postfix_is_table(path)))
		return postfix_read(path, fn, ctx, e);
	fd = open_table(path, e);
	if (fd < 0)
		return -1;
	rc = table_read(fd, path, format, fn, ctx, e);
	close(fd);
	return rc;
}

/* 1 when it was deleted within the undo time: somebody decided that it goes, and an old file does not know it. */
static int was_deleted_lately(struct db_txn *t, const char *name, int undo_days, int64_t now, struct err *e)
{
	struct arena a = {0};
	struct batch batch;
	uint64_t seq;
	int got = batch_find_deleted(t, name, &seq, e);

	if (got == 1)
		got = batch_get(t, seq, &a, &batch, e);
	if (got == 1)
		got = batch.time + (int64_t)undo_days * DATE_DAY > now;
	arena_clear(&a);
	return got;
}

struct adding {
	struct ward *ward;
	const struct import_options *o;
	struct import_result *result;
	struct commit commit;
	int64_t now;
};

static int add_item(struct adding *a, const struct item *item, struct err *e)
{
	struct entry entry = {.table_value = item->value, .contact = item->contact, .note = item->note, .pin_note = "",
			      .notice_ticket = "", .added = a->now};
	int rc = a->o->again ? 0
			     : was_deleted_lately(a->commit.txn, item->name, a->ward->config.undo_days, a->now, e);

	if (rc < 0)
		return -1;
	snprintf(entry.name, sizeof entry.name, "%s", item->name);
	entry.customer = item->customer[0] || !a->o->customer ? item->customer : a->o->customer;
	if (rc == 1) {
		struct arena tmp = {0};
		struct entry there;

		rc = entry_get(a->commit.txn, item->name, &tmp, &there, e);
		arena_clear(&tmp);
		if (rc == 0) {
			a->result->skipped++;
			tell(a->o, item->line, "'%s' was deleted within the last %d days, skipped; --again adds it",
			     item->name, a->ward->config.undo_days);
			return 0;
		}
	}
	rc = entry_add_sorted(a->commit.txn, &entry, e);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		a->result->unchanged++;
		return 0;
	}
	a->result->added++;
	return commit_record(&a->commit, AUDIT_IMPORT, NULL, &entry, NULL, NULL, e);
}

static int add_all(struct ward *w, struct reading *r, const char *path, struct import_result *result, struct err *e)
{
	struct adding a = {.ward = w, .o = r->o, .result = result, .now = date_now()};
	struct batch row = {.action = AUDIT_IMPORT, .who = w->operator.login, .reason = "import", .ticket = "",
			    .time = a.now};
	const char *file = strrchr(path, '/');
	char shown[600];
	int rc = 0;

	/* Not where it lay on this machine: a customer's statement quotes the note. */
	file = file && file[1] ? file + 1 : path;
	escape(shown, sizeof shown, file, strlen(file));
	if (commit_begin(&a.commit, w, "an import", 1,
			 (struct audit_note){.reason = "import", .text = shown, .ticket = ""}, e) != 0)
		return -1;
	row.seq = commit_name_batch(&a.commit);
	for (size_t i = 0; i < r->n && rc == 0; i++)
		rc = add_item(&a, &r->item[i], e);
	row.count = result->added;
	if (rc == 0 && result->added > 0)
		rc = batch_put(a.commit.txn, &row, e);
	if (rc != 0 || result->added == 0 || r->o->dry_run) {
		commit_drop(&a.commit);
		return rc;
	}
	result->batch = row.seq;
	return commit_end(&a.commit, e);
}

int import_table(struct ward *w, const char *path, const struct import_options *o, struct import_result *result,
		 struct err *e)
{
	struct reading r = {.o = o};
	int rc;

	*result = (struct import_result){0};
	if (o->customer && audit_check_customer(o->customer, e) != 0)
		return -1;
	rc = read_table(path, o->format, take_row, &r, e);
	if (rc == 0) {
		int parent_matches = postconf_parent_matches(w);

		spell_below(&r, parent_matches);
		result->twice = sort_items(&r);
		/* Of Postfix's own tables .x is an entry too: it stands in the table, and is told to be inert. */
		if (parent_matches && o->format == TABLE_QMAIL)
			drop_below(&r);
		result->refused = r.refused;
		if (r.n > 0)
			rc = add_all(w, &r, path, result, e);
	}
	free(r.item);
	arena_clear(&r.arena);
	return rc;
}

int import_names(const char *path, enum table_format f, void (*fn)(void *ctx, const char *name), void *ctx,
		 const struct import_options *o, size_t *refused, struct err *e)
{
	struct reading r = {.o = o};
	int rc = read_table(path, f, take_row, &r, e);

	if (rc == 0) {
		sort_items(&r);
		for (size_t i = 0; i < r.n; i++)
			fn(ctx, r.item[i].name);
	}
	*refused = r.refused;
	free(r.item);
	arena_clear(&r.arena);
	return rc;
}
