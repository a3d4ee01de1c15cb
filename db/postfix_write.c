#include "db/postfix_write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <lmdb.h>

#include "base/child.h"
#include "base/err.h"
#include "base/loop.h"
#include "db/postfix.h"
#include "db/store.h"
#include "mta/target.h"

enum {
	HOLD_MS = 100,	   /* of changes in one transaction, before it commits and lets the others pass */
	LOOK_EVERY = 500,  /* changes between two looks at the clock */
	PASS_MS = 10,	   /* how long the others may pass */
	SPARE = 1 << 20,   /* of the map beyond twice the file, to begin with */
	TABLE_MODE = 0644, /* as postmap makes it; trivial-rewrite opens it before it drops its privileges */
	PATH_SIZE = 1024,
	COPY_MAX = 64 << 20 /* a table larger than this is not copied under the lock */
};

/* The changes, and how far they are made. */
struct job {
	const char *path;
	const struct target_change *change;
	size_t n, done;
	struct target_version at;
};

/* What the child says at its end: rc as the operation returns it. */
struct reply {
	int rc;
	struct err e;
	struct target_version at;
};

/* --- in the child: one transaction -------------------------------------------------------------------- */

static int say_lmdb(const struct job *j, int rc, struct err *e)
{
	struct statvfs fs;

	if (rc == ENOSPC || rc == EDQUOT || rc == EFBIG ||
	    (rc == EIO && statvfs(j->path, &fs) == 0 && fs.f_bavail < 256))
		return err_set(e, ERR_IO, "cannot write to the table '%s': disk full; it is as it was, make room and try "
			       "again", j->path);
	if (rc == EIO)
		return err_set(e, ERR_IO, "cannot write to the table '%s': %s; it is as it was, look at the disk and try "
			       "again", j->path, strerror(rc));
	if (rc > 0)
		return err_errno(e, rc, "cannot write to the table '%s'", j->path);
	return err_set(e, ERR_DATA, "cannot write to the table '%s': %s; it is as it was, make it again with postmap if "
		       "postmap -s cannot read it", j->path, mdb_strerror(rc));
}

static void on_assert(MDB_env *env, const char *message)
{
	(void)env;
	(void)message;
	_exit(1);
}

/* Postfix reads a key with and without the NUL behind it, so a row is in the way in both spellings. */
static int make_change(MDB_txn *txn, MDB_dbi dbi, const struct target_change *c, unsigned flags)
{
	size_t len = strlen(c->key);
	MDB_val bare = {len, (void *)c->key}, key = {len + 1, (void *)c->key}, value;
	int rc = flags & MDB_APPEND ? 0 : mdb_del(txn, dbi, &bare, NULL);

	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	if (c->value) {
		value = (MDB_val){strlen(c->value) + 1, (void *)c->value};
		return mdb_put(txn, dbi, &key, &value, flags);
	}
	rc = mdb_del(txn, dbi, &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* As many changes as the time allows, in one transaction; *made of them.  The time starts anew when the map was too
 * small. */
static int make_changes(struct job *j, MDB_txn *txn, unsigned flags, size_t *made)
{
	int64_t began = loop_now();
	MDB_dbi dbi;
	int rc = mdb_dbi_open(txn, NULL, 0, &dbi);

	for (*made = 0; rc == 0 && j->done + *made < j->n; (*made)++) {
		if (!(flags & MDB_APPEND) && *made % LOOK_EVERY == LOOK_EVERY - 1 && loop_now() - began >= HOLD_MS)
			break;
		rc = make_change(txn, dbi, &j->change[j->done + *made], flags);
	}
	return rc;
}

/* 0, or what LMDB says; MDB_BAD_TXN when somebody wrote since. */
static int transact(struct job *j, MDB_env *env, unsigned flags, int is_new)
{
	MDB_envinfo info;
	MDB_txn *txn;
	size_t made = 0;
	int rc = mdb_txn_begin(env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	if (!is_new && mdb_txn_id(txn) != j->at.number + 1) {
		mdb_txn_abort(txn);
		return MDB_BAD_TXN;
	}
	rc = make_changes(j, txn, flags, &made);
	if (rc != 0)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (rc == 0)
		rc = mdb_env_info(env, &info);
	if (rc != 0)
		return rc;
	j->done += made;
	j->at.number = info.me_last_txnid;
	return 0;
}

static int open_env(MDB_env **env, const char *path, size_t map, struct stat *st)
{
	mdb_filehandle_t fd;
	int rc = mdb_env_create(env);

	if (rc != 0)
		return rc;
	mdb_env_set_assert(*env, on_assert);
	rc = mdb_env_set_mapsize(*env, map);
	if (rc == 0)
		rc = mdb_env_open(*env, path, MDB_NOSUBDIR | MDB_NOLOCK, TABLE_MODE);
	if (rc == 0)
		rc = mdb_env_get_fd(*env, &fd);
	if (rc == 0 && fstat(fd, st) != 0)
		rc = errno;
	if (rc != 0)
		mdb_env_close(*env);
	return rc;
}

static int is_version(const struct stat *st, const struct target_version *at)
{
	return st->st_dev == at->device && st->st_ino == at->inode && st->st_nlink > 0;
}

/* One turn under the lock: 0, 1 (another edition), -1. */
static int take_turn(struct job *j, const struct stat *held, struct err *e)
{
	size_t map = ((size_t)held->st_size * 2 | (SPARE - 1)) + 1 + SPARE;
	struct stat st;
	MDB_env *env;
	int rc = open_env(&env, j->path, map, &st);

	if (rc != 0)
		return say_lmdb(j, rc, e);
	if (!is_version(&st, &j->at)) {
		mdb_env_close(env);
		return 1;
	}
	if (store_check_size(env, j->path, e) != 0) {
		mdb_env_close(env);
		return -1;
	}
	while ((rc = transact(j, env, 0, 0)) == MDB_MAP_FULL) {
		map *= 2;
		rc = mdb_env_set_mapsize(env, map);
		if (rc != 0)
			break;
	}
	mdb_env_close(env);
	if (rc == MDB_BAD_TXN)
		return 1;
	return rc == 0 ? 0 : say_lmdb(j, rc, e);
}

/* Opens, locks, and looks whether the file locked is the one that has the name. */
static int one_turn(struct job *j, struct err *e)
{
	int fd = open(j->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 && errno == EACCES)
		return err_set(e, ERR_PERM, "cannot write to the table '%s': permission denied; give the account that runs mxward "
			       "the right to write to that file", j->path);
	if (fd < 0)
		return err_errno(e, errno, "cannot write to the table '%s'", j->path);
	rc = postfix_lock(fd, F_WRLCK, j->path, e);
	if (rc == 0 && fstat(fd, &st) != 0)
		rc = err_errno(e, errno, "cannot look at '%s'", j->path);
	if (rc == 0)
		rc = is_version(&st, &j->at) ? take_turn(j, &st, e) : 1;
	close(fd);
	return rc;
}

static int apply_all(struct job *j, struct err *e)
{
	static const struct timespec pass = {.tv_nsec = PASS_MS * 1000000L};
	int rc;

	while ((rc = one_turn(j, e)) == 0 && j->done < j->n)
		nanosleep(&pass, NULL);
	return rc;
}

static int apply_in_child(void *ctx, int out)
{
	struct job *j = ctx;
	struct reply r = {0};

	signal(SIGXFSZ, SIG_IGN); /* a limit on the file's size is an error like a full disk */
	r.rc = apply_all(j, &r.e);
	r.at = j->at;
	return child_write(out, &r, sizeof r) == 0 ? 0 : EX_OSERR;
}

/* --- in the child: a new file --------------------------------------------------------------------------- */

/* Twice what the rows take by themselves: a map that is too small costs another beginning. */
static size_t room_for(const struct job *j)
{
	size_t bytes = SPARE;

	for (size_t i = 0; i < j->n; i++)
		bytes += 2 * (strlen(j->change[i].key) + (j->change[i].value ? strlen(j->change[i].value) : 0) + 16);
	return (bytes | (SPARE - 1)) + 1;
}

static int fill_new(struct job *j, const char *path, struct err *e)
{
	size_t map = room_for(j);
	struct stat st;
	MDB_env *env;
	int rc = open_env(&env, path, map, &st);

	if (rc != 0)
		return say_lmdb(j, rc, e);
	while ((rc = transact(j, env, MDB_APPEND, 1)) == MDB_MAP_FULL) {
		map *= 2;
		rc = mdb_env_set_mapsize(env, map);
		if (rc != 0)
			break;
	}
	j->at.device = st.st_dev;
	j->at.inode = st.st_ino;
	mdb_env_close(env);
	return rc == 0 ? 0 : say_lmdb(j, rc, e);
}

static int sync_dir(const char *path, struct err *e)
{
	char dir[PATH_SIZE];
	char *slash;
	int fd, rc;

	snprintf(dir, sizeof dir, "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "cannot open the directory of '%s'", path);
	rc = fsync(fd) == 0 ? 0 : err_errno(e, errno, "cannot write to the directory of '%s'", path);
	close(fd);
	return rc;
}

/* A name beside path that no lookup and no shell pattern finds. */
static int name_beside(char out[PATH_SIZE], const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0;

	if (snprintf(out, PATH_SIZE, "%.*s.%s.new-%ld", (int)dir, path, path + dir, (long)getpid()) >= PATH_SIZE)
		return err_set(e, ERR_CONFIG, "the path of the table '%.200s...' is too long", path);
	return 0;
}

static int make_file(const char *path, mode_t mode, struct err *e)
{
	int fd, rc = 0;

	unlink(path); /* left by a process of our number that was killed */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(e, errno, "cannot make '%s'", path);
		return -1;
	}
	if (fchmod(fd, mode) != 0) {
		rc = err_errno(e, errno, "cannot set the mode of '%s'", path);
		close(fd);
		unlink(path);
		return rc;
	}
	return fd;
}

static int create(struct job *j, struct err *e)
{
	char temp[PATH_SIZE];
	int fd, rc;

	if (name_beside(temp, j->path, e) != 0)
		return -1;
	fd = make_file(temp, TABLE_MODE, e);
	if (fd < 0)
		return -1;
	close(fd);
	rc = fill_new(j, temp, e);
	if (rc == 0 && renameat2(AT_FDCWD, temp, AT_FDCWD, j->path, RENAME_NOREPLACE) != 0)
		rc = errno == EEXIST ? 1 : err_errno(e, errno, "cannot make the table '%s'", j->path);
	else if (rc == 0)
		return sync_dir(j->path, e);
	unlink(temp);
	return rc;
}

static int create_in_child(void *ctx, int out)
{
	struct job *j = ctx;
	struct reply r = {0};

	signal(SIGXFSZ, SIG_IGN); /* a limit on the file's size is an error like a full disk */
	r.rc = create(j, &r.e);
	r.at = j->at;
	return child_write(out, &r, sizeof r) == 0 ? 0 : EX_OSERR;
}

/* --- in the parent -------------------------------------------------------------------------------------- */

static int run(int (*fn)(void *ctx, int out), struct job *j, struct target_version *at, struct err *e)
{
	char how[100] = "ended too early";
	struct reply r = {0};
	struct child c;
	int got, ended;

	if (child_start(&c, fn, j, e) != 0)
		return -1;
	got = child_read(&c, &r, sizeof r);
	ended = child_end(&c, how, sizeof how);
	if (ended == CHILD_NO_MEANS)
		return err_set(e, ERR_OS, "no memory or no file descriptor to write to the table '%s'; free some and try again", j->path);
	if (got != 0 || ended != 0)
		return err_set(e, ERR_DATA, "the table '%s' is damaged: writing to it %s; make it again with postmap",
			       j->path, how);
	if (r.rc == 0)
		*at = r.at;
	if (r.rc < 0) {
		*e = r.e;
		e->text[sizeof e->text - 1] = '\0';
	}
	return r.rc;
}

int postfix_apply(const char *path, const struct target_change *c, size_t n, struct target_version *at, struct err *e)
{
	struct job j = {.path = path, .change = c, .n = n, .at = *at};

	return n == 0 ? 0 : run(apply_in_child, &j, at, e);
}

int postfix_create(const char *path, const struct target_change *c, size_t n, struct target_version *at, struct err *e)
{
	struct job j = {.path = path, .change = c, .n = n};

	return run(create_in_child, &j, at, e);
}

/* --- a copy in its place ---------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to, off_t left)
{
	while (left > 0) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);

		if (n <= 0)
			return n == 0 ? EIO : errno;
		left -= n;
	}
	return fsync(to) == 0 ? 0 : errno;
}

/* Owner, group and mode are the old file's, or there is no new one. */
static int copy_locked(int fd, const struct stat *st, const char *path, struct target_version *at, struct err *e)
{
	char temp[PATH_SIZE];
	struct stat copied;
	int to, why = 0;

	if (name_beside(temp, path, e) != 0)
		return -1;
	to = make_file(temp, st->st_mode & 07777, e);
	if (to < 0)
		return -1;
	if (fstat(to, &copied) != 0)
		why = errno;
	else if ((copied.st_uid != st->st_uid || copied.st_gid != st->st_gid) &&
		 (fchown(to, st->st_uid, st->st_gid) != 0 || fchmod(to, st->st_mode & 07777) != 0))
		why = errno;
	else
		why = copy_bytes(fd, to, st->st_size);
	close(to);
	if (why == 0 && rename(temp, path) != 0)
		why = errno;
	if (why != 0) {
		unlink(temp);
		return err_errno(e, why, "cannot put a copy in the place of '%s'", path);
	}
	at->device = copied.st_dev;
	at->inode = copied.st_ino;
	return sync_dir(path, e);
}

int postfix_refresh(const char *path, struct target_version *at, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	/* Shared: lookups go on meanwhile, other writers wait. */
	rc = postfix_lock(fd, F_RDLCK, path, e);
	if (rc == 0 && fstat(fd, &st) != 0)
		rc = err_errno(e, errno, "cannot look at '%s'", path);
	else if (rc == 0 && !is_version(&st, at))
		rc = err_set(e, ERR_BUSY, "somebody else put another file in the place of '%s'", path);
	else if (rc == 0 && st.st_size > COPY_MAX)
		rc = err_set(e, ERR_DATA, "'%s' is too large to be copied while others wait", path);
	if (rc == 0)
		rc = copy_locked(fd, &st, path, at, e);
	close(fd);
	return rc;
}

const struct target_engine postfix_engine = {
	.name = "lmdb",
	.read = postfix_read_version,
	.apply = postfix_apply,
	.create = postfix_create,
	.refresh = postfix_refresh,
	.look = postfix_look,
};
