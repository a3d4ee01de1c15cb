/*
 * tail: a data file that ends before its last page, part of store.h.
 *
 * LMDB does not write pages that a transaction took at the end of the file and gave back before it committed, so a
 * sound file may be a little shorter than its last page number says.  It is sound when all that is missing is on the
 * list of free pages, which is walked in a child process: a file that was really cut short is SIGBUS for whoever
 * touches what is gone.
 */
#include "base/child.h"
#include "db/store.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { MISSING_MAX = 4096 }; /* pages; more than that was never left by one transaction of ours */

struct job {
	const char *path;
	size_t from, n; /* the first page that is missing, and how many */
};

static size_t count_missing(const struct job *j, MDB_txn *txn)
{
	static unsigned char seen[MISSING_MAX];
	MDB_cursor *c;
	MDB_val key, value;
	size_t found = 0;

	if (mdb_cursor_open(txn, 0, &c) != 0)
		return 0;
	while (mdb_cursor_get(c, &key, &value, MDB_NEXT) == 0) {
		const size_t *page = value.mv_data;
		size_t n = value.mv_size / sizeof *page;

		/* The first number says how many follow. */
		for (size_t i = 1; i < n && i <= page[0]; i++)
			if (page[i] >= j->from && page[i] - j->from < j->n && !seen[page[i] - j->from]) {
				seen[page[i] - j->from] = 1;
				found++;
			}
	}
	return found;
}

static int walk_free(void *ctx, int out)
{
	struct job *j = ctx;
	char yes = 1;
	struct stat st;
	MDB_env *env;
	MDB_txn *txn;

	if (stat(j->path, &st) != 0 || mdb_env_create(&env) != 0 ||
	    mdb_env_set_mapsize(env, (size_t)st.st_size + ((size_t)64 << 20)) != 0 ||
	    mdb_env_open(env, j->path, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK, 0) != 0 ||
	    mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0)
		return 1;
	if (count_missing(j, txn) == j->n)
		return child_write(out, &yes, 1) != 0;
	return 0;
}

int store_tail_is_free(const char *path, uint64_t from, uint64_t last)
{
	struct job j = {path, from, last - from + 1};
	char how[100], yes = 0;
	struct child c;
	struct err ignored;

	if (last < from || j.n > MISSING_MAX || child_start(&c, walk_free, &j, &ignored) != 0)
		return 0;
	if (child_read(&c, &yes, 1) != 0)
		yes = 0;
	return child_end(&c, how, sizeof how) == 0 && yes;
}
