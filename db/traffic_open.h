/*
 * traffic_open: messages that were on their way when the last log ended, until the next log
 * comes.
 */
#ifndef DB_TRAFFIC_OPEN_H
#define DB_TRAFFIC_OPEN_H

struct db_txn;
struct err;
struct maillog_message;

/* Their texts live until the callback returns. */
int traffic_open_each(struct db_txn *t,
		      void (*fn)(void *ctx, const struct maillog_message *open), void *ctx,
		      struct err *e);
int traffic_open_put(struct db_txn *t, const struct maillog_message *open, struct err *e);
int traffic_open_drop(struct db_txn *t, struct err *e); /* all of them */

#endif
