/*
 * postfix_write: Postfix's lmdb tables, written in place under Postfix's own lock (see postfix.h).
 *
 * A change is put together before the lock is asked for, and is one transaction, or several where one would keep mail
 * waiting; the file is looked at again under the lock, since somebody may have renamed another one over it.  What
 * touches LMDB runs in a child process, so a damaged table is an error and not the end.  No -lock file is left.
 */
#ifndef DB_POSTFIX_WRITE_H
#define DB_POSTFIX_WRITE_H

#include <stddef.h>

struct err;
struct target_change;
struct target_engine;
struct target_version;

/* Each as the engine's operation of that name in mta/target.h says. */
int postfix_apply(const char *path, const struct target_change *c, size_t n, struct target_version *at, struct err *e);
int postfix_create(const char *path, const struct target_change *c, size_t n, struct target_version *at,
		   struct err *e);

/* Puts a copy, byte by byte, in the place of the file: smtpd starts afresh when its table's inode has no name any
 * more, and forgets what it remembered.  Needs a directory that may be written to. */
int postfix_refresh(const char *path, struct target_version *at, struct err *e);

extern const struct target_engine postfix_engine;

#endif
