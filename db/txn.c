/*
 * txn: beginning and ending transactions, part of env.h, with what can be recovered on the way.
 */
#include "db/env.h"

#include <stdlib.h>

#include "base/mem.h"
#include "db/audit_pending.h"
#include "db/store.h"

/* After a failed write of a meta page the environment is dead until it is opened again.  Once
 * is tried as before; if the disk stays bad, what is there can still be looked at. */
static int recover_from_panic(struct db *db, struct err *e)
{
	if (db->transactions > 0)
		return store_fail(db, MDB_PANIC, "cannot read", e);
	if (db->env)
		mdb_env_close(db->env);
	db->env = NULL;
	if (db->reopened++ > 0)
		db->read_only = 1;
	return store_start(db, db->read_only, e);
}

/* One retry each for what other processes, or a bad disk, can bring about. */
static int begin(struct db_txn *t, unsigned flags, struct err *e)
{
	struct db *db = t->db;
	int rc, dead;

	if (!db->env && recover_from_panic(db, e) != 0)
		return -1;
	rc = mdb_txn_begin(db->env, NULL, flags, &t->txn);
	if (rc == MDB_READERS_FULL) {
		mdb_reader_check(db->env, &dead);
		rc = mdb_txn_begin(db->env, NULL, flags, &t->txn);
	} else if (rc == MDB_MAP_RESIZED && db->transactions == 0) {
		/* With a transaction open this would pull the map away from under it. */
		rc = mdb_env_set_mapsize(db->env, 0);
		if (rc == 0)
			rc = mdb_txn_begin(db->env, NULL, flags, &t->txn);
	} else if (rc == MDB_PANIC) {
		if (recover_from_panic(db, e) != 0)
			return -1;
		if (db->read_only && !(flags & MDB_RDONLY))
			return err_set(e, ERR_IO,
				       "the disk under '%s' fails to write; the database is "
				       "open read only "
				       "now, look at the disk",
				       db->dir);
		rc = mdb_txn_begin(db->env, NULL, flags, &t->txn);
	}
	return rc == 0 ? 0 : store_fail(db, rc, "cannot open a transaction in", e);
}

int db_begin_read(struct db_txn **out, struct db *db, struct err *e)
{
	struct db_txn *t = mem_alloc(sizeof *t);

	t->db = db;
	if (begin(t, MDB_RDONLY, e) != 0) {
		free(t);
		return -1;
	}
	db->transactions++;
	*out = t;
	return 0;
}

/* A writer that is stopped by Ctrl-Z would stop all others with it. */
static void hold_stops(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, before);
}

int db_begin_write(struct db_txn **out, struct db *db, const char *what, int bulk, int wait_ms,
		   struct err *e)
{
	struct db_txn *t;

	if (db->read_only)
		return err_set(e, ERR_PERM,
			       "the database in '%s' is open read only; nothing was changed, "
			       "work as its owner "
			       "to change it",
			       db->dir);
	t = mem_alloc(sizeof *t);
	t->db = db;
	t->write = 1;
	t->bulk = bulk;
	hold_stops(&t->signals);
	/* LMDB's own lock is only asked for under ours: waiting for it cannot be interrupted.
	 */
	if (gate_enter(&db->gate, what, bulk, wait_ms, e) == 0) {
		if (begin(t, 0, e) == 0) {
			db->transactions++;
			*out = t;
			return 0;
		}
		gate_leave(&db->gate, bulk);
	}
	sigprocmask(SIG_SETMASK, &t->signals, NULL);
	free(t);
	return -1;
}

/* What is left of a transaction that LMDB has ended. */
static void end(struct db_txn *t)
{
	t->db->transactions--;
	if (t->write) {
		gate_leave(&t->db->gate, t->bulk);
		sigprocmask(SIG_SETMASK, &t->signals, NULL);
	}
	audit_pending_drop(t);
	mx_room_clear(&t->mx);
	str_clear(&t->value);
	free(t);
}

void db_abort(struct db_txn *t)
{
	if (!t)
		return;
	recent_leave(t);
	mdb_txn_abort(t->txn);
	end(t);
}

int db_commit(struct db_txn *t, struct err *e)
{
	int rc;

	if (!t->write) {
		db_abort(t);
		return 0;
	}
	if (!t->is_failed)
		audit_pending_write(t, e);
	if (t->is_failed) {
		*e = t->failure;
		db_abort(t);
		return -1;
	}
	rc = mdb_txn_commit(t->txn);
	if (rc != 0)
		store_fail(t->db, rc, "cannot write to", e);
	end(t);
	return rc == 0 ? 0 : -1;
}
