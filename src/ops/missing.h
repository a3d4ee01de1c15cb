/*
 * missing: domains that we refuse although the world is told to bring their mail to us.
 *
 * From logs: what was refused with "Relay access denied", asked of DNS; from the zones of our own name
 * servers: whose MX is us.  Beside each stands the entry one letter apart, which is often the typing mistake
 * that made it.  Needs no database; without one nothing counts as listed.
 */
#ifndef OPS_MISSING_H
#define OPS_MISSING_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "relay/name.h"
#include "relay/verdict.h"

struct config;
struct db_txn;
struct err;
struct ward;

struct missing_name {
	const char *name;
	size_t clients;	 /* distinct networks of clients (/24, of IPv6 /48) that were refused */
	size_t refusals;
	int64_t first, last;
	struct verdict verdict;	    /* live; class CLASS_NONE when it was not asked */
	char near[NAME_SIZE];	    /* an entry one letter apart, "" */
	enum class near_class;	    /* what was observed of it */
	const char *zone;	    /* the file it was found in; NULL */
	int is_listed;		    /* of a zone: it is listed, and its zone names us no more */
};

struct missing_result {
	struct missing_name *name;
	size_t n;
	size_t refused; /* names that were refused and are not listed, whatever their MX */
	const char **unanswered; /* of them, sorted: DNS gave no answer, so nothing can be said */
	size_t n_unanswered;
	uint64_t postfix;  /* lines of Postfix in the logs */
	uint64_t odd;	   /* refused recipients whose domain is none */
	int64_t time;	   /* of missing_last(): when it was looked; 0 never */
	struct arena arena;
};

struct missing_options {
	void (*progress)(void *ctx, size_t done, size_t total, double per_second);
	void *ctx;
};

/* Ranked by clients.  -1 also when no resolver answers at all. */
int missing_from_logs(struct ward *w, char *const *log, size_t n, const struct missing_options *o,
		      struct missing_result *out, struct err *e);

/* Master files, as their zones have them; by name. */
int missing_from_zones(struct ward *w, char *const *file, size_t n, struct missing_result *out, struct err *e);

/* Keeps what a look found, in place of what the last one of its kind had; of a name that DNS gave no answer for what
 * that one knew. */
int missing_remember(struct ward *w, const struct missing_result *r, int zones, struct err *e);

/* What the last looks found, without what has been settled since: names of the logs first, by clients. */
int missing_last(struct db_txn *txn, const struct config *c, struct missing_result *out, struct err *e);

void missing_clear(struct missing_result *r);

#endif
