#include "db/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/page.h"
#include "db/store.h"

enum { OPEN_TRIES = 3, OPEN_PAUSE_MS = 10, LMDB_MAGIC_AT = 16 };

#define LMDB_MAGIC 0xBEEFC0DEu

/* LMDB's locks are per process and end with any close of its lock file, so a second environment
 * on the same directory would take them from the first.  What a parent had open counts for
 * nothing in its child. */
static struct db *all_open;

static struct db *find_open(uint64_t device, uint64_t inode)
{
	for (struct db *db = all_open; db; db = db->next_open)
		if (db->device == device && db->inode == inode && db->pid == (int32_t)getpid())
			return db;
	return NULL;
}

/* --- before LMDB maps anything --- */

static int open_dir(struct db *db, struct err *e)
{
	struct stat st;

	db->dir_fd = open(db->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (db->dir_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, ERR_NOINPUT,
			       "no database in '%s'; make one with: mxward init", db->dir);
	if (db->dir_fd < 0)
		return err_errno(e, errno, "cannot open the directory '%s'", db->dir);
	if (fstat(db->dir_fd, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", db->dir);
	if (st.st_mode & S_IWOTH)
		return err_set(e, ERR_CONFIG,
			       "everybody may write to '%s', so what is in it proves nothing; "
			       "take that away "
			       "with: chmod o-w '%s'",
			       db->dir, db->dir);
	db->device = st.st_dev;
	db->inode = st.st_ino;
	if (find_open(db->device, db->inode))
		return err_set(e, ERR_SOFTWARE,
			       "the database in '%s' is already open in this process", db->dir);
	return 0;
}

int store_check_head(int fd, const char *path, struct err *e)
{
	struct stat st;
	uint32_t magic;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DATA, "'%s' is no regular file", path);
	if (st.st_size == 0)
		return err_set(e, ERR_DATA, "'%s' is empty; bring back a backup of it", path);
	n = pread(fd, &magic, sizeof magic, LMDB_MAGIC_AT);
	if (n < 0)
		return err_errno(e, errno, "cannot read '%s'", path);
	if (n != (ssize_t)sizeof magic || magic != LMDB_MAGIC)
		return err_set(e, ERR_DATA, "'%s' is no LMDB file; bring back a backup of it",
			       path);
	return 0;
}

static int say_unreadable(const struct db *db, int why, int read_only, struct err *e)
{
	if (why == ENOENT)
		return err_set(e, ERR_NOINPUT,
			       "no database in '%s'; make one with: mxward init", db->dir);
	if (why == ELOOP)
		return err_set(e, ERR_CONFIG,
			       "'%s/data.mdb' is a symbolic link, which is never followed; put "
			       "the file itself "
			       "there",
			       db->dir);
	if (!read_only && (why == EACCES || why == EPERM || why == EROFS) &&
	    faccessat(db->dir_fd, "data.mdb", R_OK, AT_EACCESS) == 0)
		return err_set(
			e, ERR_PERM,
			"you may look at the database in '%s' but not change it; look with "
			"--read-only, or work as its owner",
			db->dir);
	return err_errno(e, why, "cannot open '%s/data.mdb'", db->dir);
}

/* What was wrong with a file of whatever kind is said without knowing that there are backups of this one. */
static void point_back(const char *dir, struct err *e)
{
	static const char plain[] = "bring back a backup of it";
	char *at = e->code == ERR_DATA ? strstr(e->text, plain) : NULL, back[STORE_WAY_BACK];

	if (at)
		snprintf(at, sizeof e->text - (size_t)(at - e->text), "bring back a backup with: %s",
			 store_way_back(back, dir));
}

/* The data file, seen before it is mapped: 0 and its *st, or -1. */
static int check_data(const struct db *db, int read_only, struct stat *st, struct err *e)
{
	char path[512];
	int rc, fd = openat(db->dir_fd, "data.mdb",
			    (read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_CLOEXEC |
				    O_NONBLOCK);

	if (fd < 0)
		return say_unreadable(db, errno, read_only, e);
	snprintf(path, sizeof path, "%s/data.mdb", db->dir);
	rc = store_check_head(fd, path, e);
	if (rc != 0)
		point_back(db->dir, e);
	if (rc == 0 && fstat(fd, st) != 0)
		rc = err_errno(e, errno, "cannot look at '%s'", path);
	if (rc == 0 && st->st_mode & S_IWOTH)
		rc = err_set(e, ERR_CONFIG,
			     "everybody may write to '%s', so what is in it proves nothing; "
			     "take that away "
			     "with: chmod o-w '%s'",
			     path, path);
	close(fd);
	return rc;
}

/* LMDB would make the lock file with the mode of the data; but readers must be able to write to
 * it. */
static int check_lock_file(const struct db *db, int read_only, const struct stat *like,
			   struct err *e)
{
	int fd = -1, rc = 0;

	if (!read_only)
		fd = openat(db->dir_fd, "lock.mdb",
			    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		if (geteuid() == 0 && fchown(fd, like->st_uid, like->st_gid) != 0)
			rc = err_errno(e, errno, "cannot give '%s/lock.mdb' to its owner",
				       db->dir);
		else if (fchmod(fd, 0660) != 0)
			rc = err_errno(e, errno, "cannot set the mode of '%s/lock.mdb'",
				       db->dir);
		close(fd);
		return rc;
	}
	if (!read_only && errno != EEXIST)
		return err_errno(e, errno, "cannot make '%s/lock.mdb'", db->dir);
	fd = openat(db->dir_fd, "lock.mdb", O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	switch (errno) {
	case EROFS: /* nobody can write beside us */
		return 0;
	case ENOENT:
		return err_set(e, ERR_PERM,
			       "'%s/lock.mdb' is missing; let the owner of the database run "
			       "mxward once, "
			       "which makes it",
			       db->dir);
	case ELOOP:
		return err_set(
			e, ERR_CONFIG,
			"'%s/lock.mdb' is a symbolic link, which is never followed; remove it",
			db->dir);
	default:
		return err_errno(e, errno,
				 "cannot open '%s/lock.mdb', which readers of the database "
				 "must be able to "
				 "write to (chmod 0660, same group)",
				 db->dir);
	}
}

/* --- the environment --- */

/* LMDB found its pages in disorder; if this returned, it would abort. */
static void on_assert(MDB_env *env, const char *message)
{
	const struct db *db = mdb_env_get_userctx(env);
	char back[STORE_WAY_BACK];

	mem_die("the database in '%s' is damaged (LMDB: %s): see how much with: mxward check, and bring back a backup "
		"with: %s",
		db ? db->dir : "?", message, store_way_back(back, db ? db->dir : "?"));
}

int store_new_env(MDB_env **out, void *assert_context, struct err *e, const char *dir)
{
	MDB_env *env = NULL;
	int rc = mdb_env_create(&env);

	if (rc == 0)
		rc = mdb_env_set_mapsize(env, STORE_MAP_SIZE);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(env, STORE_MAX_DATABASES);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, STORE_MAX_READERS);
	if (rc == 0)
		rc = mdb_env_set_assert(env, on_assert);
	if (rc == 0)
		rc = mdb_env_set_userctx(env, assert_context);
	if (rc == 0) {
		*out = env;
		return 0;
	}
	if (env)
		mdb_env_close(env);
	return err_set(e, ERR_OS, "cannot prepare the database in '%s': %s", dir,
		       mdb_strerror(rc));
}

int store_check_size(MDB_env *env, const char *path, struct err *e)
{
	MDB_envinfo info;
	MDB_stat stat_of;
	struct stat st;
	mdb_filehandle_t fd;

	if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &stat_of) != 0 ||
	    mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	if (info.me_last_pgno < (uint64_t)st.st_size / stat_of.ms_psize ||
	    store_tail_is_free(path, (uint64_t)st.st_size / stat_of.ms_psize, info.me_last_pgno))
		return 0;
	return err_set(e, ERR_DATA,
		       "'%s' is cut short: it has %lld bytes, its last page ends at %llu; bring back a backup of it", path,
		       (long long)st.st_size, (unsigned long long)(info.me_last_pgno + 1) * stat_of.ms_psize);
}

static int open_env(struct db *db, int read_only, struct err *e)
{
	static const struct timespec pause = {.tv_nsec = OPEN_PAUSE_MS * 1000000L};
	char path[512];
	MDB_stat st;
	int rc = 0;

	if (store_new_env(&db->env, db, e, db->dir) != 0)
		return -1;
	/* Beside a closing process an open can fail for no lasting reason. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		rc = mdb_env_open(db->env, db->dir, MDB_NOTLS | (read_only ? MDB_RDONLY : 0),
				  0640);
		if (rc != EAGAIN && rc != EBUSY && rc != EINTR && rc != EINVAL)
			break;
		mdb_env_close(db->env);
		db->env = NULL;
		nanosleep(&pause, NULL);
		if (store_new_env(&db->env, db, e, db->dir) != 0)
			return -1;
	}
	if (rc != 0)
		return store_fail(db, rc, "cannot open", e);
	mdb_env_stat(db->env, &st);
	db->page_size = st.ms_psize;
	snprintf(path, sizeof path, "%s/data.mdb", db->dir);
	return store_check_size(db->env, path, e);
}

static int check_schema(struct db_txn *t, struct err *e)
{
	struct value_reader r;
	uint64_t version;
	int got = store_get(t, STORE_META, "schema", 6, &r, e);

	if (got < 0)
		return -1;
	version = got ? value_number(&r) : 0;
	if (version == 0 || r.bad)
		return err_set(e, ERR_DATA, "'%s' holds an LMDB database, but none of mxward's; if it was, bring back a backup of it",
			       t->db->dir);
	if (version > STORE_SCHEMA)
		return err_set(e, ERR_DATA,
			       "the database in '%s' has version %llu, this mxward knows "
			       "versions up to %d; use "
			       "the newer mxward",
			       t->db->dir, (unsigned long long)version, STORE_SCHEMA);
	return 0;
}

/* Databases that came with a later version are made where they are missing. */
static int make_later(struct db *db, struct err *e)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc;

	if (db->read_only)
		return err_set(e, ERR_DATA,
			       "the database in '%s' was made by an older mxward; run this once as its owner, who may "
			       "write to it",
			       db->dir);
	rc = mdb_txn_begin(db->env, NULL, 0, &txn);
	for (unsigned d = STORE_FIRST_LATER; rc == 0 && d < N_STORES; d++)
		rc = mdb_dbi_open(txn, store_name(d), MDB_CREATE, &dbi);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	return rc == 0 ? 0 : store_fail(db, rc, "cannot write to", e);
}

/* LMDB's table of databases is one page.  A flipped bit in where that says its rows are can lead to the page as it was
 * some commits ago, which is whole, and so to a database of yesterday. */
static int check_names(const struct db *db, MDB_txn *txn, struct err *e)
{
	MDB_val key, value;
	const uint8_t *page = NULL;
	MDB_cursor *c;
	MDB_dbi names;
	MDB_stat st;
	int rc = mdb_dbi_open(txn, NULL, 0, &names), whole = 1;

	if (rc == 0)
		rc = mdb_stat(txn, names, &st);
	if (rc == 0)
		rc = mdb_cursor_open(txn, names, &c);
	if (rc != 0)
		return store_fail(db, rc, "cannot read", e);
	for (size_t i = 0; i < st.ms_entries && whole && rc == 0; i++) {
		rc = mdb_cursor_get(c, &key, &value, MDB_NEXT);
		if (rc != 0)
			break;
		page = i ? page : page_of(key.mv_data, st.ms_psize);
		whole = page_of(key.mv_data, st.ms_psize) == page && page_of(value.mv_data, st.ms_psize) == page;
	}
	mdb_cursor_close(c);
	return rc == 0 && (whole || st.ms_leaf_pages != 1) ? 0 : store_fail(db, MDB_CORRUPTED, "cannot read", e);
}

/* Handles opened in a transaction that is then dropped would be dead; this one is committed.
 * The version is looked at first: a newer one may have other databases. */
static int open_databases(struct db *db, struct err *e)
{
	unsigned d;

	struct db_txn t = {.db = db};
	int rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &t.txn);

	if (rc == MDB_READERS_FULL) {
		mdb_reader_check(db->env, NULL);
		rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &t.txn);
	}
	if (rc != 0)
		return store_fail(db, rc, "cannot read", e);
	if (check_names(db, t.txn, e) != 0) {
		mdb_txn_abort(t.txn);
		return -1;
	}
	rc = mdb_dbi_open(t.txn, store_name(STORE_META), 0, &db->dbi[STORE_META]);
	if (rc == 0 && check_schema(&t, e) != 0) {
		mdb_txn_abort(t.txn);
		return -1;
	}
	for (d = 0; rc == 0 && d < N_STORES; d++)
		if (d != STORE_META)
			rc = mdb_dbi_open(t.txn, store_name(d), 0, &db->dbi[d]);
	if (rc == 0)
		return mdb_txn_commit(t.txn) == 0 ? 0 : store_fail(db, EIO, "cannot read", e);
	mdb_txn_abort(t.txn);
	if (rc == MDB_NOTFOUND && d > STORE_FIRST_LATER)
		return make_later(db, e) == 0 ? open_databases(db, e) : -1;
	if (rc == MDB_NOTFOUND)
		return err_set(e, ERR_DATA, "'%s' holds an LMDB database, but none of mxward's; if it was, bring back a backup of it",
			       db->dir);
	return store_fail(db, rc, "cannot read", e);
}

int store_start(struct db *db, int read_only, struct err *e)
{
	int dead;

	if (open_env(db, read_only, e) == 0) {
		mdb_reader_check(db->env, &dead);
		if (open_databases(db, e) == 0)
			return 0;
	}
	if (db->env)
		mdb_env_close(db->env);
	db->env = NULL;
	point_back(db->dir, e);
	return -1;
}

static int start(struct db *db, enum db_mode mode, struct err *e)
{
	struct stat st;
	int rc;

	db->read_only = mode == DB_READ_ONLY;
	if (open_dir(db, e) != 0 || check_data(db, db->read_only, &st, e) != 0 ||
	    check_lock_file(db, db->read_only, &st, e) != 0)
		return -1;
	if (db->read_only)
		gate_open_to_look(&db->gate, db->dir_fd, db->dir);
	else if (gate_open(&db->gate, db->dir_fd, db->dir, &st, e) != 0)
		return -1;
	gate_hold_door(&db->gate);
	rc = store_start(db, db->read_only, e);
	gate_free_door(&db->gate);
	return rc;
}

int db_open(struct db **out, const char *dir, enum db_mode mode, struct err *e)
{
	struct db *db = mem_alloc(sizeof *db);
	struct sigaction old;

	db->dir = mem_copy_string(dir);
	db->dir_fd = db->gate.gate_fd = db->gate.lock_fd = -1;
	db->pid = (int32_t)getpid();
	/* A limit on file sizes is to be an error that is told, not the end. */
	if (sigaction(SIGXFSZ, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(SIGXFSZ, SIG_IGN);
	if (start(db, mode, e) != 0) {
		db_close(db);
		return -1;
	}
	db->next_open = all_open;
	all_open = db;
	*out = db;
	return 0;
}

void db_close(struct db *db)
{
	struct db **p;

	if (!db)
		return;
	for (p = &all_open; *p; p = &(*p)->next_open)
		if (*p == db) {
			*p = db->next_open;
			break;
		}
	if (db->env)
		mdb_env_close(db->env);
	gate_close(&db->gate);
	if (db->dir_fd >= 0)
		close(db->dir_fd);
	free(db->dir);
	free(db);
}

uint64_t db_change(const struct db *db)
{
	MDB_envinfo info;
	MDB_txn *txn;
	uint64_t id;

	if (!db->env)
		return 0;
	/* A commit is in the file before readers are given it, by as long as the disk takes: what the file says could be
	 * remembered as seen by somebody who read what was before. */
	if (mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn) == 0) {
		id = mdb_txn_id(txn);
		mdb_txn_abort(txn);
		return id;
	}
	return mdb_env_info(db->env, &info) == 0 ? info.me_last_txnid : 0;
}

const char *db_lmdb_version(void)
{
	return mdb_version(NULL, NULL, NULL);
}
