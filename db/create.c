/*
 * create: a new, empty database, part of env.h.
 *
 * It is made whole under another name and then linked to its own, so that a half-made one never
 * stands there and none that exists is ever written over.
 */
#include "db/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/store.h"

enum { DIR_MODE = 02750, DATA_MODE = 0640, LOCK_MODE = 0660 };

static int cannot(struct err *e, int why, const char *doing, const char *path)
{
	err_errno(e, why, "%s '%s'", doing, path);
	if (e->code != ERR_PERM && e->code != ERR_IO)
		e->code = ERR_CANTCREAT;
	return -1;
}

/* One there already keeps its mode, unless others may write to it. */
static int make_dir(const char *dir, int *out, struct err *e)
{
	struct stat st;
	int made = mkdir(dir, 0750) == 0, fd;

	if (!made && errno != EEXIST)
		return cannot(e, errno, "cannot make the directory", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cannot(e, errno, "cannot open the directory", dir);
	*out = fd;
	/* mkdir() leaves the set-group-ID bit out. */
	if (made && fchmod(fd, DIR_MODE) != 0)
		return cannot(e, errno, "cannot set the mode of", dir);
	if (fstat(fd, &st) != 0)
		return cannot(e, errno, "cannot look at", dir);
	if (st.st_mode & S_IWOTH)
		return err_set(e, ERR_CONFIG,
			       "everybody may write to '%s'; no database is made there, name "
			       "another directory "
			       "or: chmod o-w '%s'",
			       dir, dir);
	if (faccessat(fd, "data.mdb", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_CANTCREAT,
			       "there is a database in '%s' already; nothing was changed", dir);
	return 0;
}

static int make_file(int dir_fd, const char *dir, const char *name, mode_t mode, struct err *e)
{
	char path[512];
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600),
	    rc = 0;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (fd < 0)
		return errno == EEXIST ? 0 : cannot(e, errno, "cannot make", path);
	if (fchmod(fd, mode) != 0)
		rc = cannot(e, errno, "cannot set the mode of", path);
	close(fd);
	return rc;
}

static int put_schema(MDB_txn *txn, MDB_dbi dbi)
{
	struct str value = {0};
	MDB_val k = {6, "schema"}, v;
	int rc;

	value_begin(&value, STORE_VALUE_VERSION);
	value_add_number(&value, STORE_SCHEMA);
	value_close(&value, STORE_META, k.mv_data, k.mv_size);
	v = (MDB_val){value.len, value.bytes};
	rc = mdb_put(txn, dbi, &k, &v, 0);
	str_clear(&value);
	return rc;
}

static int fill(MDB_env *env, const char *path)
{
	MDB_txn *txn = NULL;
	MDB_dbi dbi = 0;
	int rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, DATA_MODE);

	if (rc == 0)
		rc = mdb_txn_begin(env, NULL, 0, &txn);
	if (rc != 0)
		return rc;
	for (unsigned d = 0; rc == 0 && d < N_STORES; d++) {
		rc = mdb_dbi_open(txn, store_name(d), MDB_CREATE, &dbi);
		if (rc == 0 && d == STORE_META)
			rc = put_schema(txn, dbi);
	}
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int make_data(int dir_fd, const char *dir, const char *name, struct err *e)
{
	struct db about = {.dir = (char *)dir, .dir_fd = dir_fd};
	char path[512];
	MDB_env *env;
	int rc;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return err_set(e, ERR_CANTCREAT,
			       "the name of the directory '%.100s...' is too long", dir);
	if (store_new_env(&env, &about, e, dir) != 0)
		return -1;
	rc = fill(env, path);
	if (rc != 0)
		store_fail(&about, rc, "cannot make", e);
	mdb_env_close(env);
	return rc == 0 ? 0 : -1;
}

/* The data comes last: without it there is no database, and whoever tries again takes the other files as they are. */
static int make_all(int dir_fd, const char *dir, const char *name, struct err *e)
{
	if (make_data(dir_fd, dir, name, e) != 0 ||
	    make_file(dir_fd, dir, "lock.mdb", LOCK_MODE, e) != 0 ||
	    make_file(dir_fd, dir, "gate", DATA_MODE, e) != 0 ||
	    make_file(dir_fd, dir, "write.lock", DATA_MODE, e) != 0)
		return -1;
	if (linkat(dir_fd, name, dir_fd, "data.mdb", 0) == 0)
		return 0;
	if (errno == EEXIST)
		return err_set(e, ERR_CANTCREAT, "there is a database in '%s' already; nothing was changed", dir);
	return cannot(e, errno, "cannot make a database in", dir);
}

int db_create(const char *dir, struct err *e)
{
	char name[64];
	int dir_fd = -1, rc;

	snprintf(name, sizeof name, ".new-%ld.mdb", (long)getpid());
	rc = make_dir(dir, &dir_fd, e);
	if (rc == 0) {
		rc = make_file(dir_fd, dir, name, DATA_MODE, e);
		if (rc == 0)
			rc = make_all(dir_fd, dir, name, e);
		unlinkat(dir_fd, name, 0);
	}
	if (rc == 0 && fsync(dir_fd) != 0)
		rc = cannot(e, errno, "cannot write to", dir);
	if (dir_fd >= 0)
		close(dir_fd);
	return rc;
}
