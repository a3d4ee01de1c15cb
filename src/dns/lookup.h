/*
 * lookup: the live verdict of names, asked through the worker process.
 *
 * A struct lookups belongs to one loop.  It asks MX, then what the answer makes
 * necessary (A and AAAA of each target once per run, NS, the base of a suffix),
 * of the first resolver that answers; an ORPHAN is put to every other resolver
 * too.  The answer comes by callback, never from within lookups_ask(); each
 * resolver has 8 s for what it is asked of a name, then it counts as silent.
 * Nothing here touches the database.
 */
#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "relay/answer.h"
#include "relay/verdict.h"

struct config;
struct err;
struct loop;
struct lookups;

struct lookup_result {
	const char *name;	/* canonical */
	struct verdict verdict; /* combined over the resolvers; pins are not looked at */
	/* The one that decided; NULL for NA_SYNTAX and NA_SPECIAL. */
	const struct answer *answer;
	const struct answer *all;   /* what each resolver said that was asked */
	const struct verdict *each; /* and the verdict of each */
	size_t n_all;
};

/* The result lives until the callback returns. */
typedef void lookup_fn(void *ctx, const struct lookup_result *r);

/* Starts the worker (program is executed as itself with a hidden first word; fd of the running
 * binary) and hands it sockets.  -1: no resolver configured or no socket. */
int lookups_new(struct lookups **out, struct loop *loop, const struct config *config,
		struct err *e);
void lookups_free(struct lookups *l); /* ends the worker; no callback is called any more */

/* Asks for one name.  urgent goes before what is queued (rows on the screen). */
void lookups_ask(struct lookups *l, const char *name, int urgent, lookup_fn *fn, void *ctx);

/* The same for a name that need not be asked to be judged, as a canary below .invalid. */
void lookups_ask_anyway(struct lookups *l, const char *name, lookup_fn *fn, void *ctx);

/* With yes, every resolver is asked for every name, so that they can be compared also where the first one
 * lists us; the default asks the others only after an ORPHAN or no answer. */
void lookups_compare(struct lookups *l, int yes);

/* Drops the question for name by this fn and ctx, if it has not been answered. */
void lookups_cancel(struct lookups *l, const char *name, lookup_fn *fn, void *ctx);

/* Names that were asked and not answered.  A bulk caller keeps this below twice
 * lookups_window(), so that names that wait for a slow domain leave room for others. */
size_t lookups_pending(const struct lookups *l);
size_t lookups_window(const struct lookups *l);

/* The resolvers that are asked, "127.0.0.1:53, [::1]:53"; lives as long as l. */
const char *lookups_resolvers(struct lookups *l);

/* Forgets the addresses of targets asked so far: the next answers are fresh. */
void lookups_forget(struct lookups *l);

struct lookup_counts {
	uint64_t names, queries, answers, retries, timeouts, tcp;
};
struct lookup_counts lookups_counts(const struct lookups *l);

/* One line on what the kernel lacks for the worker's sandbox, "" for nothing. */
const char *lookups_sandbox_note(const struct lookups *l);

/* The child's side: main() calls it first of all when argv says so.  Never returns. */
int worker_is_wanted(int argc, char **argv);
void worker_main(void) __attribute__((noreturn));

#endif
