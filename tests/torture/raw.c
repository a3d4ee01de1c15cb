#include "torture/raw.h"

#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATABASES_MAX = 20, SECONDS = 10 };

/* Of a database, or of the free pages, which LMDB keeps in its own database 0. */
struct rows {
	char name[40];
	size_t n, len, room;
	char *bytes; /* each: size of key, size of value, key, value */
};

struct raw {
	struct rows database[DATABASES_MAX];
	int n;
};

static void add_bytes(struct rows *r, const void *bytes, size_t n)
{
	if (r->len + n > r->room) {
		r->room = 2 * (r->len + n);
		r->bytes = realloc(r->bytes, r->room);
		if (!r->bytes)
			abort();
	}
	memcpy(r->bytes + r->len, bytes, n);
	r->len += n;
}

static void add_row(struct rows *r, const MDB_val *key, const MDB_val *value)
{
	add_bytes(r, &key->mv_size, sizeof key->mv_size);
	add_bytes(r, &value->mv_size, sizeof value->mv_size);
	add_bytes(r, key->mv_data, key->mv_size);
	add_bytes(r, value->mv_data, value->mv_size);
	r->n++;
}

static const char *next_row(const char *p, MDB_val *key, MDB_val *value)
{
	memcpy(&key->mv_size, p, sizeof key->mv_size);
	memcpy(&value->mv_size, p + sizeof key->mv_size, sizeof value->mv_size);
	key->mv_data = (void *)(p + sizeof key->mv_size + sizeof value->mv_size);
	value->mv_data = (char *)key->mv_data + key->mv_size;
	return (char *)value->mv_data + value->mv_size;
}

static MDB_txn *begin(const char *dir)
{
	MDB_env *env;
	MDB_txn *txn;

	if (mdb_env_create(&env) != 0 || mdb_env_set_maxdbs(env, DATABASES_MAX) != 0 ||
	    mdb_env_open(env, dir, MDB_RDONLY | MDB_NOLOCK, 0) != 0 || mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0)
		return NULL;
	return txn;
}

static int read_rows(MDB_txn *txn, MDB_dbi dbi, struct rows *out)
{
	MDB_cursor *c;
	MDB_val key, value;
	int rc = mdb_cursor_open(txn, dbi, &c);

	while (rc == 0 && (rc = mdb_cursor_get(c, &key, &value, MDB_NEXT)) == 0)
		add_row(out, &key, &value);
	return rc == MDB_NOTFOUND ? 0 : -1;
}

struct raw *raw_read(const char *dir)
{
	struct raw *r = calloc(1, sizeof *r);
	MDB_txn *txn = begin(dir);
	struct rows names = {0};
	MDB_val key, value;
	const char *p;
	MDB_dbi dbi;

	if (!r || !txn || mdb_dbi_open(txn, NULL, 0, &dbi) != 0 || read_rows(txn, dbi, &names) != 0)
		return NULL;
	p = names.bytes;
	for (size_t i = 0; i < names.n; i++) {
		struct rows *d = &r->database[r->n++];

		p = next_row(p, &key, &value);
		snprintf(d->name, sizeof d->name, "%.*s", (int)key.mv_size, (char *)key.mv_data);
		if (r->n == DATABASES_MAX || mdb_dbi_open(txn, d->name, 0, &dbi) != 0 || read_rows(txn, dbi, d) != 0)
			return NULL;
	}
	if (read_rows(txn, 0, &r->database[r->n]) != 0)
		return NULL;
	free(names.bytes);
	mdb_txn_abort(txn);
	return r;
}

void raw_free(struct raw *r)
{
	for (int i = 0; i <= r->n; i++)
		free(r->database[i].bytes);
	free(r);
}

static int is_same(const MDB_val *a, const MDB_val *b)
{
	return a->mv_size == b->mv_size && memcmp(a->mv_data, b->mv_data, a->mv_size) == 0;
}

static int has_rows(MDB_txn *txn, MDB_dbi dbi, const struct rows *r)
{
	MDB_val key, value, got_key, got;
	const char *p = r->bytes;
	MDB_cursor *c;

	if (mdb_cursor_open(txn, dbi, &c) != 0)
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		p = next_row(p, &key, &value);
		if (mdb_cursor_get(c, &got_key, &got, MDB_NEXT) != 0 || !is_same(&key, &got_key) || !is_same(&value, &got))
			return 0;
		if (dbi != 0 && (mdb_get(txn, dbi, &key, &got) != 0 || !is_same(&value, &got)))
			return 0;
	}
	return mdb_cursor_get(c, &got_key, &got, MDB_NEXT) == MDB_NOTFOUND;
}

static int has_all(const struct raw *r, const char *dir)
{
	MDB_txn *txn = begin(dir);
	MDB_dbi dbi;

	if (!txn)
		return 0;
	for (int i = 0; i < r->n; i++)
		if (mdb_dbi_open(txn, r->database[i].name, 0, &dbi) != 0 || !has_rows(txn, dbi, &r->database[i]))
			return 0;
	return has_rows(txn, 0, &r->database[r->n]);
}

int raw_is_same(const struct raw *r, const char *dir)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct rlimit core = {0, 0}, busy = {SECONDS, SECONDS}; /* damage may lead around for ever */

		setrlimit(RLIMIT_CORE, &core);
		if (!freopen("/dev/null", "w", stderr)) /* where LMDB says which assertion fails */
			_exit(2);
		setrlimit(RLIMIT_CPU, &busy);
		_exit(has_all(r, dir) ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

char *raw_shape(const char *dir)
{
	MDB_txn *txn = begin(dir);
	char *text = calloc(DATABASES_MAX, 80);
	MDB_cursor *c = NULL;
	MDB_val key, value;
	MDB_stat st;
	MDB_env *env;
	size_t n = 0;
	MDB_dbi names, dbi;
	int rc;

	if (!text || !txn || mdb_dbi_open(txn, NULL, 0, &names) != 0 || mdb_cursor_open(txn, names, &c) != 0)
		return NULL;
	while ((rc = mdb_cursor_get(c, &key, &value, MDB_NEXT)) == 0) {
		char name[40];

		snprintf(name, sizeof name, "%.*s", (int)key.mv_size, (char *)key.mv_data);
		if (mdb_dbi_open(txn, name, 0, &dbi) != 0 || mdb_stat(txn, dbi, &st) != 0)
			break;
		n += (size_t)snprintf(text + n, 80, "%s %zu\n", name, st.ms_entries);
	}
	env = mdb_txn_env(txn);
	mdb_cursor_close(c);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	if (rc == MDB_NOTFOUND)
		return text;
	free(text);
	return NULL;
}
