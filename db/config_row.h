/*
 * config_row: the configuration as the last scan had it, so that the next one can record what is different.
 */
#ifndef DB_CONFIG_ROW_H
#define DB_CONFIG_ROW_H

struct db_txn;
struct err;
struct str;

/* The text as it was put, in place of what out holds: 1, 0 there is none, -1. */
int config_row_get(struct db_txn *t, struct str *out, struct err *e);
int config_row_put(struct db_txn *t, const char *text, struct err *e);

#endif
