/*
 * env: the relay database, one LMDB environment in one directory.
 *
 * Fixed map of 64 GiB, no DUPSORT, no NOSYNC; MAP_RESIZED, READERS_FULL and PANIC are recovered
 * from here.  A read transaction must not outlive a turn of the loop; a write transaction must
 * not stand across a prompt or the network.  Before a write: a timed lock of our own that names
 * its holder, and the priority gate (db/gate.h).  Refuses a directory of a newer version, a
 * truncated file, a directory that others may write.
 */
#ifndef DB_ENV_H
#define DB_ENV_H

#include <stdint.h>

struct db;
struct db_txn;
struct err;

enum db_mode { DB_READ_ONLY, DB_READ_WRITE };

/* Makes dir (2750, parents not) and an empty database in it.  ERR_CANTCREAT when there is one.
 */
int db_create(const char *dir, struct err *e);
int db_open(struct db **out, const char *dir, enum db_mode mode, struct err *e);
void db_close(struct db *db);

/* Number of the last transaction, of any process, that who begins to read now will see: half a microsecond, no lock.
 * Differs: something changed. */
uint64_t db_change(const struct db *db);

int db_begin_read(struct db_txn **out, struct db *db, struct err *e);

/* Waits at most wait_ms for the lock; then ERR_BUSY names the holder.  bulk writers (scan,
 * import) give way at the gate to the others.  what is said to those who wait: "a scan", "a
 * deletion". */
int db_begin_write(struct db_txn **out, struct db *db, const char *what, int bulk, int wait_ms,
		   struct err *e);

/* Ends a read, or drops a write. */
void db_abort(struct db_txn *t);

/* On -1 nothing was written: disk full, I/O error, damaged.  The transaction is gone either
 * way. */
int db_commit(struct db_txn *t, struct err *e);

/* Version of the LMDB that is linked, for --version and bug reports. */
const char *db_lmdb_version(void);

#endif
