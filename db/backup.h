/*
 * backup: whole copies of a database: one for safe keeping, one without free pages, one put in its place.
 *
 * Copies are consistent beside writers.  Putting another file in place of data.mdb needs that nobody has it
 * open: a process that kept the old file mapped would go on writing into what is no longer there.
 */
#ifndef DB_BACKUP_H
#define DB_BACKUP_H

#include <stddef.h>
#include <stdint.h>

struct db;
struct err;

/* Copies the database to file (0600), which appears whole and checked or not at all.  A file that is there is refused
 * (ERR_CANTCREAT), unless it may be replaced: then it is what it was until the new one is on the disk. */
int backup_write(struct db *db, const char *file, int may_replace, struct err *e);

/* "mxward restore-backup FILE", with the file of the newest backup where it is known. */
void backup_way_back(char *out, size_t size, const char *dir);

/* Puts a copy without free pages in place of the database in dir, after it was checked: what was erased is
 * gone from the file.  ERR_BUSY when somebody has it open.  Sizes in bytes. */
int backup_compact(const char *dir, uint64_t *before, uint64_t *after, struct err *e);

/* Puts file in place of the database in dir, or makes dir's first; the old one is kept as data.mdb.replaced.
 * The file is copied and checked first; may_take then looks at the copy (a directory it can open, and write
 * to) and can refuse. */
int backup_restore(const char *dir, const char *file, int (*may_take)(void *ctx, const char *copy, struct err *e),
		   void *ctx, struct err *e);

#endif
