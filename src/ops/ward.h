/*
 * ward: what a run of the program works with: configuration, database, lookups, and who is acting.
 *
 * Opened once by the face that was chosen; the operations take it as their first argument.
 */
#ifndef OPS_WARD_H
#define OPS_WARD_H

#include <stdint.h>

#include "audit/record.h"
#include "relay/config.h"

struct db;
struct err;
struct leftovers_kept;
struct publish_stood;
struct loop;
struct lookups;
struct queue_asked;

struct ward_options {
	const char *config_file; /* -c; NULL: the default, which need not exist */
	const char *directory;	 /* -d; NULL: what the configuration says */
	const char *as_system;	 /* --as-system UNIT; NULL */
	int read_only;		 /* --read-only */
	int needs_database;
	int makes_config; /* the file of -c is going to be written, so it may be missing */
};

struct ward {
	struct config config;
	const char *directory; /* of the database */
	struct db *db;	       /* NULL when the command needs none */
	int read_only;	       /* asked for, or all that the files allow */
	int may_only_read;     /* it is what the files allow, and was not asked for */
	struct loop *loop;
	struct lookups *lookups; /* NULL until ward_start_lookups() */
	struct queue_asked *queue; /* ops/queue_look.h: what Postfix said of its queue; NULL until it was asked */
	struct leftovers_kept *leftovers; /* ops/leftovers.h, likewise */
	struct publish_stood *stood;	  /* ops/publish_stand.h, likewise */
	struct audit_operator operator;
};

#define WARD_CONFIG_FILE "/etc/mxward/mxward.conf"

int ward_open(struct ward *w, const struct ward_options *o, struct err *e);
void ward_close(struct ward *w);

/* For a command that has not said before that it needs it: opens the database now. */
int ward_open_database(struct ward *w, struct err *e);

/* For a command that can do without one: 0 with w->db NULL where there is none; -1 when there is one that cannot be
 * opened, or nobody can tell whether there is. */
int ward_open_any_database(struct ward *w, struct err *e);

/* Starts the worker that asks DNS, once. */
int ward_start_lookups(struct ward *w, struct err *e);

/* -1 (ERR_UNAVAILABLE) when nothing at all was heard, and all names asked have had their time, or the first of them had
 * since the run began (loop_now()): then it is our resolver that is away and not the names' servers, and asking on only takes time. */
int ward_resolvers_answer(const struct ward *w, int64_t began, struct err *e);

/* -1 when this run must not change anything: read only, or no loginuid where one is demanded. */
int ward_may_change(const struct ward *w, struct err *e);

#endif
