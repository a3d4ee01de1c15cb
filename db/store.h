/*
 * store: what the modules of this room share of LMDB: the databases, transactions, values under
 * keys.
 *
 * Not for other rooms; no header of a module includes it.  Each function that fails marks a
 * write transaction as failed, so that a caller who overlooks it cannot commit half of a
 * change.
 */
#ifndef DB_STORE_H
#define DB_STORE_H

#include <lmdb.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "db/gate.h"
#include "db/value.h"
#include "relay/netset.h"

/* The number is part of each value's sum: new ones go to the end, none is ever moved. */
enum store_database {
	STORE_ENTRY,
	STORE_OBSERVED,
	STORE_HISTORY,
	STORE_SCAN,
	STORE_BATCH,
	STORE_BATCH_ITEM,
	STORE_AUDIT_RECORD,
	STORE_AUDIT_NODE,
	STORE_AUDIT_ANNEX,
	STORE_AUDIT_EVIDENCE,
	STORE_AUDIT_CHAIN,
	STORE_AUDIT_INDEX,
	STORE_META,
	STORE_AUDIT_DOMAIN, /* domain, 0x00, customer: which chains a domain has been in */
	STORE_TRAFFIC,	    /* figures from mail logs, and which of their lines were counted: traffic.h */
	N_STORES
};

enum {
	STORE_SCHEMA = 1,	  /* the version of all of this */
	STORE_VALUE_VERSION = 1,  /* of the fields in a value */
	STORE_MAX_DATABASES = 32, /* room for those of later versions */
	STORE_MAX_READERS = 1022,
	STORE_FIRST_LATER = STORE_TRAFFIC, /* from here on: not in every database that is about */
	STORE_KEY_MAX = 511,
	STORE_WAY_BACK = 260,
	STORE_VALUE_MAX = 1 << 20
};

#define STORE_NEWEST_BACKUP "newest-backup" /* a file beside data.mdb with the path of the last backup */
#ifndef STORE_MAP_SIZE
#define STORE_MAP_SIZE (UINT64_C(64) << 30)
#endif

/* Room for the MX targets of one observation, used again for the next. */
struct observed_mx;
struct mx_room {
	struct observed_mx *mx;
	struct net_address *address;
	size_t n_mx, n_addresses;
};
void mx_room_clear(struct mx_room *r);

struct db {
	MDB_env *env;
	MDB_dbi dbi[N_STORES];
	size_t page_size;
	char *dir;
	int dir_fd;
	int read_only;
	int transactions; /* that are open */
	int reopened;	  /* how often a panic was recovered from */
	struct gate gate;
	struct db *next_open; /* see env.c: one process opens a directory once */
	uint64_t device, inode;
	uint64_t whole_at[N_STORES]; /* transaction in which store_is_whole() was content */
	int32_t pid;
};

struct audit_pending;
struct recent_place;

struct db_txn {
	struct db *db;
	MDB_txn *txn;
	int write, bulk;
	int is_failed;
	struct err failure;
	sigset_t signals; /* as they were before */
	struct str value; /* where a value is put together */
	struct mx_room mx;
	struct audit_pending *pending; /* audit_pending.h: written at the commit */
	struct recent_place *recent;   /* recent.c: where a read transaction stands */
	int recent_rows;	       /* recent.c: whether all of its rows are there */
};

const char *store_name(enum store_database d);

/* The newest version of values that this program knows, where it differs from one database to the next. */
uint8_t store_value_version(enum store_database d);

/* A sentence for what LMDB returned; doing: "cannot write to".  Returns -1. */
int store_fail(const struct db *db, int rc, const char *doing, struct err *e);

/* The same within a transaction, which cannot be committed any more. */
int store_txn_fail(struct db_txn *t, int rc, const char *doing, struct err *e);

/* Keeps *e as the reason why the transaction cannot be committed.  Returns -1. */
int store_refuse(struct db_txn *t, const struct err *e);

/* "the entry 'x' in 'DIR' is damaged ...".  Returns -1. */
int store_damaged(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		  struct err *e);

/* "mxward restore-backup FILE" with the file of the newest backup, as far as it is known. */
const char *store_way_back(char out[STORE_WAY_BACK], const char *dir);

/* "... was written by a newer mxward ...".  Returns -1. */
int store_newer(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		struct err *e);

/* 1 found, 0 not there, -1. */
int store_get(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
	      struct value_reader *r, struct err *e);

/* What is not there may be hidden by a damaged key, here or in a page above: its neighbours tell.  0, or -1.  Looks in
 * read transactions only: those that write look for what is not there all day. */
int store_miss(struct db_txn *t, enum store_database d, const void *key, size_t key_len, struct err *e);

/* The same for a place where a walk begins, which may find a row there: the one before it. */
int store_before(struct db_txn *t, enum store_database d, const void *key, size_t key_len, struct err *e);

/* 0 when as many rows are to be found as LMDB counts, in the order of their keys, else -1.  Goes through all of them, once
 * after each commit. */
int store_is_whole(struct db_txn *t, enum store_database d, struct err *e);

/* The same check for what a cursor stands on: 0 or -1. */
int store_read(struct db_txn *t, enum store_database d, const MDB_val *key,
	       const MDB_val *value, struct value_reader *r, struct err *e);

/* The reader's end: all was there and nothing is left over, else -1. */
int store_end_read(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		   const struct value_reader *r, struct err *e);

/* Puts t->value, which was begun and filled.  flags: MDB_APPEND, MDB_NOOVERWRITE.  1: it was
 * there already (MDB_NOOVERWRITE) or does not belong at the end (MDB_APPEND), and nothing was
 * put. */
int store_put(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
	      unsigned flags, struct err *e);

int store_delete(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		 struct err *e); /* 1 deleted, 0 was not there, -1 */

int store_count(struct db_txn *t, enum store_database d, uint64_t *n, struct err *e);

/* Before a transaction ends: closes what recent_get() keeps open. */
void recent_leave(struct db_txn *t);

/* A cursor, or NULL with *e. */
MDB_cursor *store_cursor(struct db_txn *t, enum store_database d, struct err *e);

/* 1 and the pair, 0 at the end, -1. */
int store_move(struct db_txn *t, MDB_cursor *c, MDB_val *key, MDB_val *value, MDB_cursor_op op,
	       struct err *e);

/* --- opening, shared by env.c, create.c and check.c --- */

/* An environment with our limits, not yet opened. */
int store_new_env(MDB_env **out, void *assert_context, struct err *e, const char *dir);

/* Opens data.mdb and all databases for reading; db->env is NULL on -1. */
int store_start(struct db *db, int read_only, struct err *e);

/* True when the pages from..last, which lie behind the end of the file, are all free ones. */
int store_tail_is_free(const char *path, uint64_t from, uint64_t last);

/* The file is as long as its last page says, but for free ones; else touching it would be SIGBUS. */
int store_check_size(MDB_env *env, const char *path, struct err *e);

/* Looks at a data file before LMDB maps it: a regular file of ours that begins like LMDB's. */
int store_check_head(int fd, const char *path, struct err *e);

#endif
