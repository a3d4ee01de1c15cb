#include "db/postfix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <lmdb.h>

#include "base/child.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/postfix_inner.h"
#include "db/store.h"
#include "mta/target.h"

enum {
	LOCK_PAUSE_MS = 5,
	VALUE_MAX = 4096, /* as for a line of a text table */
	BLOCK_SIZE = 65536
};

/* Before each block of rows the child says how long it is; a block of length 0 ends the table and its version
 * follows; one of IS_ERROR carries a struct err. */
enum { IS_ERROR = -1 };

struct job {
	const char *path;
	int out, is_look; /* no rows */
	struct str block;
};

/* --- in the child --- */

static int flush(struct job *j)
{
	int32_t len = (int32_t)j->block.len;
	int rc = child_write(j->out, &len, sizeof len);

	if (rc == 0)
		rc = child_write(j->out, str_text(&j->block), j->block.len);
	str_truncate(&j->block, 0);
	return rc;
}

static void tell_error(struct job *j, const struct err *e)
{
	int32_t mark = IS_ERROR;

	if (child_write(j->out, &mark, sizeof mark) == 0)
		child_write(j->out, e, sizeof *e);
}

/* An error of the system says nothing of the file; but LMDB's word for an empty one is ENOENT. */
static int say_lmdb(const char *path, const char *what, int rc, struct err *e)
{
	if (rc > 0 && rc != ENOENT && rc != EINVAL)
		return err_errno(e, rc, "cannot read '%s'", path);
	return err_set(e, ERR_DATA, "'%s' %s: %s", path, what, mdb_strerror(rc));
}

/* Key and value are cut at what the parent takes: it refuses what reached the limit. */
static int send_row(struct job *j, const MDB_val *key, const MDB_val *value)
{
	uint16_t len[2] = {
		(uint16_t)(key->mv_size > STORE_KEY_MAX ? STORE_KEY_MAX : key->mv_size),
		(uint16_t)(value->mv_size > VALUE_MAX + 1 ? VALUE_MAX + 1 : value->mv_size)};

	str_add_bytes(&j->block, len, sizeof len);
	str_add_bytes(&j->block, key->mv_data, len[0]);
	str_add_bytes(&j->block, value->mv_data, len[1]);
	return j->block.len >= BLOCK_SIZE ? flush(j) : 0;
}

static void on_assert(MDB_env *env, const char *message)
{
	(void)env;
	(void)message;
	_exit(1);
}

/* A file with several databases in it shows them as rows of the unnamed one. */
static int has_databases(MDB_txn *txn, const MDB_val *key)
{
	char name[STORE_KEY_MAX + 1];
	MDB_dbi ignored;

	if (key->mv_size == 0 || key->mv_size > STORE_KEY_MAX ||
	    memchr(key->mv_data, '\0', key->mv_size))
		return 0;
	memcpy(name, key->mv_data, key->mv_size);
	name[key->mv_size] = '\0';
	return mdb_dbi_open(txn, name, 0, &ignored) == 0;
}

static int send_rows(struct job *j, MDB_txn *txn, struct err *e)
{
	MDB_cursor *c;
	MDB_val key, value;
	MDB_stat st;
	MDB_dbi dbi;
	size_t n = 0;
	int rc = mdb_dbi_open(txn, NULL, 0, &dbi);

	if (rc == 0)
		rc = mdb_stat(txn, dbi, &st);
	if (rc == 0)
		rc = mdb_cursor_open(txn, dbi, &c);
	if (rc != 0)
		return say_lmdb(j->path, "cannot be read", rc, e);
	while ((rc = mdb_cursor_get(c, &key, &value, MDB_NEXT)) == 0) {
		if (n == 0 && has_databases(txn, &key))
			return err_set(e, ERR_DATA,
				       "'%s' holds several databases, so it is no Postfix "
				       "table; name a table "
				       "that postmap made",
				       j->path);
		if (++n > st.ms_entries)
			break;
		if (send_row(j, &key, &value) != 0)
			return err_set(e, ERR_OS, "nobody reads");
	}
	if (rc != MDB_NOTFOUND || n != st.ms_entries)
		return err_set(e, ERR_DATA,
			       "'%s' is damaged: it says %zu rows and has %s; make it again "
			       "with postmap",
			       j->path, st.ms_entries, n > st.ms_entries ? "more" : "fewer");
	return 0;
}

static int read_table(void *ctx, int out)
{
	struct job *j = ctx;
	struct err e = {0};
	struct target_version version;
	struct stat st;
	mdb_filehandle_t fd;
	MDB_env *env;
	MDB_txn *txn;
	int rc;

	j->out = out;
	if (stat(j->path, &st) != 0) {
		err_errno(&e, errno, "cannot look at '%s'", j->path);
		tell_error(j, &e);
		return 0;
	}
	if (mdb_env_create(&env) != 0)
		return EX_OSERR;
	mdb_env_set_assert(env, on_assert);
	mdb_env_set_maxdbs(env, 2);
	mdb_env_set_mapsize(env, ((size_t)st.st_size | 0xfffff) + 1);
	rc = mdb_env_open(env, j->path, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK, 0);
	if (rc == 0 && (mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &st) != 0))
		return EX_OSERR;
	version = (struct target_version){.device = st.st_dev, .inode = st.st_ino};
	if (rc != 0) {
		say_lmdb(j->path, "is no LMDB table", rc, &e);
	} else if (store_check_size(env, j->path, &e) == 0) {
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
		if (rc != 0)
			say_lmdb(j->path, "cannot be read", rc, &e);
		else if (!j->is_look)
			send_rows(j, txn, &e);
		version.number = rc == 0 ? mdb_txn_id(txn) : 0;
	}
	if (e.code != ERR_NONE) {
		tell_error(j, &e);
		return 0;
	}
	if (j->block.len > 0 && flush(j) != 0)
		return EX_OSERR;
	/* The empty block at the end. */
	return flush(j) == 0 && child_write(out, &version, sizeof version) == 0 ? 0 : EX_OSERR;
}

/* --- in the parent --- */

/* Postfix writes a NUL behind each key and value and reads them without, too. */
static size_t without_nul(const char *bytes, size_t len)
{
	return len > 0 && bytes[len - 1] == '\0' ? len - 1 : len;
}

static int hand_over(table_fn *fn, void *ctx, const char *key, size_t key_len,
		     const char *value, size_t value_len)
{
	char name[STORE_KEY_MAX + 1], text[VALUE_MAX + 2];
	struct table_row row = {
		.name = name, .value = text, .customer = "", .note = "", .contact = ""};

	key_len = without_nul(key, key_len);
	value_len = without_nul(value, value_len);
	memcpy(name, key, key_len);
	name[key_len] = '\0';
	memcpy(text, value, value_len);
	text[value_len] = '\0';
	row.name_len = key_len;
	if (key_len == 0)
		row.why = "the key is empty";
	else if (memchr(key, '\0', key_len))
		row.why = "the key has a NUL in it";
	else if (value_len > VALUE_MAX)
		row.why = "the value is longer than 4096 bytes";
	else if (memchr(value, '\0', value_len))
		row.why = "the value has a NUL in it";
	else if (!table_is_text(value, value_len))
		row.why = "the value has control bytes or is not valid UTF-8";
	if (row.why)
		text[0] = '\0';
	return fn(ctx, &row);
}

/* 0, or -1 to read no further: *rc is 1 when fn wants no more, else as it was: the block is not
 * what the child writes. */
static int take_block(const char *p, size_t left, table_fn *fn, void *ctx, int *rc)
{
	while (left > 0) {
		uint16_t len[2];

		if (left < sizeof len)
			return -1;
		memcpy(len, p, sizeof len);
		p += sizeof len;
		left -= sizeof len;
		if (len[0] > STORE_KEY_MAX || len[1] > VALUE_MAX + 1 ||
		    left < (size_t)len[0] + len[1])
			return -1;
		if (hand_over(fn, ctx, p, len[0], p + len[0], len[1]) != 0) {
			*rc = 1;
			return -1;
		}
		p += len[0] + len[1];
		left -= (size_t)len[0] + len[1];
	}
	return 0;
}

int postfix_take_rows(const struct child *c, table_fn *fn, void *ctx, struct target_version *at, struct err *e)
{
	char *block = mem_alloc(BLOCK_SIZE * 2);
	int32_t len;
	int rc = -2;

	while (child_read(c, &len, sizeof len) == 0) {
		if (len == 0) {
			rc = child_read(c, at, sizeof *at) == 0 ? 0 : -2;
			break;
		}
		if (len == IS_ERROR) {
			if (child_read(c, e, sizeof *e) == 0) {
				e->text[sizeof e->text - 1] = '\0';
				rc = -1;
			}
			break;
		}
		if (!fn || len < 0 || len > BLOCK_SIZE * 2 || child_read(c, block, (size_t)len) != 0)
			break;
		if (take_block(block, (size_t)len, fn, ctx, &rc) != 0)
			break;
	}
	free(block);
	return rc;
}

static int read_in_child(const char *path, table_fn *fn, void *ctx, struct target_version *at, struct err *e)
{
	struct job job = {.path = path, .is_look = fn == NULL};
	struct child c;
	char how[100] = "ended too early";
	int rc, ended;

	if (child_start(&c, read_table, &job, e) != 0)
		return -1;
	rc = postfix_take_rows(&c, fn, ctx, at, e);
	ended = child_end(&c, how, sizeof how);
	if (ended == CHILD_NO_MEANS)
		return err_set(e, ERR_OS, "no memory or no file descriptor to read '%s'; free some and try again", path);
	if (rc == 0 && ended != 0)
		rc = -2;
	if (rc == -2)
		return err_set(e, ERR_DATA,
			       "'%s' is damaged: reading it %s; make it again with postmap",
			       path, how);
	return rc == 0 ? 0 : -1;
}

int postfix_lock(int fd, int type, const char *path, struct err *e)
{
	static const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET};
	int64_t until = loop_now() + POSTFIX_LOCK_MS;

	while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_errno(e, errno, "cannot lock '%s'", path);
		if (loop_now() >= until)
			return err_set(e, ERR_BUSY, "another process is %s the table '%s' since 5 s; try again",
				       type == F_RDLCK ? "writing to" : "using", path);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int postfix_is_table(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), is;
	struct err ignored;

	if (fd < 0)
		return 0;
	is = store_check_head(fd, path, &ignored) == 0;
	close(fd);
	return is;
}

int postfix_read(const char *path, table_fn *fn, void *ctx, struct err *e)
{
	struct target_version ignored;

	return postfix_read_version(path, fn, ctx, &ignored, e);
}

static int open_table(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc = 0;
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		rc = err_set(e, ERR_NOINPUT, "'%s' is a directory; name a table in it", path);
	else if (fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size == 0))
		rc = err_set(
			e, ERR_DATA, "'%s' is %s, no LMDB table; make it with: postmap", path,
			st.st_size == 0 && S_ISREG(st.st_mode) ? "empty" : "no regular file");
	else if ((rc = store_check_head(fd, path, e)) != 0 && e->code == ERR_DATA)
		err_set(e, ERR_DATA, "'%s' is no LMDB table; make it with: postmap", path);
	if (rc == 0)
		return fd;
	close(fd);
	return -1;
}

int postfix_look(const char *path, struct target_version *at, struct err *e)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd = open_table(path, e), rc;

	*at = (struct target_version){0};
	if (fd < 0)
		return -1;
	rc = fcntl(fd, F_OFD_SETLK, &lock) != 0 ? 1 : read_in_child(path, NULL, NULL, at, e);
	close(fd);
	return rc;
}

int postfix_read_version(const char *path, table_fn *fn, void *ctx, struct target_version *at, struct err *e)
{
	int fd = open_table(path, e), rc;

	*at = (struct target_version){0};
	if (fd < 0)
		return -1;
	rc = postfix_lock(fd, F_RDLCK, path, e);
	if (rc == 0)
		rc = read_in_child(path, fn, ctx, at, e);
	close(fd);
	return rc;
}
