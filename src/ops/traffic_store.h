/*
 * traffic_store: what a run of `traffic` takes from the database and leaves in it.
 *
 * Logs are read without a transaction, which may take a minute; what came out is stored in one, unless
 * another run stored something meanwhile: then the logs must be read again.
 */
#ifndef OPS_TRAFFIC_STORE_H
#define OPS_TRAFFIC_STORE_H

#include <stdint.h>

#include "mta/maillog.h"
#include "mta/maillog_words.h"
#include "ops/traffic_seen.h"

struct db;
struct db_txn;
struct err;
struct ward;

struct traffic_store {
	struct db *db;
	uint64_t generation;
	struct maillog_words figures; /* by name, relay and day */
	struct maillog_words days;    /* relay and day: measured */
	struct maillog_words hours;   /* relay and hour: what was sent out */
	struct maillog_words below;   /* by name and a name below it that it was counted for, */
	struct maillog_words bounds;  /* and by name, how many of those there are */
	struct maillog_words minutes; /* relay and minute: what was counted before is known */
	const char *relay;	      /* of the line before, and its day */
	int64_t day;
};

/* Gives the log the messages that were on their way; in_txn is set meanwhile, since that asks for entries. */
int traffic_store_begin(struct traffic_store *s, struct db *db, struct maillog *log, struct db_txn **in_txn,
			struct err *e);

/* Before an event is looked up: what earlier runs counted in its minute becomes known. */
int traffic_store_recall(struct traffic_store *s, struct traffic_seen *seen, const struct maillog_event *event,
			 struct err *e);

void traffic_store_count(struct traffic_store *s, const struct maillog_event *event);
void traffic_store_measured(struct traffic_store *s, const char *relay, int64_t time);

/* 0 stored, 1 another run was faster and nothing was stored, -1.  Figures of names that are no entries
 * are left out. */
int traffic_store_commit(struct traffic_store *s, struct ward *w, const struct maillog *log,
			 const struct traffic_seen *seen, struct err *e);

void traffic_store_clear(struct traffic_store *s);

#endif
