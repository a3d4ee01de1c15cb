#include "db/code.h"
#include "db/page.h"
#include "db/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/escape.h"
#include "relay/entry.h"

static const char *const names[N_STORES] = {
	[STORE_ENTRY] = "entry",
	[STORE_OBSERVED] = "observed",
	[STORE_HISTORY] = "history",
	[STORE_SCAN] = "scan",
	[STORE_BATCH] = "batch",
	[STORE_BATCH_ITEM] = "batch_item",
	[STORE_AUDIT_RECORD] = "audit_record",
	[STORE_AUDIT_NODE] = "audit_node",
	[STORE_AUDIT_ANNEX] = "audit_annex",
	[STORE_AUDIT_EVIDENCE] = "audit_evidence",
	[STORE_AUDIT_CHAIN] = "audit_chain",
	[STORE_AUDIT_INDEX] = "audit_index",
	[STORE_META] = "meta",
	[STORE_AUDIT_DOMAIN] = "audit_domain",
	[STORE_TRAFFIC] = "traffic",
};

const char *store_name(enum store_database d)
{
	return names[d];
}

/* --- saying what went wrong --- */

/* LMDB reports a short write as EIO, so what EIO means is asked of the file system. */
static int is_disk_full(const struct db *db, int rc)
{
	struct statvfs fs;
	struct rlimit limit;
	struct stat st;

	if (rc == ENOSPC || rc == EDQUOT || rc == EFBIG)
		return 1;
	if (rc != EIO)
		return 0;
	if (fstatvfs(db->dir_fd, &fs) == 0 && fs.f_bavail < 256)
		return 1;
	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	       fstatat(db->dir_fd, "data.mdb", &st, 0) == 0 &&
	       (uint64_t)st.st_size + (1 << 20) >= (uint64_t)limit.rlim_cur;
}

int store_fail(const struct db *db, int rc, const char *doing, struct err *e)
{
	char back[STORE_WAY_BACK];
	int lmdb[3];

	if (is_disk_full(db, rc))
		return err_set(e, ERR_IO,
			       "%s the database in '%s': disk full; this change was not made, make "
			       "room and "
			       "try again",
			       doing, db->dir);
	switch (rc) {
	case MDB_MAP_FULL:
		return err_set(e, ERR_IO,
			       "%s the database in '%s': it has reached its limit of %d GiB; "
			       "this change was "
			       "not made, make room with: mxward compact",
			       doing, db->dir, (int)(STORE_MAP_SIZE >> 30));
	case MDB_MAP_RESIZED:
		return err_set(
			e, ERR_BUSY,
			"%s the database in '%s': another program made it larger; try again",
			doing, db->dir);
	case MDB_READERS_FULL:
		return err_set(
			e, ERR_BUSY,
			"%s the database in '%s': all %d reader places are taken; close some "
			"consoles and try again",
			doing, db->dir, STORE_MAX_READERS);
	case MDB_VERSION_MISMATCH:
		mdb_version(&lmdb[0], &lmdb[1], &lmdb[2]);
		return err_set(e, ERR_DATA,
			       "%s the database in '%s': it is of another version of LMDB than %d.%d.%d; use the program that wrote "
			       "it, or bring back a backup of it",
			       doing, db->dir, lmdb[0], lmdb[1], lmdb[2]);
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_INCOMPATIBLE:
		return err_set(e, ERR_DATA,
			       "the database in '%s' is damaged (%s); see how much with: mxward check, and "
			       "bring back a backup with: %s",
			       db->dir, mdb_strerror(rc), store_way_back(back, db->dir));
	case ENOMEM:
		return err_set(e, ERR_OS,
			       "%s the database in '%s': %d GiB of address space are not to be "
			       "had; lift the limit (ulimit -v, LimitAS); where there is none, the file is damaged: bring "
			       "back a backup with: %s",
			       doing, db->dir, (int)(STORE_MAP_SIZE >> 30), store_way_back(back, db->dir));
	case EIO:
		return err_set(e, ERR_IO,
			       "%s the database in '%s': the disk fails (input/output error); "
			       "this change was not made, look at the disk",
			       doing, db->dir);
	default:
		if (rc > 0)
			return err_errno(e, rc, "%s the database in '%s'", doing, db->dir);
		return err_set(e, ERR_SOFTWARE,
			       "%s the database in '%s': %s; this change was not made", doing,
			       db->dir, mdb_strerror(rc));
	}
}

int store_refuse(struct db_txn *t, const struct err *e)
{
	if (t->write && !t->is_failed) {
		t->is_failed = 1;
		t->failure = *e;
	}
	return -1;
}

int store_txn_fail(struct db_txn *t, int rc, const char *doing, struct err *e)
{
	/* What follows a failure says less than the failure itself. */
	if (rc == MDB_BAD_TXN && t->is_failed)
		*e = t->failure;
	else
		store_fail(t->db, rc, doing, e);
	/* Nor does LMDB go on reading after one, whoever made nothing of it. */
	if (!t->is_failed) {
		t->is_failed = 1;
		t->failure = *e;
	}
	return -1;
}

static const char *words_for(enum store_database d)
{
	switch (d) {
	case STORE_ENTRY:
		return "the entry";
	case STORE_OBSERVED:
		return "the observation of";
	case STORE_HISTORY:
		return "the history of";
	default:
		return "a row of";
	}
}

/* Names where the key holds one, else the database and the key's bytes. */
static void describe(char *out, size_t size, enum store_database d, const uint8_t *key,
		     size_t len)
{
	char name[NAME_SIZE], shown[300];
	const uint8_t *nul = d == STORE_HISTORY ? memchr(key, '\0', len) : NULL;

	if (d <= STORE_HISTORY &&
	    name_from_key(name, key, nul ? (size_t)(nul - key) : len) == 0)
		snprintf(out, size, "%s '%s'", words_for(d), name);
	else if ((d == STORE_BATCH || d == STORE_AUDIT_RECORD) && len == 8)
		snprintf(out, size, "%s %s%" PRIu64,
			 d == STORE_BATCH ? "the batch" : "the audit record",
			 d == STORE_BATCH ? "b" : "", value_from_key_u64(key));
	else
		snprintf(out, size, "%s '%s', key '%s',", words_for(STORE_META), names[d],
			 escape(shown, sizeof shown, key, len));
}

const char *store_way_back(char out[STORE_WAY_BACK], const char *dir)
{
	char path[1100], file[201] = "FILE";
	FILE *f = NULL;

	if (snprintf(path, sizeof path, "%s/" STORE_NEWEST_BACKUP, dir) < (int)sizeof path)
		f = fopen(path, "re");
	if (f && (fscanf(f, "%200s", file) != 1 || file[0] != '/'))
		strcpy(file, "FILE");
	for (const char *p = file; *p; p++)
		if (*p < 0x21 || *p > 0x7e) {
			strcpy(file, "FILE");
			break;
		}
	if (f)
		(void)fclose(f); /* only read */
	snprintf(out, STORE_WAY_BACK, "mxward restore-backup %s", file);
	return out;
}

int store_damaged(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		  struct err *e)
{
	char what[400], back[STORE_WAY_BACK];

	describe(what, sizeof what, d, key, key_len);
	err_set(e, ERR_DATA, "%.150s in '%.80s' is damaged; run: mxward check, and bring back a backup with: %s", what,
		t->db->dir, store_way_back(back, t->db->dir));
	return store_refuse(t, e);
}

int store_newer(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		struct err *e)
{
	char what[400];

	describe(what, sizeof what, d, key, key_len);
	err_set(e, ERR_DATA,
		"%.250s in '%.80s' was written by a newer mxward than this one; use that one",
		what, t->db->dir);
	return store_refuse(t, e);
}

/* --- values under keys --- */

uint8_t store_value_version(enum store_database d)
{
	return d == STORE_OBSERVED || d == STORE_HISTORY ? CODE_OBSERVED_VERSION : STORE_VALUE_VERSION;
}

/* A flipped bit in the length of a row leads its sum beyond the page, and at the end of the file that is SIGBUS. */
static int is_in_its_pages(const struct db_txn *t, const MDB_val *value)
{
	const uint8_t *at = value->mv_data;
	size_t size = t->db->page_size, room = t->write ? size : size - (size_t)(at - page_of(at, size));

	return value->mv_size <= room || page_count(at - PAGE_HEAD) == page_count_for(value->mv_size, size);
}

int store_read(struct db_txn *t, enum store_database d, const MDB_val *key,
	       const MDB_val *value, struct value_reader *r, struct err *e)
{
	if (!is_in_its_pages(t, value) || value_open(r, d, key->mv_data, key->mv_size, value->mv_data, value->mv_size) != 0)
		return store_damaged(t, d, key->mv_data, key->mv_size, e);
	if (r->version > store_value_version(d))
		return store_newer(t, d, key->mv_data, key->mv_size, e);
	return 0;
}

/* Of the row that a cursor was moved to (got: 1, 0, -1): its sum, and on which side of the wanted key it lies. */
static int is_beside(struct db_txn *t, enum store_database d, int got, const MDB_val *k, const MDB_val *v,
		     const MDB_val *wanted, int is_behind, struct err *e)
{
	struct value_reader r;
	int order;

	if (got != 1)
		return got;
	if (store_read(t, d, k, v, &r, e) != 0)
		return -1;
	order = mdb_cmp(t->txn, t->db->dbi[d], k, wanted);
	return (is_behind ? order > 0 : order < 0) ? 0 : store_damaged(t, d, wanted->mv_data, wanted->mv_size, e);
}

/* The rows on both sides of a place, of which the one behind is looked at where nothing is at the place itself. */
static int look_around(struct db_txn *t, enum store_database d, const void *key, size_t key_len, int is_miss, struct err *e)
{
	const MDB_val wanted = {key_len, (void *)key};
	MDB_cursor *c = store_cursor(t, d, e);
	MDB_val k = wanted, v;
	int got, rc = 0;

	if (!c)
		return -1;
	got = store_move(t, c, &k, &v, MDB_SET_RANGE, e);
	if (is_miss || got < 0)
		rc = is_beside(t, d, got, &k, &v, &wanted, 1, e);
	if (rc == 0) {
		k = wanted;
		got = store_move(t, c, &k, &v, got == 1 ? MDB_PREV : MDB_LAST, e);
		rc = is_beside(t, d, got, &k, &v, &wanted, 0, e);
	}
	mdb_cursor_close(c);
	return rc;
}

int store_miss(struct db_txn *t, enum store_database d, const void *key, size_t key_len, struct err *e)
{
	return t->write ? 0 : look_around(t, d, key, key_len, 1, e);
}

int store_before(struct db_txn *t, enum store_database d, const void *key, size_t key_len, struct err *e)
{
	return t->write ? 0 : look_around(t, d, key, key_len, 0, e);
}

int store_is_whole(struct db_txn *t, enum store_database d, struct err *e)
{
	uint64_t there = 0, n = 0, id = mdb_txn_id(t->txn);
	MDB_val k, v, before;
	MDB_cursor *c;
	int got, in_order = 1;

	if (t->db->whole_at[d] == id)
		return 0;
	if (store_count(t, d, &there, e) != 0 || !(c = store_cursor(t, d, e)))
		return -1;
	/* A page that is reached in another's place may hold as many rows, but of other keys. */
	for (got = store_move(t, c, &k, &v, MDB_FIRST, e); got == 1 && n <= there && in_order; n++) {
		before = k;
		got = store_move(t, c, &k, &v, MDB_NEXT, e);
		in_order = got != 1 || mdb_cmp(t->txn, t->db->dbi[d], &before, &k) < 0;
	}
	mdb_cursor_close(c);
	if (got < 0)
		return -1;
	if (n != there || !in_order)
		return store_damaged(t, d, "", 0, e);
	t->db->whole_at[d] = id;
	return 0;
}

int store_end_read(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		   const struct value_reader *r, struct err *e)
{
	return value_is_done(r) ? 0 : store_damaged(t, d, key, key_len, e);
}

int store_get(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
	      struct value_reader *r, struct err *e)
{
	MDB_val k = {key_len, (void *)key}, v;
	int rc = mdb_get(t->txn, t->db->dbi[d], &k, &v);

	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return store_txn_fail(t, rc, "cannot read", e);
	return store_read(t, d, &k, &v, r, e) == 0 ? 1 : -1;
}

int store_put(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
	      unsigned flags, struct err *e)
{
	MDB_val k = {key_len, (void *)key}, v;
	int rc;

	if (!t->write) {
		err_set(e, ERR_SOFTWARE, "a read transaction was asked to write to '%s'",
			names[d]);
		return -1;
	}
	if (t->value.len > STORE_VALUE_MAX) {
		err_set(e, ERR_DATA,
			"a value of %zu bytes is too large for the database in '%s'",
			t->value.len, t->db->dir);
		return store_refuse(t, e);
	}
	value_close(&t->value, d, key, key_len);
	v = (MDB_val){t->value.len, t->value.bytes};
	rc = mdb_put(t->txn, t->db->dbi[d], &k, &v, flags);
	if (rc == MDB_KEYEXIST)
		return 1;
	return rc == 0 ? 0 : store_txn_fail(t, rc, "cannot write to", e);
}

int store_delete(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		 struct err *e)
{
	MDB_val k = {key_len, (void *)key};
	int rc = mdb_del(t->txn, t->db->dbi[d], &k, NULL);

	if (rc == MDB_NOTFOUND)
		return 0;
	return rc == 0 ? 1 : store_txn_fail(t, rc, "cannot write to", e);
}

int store_count(struct db_txn *t, enum store_database d, uint64_t *n, struct err *e)
{
	MDB_stat st;
	int rc = mdb_stat(t->txn, t->db->dbi[d], &st);

	if (rc != 0)
		return store_txn_fail(t, rc, "cannot read", e);
	*n = st.ms_entries;
	return 0;
}

MDB_cursor *store_cursor(struct db_txn *t, enum store_database d, struct err *e)
{
	MDB_cursor *c = NULL;
	int rc = mdb_cursor_open(t->txn, t->db->dbi[d], &c);

	if (rc == 0)
		return c;
	store_txn_fail(t, rc, "cannot read", e);
	return NULL;
}

int store_move(struct db_txn *t, MDB_cursor *c, MDB_val *key, MDB_val *value, MDB_cursor_op op,
	       struct err *e)
{
	int rc = mdb_cursor_get(c, key, value, op);

	if (rc == 0)
		return 1;
	return rc == MDB_NOTFOUND ? 0 : store_txn_fail(t, rc, "cannot read", e);
}

void mx_room_clear(struct mx_room *r)
{
	free(r->mx);
	free(r->address);
	*r = (struct mx_room){0};
}
