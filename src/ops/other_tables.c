#include "ops/other_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "db/postfix.h"
#include "ops/postconf.h"

enum { TOO_LARGE = 64 << 20, WORD_SIZE = 1024 };

/* In the order in which they are shown.  Of the restrictions only the tables about recipients are of interest. */
static const char *const parameters[] = {"relay_recipient_maps",     "transport_maps",
					 "virtual_alias_maps",	     "recipient_canonical_maps",
					 "smtp_tls_policy_maps",     "smtpd_relay_restrictions",
					 "smtpd_recipient_restrictions"};
enum { N_PARAMETERS = sizeof parameters / sizeof *parameters, FIRST_RESTRICTION = 5 };

/* --- which there are -------------------------------------------------------------------------------------- */

/* Each word of a parameter that is a table, once; of restrictions those behind check_recipient_access. */
static void add_words(struct other_tables *t, const char *parameter, const char *list, int is_restriction)
{
	int is_next = 0;

	while (*(list += strspn(list, ", \t"))) {
		size_t len = strcspn(list, ", \t");
		char word[WORD_SIZE];

		snprintf(word, sizeof word, "%.*s", (int)len, list);
		list += len;
		if (strchr(word, ':') && (!is_restriction || is_next)) {
			t->table = mem_array(t->table, t->n + 1, sizeof *t->table);
			t->table[t->n++] = (struct other_table){parameter, arena_string(&t->arena, word, strlen(word))};
		}
		is_next = strcmp(word, "check_recipient_access") == 0;
	}
}

int other_tables_ask(struct other_tables *t, const struct ward *w, struct err *e)
{
	const char *value[N_PARAMETERS];

	*t = (struct other_tables){0};
	if (postconf_get(w, parameters, value, N_PARAMETERS, &t->arena, e) != 0)
		return -1;
	for (int i = 0; i < N_PARAMETERS; i++)
		add_words(t, parameters[i], value[i], i >= FIRST_RESTRICTION);
	return 0;
}

void other_tables_clear(struct other_tables *t)
{
	free(t->table);
	arena_clear(&t->arena);
	*t = (struct other_tables){0};
}

/* --- one of them ------------------------------------------------------------------------------------------- */

enum kind { KIND_NOTHING, KIND_LMDB, KIND_TEXT, KIND_PATTERNS, KIND_UNKNOWN };

static int is_one_of(const char *type, size_t len, const char *list)
{
	for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == len && memcmp(p, type, len) == 0)
			return 1;
	return 0;
}

/* A table is TYPE:PATH, perhaps behind "proxy:"; file is what is read of one that can be. */
static enum kind kind_of(const char *table, char file[WORD_SIZE + 8])
{
	const char *type = strncmp(table, "proxy:", 6) == 0 ? table + 6 : table, *path = strchr(type, ':');
	size_t len = path ? (size_t)(path++ - type) : 0;
	int is_lmdb = is_one_of(type, len, "lmdb");

	if (!len || is_one_of(type, len, "static inline unix fail"))
		return KIND_NOTHING;
	if (is_one_of(type, len, "regexp pcre cidr"))
		return KIND_PATTERNS;
	if (!is_lmdb && !is_one_of(type, len, "hash btree cdb dbm sdbm texthash"))
		return KIND_UNKNOWN;
	snprintf(file, WORD_SIZE + 8, "%s%s", path, is_lmdb ? ".lmdb" : "");
	return is_lmdb ? KIND_LMDB : KIND_TEXT;
}

static int read_text(const char *path, table_fn *fn, void *ctx, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	rc = table_read(fd, path, TABLE_POSTFIX, fn, ctx, e);
	close(fd);
	return rc;
}

int other_table_read(const struct other_table *t, table_fn *fn, void *ctx, struct err *e)
{
	char file[WORD_SIZE + 8];
	enum kind kind = kind_of(t->table, file);
	struct stat st;

	if (kind == KIND_NOTHING)
		return 0;
	if (kind == KIND_PATTERNS)
		return err_set(e, ERR_DATA, "it holds patterns");
	if (kind == KIND_UNKNOWN)
		return err_set(e, ERR_DATA, "this kind of table is not read");
	if (stat(file, &st) == 0 && st.st_size > TOO_LARGE)
		return err_set(e, ERR_DATA, "it is larger than 64 MiB");
	return kind == KIND_LMDB ? postfix_read(file, fn, ctx, e) : read_text(file, fn, ctx, e);
}

void other_table_version(struct other_table_version *v, const struct other_table *t)
{
	char file[WORD_SIZE + 8];
	enum kind kind = kind_of(t->table, file);
	struct stat st;

	*v = (struct other_table_version){0};
	if ((kind != KIND_LMDB && kind != KIND_TEXT) || stat(file, &st) != 0)
		return;
	*v = (struct other_table_version){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.written = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
		.changed = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec,
	};
}

int other_table_domain(char out[NAME_SIZE], const struct table_row *row, size_t *len)
{
	const char *key = row->name, *at;
	size_t n = strcspn(key, " \t");

	if (n > row->name_len)
		n = row->name_len;
	*len = n;
	at = memrchr(key, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - key);
		key = at + 1;
	}
	if (n > 1 && key[0] == '.') {
		key++;
		n--;
	}
	return name_from_text(out, key, n, NULL) == NAME_REFUSED ? -1 : 0;
}
