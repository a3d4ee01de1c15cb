#include "db/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "db/check.h"
#include "db/env.h"
#include "db/store.h"

enum { PATH_SIZE = 1200, WAIT_MS = 10000, COPY_PIECE = 1 << 20 };

static int make_new(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		err_errno(e, errno, "cannot make '%s'", path);
		if (e->code == ERR_NOINPUT)
			e->code = ERR_CANTCREAT;
	}
	return fd;
}

static int copy_env(struct db *db, const char *path, unsigned flags, struct err *e)
{
	int fd = make_new(path, e), rc;

	if (fd < 0)
		return -1;
	rc = mdb_env_copyfd2(db->env, fd, flags);
	if (rc != 0)
		rc = store_fail(db, rc, "cannot copy", e);
	else if (fsync(fd) != 0)
		rc = err_errno(e, errno, "cannot write '%s'", path);
	close(fd);
	if (rc != 0)
		unlink(path);
	return rc;
}

/* For the message that one day says what to bring back.  A directory that is read only keeps its old note. */
static void note_newest(const struct db *db, const char *file)
{
	char whole[PATH_MAX], note[PATH_MAX], text[PATH_MAX + 1];
	struct err ignored;

	if (!realpath(file, whole) || snprintf(note, sizeof note, "%s/" STORE_NEWEST_BACKUP, db->dir) >= PATH_MAX)
		return;
	(void)file_replace(note, text, (size_t)snprintf(text, sizeof text, "%s\n", whole), 0640, &ignored);
}

void backup_way_back(char *out, size_t size, const char *dir)
{
	char text[STORE_WAY_BACK];

	snprintf(out, size, "%s", store_way_back(text, dir));
}

/* --- a copy in a folder of its own, so that it can be opened and checked ---------------------------- */

struct swap {
	const char *dir;
	char folder[PATH_SIZE], copy[PATH_SIZE + 16], lock[PATH_SIZE + 16], data[PATH_SIZE];
};

/* Who wrote to the copy has left what belongs to a database's directory. */
static void end_swap(const struct swap *s)
{
	static const char *const names[] = {"data.mdb", "lock.mdb", "gate", "write.lock"};
	char path[PATH_SIZE + 16];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
		unlink(path);
	}
	rmdir(s->folder);
}

/* -1: nothing is there that end_swap() would have to take away. */
static int begin_swap(struct swap *s, const char *dir, struct err *e)
{
	int fd;

	*s = (struct swap){.dir = dir}; /* end_swap() is called whatever comes of it */
	if (snprintf(s->folder, sizeof s->folder, "%s/.copy-%ld", dir, (long)getpid()) >= PATH_SIZE - 32)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", dir);
	snprintf(s->data, sizeof s->data, "%s/data.mdb", dir);
	snprintf(s->copy, sizeof s->copy, "%s/data.mdb", s->folder);
	snprintf(s->lock, sizeof s->lock, "%s/lock.mdb", s->folder);
	end_swap(s); /* left by a process of our number that was killed */
	if (mkdir(s->folder, 0700) != 0) {
		err_errno(e, errno, "cannot make the directory '%s'", s->folder);
		if (e->code == ERR_NOINPUT)
			e->code = ERR_CANTCREAT;
		return -1;
	}
	fd = make_new(s->lock, e);
	if (fd < 0) {
		end_swap(s);
		return -1;
	}
	close(fd);
	return 0;
}

static int check_copy(const struct swap *s, const char *of, const char *undone, struct err *e)
{
	struct db_report report;

	if (db_check(s->folder, &report, e) != 0)
		return -1;
	if (report.n_problems == 0)
		return 0;
	return err_set(e, ERR_DATA, "%s is damaged (%.200s); %s", of, report.problem[0], undone);
}

/* --- backup ------------------------------------------------------------------------------------------- */

static int refuse_existing(const char *file, struct err *e)
{
	return err_set(e, ERR_CANTCREAT, "'%.300s' is there already and may be the one good backup; nothing was written, name "
		       "another file, or say --replace", file);
}

static int may_write(const char *file, int may_replace, struct err *e)
{
	struct stat st;

	if (lstat(file, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, "cannot look at '%s'", file);
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_CANTCREAT, "'%s' is a directory; name a file in it", file);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CANTCREAT, "'%s' is no plain file; name another", file);
	return may_replace ? 0 : refuse_existing(file, e);
}

/* Where the file system has no such rename, what came meanwhile is not seen. */
static int put_in_place(const char *copy, const char *file, int may_replace, struct err *e)
{
	int rc = may_replace ? rename(copy, file) : renameat2(AT_FDCWD, copy, AT_FDCWD, file, RENAME_NOREPLACE);

	if (rc != 0 && !may_replace && (errno == EINVAL || errno == ENOSYS))
		rc = rename(copy, file);
	if (rc != 0 && errno == EEXIST)
		return refuse_existing(file, e);
	return rc == 0 ? 0 : err_errno(e, errno, "cannot rename '%s' to '%s'", copy, file);
}

int backup_write(struct db *db, const char *file, int may_replace, struct err *e)
{
	const char *slash = strrchr(file, '/');
	char dir[PATH_SIZE];
	struct swap s;
	int rc;

	if (strlen(file) >= PATH_SIZE - 64)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", file);
	if (may_write(file, may_replace, e) != 0)
		return -1;
	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - file) + 1 : 1, slash ? file : ".");
	if (begin_swap(&s, dir, e) != 0)
		return -1;
	rc = copy_env(db, s.copy, 0, e);
	/* A copy of what is damaged must not take the place of one that was sound. */
	if (rc == 0)
		rc = check_copy(&s, "the database", "nothing was written; see: mxward check", e);
	if (rc == 0)
		rc = put_in_place(s.copy, file, may_replace, e);
	end_swap(&s);
	if (rc == 0)
		rc = file_sync_directory_of(file, e);
	if (rc == 0)
		note_newest(db, file);
	return rc;
}

/* --- in place of the database ------------------------------------------------------------------------- */

/* Only with LMDB's own lock on the whole lock file is it sure that nobody has the database open.  The lock
 * file is emptied: what it says is about the file that goes, which stays as data.mdb.replaced where it is to be kept. */
static int replace(const struct swap *s, const struct stat *like, int keep, struct err *e)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	char path[PATH_SIZE], kept[PATH_SIZE];
	int fd, rc = 0;

	snprintf(path, sizeof path, "%.1180s/lock.mdb", s->dir);
	snprintf(kept, sizeof kept, "%.1180s/data.mdb.replaced", s->dir);
	if (chmod(s->copy, like->st_mode & 07777) != 0 ||
	    (geteuid() == 0 && chown(s->copy, like->st_uid, like->st_gid) != 0))
		return err_errno(e, errno, "cannot set owner and mode of '%s'", s->copy);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	if (fcntl(fd, F_SETLK, &all) != 0)
		rc = err_set(e, ERR_BUSY, "somebody has the database in '%s' open (a console or a scan); nothing was replaced, "
			     "try again when it is closed", s->dir);
	if (rc == 0) {
		unlink(kept);
		if (link(s->data, kept) != 0 || ftruncate(fd, 0) != 0 || rename(s->copy, s->data) != 0)
			rc = err_errno(e, errno, "cannot put a new database in place of '%s'", s->data);
		/* Of what stays it is only a second name. */
		if (rc != 0 || !keep)
			unlink(kept);
	}
	close(fd);
	return rc == 0 ? file_sync_directory_of(s->data, e) : rc;
}

/* The gate is entered; the database is closed afterwards. */
static int replace_shut(const struct swap *s, struct db *db, int keep, struct err *e)
{
	struct stat like;
	int rc = stat(s->data, &like) == 0 ? 0 : err_errno(e, errno, "cannot look at '%s'", s->data);

	if (db->env)
		mdb_env_close(db->env);
	db->env = NULL;
	if (rc == 0)
		rc = gate_shut_door(&db->gate, e);
	if (rc == 0)
		rc = replace(s, &like, keep, e);
	gate_free_door(&db->gate);
	return rc;
}

/* --- compact ------------------------------------------------------------------------------------------ */

static int read_size(const char *path, uint64_t *out, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	*out = (uint64_t)st.st_size;
	return 0;
}

int backup_compact(const char *dir, uint64_t *before, uint64_t *after, struct err *e)
{
	struct swap s;
	struct db *db;
	int rc;

	if (db_open(&db, dir, DB_READ_WRITE, e) != 0)
		return -1;
	if (gate_enter(&db->gate, "a compaction", 0, WAIT_MS, e) != 0) {
		db_close(db);
		return -1;
	}
	rc = begin_swap(&s, dir, e);
	if (rc == 0) {
		rc = read_size(s.data, before, e);
		if (rc == 0)
			rc = copy_env(db, s.copy, MDB_CP_COMPACT, e);
		if (rc == 0)
			rc = check_copy(&s, "the compacted copy", "nothing was replaced", e);
		if (rc == 0)
			rc = read_size(s.copy, after, e);
		/* What was erased must not live on in the file that goes. */
		if (rc == 0)
			rc = replace_shut(&s, db, 0, e);
		end_swap(&s);
	}
	gate_leave(&db->gate, 0);
	db_close(db);
	return rc;
}

/* --- restore ------------------------------------------------------------------------------------------ */

static int copy_file(const char *from, const char *to, struct err *e)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK), out, rc = 0;
	ssize_t n = 1;

	if (in < 0)
		return err_errno(e, errno, "cannot open '%s'", from);
	out = store_check_head(in, from, e) == 0 ? make_new(to, e) : -1;
	if (out < 0) {
		close(in);
		return -1;
	}
	while (n > 0)
		n = sendfile(out, in, NULL, COPY_PIECE);
	if (n < 0 || fsync(out) != 0)
		rc = err_errno(e, errno, "cannot copy '%s' to '%s'", from, to);
	close(in);
	close(out);
	return rc;
}

static int restore_entered(const char *dir, const char *file, struct db *db,
			   int (*may_take)(void *ctx, const char *copy, struct err *e), void *ctx, struct err *e)
{
	struct swap s;
	int rc;

	if (begin_swap(&s, dir, e) != 0)
		return -1;
	rc = copy_file(file, s.copy, e);
	if (rc == 0)
		rc = check_copy(&s, "the backup", "nothing was replaced", e);
	if (rc == 0)
		rc = may_take(ctx, s.folder, e);
	if (rc == 0)
		rc = replace_shut(&s, db, 1, e);
	end_swap(&s);
	return rc;
}

int backup_restore(const char *dir, const char *file, int (*may_take)(void *ctx, const char *copy, struct err *e),
		   void *ctx, struct err *e)
{
	struct db db = {.dir = (char *)dir};
	struct stat like;
	char data[PATH_SIZE];
	int rc;

	if (snprintf(data, sizeof data, "%s/data.mdb", dir) >= PATH_SIZE)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", dir);
	/* Without one there, an empty one is made first, so that there is only one way to replace. */
	if (access(data, F_OK) != 0 && errno == ENOENT && db_create(dir, e) != 0)
		return -1;
	if (stat(data, &like) != 0)
		return err_errno(e, errno, "cannot look at '%s'", data);
	db.dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = gate_open(&db.gate, db.dir_fd, dir, &like, e);
	if (rc == 0) {
		/* From here on nobody writes what the backup would then not have. */
		rc = gate_enter(&db.gate, "a restore", 0, WAIT_MS, e);
		if (rc == 0) {
			rc = restore_entered(dir, file, &db, may_take, ctx, e);
			gate_leave(&db.gate, 0);
		}
		gate_close(&db.gate);
	}
	if (db.dir_fd >= 0)
		close(db.dir_fd);
	return rc;
}
