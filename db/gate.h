/*
 * gate: who may write next.
 *
 * LMDB's own lock is not fair and cannot be interrupted, so before it stands a lock of ours on
 * DIR/write.lock, asked for by polling, whose file names its holder.  The gate, DIR/gate, lets
 * people pass before bulk work: whoever waits at a screen holds a shared lock on it while
 * waiting and writing, and bulk writers look before each transaction and give way, at most
 * GATE_YIELD_MS.  Both are open file description locks (fcntl(2)): they end with the process
 * that holds them.
 */
#ifndef DB_GATE_H
#define DB_GATE_H

struct err;
struct stat;

enum { GATE_YIELD_MS = 1000 };

struct gate {
	int gate_fd, lock_fd;
	const char *dir;
	char who[64];	      /* the person, once it was asked for */
	unsigned long yields; /* how often a bulk writer gave way: for tests and statistics */
};

/* Makes the two files where they are missing, with owner, group and mode bits of like
 * (data.mdb). dir must outlive the gate. */
int gate_open(struct gate *g, int dir_fd, const char *dir, const struct stat *like,
	      struct err *e);

/* Only to ask who holds the lock. */
void gate_open_to_look(struct gate *g, int dir_fd, const char *dir);
void gate_close(struct gate *g);

/* Waits at most wait_ms for the lock (a bulk writer GATE_YIELD_MS longer); then ERR_BUSY names
 * the holder. */
int gate_enter(struct gate *g, const char *what, int bulk, int wait_ms, struct err *e);
void gate_leave(struct gate *g, int bulk);

/* While data.mdb is being opened it must not be put away (backup.h), and the other way round: whoever opens
 * it holds a shared lock on the door for that moment, whoever replaces it an exclusive one.  The first waits
 * for the second, which takes milliseconds. */
void gate_hold_door(struct gate *g);
int gate_shut_door(struct gate *g, struct err *e);
void gate_free_door(struct gate *g);

/* "alice, a scan, since 12 s" in out; 0 when nobody writes. */
int gate_holder(const struct gate *g, char *out, unsigned size);

#endif
