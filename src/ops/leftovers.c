#include "ops/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/str.h"
#include "db/postfix.h"
#include "mta/tables.h"
#include "ops/postconf.h"
#include "ops/ward.h"
#include "relay/name.h"

enum { TOO_LARGE = 64 << 20, WORD_SIZE = 1024, KEPT_MS = 60000 };

/* In the order in which they are shown.  Of the restrictions only the tables about recipients are of interest. */
static const char *const parameters[] = {"relay_recipient_maps",     "transport_maps",
					 "virtual_alias_maps",	     "recipient_canonical_maps",
					 "smtp_tls_policy_maps",     "smtpd_relay_restrictions",
					 "smtpd_recipient_restrictions"};
enum { N_PARAMETERS = sizeof parameters / sizeof *parameters, FIRST_RESTRICTION = 5 };

struct looking {
	struct leftovers *out;
	const char **name; /* sorted */
	size_t n_names;
	size_t *seen; /* of each name: 1 + the last row about it, 0 for none */
	const char *parameter, *table;
	size_t first; /* row of this table */
};

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* --- one table -------------------------------------------------------------------------------------------- */

/* What a key is about: user@x, @x, .x and x are of x. */
static int domain_of(char out[NAME_SIZE], const char *key, size_t len)
{
	const char *at = memrchr(key, '@', len);

	if (at) {
		len -= (size_t)(at + 1 - key);
		key = at + 1;
	}
	if (len > 1 && key[0] == '.') {
		key++;
		len--;
	}
	return name_from_text(out, key, len, NULL) == NAME_REFUSED ? -1 : 0;
}

static int take_row(void *ctx, const struct table_row *row)
{
	struct looking *k = ctx;
	struct leftovers *l = k->out;
	char domain[NAME_SIZE], shown[300];
	const char *key = domain, **found;
	size_t len = strcspn(row->name, " \t"), place;

	if (len > row->name_len)
		len = row->name_len;
	if (domain_of(domain, row->name, len) != 0)
		return 0;
	found = bsearch(&key, k->name, k->n_names, sizeof *k->name, by_text);
	if (!found)
		return 0;
	place = (size_t)(found - k->name);
	if (k->seen[place] > k->first) {
		l->row[k->seen[place] - 1].n++;
		return 0;
	}
	l->row = mem_array(l->row, l->n + 1, sizeof *l->row);
	escape(shown, sizeof shown, row->name, len);
	l->row[l->n] = (struct leftover){*found, k->parameter, k->table, arena_string(&l->arena, shown, strlen(shown)), 1, l->n};
	k->seen[place] = ++l->n;
	return 0;
}

static void add_unread(struct leftovers *l, const char *parameter, const char *table, const char *why)
{
	struct str line = {0};
	char shown[600];

	str_addf(&line, "%s (%s) was not looked through: %s", parameter, escape(shown, sizeof shown, table, strlen(table)),
		 why);
	l->unread = mem_array(l->unread, l->n_unread + 1, sizeof *l->unread);
	l->unread[l->n_unread++] = arena_string(&l->arena, line.bytes, line.len);
	str_clear(&line);
}

static int read_text(const char *path, struct looking *k, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	rc = table_read(fd, path, TABLE_POSTFIX, take_row, k, e);
	close(fd);
	return rc;
}

static int is_one_of(const char *type, size_t len, const char *list)
{
	for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == len && memcmp(p, type, len) == 0)
			return 1;
	return 0;
}

/* table is TYPE:PATH, perhaps behind "proxy:". */
static void look_through(struct looking *k)
{
	const char *type = strncmp(k->table, "proxy:", 6) == 0 ? k->table + 6 : k->table, *path = strchr(type, ':');
	size_t len = path ? (size_t)(path++ - type) : 0;
	char file[WORD_SIZE + 8];
	struct stat st;
	struct err e;
	int is_lmdb = is_one_of(type, len, "lmdb"), rc;

	if (!len || is_one_of(type, len, "static inline unix fail"))
		return;
	if (!is_lmdb && !is_one_of(type, len, "hash btree cdb dbm sdbm texthash")) {
		add_unread(k->out, k->parameter, k->table,
			   is_one_of(type, len, "regexp pcre cidr") ? "it holds patterns" : "this kind of table is not read");
		return;
	}
	snprintf(file, sizeof file, "%s%s", path, is_lmdb ? ".lmdb" : "");
	if (stat(file, &st) == 0 && st.st_size > TOO_LARGE)
		rc = err_set(&e, ERR_DATA, "it is larger than 64 MiB");
	else
		rc = is_lmdb ? postfix_read(file, take_row, k, &e) : read_text(file, k, &e);
	if (rc != 0)
		add_unread(k->out, k->parameter, k->table, e.text);
}

/* --- all tables -------------------------------------------------------------------------------------------- */

/* Each word of a parameter that is a table, once; of restrictions those behind check_recipient_access. */
static void look_at_words(struct looking *k, const char *list, int is_restriction)
{
	int is_next = 0;

	while (*(list += strspn(list, ", \t"))) {
		size_t len = strcspn(list, ", \t");
		char word[WORD_SIZE];

		snprintf(word, sizeof word, "%.*s", (int)len, list);
		list += len;
		if (strchr(word, ':') && (!is_restriction || is_next)) {
			k->table = arena_string(&k->out->arena, word, strlen(word));
			k->first = k->out->n;
			look_through(k);
		}
		is_next = strcmp(word, "check_recipient_access") == 0;
	}
}

static int by_name(const void *x, const void *y)
{
	const struct leftover *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	return c ? c : (a->place > b->place) - (a->place < b->place);
}

int leftovers_find(struct leftovers *l, const struct ward *w, const char *const *names, size_t n, struct err *e)
{
	struct looking k = {.out = l, .n_names = n};
	const char *value[N_PARAMETERS];
	int rc;

	*l = (struct leftovers){0};
	if (n == 0)
		return 0;
	rc = postconf_get(w, parameters, value, N_PARAMETERS, &l->arena, e);
	if (rc != 0)
		return -1;
	k.name = mem_array(NULL, n, sizeof *k.name);
	for (size_t i = 0; i < n; i++)
		k.name[i] = arena_string(&l->arena, names[i] + (names[i][0] == '.'), strlen(names[i] + (names[i][0] == '.')));
	k.seen = mem_alloc(n * sizeof *k.seen);
	qsort(k.name, n, sizeof *k.name, by_text);
	for (int i = 0; i < N_PARAMETERS; i++) {
		k.parameter = parameters[i];
		look_at_words(&k, value[i], i >= FIRST_RESTRICTION);
	}
	free(k.name);
	free(k.seen);
	if (l->n)
		qsort(l->row, l->n, sizeof *l->row, by_name);
	return 0;
}

void leftovers_clear(struct leftovers *l)
{
	free(l->row);
	free(l->unread);
	arena_clear(&l->arena);
	*l = (struct leftovers){0};
}

/* The first row of a name and how many there are. */
static const struct leftover *rows_of(const struct leftovers *l, const char *name, size_t *n)
{
	size_t low = 0, high = l->n;

	name += name[0] == '.';
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(l->row[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < l->n && strcmp(l->row[low + *n].name, name) == 0;)
		++*n;
	return l->row + low;
}

char *leftovers_text(char *out, size_t size, const struct leftovers *l, const char *name)
{
	size_t used = 0, n;
	const struct leftover *r = rows_of(l, name, &n);

	out[0] = '\0';
	for (; n-- > 0 && used < size; r++) {
		used += (size_t)snprintf(out + used, size - used, "%s%s (%s) has %s", used ? "; " : "", r->parameter, r->table,
					 r->key);
		if (r->n > 1 && used < size)
			used += (size_t)snprintf(out + used, size - used, " and %zu more", r->n - 1);
	}
	return out;
}

char *leftovers_where(char *out, size_t size, const struct leftovers *l, const char *name)
{
	size_t used = 0, n;
	const struct leftover *r = rows_of(l, name, &n);

	out[0] = '\0';
	for (; n-- > 0 && used < size; r++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", r->parameter);
	return out;
}

/* --- kept for a screen ---------------------------------------------------------------------------------------- */

struct leftovers_kept {
	char name[NAME_SIZE];
	int64_t at; /* loop_now() */
	struct str lines;
};

static void write_lines(struct str *out, const struct ward *w, const char *name)
{
	struct leftovers l;
	char text[1000];
	struct err e;

	if (w->config.restricted)
		return; /* said elsewhere: nothing is asked */
	if (leftovers_find(&l, w, &name, 1, &e) != 0) {
		leftovers_clear(&l);
		return; /* without a Postfix there are no other tables */
	}
	if (leftovers_text(text, sizeof text, &l, name)[0])
		str_addf(out, "Other tables: %s", text);
	for (size_t i = 0; i < l.n_unread; i++)
		str_addf(out, "%s%s", out->len ? "\n" : "", l.unread[i]);
	leftovers_clear(&l);
}

const char *leftovers_lines(struct ward *w, const char *name)
{
	struct leftovers_kept *k = w->leftovers;

	if (!k)
		k = w->leftovers = mem_alloc(sizeof *k);
	else if (strcmp(k->name, name) == 0 && loop_now() - k->at < KEPT_MS)
		return str_text(&k->lines);
	snprintf(k->name, sizeof k->name, "%s", name);
	k->at = loop_now();
	str_truncate(&k->lines, 0);
	write_lines(&k->lines, w, name);
	return str_text(&k->lines);
}

void leftovers_forget(struct ward *w)
{
	if (!w->leftovers)
		return;
	str_clear(&w->leftovers->lines);
	free(w->leftovers);
	w->leftovers = NULL;
}
