/*
 * raw: the rows of a database as LMDB alone sees them, so that what mxward says of a damaged one has something to be
 * measured by.
 */
#ifndef TORTURE_RAW_H
#define TORTURE_RAW_H

struct raw;

/* Of a sound database; NULL when it cannot be read. */
struct raw *raw_read(const char *dir);
void raw_free(struct raw *r);

/* Whether all rows are there, each is found by its key, a walk meets them and nothing else, and no page of theirs counts
 * as free: 1, or 0 (also where LMDB ends by a signal or does not come to an end, for it runs in a child). */
int raw_is_same(const struct raw *r, const char *dir);

/* How many rows each table of a sound database has, one a line; NULL when it cannot be read. */
char *raw_shape(const char *dir);

#endif
