/*
 * postfix: Postfix's lmdb tables, under Postfix's own lock protocol.
 *
 * Whole-file fcntl lock on the data file, MDB_NOSUBDIR|MDB_NOLOCK, the unnamed database, one
 * trailing NUL in key and value (mta.md section 1, lmdb_table(5)).  LMDB's own locks would
 * corrupt the table.  A file that is no LMDB file, or is truncated, is refused before LMDB maps
 * it.
 */
#ifndef DB_POSTFIX_H
#define DB_POSTFIX_H

#include "mta/tables.h"

struct err;
struct target_version;

/* True when path begins like an LMDB file. */
int postfix_is_table(const char *path);

/* Reads a table under a shared lock (waits at most 5 s for it); leaves no -lock file behind.
 * Done in a child process, so a damaged file is an error and not the end.  When fn returns -1
 * the reading stops and this returns -1 with *e as fn left it. */
int postfix_read(const char *path, table_fn *fn, void *ctx, struct err *e);

/* The same, and which edition it was that was read. */
int postfix_read_version(const char *path, table_fn *fn, void *ctx, struct target_version *at, struct err *e);

/* Only the edition: 0, 1 when somebody has the table locked just now, -1. */
int postfix_look(const char *path, struct target_version *at, struct err *e);

/* Waits at most POSTFIX_LOCK_MS for the lock on the whole file that Postfix's own programs take: shared (F_RDLCK) or
 * alone (F_WRLCK).  It is one of the open file description: fcntl() locks respect it, and closing another descriptor
 * of the file does not drop it. */
enum { POSTFIX_LOCK_MS = 5000 };
int postfix_lock(int fd, int type, const char *path, struct err *e);

#endif
